"""What every replica is promised: latency within the SLO, memory that suffices, spares for availability."""

from __future__ import annotations

import math
from collections import defaultdict

from planner.plan.plan import ConfigRow, Finding
from planner.plan.proofs.book import RELATIVE, Book, Group, finding

SLO_WITHIN = 0.005  # where sizes share replicas their rates add up only nearly: 0.2 % was the most seen


def slo_holds(book: Book) -> Finding:
    """Every target at the busiest block, predicted for exactly the load the busiest replica carries there."""
    wrong = [text for row in book.plan.configs for text in _slo_wrong(row, book.workloads[row.workload].slo)]
    targets = sum(len(row.latency) for row in book.plan.configs)
    return finding(
        "slo_holds",
        wrong,
        f"{targets} latency targets hold at the busiest block of {len(book.plan.configs)} configurations",
    )


def busiest_is_busiest(book: Book) -> Finding:
    """The operating point shown is that of the fullest group of replicas the class is routed to, spares down."""
    groups: dict[tuple[str, str], dict[Group, float]] = defaultdict(dict)
    rates: dict[Group, float] = defaultdict(float)
    for flow in book.plan.flows:
        workload = book.workload_of[flow.demand_class]
        key = (workload, flow.config, flow.pool, flow.kind, flow.period, flow.block)
        working = max(1, book.replicas.get(key, 0) - book.spares[workload, flow.config])
        rates[key] += flow.requests_per_s / working
        groups[flow.config, flow.demand_class][key] = book.loads[key] / working
    wrong = []
    for pair, loads in groups.items():
        fullest = max(loads.values())
        expected = [rates[key] for key, load in loads.items() if load >= fullest * (1 - RELATIVE)]
        told = book.configs[pair].busiest.requests_per_s
        if not any(math.isclose(told, rate, rel_tol=1e-3) for rate in expected):
            wrong.append(
                f"{pair[1]} on {pair[0]}: busiest replica carries {expected[0]:.4f} requests/s, claimed {told:.4f}"
            )
    return finding("busiest_is_busiest", wrong, f"{len(groups)} operating points are those of the fullest replicas")


def memory_fits(book: Book) -> Finding:
    """Parts of a GPU's memory add up to what is usable, and the cache holds the requests in flight."""
    wrong = [text for row in book.plan.configs for text in _memory_wrong(row)]
    pools = [row.memory.kv_pool_gib for row in book.plan.configs if row.memory]
    return finding(
        "memory_fits",
        wrong,
        f"{len(pools)} memory budgets add up, the smallest KV cache has {min(pools, default=0.0):.1f} GiB a GPU",
    )


def spares_suffice(book: Book) -> Finding:
    """Spare replicas reach the availability target, by the binomial distribution of replicas that are up."""
    wrong: list[str] = []
    right: list[str] = []
    by_workload: dict[tuple[str, str], list[ConfigRow]] = defaultdict(list)
    for row in book.plan.configs:
        by_workload[row.workload, row.config].append(row)
    for (workload, config), rows in by_workload.items():
        target = book.workloads[workload].availability
        if target is None:
            continue
        if rows[0].role != "aggregated":
            target = math.sqrt(target)  # of either half, so that both are up for the target
        needed = _needed_at_peak(book, rows)
        spares, up = min(row.spare_replicas for row in rows), rows[0].replica_availability
        share = _share_up(needed, needed + spares, up)
        text = (
            f"{workload} on {config}: {needed} of {needed + spares} replicas are up "
            f"{share:.5%} of the time, asked {target:.5%}"
        )
        (right if share >= target - 1e-12 else wrong).append(text)
    return finding("spares_suffice", wrong, "; ".join(right) or "no availability target")


def _slo_wrong(row: ConfigRow, targets: dict[str, float]) -> list[str]:
    """Targets missed, not predicted, or predicted otherwise than the operating point shown.

    A measured rate vouches for the targets it gives no latency for: it is the rate within the SLO.
    """
    where, wrong = f"{row.demand_class} on {row.config}", []
    unsaid = 0.0 if row.basis == "measured" else math.inf
    for target, most in targets.items():
        if row.role != "aggregated" and (row.role == "prefill") != target.startswith("ttft"):
            continue  # for the other half to keep
        told = row.latency.get(target, unsaid)
        if not told <= most * (1 + SLO_WITHIN):
            wrong.append(f"{where}: {target} {told:,.4g}, allowed {most:g}")
        shown = getattr(row.busiest, target, None)
        if shown is not None and not math.isclose(shown, told, rel_tol=1e-6):
            wrong.append(f"{where}: {target} {told:,.4g}, but {shown:,.4g} at the busiest point")
    if (wrong and row.slo_met) or not (wrong or row.slo_met):
        wrong.append(f"{where}: said {'to meet' if row.slo_met else 'to miss'} its SLO")
    return wrong


def _memory_wrong(row: ConfigRow) -> list[str]:
    memory, where = row.memory, f"{row.demand_class} on {row.config}"
    if memory is None:
        return [] if row.basis == "measured" else [f"{where}: predicted, but without its memory"]
    parts = memory.weights_gib + memory.activations_gib + memory.runtime_gib + memory.kv_pool_gib
    wrong = []
    if abs(parts - memory.usable_gib) > 1e-6 * memory.usable_gib or memory.kv_pool_gib <= 0:
        wrong.append(
            f"{where}: parts add up to {parts:.3f} of {memory.usable_gib:.3f} GiB, KV cache {memory.kv_pool_gib:.3f}"
        )
    held = memory.max_concurrency / row.dp * memory.kv_gib_per_request
    if held > memory.kv_pool_gib * (1 + RELATIVE):
        wrong.append(
            f"{where}: {memory.max_concurrency:.1f} requests take {held:.3f} GiB, "
            f"the cache has {memory.kv_pool_gib:.3f}"
        )
    in_flight = math.inf if row.busiest.concurrency is None else row.busiest.concurrency
    room = memory.max_concurrency if row.busiest_room is None else row.busiest_room
    if in_flight > room * (1 + RELATIVE):
        wrong.append(f"{where}: {in_flight:.1f} requests in flight, room for {room:.1f}")
    return wrong


def _needed_at_peak(book: Book, rows: list[ConfigRow]) -> int:
    """Replicas for the workload's highest block, of the classes the plan runs on this configuration."""
    load: dict[tuple[int, int], float] = defaultdict(float)
    rate = {row.demand_class: row.max_requests_per_s for row in rows}
    for (name, period, block), planned in book.planned.items():
        if name in rate:
            load[period, block] += planned / rate[name]
    return max(1, math.ceil(max(load.values()) - 1e-9))


def _share_up(needed: int, running: int, up: float) -> float:
    """Probability that at least `needed` of `running` are up, each on its own with probability `up`."""
    return math.fsum(
        math.comb(running, alive) * up**alive * (1 - up) ** (running - alive) for alive in range(needed, running + 1)
    )
