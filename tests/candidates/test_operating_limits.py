"""The largest rate lies exactly on a limit, and the limit is named."""

import dataclasses

import numpy as np
import pytest
from workbench import constants, demand_class, engine, fixed, max_rates, replica

from planner.candidates.operating import all_hold, at_rate, binding, largest, limits_for, points
from planner.candidates.queueing import percentile_of, tpot_at, ttft_floor
from planner.candidates.roofline import decode_step, decode_terms
from planner.candidates.state import state
from planner.candidates.waiting import wait_of
from planner.demand.types import LengthMix

BASE = ("llama-3.1-8b", "H100-SXM", (1, 1), ("bf16", "bf16"), fixed(1000, 200))


@pytest.mark.parametrize(
    ("lengths", "slo", "name"),
    [
        (fixed(1000, 200), {("tpot", 0.95): 0.012}, "tpot p95"),
        (fixed(1000, 200), {("ttft", 0.95): 0.15, ("tpot", 0.95): 1.0}, "ttft p95"),
        (fixed(1000, 200), {("ttft", 0.99): 0.20, ("tpot", 0.5): 1.0}, "ttft p99"),
        (fixed(1000, 200), {("e2e", 0.9): 3.0}, "e2e p90"),
        (fixed(6000, 3000), {}, "kv cache"),
        (fixed(8000, 2), {}, "prefill queue"),
        (fixed(30, 400), {}, "running requests"),
    ],
)
def test_the_binding_limit_is_named(lengths: LengthMix, slo: dict[tuple[str, float], float], name: str) -> None:
    ready = engine([replica(*BASE[:4], lengths)])
    limits = limits_for(ready, {key: np.array([seconds]) for key, seconds in slo.items()})
    best, feasible = largest(ready, limits)
    assert feasible.all()
    assert binding(ready, limits, best) == [name]
    others = [limit for limit in limits if limit.name != name]
    further, _ = largest(ready, others)
    assert further.concurrency[0] > best.concurrency[0] * 1.01, "without this limit the replica would do more"


def test_targets_are_met_exactly_at_the_largest_rate() -> None:
    ready = engine([replica(*BASE)])
    slo = {("ttft", 0.9): np.array([0.2])}
    best, _ = largest(ready, limits_for(ready, slo))
    assert percentile_of(ready, wait_of(ready, best), ttft_floor(ready, best, 0.9), 0.9) == pytest.approx(0.2, rel=1e-4)
    best, _ = largest(ready, limits_for(ready, {("tpot", 0.95): np.array([0.015])}))
    assert tpot_at(ready, best, 0.95) == pytest.approx(0.015, rel=1e-4)


def test_a_target_below_the_idle_latency_is_infeasible() -> None:
    ready = engine([replica(*BASE)])
    idle = float(decode_step(ready.step, np.ones(1))[0])
    for target, expected in ((idle * 0.99, False), (idle * 1.1, True)):
        _, feasible = largest(ready, limits_for(ready, {("tpot", 0.5): np.array([target])}))
        assert feasible[0] == expected


def test_the_point_at_a_rate_serves_that_rate() -> None:
    ready = engine([replica(*BASE)] * 4)
    wanted = np.array([0.01, 1.0, 10.0, 1e6])
    found = at_rate(ready, wanted)
    assert found.rate[:3] == pytest.approx(wanted[:3], rel=1e-6)
    assert found.rate[3] < 1000, "more than it can do is answered with what it can do"
    # Little's law: requests decoding = rate x time spent decoding
    assert found.concurrency == pytest.approx(found.rate * 199 * found.tpot)


def test_percentiles_order_and_tend_to_the_floor() -> None:
    ready = engine([replica(*BASE)])
    quiet, busy = points(ready, at_rate(ready, np.array([0.01])))[0], points(ready, at_rate(ready, np.array([15.0])))[0]
    assert quiet.ttft_p95_ms < busy.ttft_p95_ms
    assert quiet.tpot_mean_ms < busy.tpot_mean_ms < busy.tpot_p95_ms
    assert busy.ttft_mean_ms < busy.ttft_p95_ms
    assert busy.e2e_mean_s == pytest.approx((busy.ttft_mean_ms + 199 * busy.tpot_mean_ms) / 1000)


def test_terms_add_up_to_the_step() -> None:
    ready = engine([replica("deepseek-v3", "H200-SXM", (8, 1), ("fp8", "bf16")), replica(*BASE)])
    n = np.array([32.0, 32.0])
    terms = decode_terms(ready.step, n)
    total = terms.linear + terms.attention + terms.communication + terms.launch
    assert total == pytest.approx(decode_step(ready.step, n))
    assert terms.communication[0] > 0 == terms.communication[1]


def test_bursts_cost_capacity() -> None:
    slo = {("ttft", 0.95): 0.2}
    calm, bursty = max_rates([replica(*BASE), replica(*BASE, arrival_scv=9.0)], slo)
    assert bursty < 0.95 * calm


def test_mixed_lengths_cost_capacity_where_the_tail_of_prompts_is_long() -> None:
    """Same means, but a tenth of the prompts is ten times as long as the rest: p95 must see them."""
    mixed = LengthMix(np.array([500.0, 5500.0]), np.array([200.0, 200.0]), np.array([0.9, 0.1]))
    slo = {("ttft", 0.95): 0.15}
    same, spread = max_rates([replica(*BASE), replica(*BASE[:4], mixed)], slo)
    assert 0 < spread < 0.9 * same


def test_pipelines_trade_latency_for_memory() -> None:
    """Two stages hold the cache of more requests but answer no faster than one GPU would."""
    one, two = replica("llama-3.1-8b", "L4"), replica("llama-3.1-8b", "L4", (1, 2))
    ready = engine([one, two])
    assert ready.memory.capacity[1] > 2 * ready.memory.capacity[0]
    at = state(ready, np.array([1e-6, 1e-6]))
    assert at.decode_step[1] > at.decode_step[0]
    rates = max_rates([one, two], {("tpot", 0.95): 0.15})
    assert rates[1] > rates[0]


def test_a_slower_architecture_takes_proportionally_longer() -> None:
    plain, slow = replica(*BASE), replica(*BASE, time_factor=1.5)
    ready = engine([plain, slow])
    at = state(ready, np.array([20.0, 20.0]))
    assert at.tpot[1] == pytest.approx(1.5 * at.tpot[0])
    assert at.prefill[1] == pytest.approx(1.5 * at.prefill[0])


def test_all_hold_needs_every_limit() -> None:
    ready = engine([replica(*BASE)])
    limits = limits_for(ready, {("tpot", 0.5): np.array([1.0]), ("ttft", 0.5): np.array([1e-6])})
    at = state(ready, np.array([1.0]))
    assert [bool(limit.holds(at)[0]) for limit in limits] == [True, False, True, True, True]
    assert not all_hold(limits, at)[0]


def test_head_room_keeps_the_cache_from_overflowing() -> None:
    k = dataclasses.replace(constants(), max_running_requests=1e9)
    ready = engine([replica(*BASE[:4], fixed(6000, 3000))], k)
    best, _ = largest(ready, limits_for(ready, {}))
    resident = best.concurrency + best.utilization
    assert resident + 2.33 * np.sqrt(resident) == pytest.approx(ready.memory.capacity, rel=1e-3)
    assert demand_class(fixed(1, 1)).slo == {}
