"""The two pages at the top: what they say, derived by hand from the sample plan and from the stored ones."""

import re
import shlex
from datetime import date
from pathlib import Path

import pytest
from sample import chat_replicas, sample_plan
from sample_rows import OWN, USD_PER_HOUR, configs

from planner.plan.plan import Plan
from planner.plan.store import load_plan
from planner.report import growth
from planner.report.engineer import _over, engineer, latency
from planner.report.format import NBSP
from planner.report.hosted import plan_price, price_figure
from planner.report.lookup import Lookup
from planner.report.owner import owner
from planner.report.shapes import Table

STORED = sorted((Path(__file__).parents[2] / "reports").glob("*/plan.json"))
ASKED = {
    "support-chat": {"traffic": {"requests_per_s": 12.0, "users": None}},
    "night summaries; rm -rf": {"batch": {"input_tokens_per_day": 1e9, "requests_per_day": None}},
}


def said(text: str) -> str:
    return text.replace(NBSP, " ")


def rows(table: Table | None) -> list[list[str]]:
    assert table is not None
    return [[said(cell.text) for cell in row] for row in table.rows]


def asked(**changes: object) -> Plan:
    return sample_plan(problem=sample_plan().problem | {"workloads": ASKED}, **{"twice": None} | changes)


def test_the_owner_approves_payments_not_accounting(plan: Plan) -> None:
    """Payments differ from what the plan is charged: half of three years is prepaid, a system keeps its value."""
    page = owner(Lookup(plan))
    first = sum(row.usd for row in plan.cash if row.period == 0)
    whole = sum(row.usd for row in plan.cash)
    assert said(page.ask).startswith(f"Approve payments of ${first:,.0f} for 2027-Q1, and ${whole:,.0f} over")
    assert f"the plan is charged ${plan.total_usd:,.0f}" in said(page.ask)


def test_the_owner_reads_what_to_sign_in_order_of_time(plan: Plan) -> None:
    lines = rows(owner(Lookup(plan)).deeds)
    one, three = (USD_PER_HOUR[form] * 4380 for form in ("reserved_1y", "reserved_3y"))
    assert lines[0] == [
        "Reserve 1 × p5.48xlarge (aws us-east-1) for 1 year", "1 January 2027", f"${one:,.0f}", f"${one:,.0f}"
    ]  # fmt: skip
    assert lines[1][0].endswith("for 3 years")
    assert lines[1][3] == f"${5 * three:,.0f}"
    assert lines[2][:2] == ["Order 1 × dgx-h100", "1 January 2027"]
    assert lines[3] == ["Retire 1 × dgx-h100", "1 April 2027", "–", "–"]
    assert any(line[0].startswith("Arrange quota for up to 3 × g2-standard-48 (12 × L4), spot") for line in lines)


def test_the_owner_reads_costs_and_cash_by_period(plan: Plan) -> None:
    table = owner(Lookup(plan)).costs
    assert [column.head for column in table.columns] == ["Period", "Cost", "Paid in cash", "Of that purchases (capex)"]
    for period, line in enumerate(rows(table)):
        paid = sum(row.usd for row in plan.cash if row.period == period)
        assert line[2] == f"${paid:,.0f}"
    assert said(table.total[1].text) == f"${plan.total_usd:,.0f}"


def test_many_periods_become_few_lines() -> None:
    path = next(path for path in STORED if path.parent.name.startswith("03"))
    plan = load_plan(path)
    assert len(plan.periods) == 12
    table = owner(Lookup(plan)).costs
    assert len(table.rows) == 8
    assert table.rows[-1][0].text == "2028-Q4 to 2029-Q4"
    shown = sum(cell.sort or 0.0 for cell in (row[1] for row in table.rows))
    assert shown == pytest.approx(plan.total_usd)


def test_risks_name_weak_prices_spot_and_what_stays_owed(plan: Plan) -> None:
    told = " ".join(map(said, owner(Lookup(plan)).risks))
    assert "of the money rests on prices from no seller's own list (assumed and secondary)" in told
    assert "Spot capacity" in told
    assert "beyond the plan" in told
    assert "power kW on site in 2027-Q2 is 100 % used" in told


def test_a_provider_that_most_is_paid_to_is_a_risk_unless_its_loss_is_planned_for(plan: Plan) -> None:
    rented = [row for row in plan.costs if row.subject.startswith("aws/")]
    alone = sample_plan(costs=rented)
    told = "aws is paid 100 % of the bill, all in us-east-1: spares do not cover its outage"
    assert told in " ".join(map(said, owner(Lookup(alone)).risks))
    limits = plan.problem.get("limits", {}) | {"survive_loss_of": "provider"}
    covered = sample_plan(costs=rented, problem=plan.problem | {"limits": limits})
    assert "is paid" not in " ".join(map(said, owner(Lookup(covered)).risks))


