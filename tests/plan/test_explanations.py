"""Runners-up, rejections, sources and assumptions: what lets a reader trust the choice."""

from dataclasses import replace
from datetime import date

import pytest
import year
from year import A100, BIG, CLOUD, H100, OWN, Setting

from planner.candidates.candidate import PurchaseOption, Rejection
from planner.plan.plan import Plan
from planner.plan.rejections import MOST_ROWS
from planner.plan.runners_up import node_usd_per_hour, replica_usd_per_hour


def test_runners_up_are_the_cheapest_way_of_each_gpu(plan: Plan) -> None:
    """Chat, of which 12 of 15.6 requests take 1/10 s and 3.6 take 1/3 s of a replica: 15.6/2.4 = 6.5 requests/s.

    Half a node reserved for three years costs 20 USD/h; an owned one over its life 3,000 a month and 90 %
    of 400,000 over 60 months: (3,000 + 6,000)/730 = 12.33 USD/h, half of it 6.16: cheaper.
    """
    chat = next(row for row in plan.runners_up if row.workload == "chat")
    tokens = (12 * 800 + 3.6 * 3400) / 15.6
    assert (chat.gpu, chat.form, chat.chosen, chat.share_of_requests) == (H100, "owned", False, 1.0)
    assert chat.requests_per_s == pytest.approx(6.5)
    assert chat.usd_per_hour == pytest.approx(9_000 / 730 / 2)
    assert chat.usd_per_million_tokens == pytest.approx(9_000 / 730 / 2 / (6.5 * 3600 * tokens / 1e6))


def test_runners_up_are_sorted_and_know_the_chosen(plan: Plan) -> None:
    digest = [row for row in plan.runners_up if row.workload == "digest"]
    # A100: 2,000/730/8 USD/h for 1.0 requests/s; H100 owned: 12.33/8 for 1.5
    assert [(row.gpu, row.form) for row in digest][:2] == [(A100, "existing"), (H100, "owned")]
    assert [row.usd_per_million_tokens for row in digest] == sorted(row.usd_per_million_tokens for row in digest)
    runs = {(run.pool, run.kind) for run in plan.replicas if run.workload == "digest"}
    assert {row.form for row in digest if row.chosen} == {"existing", "owned"} | {
        "spot" for _, kind in runs if kind == "spot"
    }


def test_a_gpu_that_serves_only_some_sizes_says_so(setting: Setting) -> None:
    rates = {key: rate for key, rate in setting.candidates.rates.items() if key[1] != "chat/bucket-1"}
    some = replace(setting, candidates=replace(setting.candidates, rates=rates))
    fleet = some.with_values("served", {k: None for k in setting.solution.values["served"] if k[0] == "chat/bucket-1"})
    chat, *_ = [row for row in fleet.plan().runners_up if row.workload == "chat"]
    assert chat.share_of_requests == pytest.approx(12 / 15.6)
    assert chat.requests_per_s == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("gpus", "per_hour"),
    [(1, 10.0), (4, 40.0), (3, 40.0), (8, 80.0), (16, 160.0)],  # two replicas of 3 fill a node of 8
)
def test_price_of_a_replicas_share_of_a_node(gpus: int, per_hour: float) -> None:
    pool = year.pools()[CLOUD]
    assert replica_usd_per_hour(pool, pool.options[0], gpus) == pytest.approx(per_hour)
    assert replica_usd_per_hour(pool, pool.options[1], gpus) == pytest.approx(per_hour * 32 / 80 / 0.9)


def test_an_owned_node_costs_its_loss_of_value_and_its_running() -> None:
    owned = PurchaseOption("owned", 0.0, capex_usd=73_000, fixed_usd_per_month=730, life_months=50, residual_share=0.5)
    assert node_usd_per_hour(owned) == pytest.approx(1 + 1)


def test_rejections_are_told_once(plan: Plan) -> None:
    assert [row.detail for row in plan.rejections] == ["needs 141.2 GiB, 72.0 usable"]


def test_rejections_are_few_but_of_every_kind(setting: Setting) -> None:
    many = [Rejection("chat", f"thing {i}", H100, "slo", f"TTFT {i} ms") for i in range(2 * MOST_ROWS)]
    rare = [Rejection("chat", "m70 on L4", "L4", "region", "sold in ap only")]
    plan = replace(setting, candidates=replace(setting.candidates, rejections=(*many, *rare))).plan()
    assert len(plan.rejections) == MOST_ROWS
    assert {row.gpu for row in plan.rejections} == {H100, "L4"}


