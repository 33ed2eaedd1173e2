"""Why not X on shipped problems: each price flips the fleet, each rejection is one, each name is understood."""

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from planner.again import Question, question_in
from planner.candidates.generate import generate_candidates
from planner.catalog.locate import problems_folder
from planner.cli import main
from planner.demand.build import build_demand
from planner.errors import InfeasibleError, InputError, NoCandidateError
from planner.explain.why_not import why_not, why_not_rows, with_prices_of, with_why_not
from planner.milp.gather import instance_from
from planner.milp.optimise import optimise_instance, search_for
from planner.plan.plan import Plan, WhyNotRow
from planner.plan.store import load_plan, write_plan
from planner.report.render import write_report

DAY = date(2026, 11, 21)
SMALLER = {"04": {"horizon.blocks": 2}, "05": {"horizon.hours": "flat", "horizon.blocks": 1}}
"""In fewer blocks, so that every optimum is proven in a second."""
SECONDS = 600.0  # far more than it takes: with less, a busy machine leaves prices open


@cache
def asked(number: str) -> tuple[Question, Plan]:
    path: Path = next(problems_folder().glob(f"{number}-*.yaml"))
    question = question_in(path, None, DAY, "test").changed(SMALLER.get(number, {}))
    return question, question.answered()


@cache
def rows(number: str) -> list[WhyNotRow]:
    question, plan = asked(number)
    return why_not_rows(question, plan, SECONDS)


def used_at(question: Question, row: WhyNotRow, factor: float) -> bool:
    """Whether the proven optimum has it where the problem's own `prices` multiply all of its prices."""
    changed = question.changed({f"prices.{row.name}": factor})
    problem = changed.problem
    demand = build_demand(problem, changed.catalog, changed.base)
    candidates = generate_candidates(problem, changed.catalog, demand, changed.base)
    p = instance_from(problem, demand, candidates)
    search = replace(search_for(problem), mip_gap=1e-6, time_limit_s=60.0)
    solution = optimise_instance(p, "highs", search)
    assert solution.certificate.gap <= 1e-5
    paid = {(str(key[0]), family) for family in ("on_demand", "spot") for key in solution.values.get(family, ())}
    paid |= {(str(key[0]), str(key[1])) for key in solution.values.get("bought", ())}
    names = {name for pool, form in paid for name in (p.pools[pool].gpu, p.pools[pool].provider, form)}
    return row.name in names


@pytest.mark.parametrize(("number", "least"), [("01", 6), ("04", 1), ("05", 6), ("07", 1)])
def test_what_is_too_dear_enters_at_its_price(number: str, least: int) -> None:
    question, _ = asked(number)
    told = [row for row in rows(number) if row.enters_share is not None and row.verdict != "as_good"]
    assert len(told) >= least
    for row in told[:5]:
        assert row.today is not None and row.enters_share is not None
        assert row.enters_low == row.enters_high == pytest.approx(row.enters_share * row.today)
        assert used_at(question, row, 0.99 * row.enters_share), row
        assert not used_at(question, row, 1.01 * row.enters_share), row


@pytest.mark.parametrize("number", ["01", "04", "05", "07", "11"])
def test_everything_that_is_not_chosen_is_answered(number: str) -> None:
    question, plan = asked(number)
    pools = {pool.id: pool for pool in plan.pools}
    at_work = [pools[row.pool] for row in plan.capacity if row.on_demand_nodes + row.spot_nodes + row.committed_nodes]
    chosen = {name for pool in at_work for name in (pool.gpu, pool.provider)}
    named = {row.name for row in rows(number)}
    assert not chosen & named
    offered = {offer.gpu for offer in question.catalog.offers.values()}
    assert {row.gpu for row in plan.rejections if row.gpu in offered} <= chosen | named
    assert all(row.reason for row in rows(number))
    assert not [row for row in rows(number) if row.verdict in {"open", "chosen"}]


def test_prices_that_were_not_reached_are_found_with_time_that_is_left() -> None:
    question, plan = asked("01")
    hasty, late = with_why_not(plan, question, 0.0)
    assert late and all(row.enters_low is None for row in hasty.why_not)
    still, again = with_prices_of(late, hasty, question, 0.0)
    assert again == late and [row.name for row in still.why_not] == [row.name for row in hasty.why_not]
    whole, none = with_prices_of(late, hasty, question, SECONDS)
    assert none == []
    found = {(row.kind, row.name): row.enters_low for row in whole.why_not}
    assert found == {(row.kind, row.name): row.enters_low for row in rows("01")}


