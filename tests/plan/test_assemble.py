"""The plan of the year by hand: every figure is derived in a comment."""

import json
from dataclasses import replace

import pytest
import year
from year import BIG, CLOUD, OLD, OWN, SMALL, SMALL_OLD, Setting

import planner.plan.configs
from planner.errors import CheckError
from planner.plan.checks import check
from planner.plan.plan import Plan, Row
from planner.plan.shares import IDLE
from planner.units import HOURS_PER_MONTH

SLO = {"ttft_p95_ms": 1000.0, "tpot_p95_ms": 50.0}


def total(rows: list[Row], field: str = "usd", **match: object) -> float:
    return sum(getattr(row, field) for row in rows if all(getattr(row, k) == v for k, v in match.items()))


def one(rows: list[Row], **match: object) -> Row:
    (found,) = [row for row in rows if all(getattr(row, k) == v for k, v in match.items())]
    return found


@pytest.mark.parametrize(
    ("term", "usd"),
    [
        ("on_demand", 4 * 80 * 1095),  # one node by day, four quarters
        ("spot", 32 * 2190),  # one node, first quarter
        ("reserved_1y", 4 * 50 * 2190),
        ("reserved_3y", 4 * 40 * 2190),
        ("owned_purchase", 400_000),
        ("owned_value_left", -346_000),  # nine of sixty months old: 1 − 0.9 × 9/60 = 86.5 %
        ("owned_running", 3 * 3 * 3_000),
        ("existing_running", 2 * 3 * 2_000),
        ("api", 4 * 0.01 * 3600 * 1095 * (0.6 + 0.3) * 0.8),  # 0.8 requests expected for each planned
    ],
)
def test_cost_terms(plan: Plan, term: str, usd: float) -> None:
    assert total(plan.costs, term=term) == pytest.approx(usd, abs=0.005)


def test_bill_and_its_discounted_value(plan: Plan) -> None:
    assert plan.total_usd == pytest.approx(1_415_409.60, abs=0.005)
    assert plan.total_npv_usd == pytest.approx(year.npv_by_hand(), abs=0.005)


def test_purchases(plan: Plan) -> None:
    short, long = one(plan.purchases, form="reserved_1y"), one(plan.purchases, form="reserved_3y")
    own = one(plan.purchases, form="owned")
    assert (short.first_period, short.last_period, short.nodes) == (0, 3, 1)
    assert short.usd_after_horizon == pytest.approx(0)
    assert long.usd_after_horizon == pytest.approx(40 * HOURS_PER_MONTH * 24)  # two of three years
    assert (own.first_period, own.last_period, own.usd, own.usd_after_horizon) == (1, 3, 81_000, -346_000)
    # a quarter of the year's 438,000 is worth a dollar a dollar, the rest runs with the quarters
    worth = sum(0.25 + 0.75 * period.discount for period in plan.periods)
    assert short.npv_usd == pytest.approx(109_500 * worth)


def test_cash_is_paid_when_it_falls_due(plan: Plan) -> None:
    upfront = 0.25 * 50 * HOURS_PER_MONTH * 12
    running = 87_600 + 0.75 * 109_500 + 87_600 + 28_382.40
    assert total(plan.cash, kind="capex") == 400_000
    assert total(plan.cash, kind="opex", period=0) == pytest.approx(running + upfront + 70_080 + 6_000)
    assert total(plan.cash, kind="opex", period=1) == pytest.approx(running + 9_000 + 6_000)
    assert total(plan.cash, kind="opex", period=3) == pytest.approx(running + 9_000)


def test_capacity_and_kept(plan: Plan) -> None:
    day, night = one(plan.capacity, pool=CLOUD, period=0, block=0), one(plan.capacity, pool=CLOUD, period=3, block=1)
    assert (day.committed_nodes, day.on_demand_nodes, day.spot_nodes) == (2, 1, 1)
    assert (night.committed_nodes, night.on_demand_nodes, night.spot_nodes) == (2, 0, 0)
    assert [row.period for row in plan.capacity if row.pool == OWN] == [1, 1, 2, 2, 3, 3]
    assert [(row.period, row.nodes) for row in plan.kept] == [(0, 1), (1, 1)]
    assert {row.id for row in plan.pools} == {CLOUD, OWN, OLD}
    assert {(row.pool, row.form) for row in plan.options} == {
        *((CLOUD, form) for form in ("on_demand", "spot", "reserved_1y", "reserved_3y")),
        (OWN, "owned"),
        (OLD, "existing"),
    }


