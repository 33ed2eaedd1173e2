"""A sound plan passes every check; each check alone notices its own kind of lie."""

import ast
from collections.abc import Callable
from pathlib import Path

import pytest
from year import CLOUD, H100, OLD, OWN

import planner.plan.checks
from planner.invest.metrics import figures_of
from planner.plan.checks import CHECKS, FOUNDATIONS, check
from planner.plan.plan import (
    AlternativeNodesRow,
    AlternativeRow,
    CarbonRow,
    ExcessRow,
    LimitRow,
    Plan,
    Row,
    SaleRow,
    UnservedRow,
)
from planner.plan.proofs.nodes import nodes_needed
from planner.plan.proofs.service import longest_wait_h
from planner.plan.rows.investment import BreakEvenRow, CellRow, InvestmentRow, ProbeRow, StrategyRow

NAMES = [one.__name__ for one in (*FOUNDATIONS, *CHECKS)]
SHARED_OUT = {"energy_use_adds_up"}
"""Checks of what is shared out by replicas and requests: a lie about these leaves the shares wrong too."""
Lie = Callable[[Plan], Plan]
KG = CarbonRow(period=0, kg=5.0)
LITTLE = {"provider": "aws", "min_share": 0.0, "max_share": 0.01}
LEFT_OUT = UnservedRow(
    demand_class="chat/bucket-0", workload="chat", period=0, block=0, requests_per_s=1.0, requests=0.0
)
BROKEN = ExcessRow(limit="max_gpus", unit="GPU", period=0, block=0, excess=1.0, usd=0.0)


def row(kind: str, fields: dict, **match: object) -> Lie:
    """Change the first row of a kind that matches; a field may be a function of the old value."""

    def lie(plan: Plan) -> Plan:
        rows = list(getattr(plan, kind))
        at = next(i for i, one in enumerate(rows) if all(getattr(one, k) == v for k, v in match.items()))
        new = {k: v(getattr(rows[at], k)) if callable(v) else v for k, v in fields.items()}
        rows[at] = rows[at].model_copy(update=new)
        return plan.model_copy(update={kind: rows})

    return lie


def asked(*path: str | int, value: object) -> Lie:
    """Change what the problem asks."""

    def lie(plan: Plan) -> Plan:
        problem = plan.model_dump(mode="json")["problem"]
        inner = problem
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
        return plan.model_copy(update={"problem": problem})

    return lie


def both(*lies: Lie) -> Lie:
    def lie(plan: Plan) -> Plan:
        for one in lies:
            plan = one(plan)
        return plan

    return lie


def without(kind: str, **match: object) -> Lie:
    """Leave out the rows of a kind that match."""

    def lie(plan: Plan) -> Plan:
        kept = [one for one in getattr(plan, kind) if any(getattr(one, k) != v for k, v in match.items())]
        return plan.model_copy(update={kind: kept})

    return lie


def add(amount: float) -> Callable[[float], float]:
    return lambda value: value + amount


def but(**fields: object) -> Callable[[Row], Row]:
    """A nested row with some fields changed."""
    return lambda inner: inner.model_copy(update=fields)


def other(**wrong: object) -> Lie:
    """One alternative without the cloud's GPUs, 5 % dearer, and then what is wrong with it."""

    def lie(plan: Plan) -> Plan:
        nodes = [AlternativeNodesRow(pool="other", gpu="H200-SXM", gpus_per_node=8, form="on_demand", nodes=2)]
        objective = plan.certificate.objective * 1.05
        sound = {"without": ["H100-SXM"], "uses": ["H200-SXM"], "nodes": nodes, "objective": objective, "more": 0.05}
        alternative = AlternativeRow.model_validate(sound | {"gap": 0.0, "usd": 1.0, "npv_usd": 1.0} | wrong)
        asked_for = asked("alternatives", value={"count": 3, "within": 0.06})(plan)
        return asked_for.model_copy(update={"alternatives": [alternative]})

    return lie