def test_what_is_rejected_serves_nothing_alone() -> None:
    """Forced: with no other GPU to be had there is no plan."""
    question, _ = asked("01")
    rejected = [row for row in rows("01") if row.kind == "gpu" and row.verdict == "rejected"]
    assert len(rejected) >= 10
    for row in rejected:
        with pytest.raises((NoCandidateError, InfeasibleError)):
            question.changed({"supply.rent.gpus": [row.name]}).answered()


def test_what_is_chosen_is_said_to_be_with_what_it_saves() -> None:
    question, plan = asked("11")
    row = why_not(question, plan, "A10G", SECONDS)
    assert row.verdict == "chosen" and "A10G" in row.details[0]
    again = question.changed({"supply.rent.exclude_gpus": ["A10G"]}).answered()
    assert row.without_usd == pytest.approx(again.total_npv_usd - plan.total_npv_usd)


def test_what_the_user_ruled_out_is_said_with_what_it_costs() -> None:
    question, plan = asked("07")
    row = why_not(question, plan, "spot", SECONDS)
    assert row.verdict == "rejected" and "interrupted" in row.reason
    question = question.changed({"supply.rent.forms": ["on_demand"]})
    plan = question.answered()
    row = why_not(question, plan, "reserved_1y", SECONDS)
    assert row.verdict == "rejected" and "Were it allowed" in row.reason and " less over the horizon" in row.reason
    wider = asked("07")[1]
    saved = plan.total_npv_usd - wider.total_npv_usd
    assert f"${saved:,.0f}"[:3] in row.reason


def test_a_format_enters_where_its_nodes_are_cheaper() -> None:
    question, plan = asked("01")
    row = why_not(question, plan, "bf16", SECONDS)
    assert row.verdict == "too_dear" and row.enters_share is not None and 0 < row.enters_share < 1
    alone = question.changed({"workloads.chat.precision.weights": ["bf16"]}).answered()
    assert alone.total_npv_usd * row.enters_share >= plan.total_npv_usd * 0.999  # else it would have entered before
    assert why_not(question, plan, "fp8", SECONDS).verdict == "chosen"
    assert why_not(question, plan, "int4", SECONDS).verdict == "rejected"


@pytest.mark.parametrize(
    ("name", "kind", "found"),
    [("h200", "gpu", "H200-SXM"), ("On-Demand", "form", "on_demand"), ("AWS", "provider", "aws"),
     ("kv-fp8", "cache", "fp8"), ("nvfp4", "precision", "nvfp4")],
)  # fmt: skip
def test_names_are_understood(name: str, kind: str, found: str) -> None:
    question, plan = asked("01")
    row = why_not(question, plan, name, 5.0)
    assert (row.kind, row.name) == (kind, found)


def test_unknown_names_are_refused_with_a_hint() -> None:
    question, plan = asked("01")
    with pytest.raises(InputError, match=r"did you mean 'H200-SXM'"):
        why_not(question, plan, "H200-SXN", 5.0)


def test_the_report_shows_it_as_a_table_and_markup_stays_text(tmp_path: Path) -> None:
    _, plan = asked("01")
    row = WhyNotRow(kind="gpu", name="<b>X</b>|1", verdict="rejected", reason="<script>alert(1)</script> | no")
    twin = row.model_copy(update={"name": "twin"})
    told = plan.model_copy(update={"why_not": [*rows("01"), row, twin]})
    write_report(told, tmp_path)
    html, markdown = (tmp_path / "report.html").read_text(), (tmp_path / "report.md").read_text()
    assert "Why not something else" in html and "Why not something else" in markdown
    assert "<script>alert(1)</script>" not in html and "&lt;script&gt;alert(1)" in html
    assert "<b>X</b>" not in html and "twin" in html
    nearest = next(one for one in rows("01") if one.verdict == "too_dear")
    assert f"${nearest.enters_low:,.2f}" in markdown
    assert load_plan(tmp_path / "plan.json").why_not == told.why_not


def test_the_command_prints_text_or_json(tmp_path: Path) -> None:
    _, plan = asked("01")
    write_plan(plan, tmp_path / "plan.json")
    told = CliRunner().invoke(main, ["why-not", "h200", "--plan", str(tmp_path / "plan.json")])
    assert (
        told.exit_code == 0 and "H200-SXM (GPU type): too dear." in told.output and "it enters below $" in told.output
    )
    as_json = CliRunner().invoke(main, ["why-not", "h200", "--plan", str(tmp_path / "plan.json"), "--json"])
    assert WhyNotRow.model_validate_json(as_json.output).enters_share == pytest.approx(0.7418, abs=1e-3)
    wrong = CliRunner().invoke(main, ["why-not", "abacus", "--plan", str(tmp_path / "plan.json")])
    assert wrong.exit_code == 2
