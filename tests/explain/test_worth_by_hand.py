"""What a step of each kind is worth, in cases reckoned by hand: per request/s, ms, GPU, k$, kW, system and share.

Two GPU types with measured rates: an A100 node of 4 requests/s at 3.50 USD/h, an A10G node of 1 request/s at 1 USD/h;
a month has 730 hours. Ten requests/s cost 9 USD/h: two A100 and two A10G.
"""

import math
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from planner.again import Question, question_in
from planner.candidates.generate import generate_candidates
from planner.demand.build import build_demand
from planner.explain.ask import Asker
from planner.explain.caps import caps
from planner.explain.explain import explained
from planner.explain.levers import demands, targets
from planner.explain.marginals import loosened, stepped
from planner.explain.twice import with_twice
from planner.plan.plan import MarginalRow

DAY = date(2026, 11, 21)
MONTH = 730.0  # hours
A100, A10G = 3.5, 1.0  # USD per node and hour
OFFERS = (
    "provider,region,geography,instance_type,gpu,gpus,vcpus,ram_gib,on_demand_usd_per_hour,as_of,source,basis,note\n"
    "example,us-1,us,a10g-1x,A10G,1,4,16,1.0,2024-05-01,published-example,secondary,test\n"
    "example,us-1,us,a100-1x,A100-SXM-80GB,1,24,220,3.5,2024-05-01,published-example,secondary,test\n"
)
RATES = (
    "workload,bucket,gpu,tp,weights,requests_per_s\n"
    "chat,1,A10G,1,fp16,1\nchat,1,A100-SXM-80GB,1,fp16,4\nchat,1,RTX-4090,1,fp16,1\n"
)
TEN: dict[str, Any] = {
    "title": "Ten requests a second",
    "workloads": {
        "chat": {
            "model": "llama-2-7b",
            "traffic": {"requests_per_s": 10},
            "requests": {"input": 100, "output": 100},
            "slo": {"tpot_p95_ms": 120},
        }
    },
    "horizon": {"periods": 1, "period": "month", "hours": "flat", "blocks": 1},
    "supply": {"rent": {"forms": ["on_demand"], "worst_basis": "secondary"}},
    "catalog": {"offers": "offers.csv", "replace_offers": True},
    "performance": {"table": "rates.csv"},
    "limits": {"utilization_cap": 1},
    "solve": {"mip_gap": 0},
}


@pytest.fixture(scope="module")
def ten(tmp_path_factory: pytest.TempPathFactory) -> Question:
    folder: Path = tmp_path_factory.mktemp("ten")
    (folder / "offers.csv").write_text(OFFERS)
    (folder / "rates.csv").write_text(RATES)
    (folder / "problem.yaml").write_text(yaml.safe_dump(TEN))
    return question_in(folder / "problem.yaml", None, DAY, "test")


def worth(question: Question, subject: str) -> MarginalRow:
    """Of the cap by that name, with the whole page's own steps."""
    plan = explained(question.answered(), question, 1e6)
    found = [row for row in plan.marginals if row.subject == subject]
    assert found
    return found[0]


def test_a_request_more_a_second(ten: Question) -> None:
    """An eleventh takes one A10G more, and so does a tenth of one; twenty take five A100."""
    plan = explained(ten.answered(), ten, 1e6)
    assert plan.certificate.objective == pytest.approx((2 * A100 + 2 * A10G) * MONTH)
    by_step = {row.step: row for row in plan.marginals if row.kind == "demand"}
    assert by_step[0.1].change == by_step[1.0].change == pytest.approx(A10G * MONTH)
    for row in by_step.values():
        assert row.least == row.change == row.most and row.unit == "requests/s"
    twice = with_twice(plan, ten).twice
    assert twice and twice.npv_usd == pytest.approx(5 * A100 * MONTH) and twice.gpus == {"A100-SXM-80GB": 5}


def test_a_gpu_of_quota(ten: Question) -> None:
    """With one A100 allowed the fleet is one A100 and six A10G, 9.50 USD/h: a second one saves 0.50."""
    row = worth(ten.changed({"supply.quotas": [{"gpu": "A100-SXM-80GB", "max_gpus": 1}]}), "quota A100-SXM-80GB")
    assert (row.step, row.unit, row.binding) == (1, "GPU", True)
    assert row.change == row.least == row.most == pytest.approx((9.0 - 9.5) * MONTH)


def test_a_gpu_of_all(ten: Question) -> None:
    """Three GPUs are three A100, 10.50 USD/h; a fourth allows the fleet of 9."""
    row = worth(ten.changed({"limits.max_gpus": 3}), "max_gpus")
    assert row.change == row.least == row.most == pytest.approx((9.0 - 10.5) * MONTH)


