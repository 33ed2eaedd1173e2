"""The bill by team and model: whose, at which account, and who bears what stood idle."""

from dataclasses import replace

import pytest
import year
from year import BIG, CLOUD, H100, SMALL, Setting

from planner.candidates.candidate import ReplicaConfig
from planner.inputs.problem import Problem
from planner.plan.checks import check
from planner.plan.plan import Plan
from planner.plan.shares import BROKEN, IDLE

TEAMS = {"chat": {"team": "Support", "cost_centre": "4711"}, "digest": {"team": "Research"}}


def asked(idle: str = "apart", **workloads: dict) -> Problem:
    named = {name: year.PROBLEM["workloads"][name] | TEAMS[name] | workloads.get(name, {}) for name in TEAMS}
    return Problem.model_validate(year.PROBLEM | {"workloads": named, "chargeback": {"idle": idle}})


def charged(plan: Plan, period: int) -> dict[str, float]:
    found: dict[str, float] = {}
    for row in plan.workload_costs:
        if row.period == period:
            found[row.team or row.workload] = found.get(row.team or row.workload, 0.0) + row.charged_usd
    return found


def test_teams_and_accounts_are_named(setting: Setting) -> None:
    plan = replace(setting, problem=asked()).plan()
    named = {row.workload: (row.team, row.cost_centre) for row in plan.workload_costs}
    assert named == {"chat": ("Support", "4711"), "digest": ("Research", ""), IDLE: ("", "")}


def test_idle_capacity_apart_or_borne_by_all(setting: Setting) -> None:
    """The second quarter, as test_assemble shares it out by hand."""
    chat, digest = 98_550 + 87_600 + 98_550 * 12 / 16 + 28_382.40, 5_062.50
    idle = 24_637.50 + 27_000 - 5_062.50 + 6_000
    apart = replace(setting, problem=asked()).plan()
    assert charged(apart, 1) == pytest.approx({"Support": chat, "Research": digest, IDLE: idle})
    together = replace(setting, problem=asked("pro_rata")).plan()
    whole = chat + digest + idle
    parts = {"Support": whole * chat / (chat + digest), "Research": whole * digest / (chat + digest), IDLE: 0}
    assert charged(together, 1) == pytest.approx(parts)
    for plan in (apart, together):
        assert sum(row.charged_usd for row in plan.workload_costs) == pytest.approx(plan.total_usd, abs=0.005)
        assert [one.detail for one in check(plan) if not one.ok] == []
    assert {row.usd for row in apart.workload_costs} == {row.usd for row in together.workload_costs}


def test_a_period_nobody_uses_keeps_its_idle_capacity(setting: Setting) -> None:
    values = setting.solution.values | {"replicas": {}, "served": {}, "api": {}, "on_demand": {}, "spot": {}}
    problem = asked("pro_rata")
    plan = replace(setting, problem=problem, solution=replace(setting.solution, values=values)).plan()
    rows = [row for row in plan.workload_costs if row.workload == IDLE]
    assert [row.idle_usd for row in rows] == [0] * 4
    assert sum(row.usd for row in rows) == pytest.approx(plan.total_usd)


def test_two_models_share_a_workload_by_their_gpus(setting: Setting) -> None:
    """Without spares: one of chat's five replicas by day is of another model, which answers some of the small ones."""
    other = "m9/H100-SXM/tp4"
    found = setting.candidates
    configs = found.configs | {other: ReplicaConfig(other, "m9", H100, 4, 1, "fp8", "bf16")}
    rates = found.rates | {
        (other, one): replace(found.rates[BIG, one], config=other) for one in ("chat/bucket-0", "chat/bucket-1")
    }
    places = (*found.placements, *(replace(one, config=other) for one in found.placements if one.config == BIG))
    by_day = {("chat", BIG, CLOUD, "firm", 1, 0): 4.0, ("chat", other, CLOUD, "firm", 1, 0): 1.0}
    flows = {("chat/bucket-0", BIG, CLOUD, "firm", 1, 0): 18.0, ("chat/bucket-0", other, CLOUD, "firm", 1, 0): 2.0}
    several = setting.with_values("replicas", by_day).with_values("served", flows)
    up = found.spare_availability | {other: 0.995}
    candidates = replace(found, configs=configs, rates=rates, placements=places, spare_availability=up)
    catalog = replace(setting.catalog, models=setting.catalog.models | {"m9": year.model("m9")})
    problem = asked(chat={"model": None, "model_any_of": ["m70", "m9"], "availability": None})
    plan = replace(several, candidates=candidates, catalog=catalog, problem=problem).plan()
    rows = {row.model: row for row in plan.workload_costs if (row.workload, row.period) == ("chat", 1)}
    held = 98_550 + 87_600  # by day all of 24 GPUs, 4 of them for m9
    night = 98_550 * 8 / 16  # without spares two replicas
    assert rows["m9"].usd == pytest.approx(held * 4 / 20)
    assert rows["m70"].usd == pytest.approx(held * 16 / 20 + night + 28_382.40)
    # 1.6 of the 12 small requests/s expected, for half of the hours; sizes as in test_assemble
    assert rows["m9"].million_tokens == pytest.approx(0.8 * 800 * 2190 * 3600 / 1e6)
    tokens = sum(row.million_tokens for row in rows.values())
    assert tokens == pytest.approx((12 * 800 + 3.6 * 3400) * 2190 * 3600 / 1e6)


def test_unserved_demand_and_broken_caps_are_nobodys_model(setting: Setting) -> None:
    limits = year.PROBLEM["limits"] | {"max_gpus": 20, "gpus_excess_usd_per_gpu_hour": 1.0}
    problem = Problem.model_validate(asked("pro_rata").model_dump() | {"limits": limits})
    plan = replace(setting, problem=problem).plan()
    broken = [row for row in plan.workload_costs if row.workload == BROKEN]
    assert broken
    assert {(row.team, row.model, row.idle_usd) for row in broken} == {("", "", 0)}
    assert sum(row.charged_usd for row in plan.workload_costs) == pytest.approx(plan.total_usd)


def test_models_are_named_as_configurations_are(setting: Setting) -> None:
    """The API calls the model as it likes; the workload asks for one model only, so it is that."""
    found = setting.candidates
    apis = tuple(replace(one, model="org/M-70B-Turbo") for one in found.apis)
    plan = replace(setting, candidates=replace(found, apis=apis)).plan()
    assert {row.model for row in plan.workload_costs if row.workload == "chat"} == {"m70"}
    assert {row.model for row in plan.workload_costs if row.workload == "digest"} == {"m8"}
    assert SMALL.startswith("m8")
