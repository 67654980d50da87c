"""What a run asked of language models and what it cost; the budget."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from toolace.config import EndpointConfig, LlmConfig
from toolace.errors import ToolaceError
from toolace.llm.cache import Answer


@dataclass
class Account:
    """Sums over the requests of a role: what this process spent, and what the cache saved."""

    requests: int = 0
    """Questions, whether the endpoint or the cache answered."""
    attempts: int = 0
    """Requests sent, those included that failed."""
    unanswered: int = 0
    cache_hits: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    dollars: float = 0.0
    saved_tokens: int = 0
    saved_dollars: float = 0.0

    def __add__(self, other: Account) -> Account:
        """Add each sum."""
        return Account(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def tokens(self) -> int:
        """Tokens spent, of prompts and of answers."""
        return self.prompt_tokens + self.completion_tokens


class Ledger:
    """An account per role."""

    def __init__(self, config: LlmConfig):
        self._config = config
        self.roles: dict[str, Account] = {}

    def account(self, role: str) -> Account:
        """The account of a role."""
        return self.roles.setdefault(role, Account())

    @property
    def total(self) -> Account:
        """The sum of all accounts."""
        return sum(self.roles.values(), Account())

    def spend(self, role: str, endpoint: EndpointConfig, answer: Answer) -> None:
        """Book an answer of the endpoint, also one that does not fit: it is paid."""
        account = self.account(role)
        account.prompt_tokens += answer.prompt_tokens
        account.completion_tokens += answer.completion_tokens
        account.dollars += price(endpoint, answer)

    def save(self, role: str, endpoint: EndpointConfig, answer: Answer) -> None:
        """Book an answer that was there already."""
        account = self.account(role)
        account.cache_hits += 1
        account.saved_tokens += answer.prompt_tokens + answer.completion_tokens
        account.saved_dollars += price(endpoint, answer)

    def check(self) -> None:
        """Stop before the next request when the budget is spent.

        Raises:
            ToolaceError: it is.
        """
        tokens, dollars = self._config.budget_tokens, self._config.budget_dollars
        if tokens is None and dollars is None:
            return
        total = self.total
        if tokens is not None and total.tokens >= tokens:
            raise _spent(f"{total.tokens:,} of {tokens:,} tokens", "budget_tokens")
        if dollars is not None and total.dollars >= dollars:
            raise _spent(f"${total.dollars:.2f} of ${dollars:.2f}", "budget_dollars")

    def facts(self) -> dict[str, Any]:
        """Everything, for the manifest of a run."""
        return {
            "total": asdict(self.total),
            "roles": {role: asdict(account) for role, account in sorted(self.roles.items())},
        }

    def forecast(self, done: int, wanted: int, what: str = "dialogs") -> str:
        """Tell what `wanted` things will take, judged by the `done` ones that this ledger has seen."""
        total, share = self.total, wanted / max(done, 1)
        tokens, dollars = total.tokens + total.saved_tokens, total.dollars + total.saved_dollars
        return (
            f"forecast: {wanted:,} {what}, judged by {done:,}, take about {total.requests * share:,.0f} requests, "
            f"{tokens * share:,.0f} tokens, ${dollars * share:,.2f}"
        )


def price(endpoint: EndpointConfig, answer: Answer) -> float:
    """Dollars of an answer."""
    return (answer.prompt_tokens * endpoint.price_in + answer.completion_tokens * endpoint.price_out) / 1e6


def _spent(what: str, key: str) -> ToolaceError:
    return ToolaceError(f"budget spent: {what}; raise llm.{key}, then the same command goes on where it stopped")
