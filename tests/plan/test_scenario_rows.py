"""Scenario rows by hand, and every lie about them noticed by the one check that reads them."""

from collections.abc import Callable
from typing import Any

import pytest

from planner.plan.checks import check
from planner.plan.plan import HedgeRow, Plan, ScenarioRow
from planner.plan.proofs.book import Book
from planner.plan.proofs.scenarios import scenarios_are_weighed
from planner.plan.scenarios import Tried, most_gpus, risk_row, scenario_rows

MORE = {"limits.max_gpus": 400}
LESS = {"prices.spot": "x0.5"}
Lie = Callable[[Plan], Plan]


@pytest.fixture
def hedged(plan: Plan) -> Plan:
    """The year by hand as the plan for a base case of 50 %, a dearer scenario of 30 % and one of 20 %."""
    npv = plan.total_npv_usd
    tried = {
        "base case": Tried(0.5, {}, plan, "", npv - 100, npv - 200, npv - 100),
        "more": Tried(0.3, MORE, plan, "", npv - 50, npv - 60, npv + 4000),
        "less": Tried(0.2, LESS, plan, "", npv, npv, npv + 1000),
    }
    rows = scenario_rows(tried)
    shares = {row.name: row.probability for row in rows}
    best = {row.name: row.best_npv_usd or 0.0 for row in rows}
    risk = risk_row(shares, {row.name: row.npv_usd or 0.0 for row in rows}, best, 0.7)
    alone = risk_row(shares, {row.name: row.alone_npv_usd or 0.0 for row in rows}, best, 0.7)
    problem = plan.problem | {
        "scenarios": {
            "more": {"probability": 0.3, "set": MORE},
            "less": {"probability": 0.2, "set": LESS},
        },
        "robust": {"objective": "cvar", "cvar_share": 0.7, "cvar_weight": 0.5},
    }
    hedge = HedgeRow(
        objective="cvar", cvar_weight=0.5, value=npv, bound=npv - 1, alone=alone, rows=1, columns=1, seconds=1.0
    )
    return plan.model_copy(update={"problem": problem, "scenarios": rows, "risk": risk, "hedge": hedge})


def row(name: str, /, **fields: Any) -> Lie:
    def lie(plan: Plan) -> Plan:
        rows = [one.model_copy(update=fields) if one.name == name else one for one in plan.scenarios]
        return plan.model_copy(update={"scenarios": rows})

    return lie


def told(kind: str, **fields: Any) -> Lie:
    return lambda plan: plan.model_copy(update={kind: getattr(plan, kind).model_copy(update=fields)})


def shifted(kind: str, field: str, amount: float) -> Lie:
    return lambda plan: told(kind, **{field: getattr(getattr(plan, kind), field) + amount})(plan)


def asked(key: str, **fields: Any) -> Lie:
    return lambda plan: plan.model_copy(update={"problem": plan.problem | {key: plan.problem[key] | fields}})


def fewer_nodes(plan: Plan) -> Plan:
    """Nothing signed at all."""
    return row("more", nodes=[one for one in plan.scenarios[1].nodes if one.form in ("on_demand", "spot")])(plan)


