"""The sample's report: equal to what was accepted, complete, balanced, escaped, and the same every time."""

import re
from html.parser import HTMLParser
from pathlib import Path

import jinja2
import pytest
from sample import sample_plan
from scrub import scrubbed

from planner.plan.plan import Plan
from planner.report.render import html, markdown, write_report
from planner.report.view import View, view_of

GOLDEN = Path(__file__).parent / "golden"
ACTUAL = Path(__file__).parents[1] / "actual" / "report"
VOID = {"meta", "br", "img", "hr", "input", "link"}
NONSENSE = re.compile(r"\b(nan|NaN|None|inf|Infinity|Undefined|undefined)\b")


@pytest.mark.parametrize("name", ["report.html", "report.md"])
def test_golden(report: Path, name: str) -> None:
    """Accept a wanted change with `python -m tests.report.update`."""
    fresh = scrubbed((report / name).read_text(encoding="utf-8"))
    if fresh != (GOLDEN / name).read_text(encoding="utf-8"):
        ACTUAL.mkdir(parents=True, exist_ok=True)
        (ACTUAL / name).write_text(fresh, encoding="utf-8")
        pytest.fail(f"{name} changed: compare {ACTUAL / name} with {GOLDEN / name}")


def test_a_plan_renders_to_the_same_bytes(report: Path, plan: Plan, tmp_path: Path) -> None:
    again = write_report(Plan.model_validate_json(plan.model_dump_json()), tmp_path)
    assert [path.relative_to(tmp_path) for path in again] == sorted(
        path.relative_to(report) for path in report.rglob("*") if path.is_file()
    )
    for path in again:
        assert path.read_bytes() == (report / path.relative_to(tmp_path)).read_bytes()


@pytest.mark.parametrize("name", ["report.html", "report.md"])
def test_no_figure_is_missing(report: Path, name: str) -> None:
    text = re.sub(r"<script>.*?</script>|<style>.*?</style>", "", (report / name).read_text(), flags=re.DOTALL)
    assert not NONSENSE.search(text)
    assert "{{" not in text
    assert "{%" not in text


def test_figures_that_are_not_finite_print_as_such() -> None:
    row = sample_plan().runners_up[0].model_copy(update={"usd_per_million_tokens": float("inf")})
    text = markdown(view_of(sample_plan(runners_up=[row])))
    assert not NONSENSE.search(text)
    assert "n/a" in text


def test_markdown_tables_are_balanced(report: Path) -> None:
    tables = re.findall(r"(?:^\|.*\|$\n)+", (report / "report.md").read_text(), flags=re.MULTILINE)
    assert len(tables) >= 15
    for table in tables:
        lines = table.strip().splitlines()
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in lines}
        assert len(widths) == 1, table
        assert re.fullmatch(r"\|( :--| --: ?| :-- ?|\|)+", lines[1].replace(" |", "|")), lines[1]


def test_markdown_has_one_title_and_the_reading_order(report: Path) -> None:
    text = (report / "report.md").read_text()
    assert len(re.findall(r"^# ", text, flags=re.MULTILINE)) == 1
    assert re.findall(r"^## (.*)$", text, flags=re.MULTILINE) == [
        "The answer",
        "For the budget owner",
        "For the engineer",
        "The money",
        "Financial statements",
        "Energy and carbon",
        "The fleet",
        "How each model runs",
        "Hour by hour",
        "How sure we are",
        "Why this plan",
        "What was ruled out, and why",
        "Why not another GPU",
        "Limits, and how close the plan comes",
        "Assumptions",
        "Sources",
        "Certificate, checks, and how to get this plan again",
    ]


def test_markdown_images_and_links_lie_beside_it(report: Path) -> None:
    text = (report / "report.md").read_text()
    targets = re.findall(r"(?<!\\)\]\(([^)]+)\)", text)
    assert {"plan.json", "plan.xlsx", "report.html"} <= set(targets)
    assert {target for target in targets if target.startswith("charts/")} == {
        f"charts/{path.name}" for path in (report / "charts").iterdir()
    }
    for target in targets:
        assert (report / target).is_file(), target


def test_hostile_text_stays_text_in_markdown(report: Path) -> None:
    text = (report / "report.md").read_text()
    outside = re.sub(r"^    .*$", "", text, flags=re.MULTILINE)
    assert set(re.findall(r"<\/?(\w+)", outside)) == {"details", "summary"}
    assert "\n# not a heading" not in text


class Balanced(HTMLParser):
    """Collects tags, checks nesting, counts table cells."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.external: list[str] = []
        self.tables: list[list[int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.external += [f"{n}={v}" for n, v in attrs if n in ("src", "href") and not (v or "").startswith("#")]
        assert not [name for name, _ in attrs if name.startswith("on")]
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append(0)
        if tag in ("td", "th"):
            self.tables[-1][-1] += 1
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)


def test_html_is_balanced_self_contained_and_light(report: Path) -> None:
    text = (report / "report.html").read_text()
    page = Balanced()
    page.feed(text)
    assert page.open == []
    assert page.external == []
    assert len(page.ids) == len(set(page.ids))
    assert "b" in page.tags
    assert "i" not in page.tags
    assert "img" not in page.tags
    assert all(len(set(rows)) == 1 for rows in page.tables)
    assert text.count("<script>") == 1
    assert "@import" not in text
    assert "url(" not in text.replace("url(#", "")
    assert len(text) < 2_000_000


def test_a_template_refuses_what_is_not_there(view: View) -> None:
    with pytest.raises(jinja2.UndefinedError):
        html(view, {})
