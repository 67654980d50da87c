"""How fast the page of `toolace.report` is: the first view, and the answer to a filter, of a run's folder.

Needs Chromium and `pip install playwright`. For 50,000 samples: the recipe `dialogs` with half of its counts.

python -m eval.report_speed FOLDER
"""

import statistics
import sys
import time
from pathlib import Path
from typing import Any

from tests.reporting.browser import chromium

from toolace.report import report

ROUNDS = 5
SEARCHES = ("hotel", "search_listings", '"next friday"', "the", "a e i o")

FIRST_VIEW = """new Promise(done => {
    const times = {};
    const look = () => {
        if (!times.charts && document.querySelector('#funnel svg')) times.charts = performance.now();
        if (document.querySelector('article.dialog')) done({...times, samples: performance.now(),
            paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime});
        else requestAnimationFrame(look);
    };
    look();
})"""

FILTER = """async ([name, value]) => {
    const field = document.querySelector(name);
    const start = performance.now();
    field.value = value;
    field.dispatchEvent(new Event(field.tagName === 'SELECT' ? 'change' : 'input', {bubbles: true}));
    const before = document.querySelector('[role=status]').textContent;
    if (field.tagName !== 'SELECT')  // typed words are waited for, to see whether more come
        while (document.querySelector('[role=status]').textContent === before && performance.now() - start < 2000)
            await new Promise(requestAnimationFrame);
    await new Promise(done => requestAnimationFrame(() => setTimeout(done)));  // until it is painted
    return performance.now() - start;
}"""


def main() -> None:
    folder = Path(sys.argv[1])
    start = time.perf_counter()
    page = report(folder)
    print(f"{page}: {page.stat().st_size / 1e6:.1f} MB, written in {time.perf_counter() - start:.1f} s")
    with chromium() as browser:
        views = [first_view(browser, page) for _ in range(ROUNDS)]
        for what in ("paint", "charts", "samples"):
            print(f"first view, {what}: {spread([view[what] for view in views])}")
        tab = opened(browser, page)
        tab.evaluate(FIRST_VIEW)
        print(tab.locator("[role=status]").inner_text())
        for name in ("verdict", "kind", "domain", "rule"):
            values = tab.evaluate(f"[...document.querySelector('select[name={name}]').options].map(one => one.value)")
            times = [tab.evaluate(FILTER, [f"select[name={name}]", value]) for value in [*values[1:25], "-1"]]
            print(f"filter by {name}: {spread(times)}")
        times = [tab.evaluate(FILTER, ["input[type=search]", text]) for text in SEARCHES]
        print(f"search, with 90 ms to see whether more is typed: {spread(times)}")


def opened(browser: Any, page: Path) -> Any:
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    tab.goto(page.resolve().as_uri(), wait_until="commit")
    return tab


def first_view(browser: Any, page: Path) -> dict[str, float]:
    """Milliseconds since the navigation began, in a new tab."""
    tab = opened(browser, page)
    times = tab.evaluate(FIRST_VIEW)
    tab.close()
    return dict(times)


def spread(times: list[float]) -> str:
    return f"median {statistics.median(times):.0f} ms, at most {max(times):.0f} ms ({len(times)} times)"


if __name__ == "__main__":
    main()