def invested(*, turns: dict[str, object] | None = None, cell: dict[str, object] | None = None, **wrong: object) -> Lie:
    """The plan as the best mix of a comparison, one turning point and one cell of a map, and what is wrong of them."""

    def lie(plan: Plan) -> Plan:
        row = figures_of(StrategyRow(id="optimal", name="Best", says=""), plan, None)
        other = row.model_copy(update={"id": "renting", **wrong})
        below, above = (
            ProbeRow(value=value, buying_usd=usd, renting_usd=10.0) for value, usd in ((0.98, 9.0), (1.02, 11.0))
        )
        sound = {
            "id": "cloud",
            "subject": "prices",
            "unit": "",
            "at": 1.0,
            "turns_at": 1.0,
            "buys": "below",
            "low": 0.5,
        }
        sound |= {"high": 2.0, "below": below, "above": above, "curve": [below, above]}
        turning = BreakEvenRow.model_validate(sound | (turns or {}))
        there = {"utilisation": 0.5, "months": 12, "winner": "own", "gains_usd": 1.0}
        cells = [CellRow.model_validate(there | (cell or {}))]
        compared = InvestmentRow(strategies=[row, other], break_evens=[turning], cells=cells)
        return plan.model_copy(update={"investment": compared})

    return lie


def certified(**fields: float) -> Lie:
    return lambda plan: plan.model_copy(update={"certificate": plan.certificate.model_copy(update=fields)})


def below_the_bound(plan: Plan) -> Plan:
    row = (
        other()(plan).alternatives[0].model_copy(update={"objective": 1.0, "more": 1 / plan.certificate.objective - 1})
    )
    return other()(plan).model_copy(update={"alternatives": [row]})


def mean_quality(floor: float) -> Lie:
    """The chat's own model scores 70, the API's 80, which serves little; so much is asked on average."""

    def lie(plan: Plan) -> Plan:
        workload = {"model_quality": {"m70": 70.0, "together/m70": 80.0}, "min_mean_quality": floor}
        problem = plan.model_dump(mode="json")["problem"]
        problem["workloads"]["chat"] |= workload
        configs = [row.model_copy(update={"quality": 70.0}) for row in plan.configs]
        options = [row.model_copy(update={"quality": 80.0}) for row in plan.api_options]
        sent = sum(row.requests_per_s for row in plan.api if (row.period, row.block) == (0, 0))
        mean = 70.0 + 10.0 * sent / 26.0
        limit = {"limit": "min_mean_quality chat", "unit": "below the best score", "period": None, "binding": False}
        told = LimitRow.model_validate(limit | {"cap": 80.0 - floor, "used": 80.0 - mean})
        update = {"problem": problem, "configs": configs, "api_options": options, "limits": [*plan.limits, told]}
        return plan.model_copy(update=update)

    return lie


def slivers(plan: Plan) -> Plan:
    """Less than half a cent off every line: nothing that a look at one line could tell."""
    rows = [row.model_copy(update={"usd": row.usd - 0.0045}) for row in plan.statements]
    return plan.model_copy(update={"statements": rows})


def stated(statement: str, line: str, period: int | None, usd: float) -> Lie:
    """So much added to a line of a statement."""
    return row("statements", {"usd": add(usd)}, statement=statement, line=line, period=period)


