"""A refusal as a page: its structure, its escaping, in Markdown and in a real browser."""

from pathlib import Path
from typing import Any

import pytest
from browser import CHROMIUM, opened
from test_report_access import violations

from planner.report.refusal import Group, Item, heart, refusal
from planner.report.render import refusal_html, refusal_markdown, write_refusal

MESSAGE = """no fleet satisfies all limits.
In the way:
  budget total: 20,000 USD a month
Together these are enough, solved:
  raise the quota aws H100-SXM from 8 to 32 GPUs
  raise the total budget from 20,000 to 161,000 USD a month
  the fleet then costs about $160,717 over 1 month"""
NESTED = """nothing can serve <script>alert(1)</script>:
  memory (30), closest is 8×L40S: needs | 94.5 GiB
    allow a narrower format
=1+1:
  # no heading"""
HOSTILE = refusal("T <b> | x", "# q?", NESTED, "planner plan '<x>.yaml'")


def test_heads_lines_and_what_belongs_to_them() -> None:
    told = refusal("T", "", MESSAGE, "planner plan x.yaml")
    assert told.first == "no fleet satisfies all limits."
    assert [group.head for group in told.groups] == ["In the way:", "Together these are enough, solved:"]
    assert len(told.groups[1].lines) == 3
    assert HOSTILE.groups[0] == Group(
        "", (Item("memory (30), closest is 8×L40S: needs | 94.5 GiB", ("allow a narrower format",)),)
    )


def test_the_heart_of_a_message() -> None:
    assert heart("nothing") == "nothing."
    assert heart(NESTED).endswith("</script>: memory (30), closest is 8×L40S: needs | 94.5 GiB.")
    assert heart(MESSAGE).startswith(
        "no fleet satisfies all limits. Together these are enough, solved: raise the quota"
    )


def test_the_heart_without_a_remedy_is_what_is_missing() -> None:
    told = "no fleet.\nWith every limit as it is:\n  chat is short by 1 req/s\n  code too\nNext: raise a limit"
    assert heart(told) == "no fleet. With every limit as it is: chat is short by 1 req/s."


def test_markdown_is_text() -> None:
    said = refusal_markdown(HOSTILE)
    assert said.startswith("# T &lt;b> \\| x\n\n> \\# q?\n\n## No plan, and why\n\n**Nothing can serve &lt;script>")
    assert "\n- memory (30), closest is 8×L40S: needs \\| 94.5 GiB\n  - allow a narrower format\n" in said
    assert "\n=1+1:\n\n- \\# no heading\n" in said
    assert "<script" not in said


def test_without_question_or_detail() -> None:
    said = refusal_markdown(refusal("T", "", "nothing", "planner plan x"))
    assert said == "# T\n\n## No plan, and why\n\n**Nothing**\n\nTo ask again:\n\n    planner plan x\n"


def test_html_is_text() -> None:
    page = refusal_html(HOSTILE)
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "http" not in page.replace("http-equiv", "")


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1600])
def test_page(browser: Any, tmp_path: Path, width: int, scheme: str) -> None:
    write_refusal(refusal("T", "Which?", MESSAGE, "planner plan x.yaml"), tmp_path)
    page, trouble = opened(browser, tmp_path / "refusal.html", width, scheme)
    assert violations(page) == []
    assert trouble == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert page.locator("h3").all_inner_texts() == ["In the way:", "Together these are enough, solved:"]
