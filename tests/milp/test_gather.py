"""From problem, demand and candidates to the numbers of an instance, figure by figure."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from fleets import near

from planner.candidates.candidate import (
    ApiOption,
    CandidateSet,
    Memory,
    OperatingPoint,
    Placement,
    Pool,
    PurchaseOption,
    Rate,
    ReplicaConfig,
)
from planner.catalog.specs import Basis, Provenance
from planner.demand.types import Block, Demand, DemandClass, LengthMix, Period, Timeline
from planner.errors import InfeasibleError
from planner.inputs.problem import Problem
from planner.milp.finance import commitment, existing
from planner.milp.gather import instance_from
from planner.milp.instance import Instance, Time
from planner.milp.optimise import optimise

DAY = tuple(hour for hour in range(168) if hour % 24 < 12)
NIGHT = tuple(hour for hour in range(168) if hour % 24 >= 12)
ORIGIN = Provenance("list", date(2026, 12, 1), Basis.LISTED)
MIX = LengthMix(np.array([100.0]), np.array([10.0]), np.array([1.0]))

PROBLEM = {
    "title": "Numbers",
    "horizon": {"periods": 2, "period": "quarter", "discount_rate_per_year": 0.21, "commitment_share_inside": 0},
    "workloads": {
        "chat": {
            "model": "m70",
            "traffic": {"requests_per_s": 10},
            "requests": {"input": 100, "output": 10},
            "slo": {"ttft_p95_ms": 1000},
            "availability": 0.99,
        },
        "jobs": {
            "model": "m8",
            "batch": {"requests_per_day": 86400, "deadline_h": 6.5},
            "requests": {"input": 100, "output": 10},
            "interruptible": True,
            "spot_max_share": 0.4,
        },
    },
    "supply": {
        "rent": {"forms": ["on_demand", "spot", "reserved_1y"]},
        "quotas": [
            {"provider": "aws", "gpu": "H100", "max_gpus": 64},
            {"gpu": "H100", "form": "spot", "max_gpus": 16},
            {"provider": "gcp", "gpu": "H100", "max_gpus": 8},
        ],
        "own": {"systems": ["dgx"], "max_systems": {"dgx": 3}, "site": {"max_power_kw": 40}},
    },
    "limits": {
        "budget": [{"kind": "total", "usd_per_period": 8000}],
        "power_kw": 50,
        "max_gpus": 100,
        "max_distinct_configurations": 4,
    },
}


def candidate_set() -> CandidateSet:
    point = OperatingPoint(1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5)
    memory = Memory(1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, "")
    rates = {("big", "chat"): 3.0, ("odd", "chat"): 2.0, ("small", "jobs"): 0.5}
    cloud = (
        PurchaseOption("on_demand", 80.0),
        PurchaseOption("spot", 30.0, usable_share=0.9),
        PurchaseOption("reserved_1y", 50.0, term_months=12, upfront_share=0.5),
    )
    owned = PurchaseOption(
        "owned", 0.0, lead_months=2.0, capex_usd=1000.0, fixed_usd_per_month=10.0, life_months=10.0,
        residual_share=0.1, max_nodes=5,
    )  # fmt: skip
    old = PurchaseOption("existing", 0.0, fixed_usd_per_month=20.0, max_nodes=2)
    return CandidateSet(
        configs={
            "big": ReplicaConfig("big", "m70", "H100", 4, 1, "fp8", "bf16"),
            "odd": ReplicaConfig("odd", "m70", "H100", 3, 1, "fp8", "bf16"),
            "small": ReplicaConfig("small", "m8", "H100", 1, 1, "fp8", "bf16"),
        },
        rates={key: Rate(*key, most, point, memory, "ttft p95", ()) for key, most in rates.items()},
        pools={
            "cloud": Pool("cloud", "aws", "us-1", "us", "p5", "H100", 8, 10.0, cloud),
            "own": Pool("own", "own", "own", "own", "dgx", "H100", 8, 9.0, (owned, old)),
        },
        placements=tuple(
            Placement(config, pool, stream, spot)
            for pool in ("cloud", "own")
            for config, stream, spot in (("big", "chat", False), ("odd", "chat", False), ("small", "jobs", True))
        ),
        apis=(ApiOption("hosted/m70", "hosted", "m70", "chat", 0.001, 0.5, ORIGIN),),
        rejections=(),
        spare_availability={"big": 0.99, "odd": 0.99, "small": 0.999},
    )


def demand() -> Demand:
    periods = tuple(Period(t, f"Q{t + 1}", None, 3, 2190.0, 1.21 ** (-t / 4)) for t in range(2))
    line = Timeline(periods, (Block(0, "day", DAY), Block(1, "night", NIGHT)), 0.0)
    chat = np.array([[10.0, 4.0], [12.0, 5.0]])
    jobs = np.ones((2, 2))
    arrivals = np.ones((2, 168))
    return Demand(
        line,
        (
            DemandClass("chat", "chat", MIX, 0.0, 1.0, {("ttft", 0.95): 1.0}, None, chat, chat * 0.5, arrivals),
            DemandClass("jobs", "jobs", MIX, 0.0, 1.0, {}, 6.5, jobs, jobs * np.array([[0.8, 0.4]]), arrivals),
        ),
        (),
    )


def gathered() -> Instance:
    return instance_from(Problem.model_validate(PROBLEM), demand(), candidate_set())


def test_time() -> None:
    time = gathered().time
    assert time.hours == ((1095.0, 1095.0), (1095.0, 1095.0))
    assert time.discount == (1.0, near(1.21**-0.25))
    assert time.end_discount == near(1.21**-0.5)
    assert time.block_of_hour[:24] == (0,) * 12 + (1,) * 12
    assert time.block_labels == ("day", "night")


def test_streams() -> None:
    streams = gathered().streams
    assert streams["chat"].planned == ((10.0, 4.0), (12.0, 5.0))
    assert streams["chat"].expected_share == ((0.5, 0.5), (0.5, 0.5))
    assert streams["chat"].deadline_h is None
    # deferrable work moves between blocks: its ratio is the week's, its deadline whole hours
    assert streams["jobs"].expected_share == ((near(0.6), near(0.6)),) * 2
    assert streams["jobs"].deadline_h == 6
    assert len(streams["jobs"].arrivals[0]) == 168


def test_deployments() -> None:
    found = {(one.config, one.pool, one.kind): one for one in gathered().deployments}
    assert set(found) == {
        ("big", "cloud", "firm"), ("odd", "cloud", "firm"), ("small", "cloud", "firm"), ("small", "cloud", "spot"),
        ("big", "own", "firm"), ("odd", "own", "firm"), ("small", "own", "firm"),
    }  # fmt: skip
    assert found["odd", "cloud", "firm"].gpus == 4  # 3 GPUs off the chain 1, 2, 4, 8
    assert found["big", "cloud", "firm"].rates == {"chat": 3.0}
    # ⌈12 / 3⌉ = 4 replicas of 99 % each: 5 give P(at least 4 up) = 0.999; 4 alone 0.961
    assert found["big", "cloud", "firm"].spares == 1
    assert found["small", "cloud", "spot"].spares == 0


def test_limits_are_named_in_the_users_words() -> None:
    p = gathered()
    assert {name: limit.value for name, limit in p.limits.items()} == {
        "max_systems dgx": 3,
        "quota aws H100": 64,
        "quota H100 spot": 16,
        "budget total": 8000,
        "power_kw": 50,
        "site max_power_kw": 40,
        "max_gpus": 100,
        "max_distinct_configurations": 4,
    }
    assert p.limits["budget total"].unit == "USD a quarter"
    members = {quota.limit: set(quota.members) for quota in p.quotas}
    assert members["quota aws H100"] == {("cloud", "on_demand"), ("cloud", "spot"), ("cloud", "reserved_1y")}
    assert members["quota H100 spot"] == {("cloud", "spot")}
    assert p.workloads["jobs"].spot_max_share == 0.4
    assert p.power_limits == ("power_kw", "site max_power_kw")


def test_a_reservation_is_charged_to_the_horizon_and_paid_as_it_falls_due() -> None:
    time = gathered().time
    option = commitment(candidate_set().pools["cloud"].options[2], time, "")
    assert option.serves == ((0, 1), (1,))
    later = 1.21**-0.25
    # signed now: half upfront at today's worth, half as it runs; 50 USD/h × 2190 h a quarter
    assert option.terms["reserved_1y"][0] == near(50 * 2190 * (1.0 + 0.5 * later + 0.5))
    assert option.terms["reserved_1y"][1] == near(50 * 2190 * later)
    upfront = 0.5 * 50 * 730 * 12
    assert option.opex[0] == (near(upfront + 0.5 * 50 * 2190), near(0.5 * 50 * 2190))
    assert option.opex[1] == (0.0, near(upfront + 0.5 * 50 * 2190))
    assert option.capex == (0.0, 0.0)


def test_an_owned_system_arrives_late_and_keeps_its_book_value() -> None:
    time = gathered().time
    option = commitment(candidate_set().pools["own"].options[0], time, "most")
    assert option.serves == ((1,), ())  # two months of lead are one whole quarter
    later, end = 1.21**-0.25, 1.21**-0.5
    assert option.terms["owned_purchase"] == (1000.0, near(1000 * later))
    assert option.terms["owned_running"] == (near(30 * later), 0.0)
    # three months old at the end: 1 - 0.9 × 3/10 = 0.73; not arrived: whole
    assert option.terms["owned_value_left"] == (near(-730 * end), near(-1000 * end))
    assert option.capex == (1000.0, 1000.0)
    assert option.opex == ((0.0, 30.0), (0.0, 0.0))
    assert option.limit == "most"


def test_book_value_stops_at_the_residual_share() -> None:
    option = replace(candidate_set().pools["own"].options[0], life_months=2.0)
    assert commitment(option, gathered().time, "").terms["owned_value_left"][0] == near(-100 * 1.21**-0.5)


def test_existing_systems_cost_what_running_them_costs() -> None:
    old = existing(candidate_set().pools["own"].options[1], gathered().time)
    assert (old.count, old.usd) == (2, (60.0, 60.0))


@pytest.mark.parametrize(("term", "serves"), [(3, ((0,), (1,))), (4, ((0, 1), (1,))), (6, ((0, 1), (1,)))])
def test_a_term_covers_the_periods_that_start_in_it(term: int, serves: tuple[tuple[int, ...], ...]) -> None:
    time: Time = gathered().time
    assert commitment(PurchaseOption("reserved_1y", 1.0, term_months=term), time, "").serves == serves


def test_a_commitment_that_never_serves_is_left_out() -> None:
    # at least 60 % of a year's term would have to lie inside the two quarters
    horizon = {**PROBLEM["horizon"], "commitment_share_inside": 0.6}
    problem = Problem.model_validate({**PROBLEM, "horizon": {**horizon, "periods": 3}})
    strict = problem.model_copy(update={"horizon": problem.horizon.model_copy(update={"periods": 2})})
    assert set(instance_from(strict, demand(), candidate_set()).pools["cloud"].commitments) == set()


def test_optimise_answers_for_the_whole_problem() -> None:
    loose = {**PROBLEM, "limits": {}, "solve": {"mip_gap": 0.0}}
    solution = optimise(Problem.model_validate(loose), demand(), candidate_set())
    assert solution.certificate.gap <= 1e-6
    served = solution.values["served"]
    hosted = solution.values["api"]
    for t, b, planned in ((0, 0, 10.0), (0, 1, 4.0), (1, 0, 12.0), (1, 1, 5.0)):
        chat = sum(rate for key, rate in served.items() if key[0] == "chat" and key[-2:] == (t, b))
        assert chat + hosted.get(("chat", "hosted/m70", t, b), 0.0) == near(planned)
    assert all(value == round(value) for value in solution.values["replicas"].values())


def test_a_class_without_a_place_is_refused() -> None:
    lost = replace(candidate_set(), placements=candidate_set().placements[:2])
    with pytest.raises(InfeasibleError, match="workload jobs: no configuration has a place"):
        optimise(Problem.model_validate(PROBLEM), demand(), lost)
