"""Deferred work waits no longer than its deadline."""

import random
from collections import deque
from dataclasses import replace

import pytest
from fleets import assert_bites, batch, best, clock, cost, near, pool, question, runs

from planner.milp.instance import Api, Instance

HALF_DAYS = tuple(int(hour % 24 >= 12) for hour in range(168))
DAYTIME = [2.0] * 12 + [0.0] * 12
"""Arrivals in the first half of each day only [requests/s]."""


def daily(deadline_h: int, arrivals: list[float] = DAYTIME, **usd: float) -> Instance:
    """Blocks are day and night; replicas of 1 req/s, by default on reserved nodes of 1 USD/h."""
    time = clock(blocks=2, block_of_hour=HALF_DAYS)
    jobs = batch("jobs", arrivals * 7, deadline_h, time)
    return question(time, [jobs], [pool("a", time, **(usd or {"reserved_1y": 1.0}))], [runs("jobs", "a", 1.0)])


@pytest.mark.parametrize(("deadline_h", "nodes"), [(1, 2), (6, 2), (11, 2), (12, 1), (24, 1), (168, 1)])
def test_optimum_by_hand(deadline_h: int, nodes: int) -> None:
    # one node works 1 req/s day and night; then what arrives in a day's last hour is done 12 hours later
    assert cost(daily(deadline_h)) == near(nodes * 730)


def test_bites() -> None:
    assert_bites(daily(11), "meet_deadlines")


def test_all_work_of_the_week_is_done_once() -> None:
    served = best(daily(24)).values["served"]
    assert sum(rate * 84 for rate in served.values()) == near(sum(DAYTIME) * 7)


def test_work_is_not_done_before_it_arrives() -> None:
    # rented by the hour, one replica for 2 req/s of 12 hours a day: 730 replica-hours, whenever they are
    assert cost(daily(6, on_demand=1.0)) == near(730)
    assert cost(daily(1, on_demand=1.0)) == near(730)


def test_even_work_needs_no_deferral() -> None:
    assert cost(daily(1, [1.0] * 24)) == near(730)


def test_hosted_api_may_do_deferred_work() -> None:
    # half of the daytime's 2 req/s by API: 1 node does the rest as it comes
    p = daily(1)
    api = Api("acme/llm", "jobs", usd_per_request=1e-5, max_share=0.5)
    assert cost(replace(p, apis=(api,))) == near(730 + 1.0 * 3600 * 365 * 1e-5)


@pytest.mark.parametrize("seed", range(12))
def test_no_request_is_late_in_an_hourly_queue(seed: int) -> None:
    """Replay the chosen work rates through a first-in-first-out queue, hour by hour over four weeks."""
    rnd = random.Random(seed)
    owner = tuple(rnd.randrange(3) for _ in range(24)) * 7
    time = clock(blocks=3, block_of_hour=owner) if len(set(owner)) == 3 else clock(blocks=1)
    rates = [rnd.choice([0.0, round(rnd.uniform(0, 3), 1)]) for _ in time.blocks]
    arrivals = [rates[b] for b in time.block_of_hour]
    deadline = rnd.randint(1, 30)
    jobs = batch("jobs", arrivals, deadline, time)
    pools = [pool("a", time, on_demand=2.0, reserved_1y=1.0)]
    served = best(question(time, [jobs], pools, [runs("jobs", "a", 0.7)])).values["served"]
    work = [sum(rate for key, rate in served.items() if key[-1] == b) for b in time.blocks]
    assert sum(work[b] for b in time.block_of_hour) == pytest.approx(sum(arrivals))
    assert longest_wait(arrivals * 4, [work[b] for b in time.block_of_hour] * 4) <= deadline


def longest_wait(arrivals: list[float], work: list[float]) -> int:
    """Hours from the one a request arrives in to the one in which the last of it is done."""
    queue: deque[list[float]] = deque()
    longest = 0
    for hour, (arriving, rate) in enumerate(zip(arrivals, work, strict=True)):
        queue.append([hour, arriving])
        while queue and rate > 0:
            done = min(rate, queue[0][1])
            rate -= done
            queue[0][1] -= done
            if queue[0][1] > 1e-6:
                break
            queue.popleft()
        while queue and queue[0][1] <= 1e-6:
            queue.popleft()
        if queue:
            longest = max(longest, hour + 1 - int(queue[0][0]))
    return longest