def test_the_bill_is_shared_by_gpu_hours(plan: Plan) -> None:
    """Second quarter. Committed: 2 reserved nodes 109,500 + 87,600; own 81,000/3; existing 6,000.

    By day chat's 5 replicas hold 20 of 16 committed + 8 rented GPUs: all of the committed half, 98,550,
    and the whole rent. By night 3 replicas hold 12 of 16: 98,550 × 12/16. Digests hold 1 and 2 of the own
    node's 8 GPUs: 13,500 × 1/8 + 13,500 × 2/8. The rest is idle: 98,550 × 4/16 + 27,000 − 5,062.50 + 6,000.
    """
    costs = {row.workload: row.usd for row in plan.workload_costs if row.period == 1}
    assert costs["chat"] == pytest.approx(98_550 + 87_600 + 98_550 * 12 / 16 + 28_382.40)
    assert costs["digest"] == pytest.approx(5_062.50)
    assert costs[IDLE] == pytest.approx(24_637.50 + 27_000 - 5_062.50 + 6_000)
    assert total(plan.workload_costs) == pytest.approx(plan.total_usd, abs=1e-6)
    chat = one(plan.workload_costs, workload="chat", period=1)
    # (16 + 8)/2 requests/s of 600 + 200 tokens and (4.8 + 2.4)/2 of 3,400
    assert chat.million_tokens == pytest.approx((12 * 800 + 3.6 * 3400) * 2190 * 3600 / 1e6)


def test_configurations_show_their_busiest_replica(plan: Plan) -> None:
    chat = one(plan.configs, demand_class="chat/bucket-0")
    # by day 25.4 requests/s on 4 working replicas; the spare may be down
    assert chat.busiest.requests_per_s == pytest.approx(25.4 / 4)
    assert chat.latency == pytest.approx({"ttft_p95_ms": 60 * 25.4 / 4, "tpot_p95_ms": 3 * 25.4 / 4})
    assert chat.slo_met
    assert (chat.spare_replicas, chat.replica_availability) == (1, 0.995)
    # digests: 3.0 on two H100 replicas from the second quarter; 1.0 on the one A100 replica by night
    assert one(plan.configs, config=SMALL).busiest.requests_per_s == pytest.approx(1.5)
    assert one(plan.configs, config=SMALL_OLD).busiest.requests_per_s == pytest.approx(1.0)