LIES: list[tuple[str, str, Lie]] = [
    ("alternatives_differ", "a type it does without", other(without=["H200-SXM"])),
    ("alternatives_differ", "nodes not told", other(uses=["B200-SXM"])),
    ("alternatives_differ", "dearer than asked", both(other(), asked("alternatives", "within", value=0.04))),
    ("alternatives_differ", "another difference", other(more=0.01)),
    ("alternatives_differ", "better than proven", below_the_bound),
    ("rows_refer_to_rows", "an unknown pool", row("flows", {"pool": "aws/nowhere/x"})),
    ("rows_refer_to_rows", "a row twice", lambda plan: plan.model_copy(update={"kept": [*plan.kept, plan.kept[0]]})),
    ("rows_refer_to_rows", "a purchase nobody offers", row("purchases", {"form": "reserved_3y", "pool": OWN})),
    ("counts_are_whole", "a float", row("replicas", {"replicas": 5.0}, replicas=5)),
    ("counts_are_whole", "a negative", row("capacity", {"spot_nodes": -1})),
    ("calendar_adds_up", "an hour twice", row("blocks", {"hours_of_week": lambda hours: [0, *hours[1:]]})),
    ("calendar_adds_up", "a wrong discount", row("periods", {"discount": 0.99}, index=2)),
    ("cost_adds_up", "a discounted cost", row("costs", {"npv_usd": add(-1)})),
    (
        "cost_adds_up",
        "a cost in the wrong period",
        both(
            row("costs", {"usd": add(5)}, term="on_demand", period=0),
            row("costs", {"usd": add(-5)}, term="on_demand", period=1),
        ),
    ),
    (
        "objective_is_met",
        "the objective",
        lambda plan: plan.model_copy(
            update={
                "certificate": plan.certificate.model_copy(update={"objective": plan.certificate.objective * 1.00001})
            }
        ),
    ),
    ("objective_is_met", "below its bound", certified(bound=2e9)),
    ("objective_is_met", "below the bound of the hours", certified(hourly_bound=2e9)),
    ("purchases_add_up", "what is owed later", row("purchases", {"usd_after_horizon": add(1)}, form="reserved_3y")),
    ("purchases_add_up", "what is paid already", row("purchases", {"prepaid_usd": add(1)}, form="reserved_3y")),
    ("purchases_add_up", "what it costs", row("purchases", {"usd": add(-1)}, form="owned")),
    (
        "cash_adds_up",
        "paid to another",
        both(
            row("cash", {"usd": add(9)}, term="spot", period=0),
            row("cash", {"usd": add(-9)}, term="on_demand", period=0),
        ),
    ),
    ("bill_is_shared_out", "a workload's share", row("workload_costs", {"usd": add(0.02)})),
    ("bill_is_shared_out", "its tokens", row("workload_costs", {"million_tokens": add(1)}, workload="chat")),
    ("chargeback_adds_up", "another team", row("workload_costs", {"team": "theirs"}, workload="chat")),
    ("chargeback_adds_up", "another account", row("workload_costs", {"cost_centre": "4711"}, workload="digest")),
    ("chargeback_adds_up", "idle capacity nobody gives away", row("workload_costs", {"idle_usd": add(0.02)})),
    ("chargeback_adds_up", "idle capacity kept", asked("chargeback", value={"idle": "pro_rata"})),
    ("statements_add_up", "what is owed later", stated("commitments", "owed_beyond", 0, 1.0)),
    (
        "statements_add_up",
        "purchases as running costs",
        both(stated("cash_flow", "capex", 0, -9.0), stated("cash_flow", "opex", 0, 9.0)),
    ),
    (
        "statements_add_up",
        "value lost later, all of it in balance",
        both(
            stated("profit_and_loss", "depreciation", 1, -9.0),
            stated("balance", "book_value", 1, 9.0),
            stated("profit_and_loss", "depreciation", 2, 9.0),
        ),
    ),
    ("statements_balance", "a sliver of every line", slivers),
    ("energy_adds_up", "kilowatt-hours", row("energy", {"kwh": add(-1)})),
    ("energy_use_adds_up", "idle nodes", row("energy_use", {"kwh": add(-1)})),
    ("energy_use_adds_up", "another form", row("energy_use", {"form": "spot"}, form="reserved_1y")),
    ("energy_use_adds_up", "its tokens", row("energy_use", {"million_tokens": add(1)}, workload="chat")),
    ("carbon_adds_up", "kilograms nobody emits", lambda plan: plan.model_copy(update={"carbon": [KG]})),
    (
        "demand_is_served",
        "a missing request",
        row("flows", {"requests_per_s": add(-0.01)}, demand_class="chat/bucket-0", period=3, block=1),
    ),
    (
        "batch_meets_deadline",
        "arrivals all at once",
        row("hourly_demand", {"requests_per_s": [2.2 * 168, *[0.0] * 167]}, demand_class="digest"),
    ),
    (
        "buckets_stay_whole",
        "a bucket shared with an API",
        asked("workloads", "chat", "requests", "split_buckets", value=False),
    ),
    ("halves_balance", "whole replicas", asked("workloads", "chat", "serving", value="disaggregated")),
    (
        "halves_balance",
        "a role it has not",
        both(row("flows", {"role": "decode"}, demand_class="digest"), row("replicas", {"role": "decode"})),
    ),
    ("suppliers_are_accepted", "a tag nobody has", asked("workloads", "chat", "compliance", value=["hipaa"])),
    (
        "suppliers_are_accepted",
        "weights too narrow",
        asked("workloads", "chat", "precision", value={"weights": None, "kv": ["bf16"], "min_weight_bits": 16}),
    ),
    (
        "suppliers_are_accepted",
        "a model nobody scored",
        both(
            asked("workloads", "chat", "min_quality", value=0.0),
            asked("workloads", "chat", "model_quality", value={"m70": 7}),
        ),
    ),
    ("mean_quality_holds", "a mean too low", mean_quality(71.0)),
    (
        "mean_quality_holds",
        "a limit not told",
        both(mean_quality(70.0), without("limits", unit="below the best score")),
    ),
    ("batch_meets_deadline", "a shorter deadline", row("workloads", {"deadline_h": 3.0}, id="digest")),
    (
        "replicas_carry_their_load",
        "a slower replica",
        row("configs", {"max_requests_per_s": 9.0}, demand_class="chat/bucket-0"),
    ),
    ("replicas_fit_nodes", "too many replicas", row("replicas", {"replicas": 9}, pool=OWN, period=3, block=1)),
    ("replicas_fit_nodes", "spot less usable", row("options", {"usable_share": 0.2}, pool=CLOUD, form="spot")),
    ("commitments_are_there", "a later arrival", row("options", {"lead_months": 4.0}, pool=OWN)),
    ("commitments_are_there", "a system that never was", row("options", {"max_nodes": 0}, pool=OLD)),
    ("slo_holds", "a slow first token", row("workloads", {"slo": {"ttft_p95_ms": 370.0}}, id="chat")),
    ("slo_holds", "another than shown", row("configs", {"latency": {"ttft_p95_ms": 300.0, "tpot_p95_ms": 20.0}})),
    ("slo_holds", "a target not predicted", row("configs", {"latency": {}}, workload="chat")),
    ("slo_holds", "said to miss", row("configs", {"slo_met": False})),
    ("busiest_is_busiest", "a quieter hour", row("configs", {"busiest": but(requests_per_s=2.0)})),
    ("memory_fits", "a larger cache", row("configs", {"memory": but(kv_pool_gib=40.0)})),
    ("memory_fits", "more in flight than fit", row("configs", {"busiest": but(concurrency=101.0)})),
    ("memory_fits", "less room for the mix", row("configs", {"busiest_room": 1.0}, workload="chat")),
    ("memory_fits", "less room for one size", row("configs", {"busiest": but(concurrency=1e4)}, workload="digest")),
    ("spares_suffice", "frail replicas", row("configs", {"replica_availability": 0.9}, workload="chat")),
    ("spot_is_allowed", "not interruptible", row("workloads", {"interruptible": False}, id="digest")),
    ("spot_is_allowed", "a smaller share", row("workloads", {"spot_max_share": 0.6}, id="digest")),
    ("api_share_is_kept", "a smaller share", row("api_options", {"max_share": 0.09})),
    ("quotas_hold", "a smaller quota", asked("supply", "quotas", 0, "max_gpus", value=31)),
    ("quotas_hold", "another use told", row("limits", {"used": 24.0}, limit="quota aws H100-SXM")),
    ("budgets_hold", "a smaller budget", asked("limits", "budget", 1, "usd_per_period", value=399_999)),
    ("budgets_hold", "a budget not told", without("limits", limit="budget total", period=2)),
    ("power_holds", "a weaker room", asked("supply", "own", "site", "max_power_kw", value=16)),
    ("carbon_holds", "a cap not told", asked("limits", "carbon_kg_per_period", value=1)),
    ("max_gpus_holds", "fewer GPUs", asked("limits", "max_gpus", value=39)),
    (
        "capacity_blocks_hold",
        "a limit nobody tells of",
        asked(
            "supply",
            "capacity_blocks",
            value=[{"provider": "aws", "region": None, "gpu": H100, "instance": None, "max_nodes": 1}],
        ),
    ),
    (
        "minimum_hours_hold",
        "more hours a start",
        asked("supply", "rent", "minimum_hours", value=13),
    ),
    (
        "sales_hold",
        "money for nothing sold",
        lambda plan: plan.model_copy(
            update={"sales": [SaleRow(pool=OWN, form="owned", ordered=0, period=2, nodes=0, usd=9.0)]}
        ),
    ),
    ("enough_systems_are_ordered", "another system", asked("supply", "own", "order_at_once", value=9)),
    ("signatures_are_kept", "nothing was to be signed", asked("supply", "signed", value=[])),
    (
        "signatures_are_kept",
        "another system was signed for",
        asked("supply", "signed", value=[{"pool": OWN, "form": "owned", "period": 4, "nodes": 2}]),
    ),
    ("investment_adds_up", "a strategy below the best mix", invested(npv_usd=1.0, flows_usd=[0.0] * 4 + [1.0])),
    ("investment_adds_up", "a strategy of other payments", invested(flows_usd=[1.0] * 5)),
    ("investment_adds_up", "another price of tokens", invested(usd_per_million_tokens=0.01)),
    ("investment_adds_up", "another peak", invested(peak_funding_usd=7.0)),
    ("investment_adds_up", "figures and a reason against them", invested(refusal="none")),
    ("investment_adds_up", "the winner is the same on both sides", invested(turns={"buys": "above"})),
    ("investment_adds_up", "a turn outside of what was solved", invested(turns={"turns_at": 1.1})),
    ("investment_adds_up", "it turns, but is said not to", invested(turns={"turns_at": None, "buys": "always"})),
    ("investment_adds_up", "the dearer side wins", invested(cell={"winner": "rent"})),
    ("max_systems_hold", "no system", asked("supply", "own", "max_systems", value={"dgx-h100": 0})),
    ("configurations_hold", "fewer configurations", asked("limits", "max_distinct_configurations", value=2)),
    ("provider_shares_hold", "a smaller share", asked("limits", "provider_shares", value=[LITTLE])),
    ("losses_are_survived", "nothing stands by", asked("limits", "survive_loss_of", value="provider")),
    ("unserved_is_allowed", "without a price", lambda plan: plan.model_copy(update={"unserved": [LEFT_OUT]})),
    ("excess_adds_up", "a cap that holds", lambda plan: plan.model_copy(update={"excess": [BROKEN]})),
    ("scenarios_are_weighed", "a scenario not told", asked("scenarios", value={"more": {"set": {"prices.spot": 2}}})),
    ("sources_exist", "a lost source", without("sources", id="spot")),
    ("sources_exist", "a younger source", row("sources", {"age_days": 1}, id="aws-list")),
]