def test_sources_say_what_for_how_good_how_old(plan: Plan) -> None:
    by_id = {row.id: row for row in plan.sources}
    assert set(by_id) == {
        "aws-list", "spot", "vendor", "nvidia", "hf", "azure", "fit", "together", "owning", "interruptions",
    }  # fmt: skip
    prices = by_id["aws-list"]
    assert prices.used_for == [
        f"on-demand price of {CLOUD}",
        f"1-year price of {CLOUD}",
        f"on-demand price of {CLOUD}, from which the term price follows",
        f"3-year price of {CLOUD}",
    ]
    assert (prices.as_of, prices.age_days) == (date(2026, 12, 2), 30)
    assert by_id["nvidia"].used_for == [f"GPU {H100}", f"GPU {A100}"]
    assert (by_id["hf"].as_of, by_id["hf"].age_days) == (None, None)
    assert by_id["vendor"].basis == ["listed", "typical"]
    assert by_id["azure"].used_for == ["traffic profile office"]


def test_what_is_not_used_is_no_source(setting: Setting) -> None:
    spot = dict.fromkeys(setting.solution.values["spot"])
    served = {key: None for key in setting.solution.values["served"] if key[3] == "spot"}
    plan = setting.with_values("spot", spot).with_values("served", served).plan()
    assert not {"spot", "interruptions"} & {row.id for row in plan.sources}


@pytest.mark.parametrize(
    "part",
    [
        "Lengths are log-normal",
        "chat: requests arrive at random inside an hour (Poisson",
        "at most 90% of the largest rate",
        "Replicas fail independently",
        "latency of hosted APIs is not modelled",
        "exclude tax, support, storage and network egress",
        "signed in 2027-Q1 for 36 months: only 12 of them lie within the horizon. 700,800 USD for the others",
        "0 USD of it is paid up front within the horizon",
        "346,000 USD, is not cash in hand",
        "Existing systems are sunk",
        "typical figures where supply.own.site gives none: usd_per_kwh 0.1.",
        "can be had 90% of the time and each interruption loses 15 minutes",
        f"The spot price of {CLOUD} is derived, not listed",
        f"The purchase price of {OWN} is typical, not listed",
    ],
)
def test_assumptions(plan: Plan, part: str) -> None:
    assert [line for line in plan.assumptions if part in line], plan.assumptions


def test_a_forecast_without_margin_is_said(setting: Setting) -> None:
    assert not any("without a margin" in line for line in setting.plan().assumptions)
    limits = setting.problem.limits.model_copy(update={"demand_margin": 0.0})
    plan = replace(setting, problem=setting.problem.model_copy(update={"limits": limits})).plan()
    assert any("without a margin" in line for line in plan.assumptions)


def test_assumptions_that_do_not_apply_are_not_told(setting: Setting) -> None:
    gone = dict.fromkeys(setting.solution.values["bought"])
    lines = "\n".join(setting.with_values("bought", gone).plan().assumptions)
    assert "Commitments are charged" not in lines
    assert "Purchases are charged" not in lines


def test_a_users_own_model_is_a_source_too(setting: Setting) -> None:
    theirs = year.model("m70")
    theirs = replace(theirs, provenance=replace(theirs.provenance, source="the user's file", note="mine/config.json"))
    configs = setting.candidates.configs | {BIG: replace(setting.candidates.configs[BIG], own_model=theirs)}
    plan = replace(setting, candidates=replace(setting.candidates, configs=configs)).plan()
    (row,) = [row for row in plan.sources if row.id == "the user's file"]
    assert (row.reference, row.used_for) == ("mine/config.json", ["model m70"])


def test_figures_the_problem_gives_are_not_assumed(setting: Setting) -> None:
    supply = setting.problem.supply
    site = supply.own.site.model_copy(update={"usd_per_kwh": 0.2})
    own = supply.own.model_copy(update={"site": site})
    problem = setting.problem.model_copy(update={"supply": supply.model_copy(update={"own": own})})
    plan = replace(setting, problem=problem).plan()
    assert not any("typical figures" in line for line in plan.assumptions)
    (owning,) = [row for row in plan.sources if row.id == "owning"]
    assert owning.used_for == ["power of rented nodes"]
