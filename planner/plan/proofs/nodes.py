"""Do the replicas carry their load, fit on whole nodes, and are the nodes really there?"""

from __future__ import annotations

from collections import defaultdict

from planner.plan.plan import Finding, OptionRow, PurchaseRow
from planner.plan.proofs.book import RELATIVE, Book, added, finding
from planner.plan.proofs.owning import sold_by


def counts_are_whole(book: Book) -> Finding:
    """Nodes and replicas are whole numbers, none negative."""
    plan = book.plan
    counts = [(f"{row.form} {row.pool}", row.nodes) for row in plan.purchases]
    counts += [(f"kept {row.pool}", row.nodes) for row in plan.kept]
    counts += [(f"held {row.pool}", row.nodes) for row in plan.held]
    counts += [(f"sold {row.pool}", row.nodes) for row in plan.sales]
    counts += [
        (f"{kind} {row.pool}", nodes)
        for row in plan.capacity
        for kind, nodes in (
            ("committed", row.committed_nodes),
            ("on_demand", row.on_demand_nodes),
            ("spot", row.spot_nodes),
        )
    ]
    counts += [(f"replicas {row.config}", row.replicas) for row in plan.replicas]
    wrong = [f"{what}: {count!r}" for what, count in counts if not isinstance(count, int) or count < 0]
    return finding("counts_are_whole", wrong, f"{len(counts)} counts, all whole")


def replicas_carry_their_load(book: Book) -> Finding:
    """Every group of replicas, its spares apart, is enough for the requests routed to it."""
    wrong, fullest = [], 0.0
    for key, load in book.loads.items():
        workload, config, pool, _, period, block = key
        working = book.replicas.get(key, 0) - book.spares[workload, config]
        if working > 0:
            fullest = max(fullest, load / working)
        if load > working * (1 + RELATIVE) + RELATIVE:
            wrong.append(
                f"{workload} on {config} in {pool} {book.when(period, block)}: load of {load:.4f} replicas on {working}"
            )
    return finding(
        "replicas_carry_their_load",
        wrong,
        f"{len(book.loads)} groups, the fullest at {fullest:.1%} of what it may carry",
    )


def replicas_fit_nodes(book: Book) -> Finding:
    """Replicas really pack into the nodes of their pool, largest first; of spot only the usable share counts."""
    sizes: dict[tuple[str, str, int, int], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    gpus_of = {row.config: row.gpus for row in book.plan.configs}
    for row in book.plan.replicas:
        sizes[row.pool, row.kind, row.period, row.block][gpus_of[row.config]] += row.replicas
    nodes = _nodes_by_kind(book)
    wrong = []
    for key, counts in sizes.items():
        pool, kind, period, block = key
        per_node = book.pools[pool].gpus_per_node
        there = nodes.get(key, 0)
        taken = sum(size * count for size, count in counts.items())
        usable = book.options[pool, "spot"].usable_share if kind == "spot" else 1.0
        if taken > usable * there * per_node * (1 + RELATIVE) or nodes_needed(counts, per_node) > there:
            wrong.append(
                f"{pool} {kind} {book.when(period, block)}: replicas take {taken} GPUs, "
                f"{nodes_needed(counts, per_node)} nodes, there are {there} of {per_node} ({usable:.0%} usable)"
            )
    return finding("replicas_fit_nodes", wrong, f"{len(sizes)} packings, all fit")


def nodes_needed(counts: dict[int, int], per_node: int) -> int:
    """Nodes that hold replicas of these sizes, largest first, each into the fullest node that takes it.

    A replica larger than a node takes whole nodes.
    """
    free: dict[int, int] = defaultdict(int)  # free GPUs → opened nodes
    opened = 0
    for size in sorted(counts, reverse=True):
        for _ in range(counts[size]):
            if size >= per_node:
                opened += -(-size // per_node)
                continue
            room = min((left for left, n in free.items() if n and left >= size), default=None)
            if room is None:
                opened, room = opened + 1, per_node
                free[room] += 1
            free[room] -= 1
            free[room - size] += 1
    return opened


def commitments_are_there(book: Book) -> Finding:
    """Committed nodes of every period and block follow from purchases and kept systems, arrival and term included."""
    found: dict[tuple[str, int], int] = defaultdict(int)
    wrong = []
    for row in book.plan.purchases:
        serves, claimed = _serves(book, row), list(range(row.first_period, row.last_period + 1))
        if serves != claimed:
            wrong.append(f"{row.form} {row.pool} of {book.when(row.period)} serves periods {serves}, claimed {claimed}")
        for period in serves:
            found[row.pool, period] += row.nodes - (sold_by(book, row, period) if row.form == "owned" else 0)
    for kept in book.plan.kept:
        found[kept.pool, kept.period] += kept.nodes
    told = {(row.pool, row.period, row.block): row.committed_nodes for row in book.plan.capacity}
    keys = sorted({(pool, period) for pool, period, _ in told} | set(found))
    for pool, period in keys:
        for block in book.week_share:
            there, claims = found[pool, period], told.get((pool, period, block), 0)
            if there != claims:
                wrong.append(f"{pool} {book.when(period, block)}: {there} committed nodes, claimed {claims}")
    right = f"committed nodes of {len(keys)} pools and periods follow from {len(book.plan.purchases)} purchases"
    return finding("commitments_are_there", wrong + _kept_wrong(book), right)


def _serves(book: Book, row: PurchaseRow) -> list[int]:
    """Periods that start within the term, or from arrival on for owned systems."""
    option = book.options[row.pool, row.form]
    start = {index: sum(p.months for i, p in book.periods.items() if i < index) for index in book.periods}
    signed = start[row.period]
    if row.form == "owned":
        there = [index for index, month in start.items() if month >= signed + option.lead_months - 1e-9]
        return [index for index in there if _in_service(option, start[index] - start[there[0]])]
    return [index for index, month in start.items() if signed <= month < signed + option.term_months]


def _in_service(option: OptionRow, months: float) -> bool:
    return option.service_months is None or months < option.service_months - 1e-9


def _kept_wrong(book: Book) -> list[str]:
    """Existing systems are no more than exist, and once retired stay retired."""
    kept = added((row.pool, row.period, row.nodes) for row in book.plan.kept)
    sold = added((row.pool, row.period, row.nodes) for row in book.plan.sales if row.form == "existing")
    wrong = []
    for pool in sorted({pool for pool, _ in [*kept, *sold]}):
        before = float(book.options[pool, "existing"].max_nodes or 0)
        for period in sorted(book.periods):
            now, gone = kept.get((pool, period), 0), sold.get((pool, period), 0)
            months = sum(row.months for index, row in book.periods.items() if index < period)
            if now and not _in_service(book.options[pool, "existing"], months):
                wrong.append(f"{pool} {book.when(period)}: {now:g} existing systems kept past the end of their life")
            if now + gone > before:
                wrong.append(f"{pool} {book.when(period)}: {now:g} existing systems kept, {before - gone:g} were there")
            before = now
    return wrong


def _nodes_by_kind(book: Book) -> dict[tuple[str, str, int, int], int]:
    nodes = {}
    for row in book.plan.capacity:
        nodes[row.pool, "firm", row.period, row.block] = row.committed_nodes + row.on_demand_nodes
        nodes[row.pool, "spot", row.period, row.block] = row.spot_nodes
    return nodes
