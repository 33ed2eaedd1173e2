"""Routing: weights that sum to one and are the plan's flows, and bounds for each of 168 hours."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from small import API, HOSTILE, WORK, fields, small_plan

from planner.export.deployments import Fleet
from planner.export.router import router_files, routing, shares


def check(fleet: Fleet) -> None:
    data = routing(fleet)
    assert [len(data["block_of_hour"])] == [168]
    for period, told in zip(fleet.plan.periods, data["periods"], strict=True):
        for block in told["blocks"]:
            for name, halves in block["weights"].items():
                slot = (name, period.index, block["block"])
                flows = [row for row in fleet.plan.flows if (row.demand_class, row.period, row.block) == slot]
                calls = [row for row in fleet.plan.api if (row.demand_class, row.period, row.block) == slot]
                assert bool(halves) == any(row.requests_per_s > 1e-9 for row in [*flows, *calls])
                for half, weights in halves.items():
                    assert sum(weights.values()) == pytest.approx(1.0, abs=1e-12)
                    mine = [row.requests_per_s for row in flows if (row.role == "prefill") == (half == "prefill")]
                    mine += [row.requests_per_s for row in calls if half == "serve"]
                    assert len(weights) <= len(mine)
                    assert max(weights.values()) >= max(mine) / sum(mine) - 1e-8
                    assert all(to.startswith("api:") or to in data["deployments"] for to in weights)
        bounds(fleet, period.index, told["autoscaler"])


def bounds(fleet: Fleet, period: int, told: dict[str, dict[str, list[int]]]) -> None:
    for one in fleet.deployments:
        least, most = one.bounds(period, fleet.plan.blocks)
        if not most:
            assert one.name not in told
            continue
        low, high = told[one.name]["minimum"], told[one.name]["maximum"]
        assert (len(low), len(high)) == (168, 168)
        assert (min(high), max(high)) == (least, most)
        assert all(0 <= few <= many for few, many in zip(low, high, strict=True))


def test_small_plan(fleet: Fleet) -> None:
    check(fleet)


def test_stored_plans(stored: Fleet) -> None:
    check(stored)


def test_both_files_say_the_same(fleet: Fleet) -> None:
    as_json, as_yaml = router_files(fleet)
    assert json.loads(as_json.text) == yaml.safe_load(as_yaml.text) == routing(fleet)


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.text(max_size=3), st.floats(0.0, 1e6), min_size=1, max_size=12).filter(
        lambda r: sum(r.values()) > 1e-6
    )
)
def test_shares_sum_to_one_and_are_close(rates: dict[str, float]) -> None:
    found = shares(rates)
    assert sum(round(value * 10**9) for value in found.values()) == 10**9
    total = sum(rates.values())
    assert all(abs(found[name] - rate / total) <= 1.01e-9 for name, rate in rates.items())


def test_api_overflow_and_sizes(fleet: Fleet) -> None:
    data = routing(fleet)
    busy = data["periods"][0]["blocks"][0]["weights"]
    chat = next(one.name for one in fleet.deployments if one.workload.id == HOSTILE)
    assert busy[f"{HOSTILE}/2"]["serve"] == {f"api:{API}": pytest.approx(1 / 3), chat: pytest.approx(2 / 3)}
    assert [one["api"] for one in data["overflow"][f"{HOSTILE}/1"]] == [API]
    assert data["classes"][f"{HOSTILE}/2"]["tokens"]["shortest"] == 2100
    assert data["periods"][0]["blocks"][0]["weights"]["night-digest"] == {}
    halves = busy["split"]
    assert set(halves) == {"serve", "prefill"}


def test_an_hour_of_less_demand_needs_fewer_replicas_but_keeps_the_reserve(fleet: Fleet) -> None:
    """Nine o'clock has half the demand: 4.5/6 + 1/2 = 1.25 → 2 replicas and 1 in reserve; later 1.5 + 1 → 3 and 1."""
    chat = next(one.name for one in fleet.deployments if one.workload.id == HOSTILE)
    told = routing(fleet)["periods"][0]["autoscaler"][chat]
    assert [told["minimum"][hour] for hour in WORK[:2]] == [3, 4]
    assert [told["maximum"][hour] for hour in WORK[:2]] == [4, 4]


def test_where_to_after_a_loss(plan: Any) -> None:
    row = fields()["flows"][0]
    standby = [
        {k: row[k] for k in ("demand_class", "config", "pool", "kind", "period", "block")}
        | {"lost": "azure", "requests_per_s": 4.0, "max_requests_per_s": 6.0}
    ]
    fleet = Fleet(small_plan(standby=standby))
    (after,) = routing(fleet)["after_loss"]
    assert after["lost"] == "azure"
    assert list(after["weights"][f"{HOSTILE}/1"].values()) == [1.0]


def test_planned_gaps_are_told() -> None:
    gap = {
        "demand_class": "agents",
        "workload": "agents",
        "period": 0,
        "block": 0,
        "requests_per_s": 2.0,
        "requests": 9.0,
    }
    blocks = routing(Fleet(small_plan(unserved=[gap])))["periods"][0]["blocks"]
    assert blocks[0]["planned_unserved_requests_per_s"] == {"agents": 2.0}
    assert "planned_unserved_requests_per_s" not in blocks[1]
