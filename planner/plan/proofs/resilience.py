"""What is left when a place is lost still serves the share asked for; providers keep to their shares."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from planner.plan.plan import Finding
from planner.plan.proofs.book import RELATIVE, Book, Group, added, finding

_NOTHING = 1e-6


def provider_shares_hold(book: Book) -> Finding:
    """GPU-hours of all nodes at work by provider, period by period, and the limit rows tell the same."""
    hours = added(
        (
            row.period,
            book.pools[row.pool].provider,
            (row.committed_nodes + row.on_demand_nodes + row.spot_nodes)
            * book.pools[row.pool].gpus_per_node
            * book.hours(row.period, row.block),
        )
        for row in book.plan.capacity
    )
    told = {(row.limit, row.period): row.used for row in book.plan.limits}
    wrong, right = [], []
    for asked in book.asked("limits").get("provider_shares", []):
        for period in book.periods:
            whole = sum(amount for (when, _), amount in hours.items() if when == period)
            share = hours.get((period, asked["provider"]), 0.0) / whole if whole else 0.0
            text = f"{asked['provider']} {book.when(period)} {share:.2%}"
            right.append(text)
            least, most = asked["min_share"], asked["max_share"]
            if whole and not least - RELATIVE <= share <= most + RELATIVE:
                wrong.append(f"{text}, asked {least:.0%} to {most:.0%}")
            for word, given in (("at most", most < 1), ("at least", least > 0)):
                claimed = told.get((f"share of {asked['provider']} {word}", period))
                if given and (claimed is None or abs(claimed - share) > RELATIVE):
                    wrong.append(f"{text}, told {claimed}")
    return finding("provider_shares_hold", wrong, "; ".join(right[:4]) or "no shares asked of providers")


def losses_are_survived(book: Book) -> Finding:
    """For every place that may be lost: firm replicas outside it and hosted APIs carry the share asked for."""
    loss = book.asked("limits").get("survive_loss_of")
    if loss is None:
        return finding("losses_are_survived", [], "no loss to survive: 0 asked")
    wrong: list[str] = []
    tested = 0
    for workload, asked in book.asked("workloads").items():
        if book.workloads[workload].kind == "batch" or not asked.get("survives_loss", True):
            continue
        classes = [name for name, owner in book.workload_of.items() if owner == workload]
        for period in book.periods:
            for block in book.week_share:
                for lost in _places(book, loss):
                    tested += 1
                    wrong += _short(book, loss, lost, (workload, classes, period, block))
    share = book.asked("limits", "surviving_share")
    return finding("losses_are_survived", wrong, f"{tested} losses of a {loss} leave {share:.0%} of the demand served")


def _places(book: Book, loss: str) -> list[str]:
    """Places with a pool in use, and API providers."""
    found = {_place(book, pool, loss) for pool in book.pools}
    if loss == "provider":
        found |= {row.provider for row in book.plan.api_options}
    return sorted(found)


def _place(book: Book, pool: str, loss: str) -> str:
    row = book.pools[pool]
    return row.provider if loss == "provider" else f"{row.provider}/{row.region}"


def _short(book: Book, loss: str, lost: str, what: tuple[str, list[str], int, int]) -> Iterator[str]:
    workload, classes, period, block = what
    left = _left(book, loss, lost, (workload, period, block))
    needs = {name: _need(book, loss, lost, (name, period, block)) for name in classes}
    if len(classes) == 1:
        able = {classes[0]: sum(n * _rate(book, group[1], classes[0]) for group, n in left.items())}
    else:
        able = defaultdict(float)
        load: dict[Group, float] = defaultdict(float)
        for row in book.plan.standby:
            if (row.lost, row.period, row.block) == (lost, period, block) and row.demand_class in needs:
                able[row.demand_class] += row.requests_per_s
                load[workload, row.config, row.pool, row.kind, period, block] += (
                    row.requests_per_s / row.max_requests_per_s
                )
                known = book.configs.get((row.config, row.demand_class))
                if known is None or abs(known.max_requests_per_s - row.max_requests_per_s) > _NOTHING:
                    told = f"{row.max_requests_per_s} requests/s each, not as configured"
                    yield f"{row.demand_class} on {row.config}: {told}"
        for group, much in load.items():
            if much > left.get(group, 0) * (1 + RELATIVE) + RELATIVE:
                yield f"without {lost}: load of {much:.4f} on {left.get(group, 0)} replicas of {group[1]} in {group[2]}"
    for name, need in needs.items():
        if able.get(name, 0.0) < need * (1 - RELATIVE) - _NOTHING:
            where = f"{name} {book.when(period, block)} without {lost}"
            yield f"{where}: {able.get(name, 0.0):.4f} of {need:.4f} requests/s"


def _left(book: Book, loss: str, lost: str, what: tuple[str, int, int]) -> dict[Group, int]:
    """Working firm replicas left of each group: all outside the place, part of those in one zone of several."""
    zones = book.asked("limits").get("zones_per_region") or 1
    found: dict[Group, int] = {}
    for group, count in book.replicas.items():
        workload, config, pool, kind, period, block = group
        if (workload, period, block) != what or kind != "firm" or config in book.halves:
            continue
        working = count - book.spares.get((workload, config), 0)
        if _place(book, pool, loss) == lost:
            one_of_several = loss == "zone" and book.pools[pool].provider != "own"
            working = working - -(-working // zones) if one_of_several else 0
        found[group] = max(0, working)
    return found


def _need(book: Book, loss: str, lost: str, key: tuple[str, int, int]) -> float:
    """What replicas must serve: the share of what is served, less what hosted APIs may take."""
    share = book.asked("limits", "surviving_share")
    hosted = sum(
        row.max_share
        for row in book.plan.api_options
        if row.demand_class == key[0] and not (loss == "provider" and row.provider == lost)
    )
    unserved = book.unserved.get(key, 0.0)
    return max(0.0, float(share) - hosted) * book.planned[key] - float(share) * unserved


def _rate(book: Book, config: str, name: str) -> float:
    row = book.configs.get((config, name))
    return row.max_requests_per_s if row else 0.0