def test_a_thousand_dollars_of_budget(ten: Question) -> None:
    """The fewest GPUs are three A100 at 7,665 USD; 6,700 allow four GPUs, a thousand more the three."""
    asked = {"objective": "gpus", "limits.budget": [{"kind": "total", "usd_per_period": 6700}]}
    row = worth(ten.changed(asked), "budget total")
    assert (row.step, row.unit) == (1000, "USD")
    assert row.change == row.least == row.most == pytest.approx((3 - 4) * MONTH)  # GPU-hours


def test_a_kilowatt(ten: Question) -> None:
    """Two systems stand there and cost nothing, 2 requests/s each; power for one leaves 8 to two A100, 7 USD/h.

    With a second one 6 are left, which an A100 and two A10G serve for 5.50.
    """
    free = ("usd_per_kwh", "colocation_usd_per_kw_month", "staff_usd_per_system_year", "maintenance_share_per_year")
    site = dict.fromkeys(free, 0.0)
    own = {"existing": [{"system": "rtx4090-2", "count": 2, "age_months": 12}], "site": site}
    question = ten.changed({"supply.own": own, "supply.rent.gpus": ["A100-SXM-80GB", "A10G"]})
    kw = next(pool.kw_per_node for pool in question.answered().pools if pool.provider == "own")
    question = question.changed({"limits.power_kw": round(1.2 * kw, 6)})
    assert question.answered().certificate.objective == pytest.approx(2 * A100 * MONTH)
    row = worth(question, "power_kw")
    assert (row.unit, row.binding, row.step) == ("kW", True, pytest.approx(kw))
    assert row.change == row.least == row.most == pytest.approx((5.5 - 7.0) * MONTH)


def test_a_configuration_more(ten: Question) -> None:
    row = worth(ten.changed({"limits.max_distinct_configurations": 1}), "max_distinct_configurations")
    assert row.change == pytest.approx((9.0 - 10.0) * MONTH)  # ten A10G alone, or both types


def test_what_does_not_bind_is_worth_nothing(ten: Question) -> None:
    asked = {"limits.max_gpus": 9, "limits.budget": [{"kind": "total", "usd_per_period": 9000}]}
    for subject, room in (("max_gpus", 5), ("budget total", 9000 - 9 * MONTH)):
        row = worth(ten.changed(asked), subject)
        assert (row.change, row.least, row.most, row.binding) == (0, 0, 0, False)
        assert row.head_room == pytest.approx(room)


def test_a_millisecond_of_the_target() -> None:
    """On one GPU type nodes are load over rate, rounded up: the rates are the model's, the nodes are reckoned here."""
    path = Path(__file__).parents[2] / "problems" / "01-cheapest-chat-70b.yaml"
    question = question_in(path, None, DAY, "test").changed(
        {
            "supply.rent.gpus": ["H100-SXM"],
            "workloads.chat.traffic.requests_per_s": 100.0,
            "supply.rent.providers": ["aws"],
        }
    )
    plan = question.answered()
    asker = Asker(question, 1e6)
    base = asker.ask({})
    lever = next(one for one in targets(question.problem, plan) if "TPOT" in one.subject)
    for factor in (0.7, 1.3):
        row = stepped(asker, base, lever, lever.at * factor)
        there = cheapest_alone(question.changed(lever.to(lever.at * factor)))
        assert base.objective + row.change == pytest.approx(there)
        assert row.change >= 0 if factor < 1 else row.change <= 0
    assert base.objective == pytest.approx(cheapest_alone(question))


def cheapest_alone(question: Question) -> float:
    """The least cost of 100 requests/s with nodes of one offer and replicas of one kind, whole nodes filled."""
    demand = build_demand(question.problem, question.catalog, question.base)
    candidates = generate_candidates(question.problem, question.catalog, demand, question.base)
    costs = []
    for place in candidates.placements:
        pool, config = candidates.pools[place.pool], candidates.configs[place.config]
        rate = candidates.rates[place.config, place.demand_class].max_requests_per_s
        replicas = math.ceil(100.0 / rate - 1e-9)
        nodes = math.ceil(replicas / (pool.gpus_per_node // config.gpus))
        (option,) = (one for one in pool.options if one.form == "on_demand")
        costs.append(nodes * option.usd_per_hour * MONTH)
    return min(costs)


def test_levers_and_caps_are_all_there(ten: Question) -> None:
    assert [lever.unit for lever in demands(ten.problem)] == ["requests/s"]
    question = ten.changed({"supply.quotas": [{"gpu": "A100-SXM-80GB", "max_gpus": 1}]})
    plan = question.answered()
    asker = Asker(question, 1e6)
    (cap,) = caps(question.problem, plan)
    assert loosened(asker, asker.ask({}), cap).step == 1
