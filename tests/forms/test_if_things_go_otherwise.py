"""Scenarios from the problem file to the report: a node at 2 USD an hour, or 1.20 signed for the year."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from shop import OFFER, failed, planned, problem, write

from planner.cli import main
from planner.errors import InfeasibleError, InputError
from planner.plan.plan import Plan, ScenarioRow

YEAR_H = 8760
FLAT = {"requests_per_s": 1, "profile": "flat"}
TERMS = "provider,gpu,term_months,payment,discount\nacme,any,12,none,0.4\n"


def asked(folder: Path, scenarios: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """One request/s for a year, and the scenarios."""
    (folder / "terms.csv").write_text(TERMS, encoding="utf-8")
    usual = {
        "horizon": {"periods": 1, "period": "year", "hours": "flat"},
        "workloads__chat__traffic": FLAT,
        "supply__rent__forms": ["on_demand", "reserved_1y"],
        "catalog__commitments": "terms.csv",
        "scenarios": scenarios,
    }
    return problem(**(usual | changes))


def more(probability: float | None = None, rate: float = 3) -> dict[str, Any]:
    return {"probability": probability, "set": {"workloads.chat.traffic.requests_per_s": rate}}


def told(plan: Plan, name: str) -> ScenarioRow:
    return next(row for row in plan.scenarios if row.name == name)


def usd(an_hour: float) -> object:
    return pytest.approx(YEAR_H * an_hour, rel=1e-9)


def signed(plan: Plan) -> int:
    return sum(row.nodes for row in plan.purchases)


def test_scenarios_are_tried_with_what_the_base_case_signs(tmp_path: Path) -> None:
    plan = planned(tmp_path, asked(tmp_path, {"more": more(0.3)}))
    base, dear = plan.scenarios
    assert (signed(plan), plan.hedge) == (1, None)
    assert (base.probability, base.npv_usd, base.best_npv_usd, base.most_gpus) == (0.7, usd(1.2), usd(1.2), 1)
    assert (dear.probability, dear.npv_usd, dear.best_npv_usd, dear.most_gpus) == (0.3, usd(5.2), usd(3.6), 3)
    assert dear.changes == {"workloads.chat.traffic.requests_per_s": 3}
    assert {(one.form, one.nodes) for one in dear.nodes} == {("reserved_1y", 1), ("on_demand", 2)}
    assert plan.risk is not None
    assert plan.risk.expected_usd == usd(0.7 * 1.2 + 0.3 * 5.2)
    assert plan.risk.tail_usd == usd(5.2)
    assert plan.risk.worst_regret_usd == usd(1.6)


@pytest.mark.parametrize(
    ("robust", "probability", "nodes", "value"),
    [
        ({"objective": "expected"}, 0.5, 1, 3.2),  # 1: 0.5 x (1.2 + 5.2); 3: 3.6
        ({"objective": "expected"}, 0.7, 3, 3.6),  # 1: 0.3 x 1.2 + 0.7 x 5.2 = 4.0
        ({"objective": "worst_regret"}, 0.5, 2, 1.2),  # 1: 1.6; 2: 1.2 and 0.8; 3: 2.4
        ({"objective": "worst_cost"}, 0.5, 3, 3.6),
        ({"objective": "cvar", "cvar_share": 0.5, "cvar_weight": 0.1}, 0.5, 1, 0.9 * 3.2 + 0.1 * 5.2),
        ({"objective": "cvar", "cvar_share": 0.5, "cvar_weight": 0.9}, 0.5, 3, 3.6),  # 1: 5.0; 2: 0.34 + 0.9 x 4.4
    ],
)
def test_commitments_are_decided_for_all(
    tmp_path: Path, robust: dict[str, Any], probability: float, nodes: int, value: float
) -> None:
    plan = planned(tmp_path, asked(tmp_path, {"more": more(probability)}, robust=robust))
    assert signed(plan) == nodes
    assert plan.hedge is not None
    assert (plan.hedge.value, plan.hedge.bound) == (usd(value), usd(value))
    assert told(plan, "base case").npv_usd == plan.total_npv_usd == usd(1.2 * nodes)
    assert told(plan, "base case").alone_npv_usd == usd(1.2)
    assert told(plan, "more").alone_npv_usd == usd(5.2)


def test_prices_and_supply_may_differ_too(tmp_path: Path) -> None:
    """Rents twice as dear: one signed and two rented at 4; without the GPU nothing is left that serves."""
    scenarios = {
        "dear-rents": {"set": {"prices.on_demand": "x2", "workloads.chat.traffic.requests_per_s": "x3"}},
        "dear-maker": {"set": {"prices.acme": 1.5, "prices.H100-SXM": 2}},
        "none-of-it": {"set": {"supply.rent.exclude_gpus": ["H100-SXM"]}},
    }
    plan = planned(tmp_path, asked(tmp_path, scenarios))
    assert [row.probability for row in plan.scenarios] == [0.25] * 4
    assert (told(plan, "dear-rents").npv_usd, told(plan, "dear-rents").best_npv_usd) == (usd(1.2 + 8), usd(3.6))
    assert told(plan, "dear-maker").npv_usd == usd(3.6)
    gone = told(plan, "none-of-it")
    assert (gone.npv_usd, gone.best_npv_usd, gone.most_gpus) == (None, None, 0)
    assert "chat" in gone.refusal
    assert plan.risk is None


def test_commitments_that_are_not_on_offer_cannot_be_carried_out(tmp_path: Path) -> None:
    """Another GPU can be signed at 1.80: that scenario is served, but not by this plan; one for both signs that one."""
    offers = OFFER + "acme,east,n2,A100-SXM-80GB,1,3.0,\n"
    gone = {"no-h100": {"set": {"supply.rent.exclude_gpus": ["H100-SXM"]}}}
    plan = planned(tmp_path, asked(tmp_path, gone), offers=offers)
    row = told(plan, "no-h100")
    assert (row.npv_usd, row.best_npv_usd) == (None, usd(1.8))
    assert row.refusal == "not on offer there, but signed, bought or kept: acme/east/n1 (reserved_1y)"
    hedged = planned(tmp_path, asked(tmp_path, gone, robust={"objective": "expected"}), offers=offers)
    assert [(row.pool, row.nodes) for row in hedged.purchases] == [("acme/east/n2", 1)]
    assert told(hedged, "no-h100").npv_usd == hedged.total_npv_usd == usd(1.8)
    assert hedged.hedge is not None
    assert hedged.hedge.alone is None


def test_the_price_of_a_margin_is_a_scenario_that_never_happens(tmp_path: Path) -> None:
    """100 % more demand than forecast doubles the nodes; what that costs is the regret where it is not needed."""
    scenarios = {"as-forecast": {"probability": 0, "set": {"limits.demand_margin": 0}}}
    plan = planned(tmp_path, asked(tmp_path, scenarios, limits__demand_margin=1.0))
    row = told(plan, "as-forecast")
    assert (row.npv_usd, row.best_npv_usd) == (usd(2.4), usd(1.2))
    assert plan.risk is not None
    assert plan.risk.worst_regret_usd == pytest.approx(0)


def test_a_forecast_error_is_planned_for(tmp_path: Path) -> None:
    """z(0.9) = 1.2816: a forecast of 1 with an error of 80 % is planned at 2.03 requests/s, three nodes."""
    traffic = FLAT | {"forecast_error": 0.8}
    plan = planned(tmp_path, asked(tmp_path, {}, workloads__chat__traffic=traffic))
    assert plan.demand[0].planned_requests_per_s == pytest.approx(1 + 1.2815516 * 0.8)
    assert plan.demand[0].mean_requests_per_s == pytest.approx(1)
    assert signed(plan) == 3
    even = planned(tmp_path, asked(tmp_path, {}, workloads__chat__traffic=traffic, limits__demand_confidence=0.5))
    assert even.demand[0].planned_requests_per_s == pytest.approx(1)


def test_nothing_serves_all_scenarios(tmp_path: Path) -> None:
    limits = {"utilization_cap": 1, "budget": [{"usd_per_period": 3 * YEAR_H}]}
    with pytest.raises(InfeasibleError, match="scenario more: no fleet satisfies all limits"):
        planned(tmp_path, asked(tmp_path, {"more": more()}, limits=limits, robust={}))
    tried = planned(tmp_path, asked(tmp_path, {"more": more()}, limits=limits))
    assert told(tried, "more").refusal.startswith("no fleet satisfies all limits")


def test_names_nobody_knows_are_told_with_their_scenario(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"scenario typo: .*\n.*supply.rent.exclude_gpus: unknown GPU 'H200-SXN'"):
        planned(tmp_path, asked(tmp_path, {"typo": {"set": {"supply.rent.exclude_gpus": ["H200-SXN"]}}}))
    with pytest.raises(InputError, match=r"prices.spott: neither a purchase form nor a GPU nor a provider — did you"):
        planned(tmp_path, asked(tmp_path, {}, prices={"spott": 2}))


def test_a_lie_is_noticed(tmp_path: Path) -> None:
    plan = planned(tmp_path, asked(tmp_path, {"more": more()}, robust={"objective": "worst_regret"}))
    assert failed(plan, "scenarios", lambda row: {"npv_usd": row.npv_usd - 9}, name="more") == {"scenarios_are_weighed"}


def test_the_command_line_says_it(tmp_path: Path) -> None:
    path = write(tmp_path, asked(tmp_path, {"three-times": more(0.5)}, robust={"objective": "worst_regret"}))
    out = tmp_path / "out"
    done = CliRunner().invoke(main, ["plan", str(path), "--as-of", "2026-12-01", "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "No commitments reach a largest regret over all scenarios below $10,512" in done.output
    text = (out / "report.md").read_text(encoding="utf-8")
    assert "## If things go otherwise" in text
    line = (
        "| three-times | workloads.chat.traffic.requests_per_s: 3 | 50 % | $38,544 | $45,552 | $31,536 | $7,008 | 3 |"
    )
    assert line in text.replace("\xa0", " ")
    assert "Being ready costs $10,512 in the base case (+100 %)" in text.replace("\xa0", " ")
    page = (out / "report.html").read_text(encoding="utf-8")
    assert '<section id="otherwise"' in page
    assert "three-times" in page


def test_nothing_is_said_where_nothing_goes_otherwise(tmp_path: Path) -> None:
    path = write(tmp_path, asked(tmp_path, {}))
    out = tmp_path / "out"
    assert CliRunner().invoke(main, ["plan", str(path), "--as-of", "2026-12-01", "--out", str(out)]).exit_code == 0
    for name in ("report.md", "report.html"):
        assert "otherwise" not in (out / name).read_text(encoding="utf-8")
    assert not {"scenarios", "hedge", "risk"} & set(yaml.safe_load((out / "plan.json").read_text(encoding="utf-8")))


def test_a_mistake_in_a_scenario_is_told_before_anything_is_solved(tmp_path: Path) -> None:
    path = write(tmp_path, asked(tmp_path, {"typo": {"set": {"limits.max_gpu": 3}}}))
    done = CliRunner().invoke(main, ["plan", str(path), "--as-of", "2026-12-01"])
    assert done.exit_code == 2
    assert "scenarios.typo.set.limits.max_gpu: unknown key — did you mean 'max_gpus'?" in done.output


def test_what_never_happens_has_no_say(tmp_path: Path) -> None:
    """Not even where nothing can serve it, nor where what is signed is not on offer."""
    offers = OFFER + "acme,east,n2,A100-SXM-80GB,1,3.0,\n"
    scenarios = {
        "more": more(0.6),
        "far-too-much": {"probability": 0, "set": {"limits.max_gpus": 0}},
        "no-h100": {"probability": 0, "set": {"supply.rent.exclude_gpus": ["H100-SXM"]}},
    }
    plan = planned(tmp_path, asked(tmp_path, scenarios, robust={"objective": "worst_regret"}), offers=offers)
    assert signed(plan) == 2
    assert told(plan, "far-too-much").refusal
    assert told(plan, "no-h100").refusal.startswith("not on offer there")
    assert plan.risk is not None
    assert plan.risk.expected_usd == usd(0.4 * 2.4 + 0.6 * 4.4)
    assert plan.hedge is not None
    assert plan.hedge.value == usd(1.2)
