"""The page for everybody: axe-core finds nothing, marks and tables answer to the keyboard, motion can be refused."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from browser import CHROMIUM, opened

axe = pytest.importorskip("axe_playwright_python.base")
pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

TIP = ".tip.on"


def violations(page: Any) -> list[str]:
    """What axe-core, as its wheel ships it, has against the page."""
    page.evaluate(axe.AXE_SCRIPT)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1600])
def test_axe_finds_nothing(browser: Any, report: Path, width: int, scheme: str) -> None:
    page, trouble = opened(browser, report / "report.html", width, scheme)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert violations(page) == []
    assert trouble == []


def test_axe_can_find_something(browser: Any, report: Path) -> None:
    page, _ = opened(browser, report / "report.html", 1024, "light")
    page.evaluate("document.documentElement.removeAttribute('lang')")
    assert any(one.startswith("html-has-lang") for one in violations(page))


def test_landmarks_headings_and_table_heads(browser: Any, report: Path) -> None:
    page, _ = opened(browser, report / "report.html", 1024, "light")
    for landmark in ("header", "nav[aria-label]", "main"):
        assert page.locator(f"body {landmark}").count() == 1
    assert page.locator("table th:not([scope])").count() == 0
    assert page.locator("table:not(:has(caption))").count() == 0
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])")
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))


def test_the_skip_link_leads_to_the_answer(browser: Any, report: Path) -> None:
    page, _ = opened(browser, report / "report.html", 1024, "light")
    page.keyboard.press("Tab")
    box = page.locator(".skip").bounding_box()
    assert box and box["x"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#answer"


def test_tables_sort_by_keyboard(browser: Any, report: Path) -> None:
    page, _ = opened(browser, report / "report.html", 1024, "light")
    table = page.locator("table", has=page.locator("caption", has_text="Cost by workload"))
    button = table.locator("thead button").nth(1)
    button.focus()
    for wanted in ("ascending", "descending"):
        page.keyboard.press("Enter")
        assert table.locator("thead th").nth(1).get_attribute("aria-sort") == wanted
        costs = table.locator("tbody td:nth-child(2)").evaluate_all("cells => cells.map(c => +c.dataset.sort)")
        assert costs == sorted(costs, reverse=wanted == "descending")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_every_mark_tells_its_value_on_hover(browser: Any, report: Path) -> None:
    page, trouble = opened(browser, report / "report.html", 1024, "light")
    for plot in page.locator(".plot").all():
        marks = plot.evaluate("plot => [...plot.querySelectorAll('svg [aria-roledescription], svg path')].length")
        assert marks
        plot.scroll_into_view_if_needed()
        plot.focus()
        page.keyboard.press("Home")
        box = page.locator(".lit").bounding_box()
        said = page.locator(TIP).inner_text()
        page.keyboard.press("Escape")
        assert page.locator(TIP).count() == 0
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        assert page.locator(TIP).inner_text() == said
        page.mouse.move(1, 1)
        assert page.locator(TIP).count() == 0
    assert trouble == []


def test_arrow_keys_reach_every_mark(browser: Any, report: Path) -> None:
    """All 168 hours of the week, each told once, in order; the plot says how many there are."""
    page, _ = opened(browser, report / "report.html", 1024, "light")
    plot = page.locator(".plot", has=page.locator("#chart-gpus-by-hour"))
    assert plot.get_attribute("aria-label").endswith("Arrow keys step through 168 values")
    plot.focus()
    page.keyboard.press("Home")
    told = [page.locator(TIP).inner_text()]
    for _ in range(167):
        page.keyboard.press("ArrowRight")
        told.append(page.locator(TIP).inner_text())
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    assert [one[:9] for one in told] == [f"{day} {hour:02d}:00" for day in days for hour in range(24)]
    assert all("the load needs" in one for one in told)
    page.keyboard.press("ArrowRight")
    assert page.locator(TIP).inner_text() == told[-1]
    page.keyboard.press("Home")
    assert page.locator(TIP).inner_text() == told[0]
    plot.evaluate("plot => plot.blur()")
    assert page.locator(TIP).count() == 0


def test_up_and_down_move_between_days(browser: Any, report: Path) -> None:
    page, _ = opened(browser, report / "report.html", 1024, "light")
    page.locator(".plot", has=page.locator("#chart-utilisation")).focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    assert "Tue 00:00" in page.locator(TIP).inner_text()
    page.keyboard.press("ArrowUp")
    assert "Mon 00:00" in page.locator(TIP).inner_text()


@pytest.mark.parametrize(("motion", "wanted"), [("reduce", "auto"), ("no-preference", "smooth")])
def test_motion_can_be_refused(browser: Any, report: Path, motion: str, wanted: str) -> None:
    page, _ = opened(browser, report / "report.html", 1024, "light")
    page.emulate_media(reduced_motion=motion)
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == wanted
