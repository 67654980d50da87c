"""The endpoints of language models that play roles and judge."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class EndpointConfig:
    """An OpenAI-compatible endpoint, and how a model there is asked."""

    url: str | None = None
    """Up to and with `/v1`, such as `http://127.0.0.1:8033/v1`."""
    model: str | None = None
    """`null`: the first that the endpoint lists."""
    key: str = "OPENAI_API_KEY"
    """Name of the environment variable that holds the key; the key itself is never written down."""
    concurrency: int = 64
    """At most so many requests at once; fewer while the endpoint is slow or answers 429."""
    timeout_seconds: float = 120
    attempts: int = 6
    """A request that fails, or whose answer does not fit, is sent so often."""
    structured: bool = True
    """Send the JSON schema of the answer; `false` for endpoints that refuse it: the prompt alone asks for it."""
    temperature: float = 0.7
    max_tokens: int = 1024
    price_in: float = 0.0
    """Dollars per million tokens of prompts …"""
    price_out: float = 0.0
    """… and of answers."""


@dataclass
class LlmConfig:
    """The endpoints that play roles and judge; all of them may be one."""

    endpoint: EndpointConfig = field(default_factory=EndpointConfig)
    roles: dict[str, EndpointConfig] = field(default_factory=dict)
    """Endpoints of single roles: user, assistant, tool, rewording, expert, tss."""
    budget_tokens: int | None = None
    """Stop cleanly when so many tokens are spent; the same command with a higher budget goes on …"""
    budget_dollars: float | None = None
    """… or so many dollars, by the prices of the endpoints."""