def test_a_sound_comparison_passes(plan: Plan) -> None:
    (found,) = [one for one in check(invested()(plan)) if one.check == "investment_adds_up"]
    assert found.ok, found.detail


def test_a_sound_plan_passes_every_check(plan: Plan) -> None:
    findings = check(plan)
    assert [f.check for f in findings] == NAMES
    assert [f"{f.check}: {f.detail}" for f in findings if not f.ok] == []


@pytest.mark.parametrize(("name", "what", "lie"), LIES, ids=[f"{name}-{what}" for name, what, _ in LIES])
def test_a_lie_fails_exactly_its_check(plan: Plan, name: str, what: str, lie: Lie) -> None:
    failed = {f.check: f.detail for f in check(lie(plan)) if not f.ok}
    assert set(failed) - (SHARED_OUT - {name}) == {name}
    assert any(char.isdigit() for char in failed[name]) or "mentions" in failed[name]


def test_a_sound_alternative_passes(plan: Plan) -> None:
    assert [finding.check for finding in check(other()(plan)) if not finding.ok] == []


def test_every_check_has_a_lie() -> None:
    assert {name for name, _, _ in LIES} == set(NAMES)


def test_details_state_figures(plan: Plan) -> None:
    details = {f.check: f.detail for f in check(plan)}
    # 4 × (87,600 + 109,500 + 87,600 + 28,382.40) + 70,080 + 12,000 + 400,000 − 346,000 + 27,000
    assert details["cost_adds_up"].startswith("re-added 1,415,409.60 USD, claimed 1,415,409.60 USD; discounted ")
    assert details["quotas_hold"] == "quota aws H100-SXM 32.00 of 36.00 GPU"
    assert details["batch_meets_deadline"].startswith("digest 2027-Q1: longest wait 5 h of 24 h allowed")
    assert (
        details["spares_suffice"]
        == "chat on m70/H100-SXM/tp4: 4 of 5 replicas are up 99.97525% of the time, asked 99.00000%"
    )


