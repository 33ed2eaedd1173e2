"""Problem 03 as a board reads it: round the clock one buys, for office hours one rents, and it turns where it says."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from planner.again import Question, question_in
from planner.cli import main
from planner.invest.breakeven import break_even
from planner.invest.compare import buy_or_rent
from planner.invest.duel import Duel
from planner.invest.levers import levers
from planner.plan.plan import Plan
from planner.plan.rows.investment import InvestmentRow
from planner.plan.store import load_plan
from planner.report.lookup import Lookup

PROBLEM = Path(__file__).parents[2] / "problems" / "03-buy-or-rent-glm-5.yaml"
AS_OF = date(2026, 11, 21)
RATE = 3.6
OFFICE = [float(day < 5 and 9 <= hour < 18) for day in range(7) for hour in range(24)]
playwright = pytest.importorskip("playwright.sync_api")


@pytest.fixture(scope="module")
def question() -> Question:
    return question_in(PROBLEM, None, AS_OF, "a test")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `planner buy-vs-rent` writes."""
    out = tmp_path_factory.mktemp("board")
    said = CliRunner().invoke(main, ["buy-vs-rent", str(PROBLEM), "--as-of", str(AS_OF), "--out", str(out)])
    assert said.exit_code == 0, said.output
    assert "Buying now is cheaper" in said.output
    return out


@pytest.fixture(scope="module")
def plan(folder: Path) -> Plan:
    return load_plan(folder / "optimal.json")


@pytest.fixture(scope="module")
def row(plan: Plan) -> InvestmentRow:
    assert plan.investment is not None
    return plan.investment


def worked(question: Question, week: list[float]) -> Plan:
    """The best mix where agents work in these hours of the week, at the same rate while they work."""
    mean = RATE * sum(week) / len(week)
    traffic = "workloads.coding-agent.traffic"
    return question.changed({f"{traffic}.profile": week, f"{traffic}.requests_per_s": mean}).answered()


def owned(plan: Plan) -> int:
    return sum(row.nodes for row in plan.purchases if row.form == "owned")


def test_round_the_clock_two_systems_are_bought(plan: Plan) -> None:
    assert owned(plan) == 2


def test_for_office_hours_nothing_is_bought(question: Question) -> None:
    assert owned(worked(question, OFFICE)) == 0


def test_it_turns_where_a_whole_plan_says_so_within_2_per_cent(question: Question, row: InvestmentRow) -> None:
    (turn,) = [one for one in row.break_evens if one.id == "utilisation"]
    assert turn.turns_at is not None
    assert turn.buys == "above"
    for times, systems in ((0.98, 0), (1.02, 2)):
        hours = round(168 * turn.turns_at * times)  # whichever hours they are: none is cheaper than another
        assert owned(worked(question, [1.0] * hours + [0.0] * (168 - hours))) == systems


def test_prices_turn_where_whole_plans_say_so(question: Question, row: InvestmentRow) -> None:
    turns = {one.id: one.turns_at for one in row.break_evens}
    keys = {"electricity": "supply.own.site.usd_per_kwh", "hardware": "prices.owned"}
    for name, at in (("electricity", turns["electricity"]), ("hardware", (turns["hardware"] or 0.0) / 400000)):
        assert at
        bought = [owned(question.changed({keys[name]: times * at}).answered()) for times in (0.98, 1.02)]
        assert bought == [2, 0]


def test_every_strategy_is_a_plan_beside_the_page(folder: Path, row: InvestmentRow) -> None:
    there = {one.id for one in row.strategies if one.npv_usd is not None}
    assert {path.stem for path in folder.glob("*.json")} == there
    for one in row.strategies:
        if one.npv_usd is None:
            assert one.refusal
        else:
            stored = load_plan(folder / f"{one.id}.json")
            assert stored.total_npv_usd == pytest.approx(one.npv_usd)
            assert all(finding.ok for finding in stored.findings)


def test_the_sentence_names_what_turns(row: InvestmentRow) -> None:
    assert row.believe.startswith("Buying wins if you believe that the systems are needed 90% of the hours or more")
    assert "cloud prices fall less than" in row.believe


def test_time_that_is_short_is_said(question: Question) -> None:
    found = buy_or_rent(question, lambda _: None, 0.01)
    assert "utilisation × horizon" in found.row.not_reached
    assert found.row.strategies


def test_break_even_alone(question: Question) -> None:
    from planner.explain.ask import Asker

    duel = Duel(Asker(question, 60), {"H200-SXM"})
    (lever,) = [one for one in levers(question) if one.id == "hardware"]
    found = break_even(duel, lever)
    assert found.turns_at is not None
    assert found.at == 400000


def test_the_whole_report_has_the_section(plan: Plan, tmp_path: Path) -> None:
    from planner.report.render import write_report

    write_report(plan, tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert 'id="buy-or-rent"' in page
    assert "## Buy or rent" in (tmp_path / "report.md").read_text(encoding="utf-8")
    assert (tmp_path / "charts" / "buy-or-rent-map.svg").is_file()
    assert Lookup(plan).plan.investment is not None


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    import sys

    sys.path.insert(0, str(Path(__file__).parents[1] / "report"))
    from browser import CHROMIUM, QUIET

    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with playwright.sync_playwright() as runner:
        opened = runner.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield opened
        opened.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1024, 1600])
def test_page_in_a_browser(browser: Any, folder: Path, width: int, scheme: str) -> None:
    from browser import opened

    page, trouble = opened(browser, folder / "buy-vs-rent.html", width, scheme)
    assert trouble == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    boxes = page.evaluate(
        "[...document.querySelectorAll('svg[role=img]')].map(s => [s.getBBox().width, s.getBBox().height])"
    )
    assert len(boxes) == len(list((folder / "charts").iterdir())) == 5
    assert all(wide > 50 and high > 20 for wide, high in boxes)
