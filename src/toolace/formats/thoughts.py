"""A thought before an answer, as reasoning models write it: `<think>…</think>`."""

from __future__ import annotations

import re

_THOUGHT = re.compile(r"\s*+<think>.*?</think>\s*+", re.DOTALL)


def with_thought(thought: str, answer: str) -> str:
    """Put a thought before an answer; without one the answer stays as it is."""
    return f"<think>\n{thought}\n</think>\n\n{answer}" if thought else answer


def without_thought(text: str) -> str:
    """Take a finished thought away from the beginning of an answer."""
    return text[match.end() :] if (match := _THOUGHT.match(text)) else text