@pytest.mark.parametrize("objective", ["gpus", "energy"])
def test_other_objectives_are_re_added_too(plan: Plan, objective: str) -> None:
    # GPU-hours a quarter: 2 reserved nodes 2190 h, on-demand by day 1095 h; spot 2190 h in the first; own
    # 2190 h in three; existing 2190 h in two.
    cloud, own, old = 4 * (2 * 2190 + 1095) + 2190, 3 * 2190, 2 * 2190
    claimed = 8 * (cloud + own + old) if objective == "gpus" else 10.2 * (cloud + own) + 6.5 * old
    told = plan.certificate.model_copy(update={"objective_name": objective, "objective": claimed, "bound": claimed})
    assert [f.check for f in check(plan.model_copy(update={"certificate": told})) if not f.ok] == []
    wrong = told.model_copy(update={"objective": claimed + 1})
    assert [f.check for f in check(plan.model_copy(update={"certificate": wrong})) if not f.ok] == ["objective_is_met"]


def test_waits_by_hand() -> None:
    # 24 a day arrive at midnight, 2 an hour are done: the last pair waits until hour 11.
    day = [24.0, *[0.0] * 23]
    assert longest_wait_h(day * 7, [2.0] * 12 * 14) == 11
    # one an hour, done once a day: what came right after waits 23 h
    assert longest_wait_h([1.0] * 168, [0.0, *[0.0] * 22, 24.0] * 7) == 23
    # work that is never done
    assert longest_wait_h([1.0] * 168, [0.5] * 168) > 168


@pytest.mark.parametrize(
    ("sizes", "per_node", "nodes"),
    [
        ({4: 3}, 8, 2),
        ({8: 1, 1: 8}, 8, 2),
        ({6: 2, 2: 2}, 8, 2),
        ({3: 3}, 8, 2),
        ({16: 1, 1: 1}, 8, 3),
        ({4: 1, 2: 1, 1: 2}, 8, 1),
    ],
)
def test_packing_by_hand(sizes: dict[int, int], per_node: int, nodes: int) -> None:
    assert nodes_needed(sizes, per_node) == nodes


def test_checks_and_proofs_read_the_plan_alone() -> None:
    folder = Path(planner.plan.checks.__file__).parent
    allowed = ("planner.plan.plan", "planner.plan.proofs.", "planner.units")
    for path in [folder / "checks.py", *(folder / "proofs").glob("*.py")]:
        modules = {n.module or "" for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.ImportFrom)}
        assert [m for m in modules if m.startswith("planner") and not m.startswith(allowed)] == [], path
