"""On paper: each brief on one page, no row of a table torn in two, nothing cut off."""

import io
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from browser import CHROMIUM, opened
from sample import sample_plan

from planner.plan.store import load_plan
from planner.report.render import html
from planner.report.view import view_of

pypdf = pytest.importorskip("pypdf")
pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

STORED = sorted((Path(__file__).parents[2] / "reports").glob("*/plan.json"))
PX_A_MM = 96 / 25.4
PAPER_MM = {"width": 210 - 2 * 14, "height": 297 - 16 - 18}
MARK_ROWS = """() => {
  document.querySelectorAll("details").forEach(one => { one.open = true; });
  document.querySelectorAll("tbody tr").forEach((row, at) => {
    for (const cell of row.cells) { cell.prepend(`xA${at}x `); cell.append(` xZ${at}x`); }
  });
}"""


@pytest.mark.parametrize("path", [None, *STORED], ids=lambda path: path.parent.name if path else "sample")
def test_each_brief_is_one_page(browser: Any, path: Path | None, tmp_path: Path) -> None:
    view = view_of(load_plan(path) if path else sample_plan())
    page_file = tmp_path / "report.html"
    page_file.write_text(html(view, {figure.id: "<svg></svg>" for figure in view.figures}), encoding="utf-8")
    page, trouble = opened(browser, page_file, round(PAPER_MM["width"] * PX_A_MM), "light")
    page.emulate_media(media="print")
    briefs = page.locator(".brief")
    assert briefs.count() == 2
    for brief in briefs.all():
        assert brief.bounding_box()["height"] <= PAPER_MM["height"] * PX_A_MM
        assert brief.evaluate("one => getComputedStyle(one).breakBefore") == "page"
    assert trouble == []


def torn(browser: Any, report: Path, css: str) -> list[str]:
    """Rows that do not end on the page they begin on, in the PDF Chromium prints."""
    page, _ = opened(browser, report / "report.html", 1024, "light")
    page.evaluate(MARK_ROWS)
    page.evaluate(
        "css => document.head.append(Object.assign(document.createElement('style'), {textContent: css}))", css
    )
    pages: dict[str, set[int]] = defaultdict(set)
    for at, sheet in enumerate(pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages):
        for row in re.findall(r"x[AZ](\d+)x", re.sub(r"\s", "", sheet.extract_text())):
            pages[row].add(at)
    assert len(pages) == page.locator("tbody tr").count()
    return [row for row, where in pages.items() if len(where) > 1]


def test_printing_tears_no_row(browser: Any, report: Path) -> None:
    assert torn(browser, report, "") == []
    assert torn(browser, report, "@page { size: A5 landscape; }") == []


def test_rows_would_be_torn_without_being_told(browser: Any, report: Path) -> None:
    loose = "@page { size: A5 landscape; } @media print { * { break-inside: auto !important; orphans: 1; widows: 1 } }"
    assert torn(browser, report, loose)


def test_the_pdf_begins_with_the_answer_and_the_briefs(browser: Any, report: Path) -> None:
    page, _ = opened(browser, report / "report.html", 1024, "dark")
    sheets = [sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages]
    for sheet, heading in zip(sheets, ("The answer", "For the budget owner", "For the engineer"), strict=False):
        assert heading in sheet.replace("\n", " ")
    assert "What could go wrong" in sheets[1]
    assert "The money" in sheets[3]
