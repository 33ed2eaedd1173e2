"""The page in a real browser: no network, a silent console, everything drawn, nothing sticks out."""

from pathlib import Path
from typing import Any

import pytest
from browser import CHROMIUM, opened

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
BOXES = "[...document.querySelectorAll('svg[role=img]')].map(s => [s.id, s.getBBox().width, s.getBBox().height])"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1024, 1600])
def test_page(browser: Any, report: Path, width: int, scheme: str) -> None:
    page, trouble = opened(browser, report / "report.html", width, scheme)
    assert trouble == []
    assert page.evaluate(OVERFLOW) <= 0
    boxes = page.evaluate(BOXES)
    assert len(boxes) == len(list((report / "charts").iterdir()))
    assert all(wide > 50 and high > 20 for _, wide, high in boxes)
    paper = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    ink = page.evaluate("getComputedStyle(document.querySelector('svg .f-ink')).fill")
    dark = scheme == "dark"
    assert (_mean(paper) < 60) == dark
    assert (_mean(ink) > 200) == dark


def _mean(colour: str) -> float:
    channels = [float(part) for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    return sum(channels) / 3


def test_tables_sort_by_value_and_say_so(browser: Any, report: Path) -> None:
    page, trouble = opened(browser, report / "report.html", 1024, "light")
    table = page.locator("table", has=page.locator("caption", has_text="Cost by workload"))
    head = table.locator("thead th").nth(1)
    cells = table.locator("tbody tr td:nth-child(2)")

    def costs() -> list[float]:
        return [float(cell) for cell in cells.evaluate_all("cells => cells.map(c => c.dataset.sort)")]

    head.locator("button").click()
    assert costs() == sorted(costs())
    assert head.get_attribute("aria-sort") == "ascending"
    head.locator("button").click()
    assert costs() == sorted(costs(), reverse=True)
    assert head.get_attribute("aria-sort") == "descending"
    assert trouble == []


def test_wide_tables_can_be_reached_by_keyboard(browser: Any, report: Path) -> None:
    page, _ = opened(browser, report / "report.html", 390, "light")
    regions = page.locator(".scroll, .plot")
    assert regions.count() > 20
    assert all(regions.nth(n).get_attribute("tabindex") == "0" for n in range(regions.count()))
    assert all(regions.nth(n).get_attribute("aria-label") for n in range(regions.count()))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"


def test_titles_of_wide_tables_are_read_without_scrolling(browser: Any, report: Path) -> None:
    page, _ = opened(browser, report / "report.html", 390, "light")
    cut = "[...document.querySelectorAll('caption')].filter(c => c.getBoundingClientRect().right > innerWidth).length"
    assert page.evaluate(cut) == 0


def test_what_is_doubtful_is_marked_and_not_in_colour_alone(browser: Any, report: Path) -> None:
    page, _ = opened(browser, report / "report.html", 1024, "light")
    marks = "[...document.querySelectorAll('td.warn')].map(c => getComputedStyle(c, '::before').content)"
    found = page.evaluate(marks)
    assert found and all("⚠" in mark for mark in found)


def test_print_opens_what_is_folded(browser: Any, report: Path) -> None:
    page, _ = opened(browser, report / "report.html", 1024, "dark")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("[...document.querySelectorAll('details')].every(d => d.open)")
    assert page.evaluate(OVERFLOW) <= 0
    assert _mean(page.evaluate("getComputedStyle(document.documentElement).backgroundColor")) > 200
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate("[...document.querySelectorAll('details')].every(d => !d.open)")
    pdf = page.pdf(format="A4", prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF")
    assert len(pdf) > 30_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_chart_files_read_on_any_ground(browser: Any, report: Path, scheme: str) -> None:
    page, trouble = opened(browser, report / "charts" / "latency.svg", 1024, scheme)
    paper = page.evaluate("getComputedStyle(document.querySelector('.f-paper')).fill")
    ink = page.evaluate("getComputedStyle(document.querySelector('text.f-ink')).fill")
    assert trouble == []
    assert abs(_mean(paper) - _mean(ink)) > 150
    assert (_mean(paper) < 60) == (scheme == "dark")