LIES: dict[str, Lie] = {
    "another change": row("more", changes={"limits.max_gpus": 300}),
    "another name": row("more", name="most"),
    "a scenario left out": lambda plan: plan.model_copy(update={"scenarios": plan.scenarios[:2]}),
    "another probability": row("less", probability=0.25),
    "a base case that is not the plan": row("base case", npv_usd=1.0),
    "other commitments": fewer_nodes,
    "no cost and no refusal": row("more", npv_usd=None),
    "a refusal beside a cost": row("more", refusal="no fleet"),
    "cheaper than the least": row("less", best_npv_usd=1e9),
    "better alone than the least": row("more", alone_npv_usd=0.0),
    "a least below what is proven": row("more", best_bound=1e9),
    "another expected cost": shifted("risk", "expected_usd", 50.0),
    "another tail": shifted("risk", "tail_usd", 50.0),
    "another start of the tail": told("hedge", alone=None),
    "another worst cost": shifted("risk", "worst_usd", 50.0),
    "another regret": shifted("risk", "worst_regret_usd", 50.0),
    "no risks": lambda plan: plan.model_copy(update={"risk": None}),
    "another measure": asked("robust", objective="expected"),
    "another weight": asked("robust", cvar_weight=0.6),
    "a better value": shifted("hedge", "value", -50.0),
    "better than proven": shifted("hedge", "bound", 1e6),
    "decided although not asked": lambda plan: plan.model_copy(update={"problem": plan.problem | {"robust": None}}),
    "not decided although asked": lambda plan: plan.model_copy(update={"hedge": None}),
}


def test_a_sound_outlook_passes_every_check(hedged: Plan) -> None:
    assert [finding for finding in check(hedged) if not finding.ok] == []


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_lie_about_scenarios_is_noticed_by_their_check_alone(hedged: Plan, lie: Lie) -> None:
    assert [finding.check for finding in check(lie(hedged)) if not finding.ok] == ["scenarios_are_weighed"]


def test_worse_than_the_plan_of_the_base_case(hedged: Plan) -> None:
    npv = hedged.total_npv_usd
    alone = {row.name: {"alone_npv_usd": npv - 10} for row in hedged.scenarios}
    plan = hedged
    for name, fields in alone.items():
        plan = row(name, best_npv_usd=npv - 500, best_bound=npv - 600, **fields)(plan)
    shares = {one.name: one.probability for one in plan.scenarios}
    best = dict.fromkeys(shares, npv - 500)
    plan = told("hedge", alone=risk_row(shares, dict.fromkeys(shares, npv - 10), best, 0.7))(plan)
    plan = plan.model_copy(update={"risk": risk_row(shares, dict.fromkeys(shares, npv), best, 0.7)})
    assert "is worse than that of the base case's plan" in scenarios_are_weighed(Book(plan)).detail


def test_risk_by_hand(plan: Plan) -> None:
    """The worst 25 % of 10 % at 100, 20 % at 50 and 70 % at 10: (0.1 x 100 + 0.15 x 50) / 0.25 = 70."""
    shares, costs = {"a": 0.1, "b": 0.2, "c": 0.7, "never": 0.0}, {"a": 100.0, "b": 50.0, "c": 10.0, "never": 1e9}
    best = {"a": 95.0, "b": 30.0, "c": 10.0, "never": 0.0}
    found = risk_row(shares, costs, best, 0.75).model_dump()
    assert found == pytest.approx(
        {"expected_usd": 27, "tail_share": 0.75, "tail_usd": 70, "worst_usd": 100, "worst_regret_usd": 20}
    )


def test_rows_keep_nodes_and_refusals(plan: Plan) -> None:
    refused = Tried(0.5, MORE, None, "no fleet satisfies all limits.", 10.0, 9.0, None)
    kept, gone = scenario_rows({"base case": Tried(0.5, {}, plan, "", 1.0, 1.0, None), "more": refused})
    assert kept.npv_usd == plan.total_npv_usd
    assert kept.most_gpus == most_gpus(plan) > 0
    assert {one.form for one in kept.nodes} >= {row.form for row in plan.purchases}
    assert gone == ScenarioRow(
        name="more", probability=0.5, changes=MORE, npv_usd=None, gap=None, best_npv_usd=10.0, best_bound=9.0,
        refusal="no fleet satisfies all limits.",
    )  # fmt: skip


def test_a_plan_without_scenarios_stores_nothing_of_them(plan: Plan, hedged: Plan) -> None:
    assert not {"scenarios", "risk", "hedge"} & set(plan.model_dump())
    assert Plan.model_validate_json(hedged.model_dump_json()) == hedged
