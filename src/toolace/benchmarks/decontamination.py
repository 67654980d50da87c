"""Keep benchmark items out of training data: is an API or a user's text one of BFCL's (all categories)?

Look-ups are exact: hash tables for names, sentences and word 8-grams, and prefix filtering for the similarity of
descriptions (two sets of Jaccard similarity ≥ t must share one of their rarest tokens; Chaudhuri et al. 2006).
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from toolace.benchmarks.bfcl import FILE_PREFIX, INSTALL, data_folder, read_rows
from toolace.errors import ToolaceError
from toolace.records import Json

SIMILAR = 0.8
"""Descriptions whose token sets have at least this Jaccard similarity are the same."""
GRAM = 8
"""Texts that share so many words in a row are the same."""
_VERBS = (
    "add analyse analyze annotate answer append apply ask authenticate book buy calculate call cancel change "
    "check clear close compare compute convert copy count create decode delete describe design detect disable "
    "display divide download edit enable evaluate execute export fetch filter find format generate get greet "
    "import init insert install invoke judge list load locate lock login logout look lookup map merge message "
    "move open optimize order parse patch pause play post predict print process purchase put query read "
    "recommend record refresh remove rename replace request reset resolve restore resume retrieve return run "
    "save say scan search select send set share show sort start step stop submit sync test touch track train "
    "transfer transform translate undelete unlock update upload validate verify view watch withdraw write"
)
_BARE_VERBS = frozenset(_VERBS.split())
"""Verbs that every service has: as the last part of a name (`orders.list`) they say nothing about where it is from."""

_WORD = re.compile(r"\w+")
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_LEAD = re.compile(r"^This tool belongs to .*?Tool description: ", re.DOTALL)


@dataclass(frozen=True)
class TestSet:
    """What must not be trained on, indexed: every table leads to the id or name of the item."""

    names: dict[str, str]
    last_names: dict[str, str]
    token_counts: dict[str, int]
    descriptions: dict[str, list[tuple[frozenset[str], str]]]
    """By each of the description's rarest tokens."""
    questions: dict[str, str]
    grams: dict[str, str]


def load() -> TestSet:
    """Index every function document and every user turn of the installed BFCL.

    Raises:
        ToolaceError: `bfcl-eval` is missing or broken.
    """
    folder = data_folder()
    files = [path for path in sorted(folder.glob(f"{FILE_PREFIX}*.json")) if "format_sensitivity" not in path.name]
    functions_only = sorted((folder / "multi_turn_func_doc").glob("*.json"))
    if not files or not functions_only:
        raise ToolaceError(f"BFCL has no data files in {folder.name}: reinstall it with `{INSTALL}`.")
    documents = [row for path in functions_only for row in read_rows(path)]
    questions: list[tuple[str, str]] = []
    for path in [*files, *sorted((folder / "memory_prereq_conversation").glob("*.json"))]:
        for row in _rows(path):
            documents += row.get("function", [])
            questions += [(row["id"], text) for text in _user_texts(row)]
    return build([(one["name"], one["description"]) for one in documents], questions)


def build(functions: Iterable[tuple[str, str]], questions: Iterable[tuple[str, str]]) -> TestSet:
    """Index functions (name, description) and questions (id, text); the first item of a kind gives its name."""
    by_tokens: dict[frozenset[str], str] = {}
    names: dict[str, str] = {}
    last_names: dict[str, str] = {}
    for name, description in functions:
        names.setdefault(_normal_name(name), name)
        last_names.setdefault(_last_name(name), name)
        by_tokens.setdefault(_tokens(_LEAD.sub("", description)), name)
    counts = Counter(token for tokens in by_tokens for token in tokens)
    descriptions: dict[str, list[tuple[frozenset[str], str]]] = defaultdict(list)
    for tokens, name in by_tokens.items():
        for token in _rarest(tokens, counts):
            descriptions[token].append((tokens, name))
    sentences: dict[str, str] = {}
    grams: dict[str, str] = {}
    for item, text in questions:
        words = _words(text)
        sentences.setdefault(" ".join(words), item)
        for gram in _grams(words):
            grams.setdefault(gram, item)
    # Empty names, names that say nothing and empty texts match nothing.
    for table in (names, last_names, sentences):
        table.pop("", None)
    return TestSet(names, last_names, dict(counts), dict(descriptions), sentences, grams)


def api_match(test_set: TestSet, name: str, description: str) -> str | None:
    """Name the test function that an API equals by its whole name, the last part of its name, or its description."""
    match = test_set.names.get(_normal_name(name)) or test_set.last_names.get(_last_name(name))
    return match or _similar(test_set, _tokens(_LEAD.sub("", description)))


def question_match(test_set: TestSet, text: str) -> str | None:
    """Give the id of a test case in which a user says the same, or shares 8 words in a row with `text`."""
    words = _words(text)
    if (match := test_set.questions.get(" ".join(words))) is not None:
        return match
    return next((test_set.grams[gram] for gram in _grams(words) if gram in test_set.grams), None)


def _rows(path: Path) -> Iterator[dict[str, Json]]:
    for row in read_rows(path):
        if not isinstance(row.get("id"), str) or not isinstance(row.get("question"), list):
            raise ToolaceError(f"BFCL's {path.name} holds a row without id or question: reinstall it with `{INSTALL}`.")
        yield row


def _user_texts(row: dict[str, Json]) -> list[str]:
    return [message["content"] for turn in row["question"] for message in turn if message["role"] == "user"]


def _similar(test_set: TestSet, tokens: frozenset[str]) -> str | None:
    for token in _rarest(tokens, test_set.token_counts):
        for other, name in test_set.descriptions.get(token, ()):
            shared = len(tokens & other)
            if shared / (len(tokens) + len(other) - shared) >= SIMILAR:
                return name
    return None


def _rarest(tokens: frozenset[str], counts: dict[str, int]) -> list[str]:
    """The rarest tokens, so many that any set of similarity ≥ SIMILAR shares one of them."""
    # A similar set lacks at most (1 - SIMILAR) of our tokens; rounded, because 0.2 has no exact float.
    kept = math.floor(round((1 - SIMILAR) * len(tokens), 6)) + 1
    return sorted(tokens, key=lambda token: (counts.get(token, 0), token))[:kept]


def _tokens(description: str) -> frozenset[str]:
    return frozenset(_words(description))


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _grams(words: list[str]) -> Iterator[str]:
    return (" ".join(words[start : start + GRAM]) for start in range(len(words) - GRAM + 1))


def _normal_name(name: str) -> str:
    return _NOT_ALPHANUMERIC.sub("", name.lower())


def _last_name(name: str) -> str:
    last = _normal_name(name.rpartition(".")[2])
    return "" if last in _BARE_VERBS else last
