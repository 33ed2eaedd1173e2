"""Is everything served, in time, and where it may be?"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from planner.plan.plan import Finding
from planner.plan.proofs.book import RELATIVE, Book, added, finding
from planner.units import HOURS_PER_WEEK

_NOTHING = 1e-6


def demand_is_served(book: Book) -> Finding:
    """Interactive classes: replicas and APIs together cover the planned demand of every block."""
    wrong, total = [], 0
    for key, planned in book.planned.items():
        name, period, block = key
        if book.workloads[book.workload_of[name]].kind == "batch":
            continue
        total += 1
        served = book.hosted.get(key, 0.0) + book.bought.get(key, 0.0)
        wanted = planned - book.unserved.get(key, 0.0)
        if served < wanted - _NOTHING - RELATIVE * planned:
            wrong.append(f"{name} {book.when(period, block)}: {served:,.4f} of {wanted:,.4f} requests/s")
    how = "but for what is left unserved for its price" if book.plan.unserved else "in full"
    return finding("demand_is_served", wrong, f"all {total} blocks of interactive demand served {how}")


def batch_meets_deadline(book: Book) -> Finding:
    """Deferrable work, hour by hour through a typical week, first come first served."""
    wrong: list[str] = []
    right: dict[str, float] = {}
    block_of = {hour: row.index for row in book.plan.blocks for hour in row.hours_of_week}
    for row in book.plan.hourly_demand:
        deadline = book.workloads[row.workload].deadline_h
        if deadline is None:
            continue
        keys = [(row.demand_class, row.period, block_of[hour]) for hour in range(HOURS_PER_WEEK)]
        work = [book.hosted.get(key, 0.0) + book.bought.get(key, 0.0) for key in keys]
        left_out = HOURS_PER_WEEK * book.unserved.get((row.demand_class, row.period, None), 0.0)
        kept = 1 - left_out / max(sum(row.requests_per_s), 1e-12)
        arrivals = [kept * rate for rate in row.requests_per_s]
        arrived, done = sum(arrivals), sum(work)
        where = f"{row.demand_class} {book.when(row.period)}"
        if abs(done - arrived) > RELATIVE * arrived:
            wrong.append(f"{where}: {done * 3600:,.1f} of {arrived * 3600:,.1f} requests a week done")
        waited = longest_wait_h(arrivals, work)
        text = f"{where}: longest wait {waited} h of {deadline:g} h allowed"
        if waited > deadline:
            wrong.append(text)
        right[text] = waited / deadline
    return finding("batch_meets_deadline", wrong, max(right, key=right.__getitem__, default="no deferrable work"))


def longest_wait_h(arrivals: Sequence[float], work: Sequence[float]) -> int:
    """Hours between the arrival of a request and its completion at worst, in the third of three equal weeks.

    Served first come first served at rate `work`; amounts within the solver's tolerance count as done.
    Work that is never done waits as long as the simulation runs.
    """
    queue: deque[tuple[int, float]] = deque()
    nothing, longest, weeks = RELATIVE * max(sum(arrivals), 1e-12), 0, 3
    for hour in range(weeks * HOURS_PER_WEEK):
        queue.append((hour, arrivals[hour % HOURS_PER_WEEK]))
        left = work[hour % HOURS_PER_WEEK]
        while queue and queue[0][1] <= left + nothing:
            came, amount = queue.popleft()
            left = max(0.0, left - amount)
            if hour >= (weeks - 1) * HOURS_PER_WEEK and amount > nothing:
                longest = max(longest, hour - came)
        if queue and left:
            queue[0] = (queue[0][0], queue[0][1] - left)
    still = [weeks * HOURS_PER_WEEK - came for came, amount in queue if amount > nothing]
    return max([longest, *(wait for wait in still if wait > HOURS_PER_WEEK)])


def api_share_is_kept(book: Book) -> Finding:
    """No API serves more of a class than its share of the planned demand."""
    most = {(row.demand_class, row.api): row.max_share for row in book.plan.api_options}
    sent = added((row.demand_class, row.api, row.period, row.block, row.requests_per_s) for row in book.plan.api)
    wrong, highest = [], 0.0
    for (name, api, period, block), rate in sent.items():
        planned = book.planned[name, period, block]
        highest = max(highest, rate / planned if planned else 0.0)
        if rate > most[name, api] * planned * (1 + RELATIVE) + _NOTHING:
            wrong.append(
                f"{name} on {api} {book.when(period, block)}: "
                f"{rate:.4f} of {planned:.4f} requests/s, allowed {most[name, api]:.1%}"
            )
    return finding(
        "api_share_is_kept", wrong, f"at most {highest:.1%} of a class on an API" if sent else "no API in use"
    )


def spot_is_allowed(book: Book) -> Finding:
    """Spot serves interruptible workloads only, and of them at most their share in every block.

    A request served in halves counts for each of them that runs on spot.
    """
    spot = added(
        (row.id, flow.period, flow.block, flow.requests_per_s)
        for flow in book.plan.flows
        if flow.kind == "spot"
        for row in [book.workloads[book.workload_of[flow.demand_class]]]
    )
    wrong, highest = [], 0.0
    for (workload, period, block), rate in spot.items():
        row, load = book.workloads[workload], _load(book, workload, period, block)
        rate = min(rate, load)
        allowed = row.spot_max_share if row.interruptible else 0.0
        highest = max(highest, rate / load)
        if rate > allowed * load * (1 + RELATIVE) + _NOTHING:
            wrong.append(f"{workload} {book.when(period, block)}: {rate / load:.1%} on spot, allowed {allowed:.1%}")
    return finding(
        "spot_is_allowed", wrong, f"at most {highest:.1%} of a workload on spot" if spot else "no spot in use"
    )


def _load(book: Book, workload: str, period: int, block: int) -> float:
    """What is served of a workload in a block: batch work as done there, the rest as planned."""
    names = [name for name, owner in book.workload_of.items() if owner == workload]
    if book.workloads[workload].kind == "batch":
        keys = [(name, period, block) for name in names]
        return sum(book.hosted.get(key, 0.0) + book.bought.get(key, 0.0) for key in keys)
    keys = [(name, period, block) for name in names]
    return sum(book.planned[key] - book.unserved.get(key, 0.0) for key in keys)