def test_sizes_that_share_replicas_are_judged_on_their_merged_lengths(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = {}
    predicted = planner.plan.configs.under_load

    def under_load(catalog, config, demand_class, lengths, requests_per_s):
        seen[demand_class.id] = lengths
        return predicted(catalog, config, demand_class, lengths, requests_per_s)

    monkeypatch.setattr("planner.plan.configs.under_load", under_load)
    setting.plan()
    # 20 of 25.4 requests have cells (500, 100) and (700, 300) at even odds, 5.4 have (3000, 400)
    mix = seen["chat/bucket-0"]
    assert mix.share == pytest.approx([10 / 25.4, 10 / 25.4, 5.4 / 25.4])
    assert mix.mean_input == pytest.approx((20 * 600 + 5.4 * 3000) / 25.4)


def test_energy(plan: Plan) -> None:
    # first quarter: 2 reserved 2190 h, on-demand 1095 h, spot 2190 h at 10.2 kW; existing 2190 h at 6.5 kW
    first = 10.2 * (3 * 2190 + 1095) + 6.5 * 2190
    assert plan.energy[0].kwh == pytest.approx(first)
    assert plan.energy[3].kwh == pytest.approx(10.2 * (2 * 2190 + 1095 + 2190))


@pytest.mark.parametrize(
    ("limit", "used", "cap", "binding"),
    [
        ("quota aws H100-SXM", 32, 36, True),  # 2 + 1 + 1 nodes; one more has 8
        ("budget capex", 400_000, 400_000, True),
        ("site max_power_kw", 16.7, 40, False),
        ("max_gpus", 40, 48, False),  # 48 fit exactly
        ("max_systems dgx-h100", 1, 1, True),
        ("max_distinct_configurations", 3, 3, True),
        ("utilization_cap", 0.9, 0.9, True),  # the A100 replica at night, 1.0 of 1.0
        ("spot_max_share digest", 2 / 3, 0.8, False),
        ("api max_share together/m70 chat/bucket-1", 0.1, 0.1, True),
    ],
)
def test_limits(plan: Plan, limit: str, used: float, cap: float, binding: bool) -> None:
    row = next(row for row in plan.limits if row.limit == limit)
    assert (row.used, row.cap, row.binding) == (pytest.approx(used), cap, binding)


def test_budgets_have_a_row_a_period(plan: Plan) -> None:
    rows = [row for row in plan.limits if row.limit == "budget total"]
    assert [row.period for row in rows] == [0, 1, 2, 3]
    assert rows[0].used == pytest.approx(871_287.40)
    # room for 28,712.60: less than the cheapest node for a quarter, 32 × 2190
    assert [row.binding for row in rows] == [True, False, False, False]


def test_workloads_have_their_defaults(plan: Plan) -> None:
    chat, digest = plan.workloads
    assert (chat.kind, chat.slo, chat.availability) == (
        "interactive",
        {"ttft_p95_ms": 1000.0, "tpot_p95_ms": 50.0},
        0.99,
    )
    assert (chat.interruptible, chat.spot_max_share) == (False, 0.0)
    assert chat.mean_requests_per_s == pytest.approx(15.6)  # (20.8 + 10.4) / 2
    assert chat.peak_requests_per_s == pytest.approx(26.0)
    assert chat.mean_input_tokens == pytest.approx((12 * 600 + 3.6 * 3000) / 15.6)
    assert (digest.kind, digest.slo, digest.deadline_h, digest.spot_max_share) == ("batch", {}, 24.0, 0.8)


def test_surplus_flows_and_replicas_are_cut(setting: Setting) -> None:
    """Committed capacity is free, so a solver may run more replicas than needed and serve more than is asked."""
    key = ("chat", BIG, CLOUD, "firm", 3, 1)
    surplus = setting.with_values("replicas", {key: 4.0}).with_values("served", {("chat/bucket-0", *key[1:]): 12.0})
    plan = surplus.plan()
    assert one(plan.replicas, workload="chat", period=3, block=1).replicas == 3
    assert one(plan.flows, demand_class="chat/bucket-0", period=3, block=1).requests_per_s == pytest.approx(10.0)
    assert [f.check for f in check(plan) if not f.ok] == []


def test_noise_is_dropped(setting: Setting) -> None:
    """A route without replicas, and a shortfall within tolerances, are the solver's, not the plan's."""
    noisy = setting.with_values("served", {
        ("digest", SMALL_OLD, OLD, "firm", 2, 0): 1e-6,
        ("chat/bucket-0", BIG, CLOUD, "firm", 2, 0): 20.0 - 1e-6,
    })  # fmt: skip
    plan = noisy.plan()
    assert [row for row in plan.flows if row.config == SMALL_OLD and row.period == 2] == []
    assert one(plan.flows, demand_class="chat/bucket-0", period=2, block=0).requests_per_s == pytest.approx(
        20.0, abs=1e-12
    )
    assert [f.check for f in check(plan) if not f.ok] == []


def test_a_real_shortfall_is_kept_and_found(setting: Setting) -> None:
    short = setting.with_values("served", {("chat/bucket-0", BIG, CLOUD, "firm", 2, 0): 19.9})
    assert [f.check for f in check(short.plan()) if not f.ok] == ["demand_is_served"]


def test_half_a_node_is_refused(setting: Setting) -> None:
    with pytest.raises(CheckError, match=r"0\.5 for on_demand\['aws/us-east-1/p5.48xlarge', 0, 0\]"):
        setting.with_values("on_demand", {(CLOUD, 0, 0): 0.5}).plan()


def test_money_does_not_come_from_the_objective(setting: Setting) -> None:
    lying = replace(setting, solution=replace(setting.solution, certificate=year.certificate(1.0)))
    plan = lying.plan()
    assert plan.total_npv_usd == pytest.approx(year.npv_by_hand())
    assert [f.check for f in check(plan) if not f.ok] == ["objective_is_met"]


def test_the_problem_is_echoed_with_every_default(plan: Plan) -> None:
    assert plan.problem["limits"]["utilization_cap"] == 0.9
    assert json.loads(json.dumps(plan.problem)) == plan.problem
