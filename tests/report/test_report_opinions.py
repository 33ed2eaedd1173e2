"""A second opinion in the report: both figures, a mark where they part, reasons, and nothing where nobody was asked."""

import re
from pathlib import Path
from typing import Any

import pytest
from sample import sample_plan
from sample_rows import CHAT, CODE

from planner.plan.plan import Plan
from planner.report.cheapest import cheapest_text
from planner.report.lookup import Lookup
from planner.report.opinions import second_opinion
from planner.report.render import html, markdown, write_report
from planner.report.summary import LINES, WIDTH, summary_text
from planner.report.view import view_of

OURS = {"ttft_mean_ms": 400.0, "tpot_ms": 30.0, "output_tokens_per_s_per_gpu": 1000.0}
WIDTHS = {"ttft_mean_ms": 1.6, "tpot_ms": 1.1, "output_tokens_per_s_per_gpu": 1.25}


def row(theirs: dict[str, float] | None, **changes: Any) -> dict[str, Any]:
    intervals = {
        name: {"low_factor": 1 / width, "high_factor": width, "label": "errors on dense models"}
        for name, width in WIDTHS.items()
    }
    known = {
        "by": "AIConfigurator", "version": "0.12.0", "config": CHAT, "workload": "support-chat",
        "demand_classes": ["support-chat"], "chosen": True, "engine": "vllm", "clients": 64.0, "input_tokens": 1200.0,
        "output_tokens": 300.0, "ours": OURS, "theirs": theirs, "intervals": intervals,
    }  # fmt: skip
    return known | changes


@pytest.fixture(scope="module")
def asked() -> Plan:
    """TPOT 20 % above ours is outside 10 %, throughput 20 % below is inside 25 %; two have no answer or are not run."""
    return sample_plan(
        opinions=[
            row({"ttft_mean_ms": 300.0, "tpot_ms": 36.0, "output_tokens_per_s_per_gpu": 800.0}),
            row(None, config=CODE, workload="code-completion", reason="does not <cover> | L4\n."),
            row(OURS | {"tpot_ms": 300.0}, config="other/H200/tp1", chosen=False),
        ]
    )


def shown(text: str) -> str:
    return text.replace("\u00a0", " ")


def test_both_figures_stand_side_by_side_and_the_parting_one_is_marked(asked: Plan) -> None:
    tables = second_opinion(Lookup(asked)).tables
    table = tables["support-chat"]
    assert [shown(column.head) for column in table.columns][-3:] == [
        "80 % range",
        "AIConfigurator 0.12.0",
        "Differs by",
    ]
    cells = {shown(line[0].text): [shown(cell.text) for cell in line[1:]] for line in table.rows}
    assert cells == {
        "TTFT mean": ["64", "400 ms", "250 ms to 640 ms", "300 ms", "−25 %"],
        "TPOT mean": ["64", "30 ms", "27.3 ms to 33 ms", "36 ms", "+20 %"],
        "Output tokens/s a GPU": ["64", "1,000", "800 to 1,250", "800", "−20 %"],
    }
    assert [line[-1].tone for line in table.rows] == ["", "warn", ""]
    assert [shown(cell.text) for cell in tables["code-completion"].rows[0]] == ["No answer", "64", "", "", "", ""]


def test_how_sure_we_are_counts_and_names_them(asked: Plan) -> None:
    says = [shown(line) for line in second_opinion(Lookup(asked)).says]
    assert says[0].startswith("AIConfigurator 0.12.0 was asked about 2 chosen configurations on vllm;")
    assert says[0].endswith("2 of its 3 figures lie within our 80 % range.")
    assert says[1].startswith("No answer on qwen3-30b-a3b on ") and "does not <cover>" in says[1]
    assert says[2].endswith(": TPOT mean 36 ms against 30 ms (27.3 ms to 33 ms), +20 %.")
    assert len(says) == 3


def test_pages_show_it_where_it_belongs_and_escape_it(asked: Plan) -> None:
    pages = shown(markdown(view_of(asked)))
    runs, hours = pages.index("## How each model runs"), pages.index("## Hour by hour")
    others = pages.index("## Why not another GPU")
    assert runs < pages.index("**Second opinion: AIConfigurator 0.12.0**") < hours
    assert pages.index("## How sure we are") < pages.index("A second opinion:") < others
    assert others < pages.index("**Second opinion on the first runners-up, at their largest rate:")
    assert "| ⚠ +20 % |" in pages
    assert "does not <cover> | L4" not in pages, "text from outside is escaped"
    page = html(view_of(asked), {figure.id: "" for figure in view_of(asked).figures})
    assert 'class="num warn" data-sort="0.2">+20' in page
    assert "<cover>" not in page


def test_it_renders_again_from_the_stored_plan(asked: Plan, tmp_path: Path) -> None:
    write_report(asked, tmp_path / "first")
    write_report(Plan.model_validate_json((tmp_path / "first" / "plan.json").read_bytes()), tmp_path / "again")
    for name in ("report.md", "report.html", "plan.json"):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_terminals_say_it_within_their_space(asked: Plan) -> None:
    short = summary_text(asked)
    assert len(short.splitlines()) <= LINES
    assert max(map(len, short.splitlines())) <= WIDTH
    assert "TPOT mean 36 ms against 30 ms" in cheapest_text(asked)


def test_many_disagreements_are_counted_not_listed() -> None:
    far = OURS | {"tpot_ms": 300.0}
    says = second_opinion(Lookup(sample_plan(opinions=[row(far, config=f"c{n}") for n in range(12)]))).says
    assert len(says) == 1 + 8 + 1
    assert "4 more configurations" in shown(says[-1])


def test_where_it_knows_nothing_only_reasons_are_given() -> None:
    told = second_opinion(
        Lookup(sample_plan(opinions=[row(None, reason="its rate is measured", ours=None, clients=None)]))
    )
    assert (
        shown(told.says[0])
        == "AIConfigurator 0.12.0 was asked about 1 chosen configuration on vllm, and has no answer."
    )
    assert "its rate is measured" in told.says[1]
    assert told.tables == {}


def test_without_opinions_nothing_is_said(plan: Plan, report: Path) -> None:
    told = second_opinion(Lookup(plan))
    assert (told.tables, told.runners_up, told.says) == ({}, None, ())
    for name in ("report.md", "report.html"):
        assert not re.search("econd opinion", (report / name).read_text(encoding="utf-8"))