def test_the_oldest_price_has_a_name(plan: Plan) -> None:
    later = plan.model_copy(update={"made": plan.made.model_copy(update={"as_of": date(2028, 1, 1)})})
    assert re.search(
        r"The oldest price that is paid, \S+, [a-z0-9 ,]+, is \d+ days old",
        " ".join(map(said, owner(Lookup(later)).risks)),
    )


def test_a_cap_with_room_is_no_risk() -> None:
    free = [row.model_copy(update={"used": 0.5 * row.cap, "binding": False}) for row in sample_plan().limits]
    assert not any("used: there is no room" in risk for risk in owner(Lookup(sample_plan(limits=free))).risks)


def test_twice_the_demand_is_bounded_by_twice_the_fleet() -> None:
    plan = asked(kept=[], purchases=[], limits=[])
    lines = [said(line) for line in growth.doubled(Lookup(plan))]
    assert f"for about ${2 * plan.total_usd:,.0f} at most" in lines[0]
    assert lines[-1] == "This plan signs nothing, so the fleet can grow or shrink on any day."


def test_twice_the_demand_names_the_caps_it_breaks() -> None:
    plan = sample_plan(twice=None)
    over = {row.limit for row in growth.broken_by(Lookup(plan), 2.0)}
    assert over == {"quota aws H100-SXM", "budget capex", "power kW on site"}
    assert growth.broken_by(Lookup(plan), 0.5) == []
    lines = " ".join(map(said, growth.doubled(Lookup(plan))))
    assert "more than is allowed by power kW on site in 2027-Q2 (100 % used now)" in lines
    assert "already owned would need as much capacity again" in lines


def test_twice_the_demand_planned_is_told_with_its_first_period(plan: Plan) -> None:
    line, signed, kept = map(said, growth.doubled(Lookup(plan)))
    more = 2_190_000 / plan.total_usd - 1
    assert f"$2,190,000 instead of ${plan.total_usd:,.0f} (+{more:.0%}".replace("%", " %") in line
    assert "of which $1,100,000 in 2027-Q1, on up to 96 × H100-SXM and 72 × L4; proven within 1.8 %" in line
    assert signed == "It would have 7 nodes signed or bought."
    assert kept == "What this plan signs now is paid for however demand turns out."


def test_twice_the_demand_that_cannot_be_served_says_what_would_be_enough() -> None:
    told = "no fleet satisfies all limits.\nThis is enough, solved:\n  raise the quota from 8 to 32 GPUs"
    (line,) = growth.doubled(Lookup(asked(twice={"refusal": told})))
    assert line == (
        "Twice the demand was planned too and cannot be served: no fleet satisfies all limits. "
        "This is enough, solved: raise the quota from 8 to 32 GPUs."
    )
    assert owner(Lookup(asked(twice={"refusal": told}))).to_plan == "To see why:"


@pytest.mark.parametrize("factor", ["x2", "x 2.0"])
def test_a_scenario_of_twice_the_demand_is_quoted(factor: str) -> None:
    keys = growth.volume_keys(Lookup(asked()))
    row = {
        "name": "twice", "probability": 0.2, "changes": dict.fromkeys(keys, factor), "npv_usd": 900_000.0, "gap": 0.0,
        "best_npv_usd": 880_000.0, "best_bound": 880_000.0, "most_gpus": 96,
    }  # fmt: skip
    (line,) = growth.doubled(Lookup(asked(scenarios=[row])))
    assert "(scenario twice): $900,000 instead of" in said(line)
    assert "96 GPUs" in said(line)
    (line,) = growth.doubled(Lookup(asked(scenarios=[row | {"npv_usd": None, "refusal": "quota aws is full\nmore"}])))
    assert line.endswith("cannot be served: quota aws is full.")


@pytest.mark.parametrize(
    "changes", [{"limits.power_kw": "x2"}, {"workloads.support-chat.traffic.requests_per_s": "x2"}]
)
def test_another_scenario_is_not_mistaken_for_it(changes: dict[str, str]) -> None:
    row = {
        "name": "other", "probability": 0.2, "changes": changes, "npv_usd": 1.0, "gap": 0.0, "best_npv_usd": 1.0,
        "best_bound": 1.0,
    }  # fmt: skip
    assert "was not planned" in growth.doubled(Lookup(asked(scenarios=[row])))[0]


