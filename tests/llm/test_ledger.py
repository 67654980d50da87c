from __future__ import annotations

import pytest

from toolace.config import EndpointConfig, LlmConfig
from toolace.errors import ToolaceError
from toolace.llm.cache import Answer
from toolace.llm.ledger import Ledger

DEAR = EndpointConfig(price_in=1.0, price_out=4.0)


def test_accounts_add_up_by_role() -> None:
    ledger = Ledger(LlmConfig())
    ledger.spend("user", DEAR, Answer("", 1_000_000, 500_000))
    ledger.spend("tool", EndpointConfig(), Answer("", 3, 4))
    ledger.save("tool", DEAR, Answer("", 1_000_000, 0))
    facts = ledger.facts()
    assert facts["roles"]["user"]["dollars"] == 3.0
    assert (facts["total"]["prompt_tokens"], facts["total"]["completion_tokens"]) == (1_000_003, 500_004)
    assert (facts["total"]["saved_tokens"], facts["total"]["saved_dollars"]) == (1_000_000, 1.0)
    assert (facts["roles"]["tool"]["cache_hits"], facts["total"]["dollars"]) == (1, 3.0)


@pytest.mark.parametrize(
    ("config", "key"),
    [(LlmConfig(budget_tokens=100), "budget_tokens"), (LlmConfig(budget_dollars=1e-4), "budget_dollars")],
)
def test_a_spent_budget_stops_and_says_how_to_go_on(config: LlmConfig, key: str) -> None:
    ledger = Ledger(config)
    ledger.spend("user", DEAR, Answer("", 90, 0))
    ledger.save("user", DEAR, Answer("", 10_000, 10_000))
    ledger.check()
    ledger.spend("user", DEAR, Answer("", 10, 0))
    with pytest.raises(ToolaceError, match=rf"budget spent: .*raise llm\.{key}, then the same command goes on"):
        ledger.check()


def test_a_forecast_scales_what_was_seen_cached_or_not() -> None:
    ledger = Ledger(LlmConfig())
    for book in (ledger.spend, ledger.save):
        ledger.account("user").requests += 1
        book("user", DEAR, Answer("", 1000, 100))
    assert ledger.forecast(2, 1000) == (
        "forecast: 1,000 dialogs, judged by 2, take about 1,000 requests, 1,100,000 tokens, $1.40"
    )
