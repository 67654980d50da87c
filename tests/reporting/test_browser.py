"""The page in a real browser: every chart is drawn, the samples filter, nothing is fetched, axe-core finds nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.reporting.browser import Visit, chromium, executable
from tests.reporting.runs import HOSTILE, REASON, RULE, write_run

from toolace.report import report

pytestmark = pytest.mark.slow

CHARTS = {
    "scores": ["Accuracy by category", "What went wrong"],
    "funnel": [
        "From documents to the pool",
        "From drawn dialogs to the dataset",
        "Why dialogs were rejected",
        "By kind of dialog",
    ],
    "pool": ["Map of the pool", "Sources", "Types of parameters", "Parameters of an API", "Depth of parameters"],
    "dialogs": [
        *("Turns", "Calls", "Tools on offer", "Words of the request", "Size", "Arguments"),
        "Functions called most",
    ],
    "training": ["Loss"],
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    pytest.importorskip("playwright", reason="pip install playwright axe-playwright-python")
    if executable() is None:
        pytest.skip("no Chromium on the path, nor named in TOOLACE_CHROMIUM")
    with chromium() as one:
        yield one


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return report(write_run(tmp_path_factory.mktemp("full")))


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return report(write_run(tmp_path_factory.mktemp("bare"), trained=False))


def opened(browser: Any, file: Path, fragment: str = "", **more: Any) -> Visit:
    visit = Visit(browser, file, fragment, **more)
    visit.page.wait_for_selector("article.dialog")
    return visit


def shown(visit: Visit) -> str:
    """The id of the dialog that is open."""
    return str(visit.page.locator(".pane article").first.get_attribute("aria-label")).removeprefix("Dialog ")


def count(visit: Visit) -> str:
    return str(visit.page.get_by_role("status").inner_text())


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_charts_are_drawn_quietly_and_accessibly(browser: Any, full: Path, scheme: str, width: int) -> None:
    visit = opened(browser, full, scheme=scheme, width=width)
    for section, titles in CHARTS.items():
        figures = visit.page.locator(f"#{section} figure")
        assert figures.locator("h3").all_inner_texts() == titles
        for figure in figures.all():
            assert figure.locator("svg :is(rect, path, circle):not(.hit)").count() > 0
            assert figure.locator("svg").bounding_box()["width"] > 250
            name, about = (figure.locator("svg").get_attribute(key) for key in ("aria-labelledby", "aria-describedby"))
            assert figure.locator(f"#{name}").inner_text() and figure.locator(f"#{about}").inner_text()
    assert visit.page.evaluate("document.documentElement.scrollWidth") == width
    assert visit.violations() == []
    visit.page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    assert visit.violations() == []
    visit.assert_quiet()


def test_texts_of_a_run_stay_texts(browser: Any, full: Path) -> None:
    visit = opened(browser, full, "#sample=0-single-100")
    assert HOSTILE in visit.page.locator("h1").inner_text()
    assert REASON in visit.page.locator(".reason").inner_text()
    assert visit.page.locator("article .user .said").first.inner_text().endswith(HOSTILE)
    assert visit.page.evaluate("window.broken") is None and visit.page.locator("img").count() == 0
    visit.assert_quiet()


def test_the_policy_refuses_the_network(browser: Any, full: Path) -> None:
    visit = opened(browser, full)
    refused = "fetch('https://127.0.0.1:9/').then(() => 'sent', () => 'refused')"
    assert visit.page.evaluate(refused) == "refused"
    assert all(url.startswith("file:") for url in visit.requests)
    assert "Content Security Policy" in visit.complaints[0]


def test_filters_search_and_counts(browser: Any, full: Path) -> None:
    visit = opened(browser, full)
    page = visit.page
    assert count(visit) == "30 samples" and shown(visit) == "0-single-0"
    page.locator("select[name=verdict]").select_option(label="rejected (3)")
    assert count(visit) == "3 of 30 samples"
    page.locator("select[name=rule]").select_option(label="values grounded (2)")
    assert count(visit) == "2 of 30 samples" and page.locator(".row").count() == 2
    page.get_by_role("button", name="Clear").click()
    page.locator("select[name=kind]").select_option(label="irrelevant (3)")
    assert count(visit) == "3 of 30 samples"
    page.get_by_role("button", name="Clear").click()
    page.locator("select[name=domain]").select_option(label="Harbours (13)")
    assert count(visit) == "13 of 30 samples"
    page.get_by_role("searchbox").fill('"port 7," berths')
    page.wait_for_selector("[role=status]:text-is('1 of 30 samples')")
    assert shown(visit) == "0-single-7"
    page.get_by_role("searchbox").fill("nothing says this")
    page.wait_for_selector("text=No sample passes these filters.")
    assert visit.violations() == []
    visit.assert_quiet()


def test_a_dialog_is_a_chat_with_tools_thoughts_calls_and_results(browser: Any, full: Path) -> None:
    article = opened(browser, full, "#sample=0-single-7").page.locator("article.dialog").first
    assert article.locator(".speaker").all_inner_texts() == ["system", "user", "assistant", "tool berths", "assistant"]
    assert article.locator(".thought").inner_text().split("\n") == ["Thought:", "Goal: find berths."]
    assert article.locator(".call .name").inner_text() == "berths"
    assert article.locator(".call dd").first.inner_text() == '"Port 7"'
    assert json.loads(article.locator(".turn.tool pre").inner_text()) == {"free": 7, "note": "a result"}
    assert article.locator("mark").all_inner_texts() == ["Port 7"]
    article.locator(".tool summary").first.click()
    assert article.locator(".parameters dt").all_inner_texts()[:3] == [
        "place string",
        "size object",
        "size.length number",
    ]


def test_accepted_beside_rejected(browser: Any, full: Path) -> None:
    visit = opened(browser, full, "#verdict=rejected&rule=duplicate")
    articles = visit.page.locator(".pane article")
    assert [one.get_attribute("aria-label") for one in articles.all()] == ["Dialog 0-single-101", "Dialog 0-single-2"]
    assert articles.locator(".verdict").all_inner_texts() == ["✗ duplicate", "✓ accepted"]
    assert visit.violations() == []
    visit.page.keyboard.press("b")
    visit.page.wait_for_selector(".pane:not(.two)")


def test_permalinks_hold_filters_and_sample(browser: Any, full: Path) -> None:
    visit = opened(browser, full, f"#verdict=rejected&rule={RULE}&sample=0-single-102")
    assert shown(visit) == "0-single-102" and count(visit) == "2 of 30 samples"
    visit.page.keyboard.press("k")
    visit.page.wait_for_selector('article[aria-label="Dialog 0-single-100"]')
    again = opened(browser, full, "#" + visit.page.url.partition("#")[2])
    assert shown(again) == "0-single-100" and count(again) == "2 of 30 samples"
    lost = opened(browser, full, "#sample=0-single-999")
    assert "0-single-999 is not among them" in count(lost)
    visit.assert_quiet()


def test_the_keyboard_is_enough(browser: Any, full: Path) -> None:
    visit = opened(browser, full)
    page = visit.page
    page.keyboard.press("j")
    page.wait_for_selector('article[aria-label="Dialog 0-single-1"]')
    page.keyboard.press("/")
    page.keyboard.type("port 9")
    page.wait_for_selector('article[aria-label="Dialog 0-single-9"]')
    page.keyboard.press("Enter")
    page.wait_for_selector("h3:focus")
    page.keyboard.press("Escape")
    page.wait_for_selector("[role=listbox]:focus")
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible() and visit.violations() == []
    page.keyboard.press("Escape")
    assert not page.locator("#keys").is_visible()


def test_charts_lead_to_samples(browser: Any, full: Path) -> None:
    visit = opened(browser, full)
    visit.page.locator("#funnel g.pick", has_text="values grounded").click()
    assert count(visit) == "2 of 30 samples"
    visit.page.locator("#pool g.pick", has_text="Harbours").click()
    assert count(visit) == "13 of 30 samples"
    visit.assert_quiet()


def test_a_pool_alone_is_shown(browser: Any, tmp_path: Path) -> None:
    content = json.loads((write_run(tmp_path) / "manifest.json").read_bytes())
    content["stages"] = {"apis": content["stages"]["apis"]}
    (tmp_path / "manifest.json").write_text(json.dumps(content))
    visit = Visit(browser, report(tmp_path))
    visit.page.wait_for_selector("#samples .missing")
    assert visit.page.locator("#pool svg").count() == 5
    for section in ("funnel", "dialogs", "samples"):
        assert "python -m toolace.synthesize +recipe=NAME" in visit.page.locator(f"#{section}").inner_text()
    assert visit.violations() == []
    visit.assert_quiet()


def test_a_run_without_training_says_what_makes_it(browser: Any, bare: Path) -> None:
    visit = opened(browser, bare)
    assert "python -m toolace.evaluate +recipe=NAME" in visit.page.locator("#scores").inner_text()
    assert "python -m toolace.train +recipe=NAME" in visit.page.locator("#training").inner_text()
    assert visit.violations() == []
    visit.assert_quiet()