def test_the_command_for_twice_the_demand_survives_a_shell() -> None:
    words = shlex.split(growth.command(Lookup(asked())))
    assert words[:3] == ["planner", "whatif", "problems/half year | ``ticks``.yaml"]
    assert words[3:] == [
        "--set",
        "workloads.support-chat.traffic.requests_per_s=x2,"
        "workloads.night summaries; rm -rf.batch.input_tokens_per_day=x2",
    ]
    assert growth.command(Lookup(sample_plan())) == ""


def test_the_engineer_reads_replicas_least_to_most(plan: Plan) -> None:
    lines = rows(engineer(Lookup(plan)).runs)
    own = next(line for line in lines if line[2] == OWN)
    assert own[4] == "1"
    chat = next(line for line in lines if line[0] == "support-chat" and line[2] != OWN)
    counts = [chat_replicas(t, b) - 1 for t in range(2) for b in range(8)]
    least = min(counts) if all(counts) else 0
    assert chat[4] == f"{least} to {max(counts)}"
    assert chat[5] == "1"


def test_the_engineer_reads_the_tightest_latency_of_each_target(plan: Plan) -> None:
    page = engineer(Lookup(plan))
    lines = rows(page.latency)
    assert [line[:2] for line in lines] == [
        ["support-chat", "TTFT p95"], ["support-chat", "TPOT p95"], ["support-chat", "End to end p99"],
        ["code-completion", "TTFT p95"], ["code-completion", "TPOT p95"],
    ]  # fmt: skip
    assert lines[3][4] == "481 ms"
    assert page.latency is not None
    ranges = [row[5] for row in page.latency.rows]
    assert [cell.tone for cell in ranges] == ["warn", "", "", "warn", ""]
    assert "there are 7 predictions: 4 meet the target over the whole range; the ranges of 3 go beyond it" in said(
        page.sure
    )


def test_the_engineer_reads_the_replica_whose_range_reaches_furthest_not_the_tightest_expected(plan: Plan) -> None:
    row = configs()[0]
    certain = row["latency"] | {"ttft_p95_ms": 1_499.0}
    narrow = row | {"config": "narrow", "latency": certain, "intervals": {}}
    reaching = row | {"latency": row["latency"] | {"ttft_p95_ms": 1_400.0}}
    for order in ([narrow, reaching], [reaching, narrow]):
        table = latency(Lookup(sample_plan(configs=order)))
        line = next(line for line in table.rows if said(line[1].text) == "TTFT p95")
        assert said(line[4].text) == "1,400 ms"
        assert line[5].tone == "warn"


@pytest.mark.parametrize(
    ("over", "known", "told"),
    [
        (0, 2, "each meets its target over its whole range"),
        (1, 2, "1 meets the target over the whole range; the range of 1 goes beyond it"),
        (2, 2, "the ranges of 2 go beyond it"),
    ],
)
def test_how_many_ranges_reach_over_their_target(over: int, known: int, told: str) -> None:
    assert _over(over, known).startswith(told)


def test_the_engineer_reads_launch_parameters_where_they_are_known(plan: Plan) -> None:
    assert "Engine limit assumed" not in [column.head for column in engineer(Lookup(plan)).launch.columns]
    serving = {
        "repository": "meta-llama/x", "native_format": "bf16", "max_context": 131072, "prefill_chunk_tokens": 8192.0,
        "memory_utilisation": 0.9, "max_running_requests": 256.0,
    }  # fmt: skip
    configs = [row.model_dump() | {"serving": serving} for row in plan.configs]
    plan = Plan.model_validate(plan.model_dump() | {"configs": configs})
    lines = rows(engineer(Lookup(plan)).launch)
    assert lines[0][-3:] == ["256", "90 %", "8,192"]


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.parent.name)
def test_every_stored_plan_answers_both_readers(path: Path) -> None:
    look = Lookup(load_plan(path))
    page, deploy = owner(look), engineer(look)
    assert re.match(r"Approve payments of \$[\d,]+ for ", said(page.ask))
    assert page.doubled
    assert page.risks
    assert growth.command(look).startswith("planner whatif problems/")
    assert deploy.runs
    assert deploy.launch


def test_a_hosted_api_that_lists_less_is_named_though_it_is_not_on_offer(plan: Plan) -> None:
    own = plan_price(Lookup(plan), "code-completion")
    assert own is not None
    for usd, told in ((0.5 * own, True), (2 * own, False)):
        quotes = [row.model_copy(update={"usd_per_million_tokens": usd}) for row in plan.api_quotes]
        look = Lookup(plan.model_copy(update={"api_quotes": quotes}))
        assert any("Hosted APIs that are not on offer" in risk for risk in owner(look).risks) == told
        figure = price_figure(look)
        assert figure is not None
        grey = [row for row in figure.rows if row["form"] == "idle"]
        assert [row["usd"] for row in grey] == [usd]
        assert "Grey: not on offer to this plan" in figure.says
