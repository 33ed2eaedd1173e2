"""Demand that the replicas of a plan cannot serve: how much, when, and whether its nodes have room for more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace

from planner.compare.findings import row
from planner.compare.tried import Tried
from planner.compare.words import figure
from planner.milp.hold import strain
from planner.milp.instance import Instance
from planner.milp.solution import Key
from planner.plan.rows.holds import HoldsRow
from planner.units import HOURS_PER_WEEK

_COUNTS = 1e-6  # share of the demand that counts as short
Misses = list[tuple[float, Key]]


def capacity(found: Tried) -> Iterator[HoldsRow]:
    """One line a workload, and one for each that only a loss it must survive leaves short."""
    p, counts = found.instance, found.held.counts
    short = short_by_workload(p, found.strain.short)
    calm = replace(p, survival=None)
    lost = short if p.survival else {}
    if lost:
        short = short_by_workload(calm, strain(calm, counts, found.search).short)
    still: Mapping[str, Misses] = {}
    if short:
        still = short_by_workload(calm, strain(calm, counts, found.search, more_replicas=True).short)
    for name in p.workloads:
        if name in short:
            room = "" if name in still else "; the same nodes have room for the replicas that are missing"
            yield row("capacity", name, _said(p, short[name]) + room, ok=False)
        else:
            yield row("capacity", name, "the replicas as planned serve all of it", ok=True)
    loss = p.survival.loss if p.survival else ""
    for name in lost.keys() - short.keys():
        yield row("resilience", name, f"{_said(p, lost[name])} if a {loss} is lost", ok=False)


def short_by_workload(p: Instance, short: Mapping[Key, float]) -> dict[str, Misses]:
    """What counts as short [requests/s], by workload; deferrable work by its mean over the week."""
    found: dict[str, Misses] = defaultdict(list)
    for key, value in short.items():
        if value > _COUNTS * asked(p, key):
            found[p.streams[str(key[0])].workload].append((value, key))
    return dict(found)


def asked(p: Instance, key: Key) -> float:
    """The demand that a shortage is a part of [requests/s], or of a week's hours added up."""
    one, t = p.streams[str(key[0])], int(key[1])
    return sum(one.arrivals[t]) if key[2] == "week" else one.planned[t][int(key[2])]


def _said(p: Instance, misses: Misses) -> str:
    """The worst of them as a share of what is asked then, and how many more there are."""
    value, key = max(misses, key=lambda miss: (miss[0] / asked(p, miss[1]), str(miss[1])))
    hours = HOURS_PER_WEEK if key[2] == "week" else 1
    when = "on average" if key[2] == "week" else p.time.block_labels[int(key[2])]
    where = f"{p.time.period_labels[int(key[1])]} {when}"
    if str(key[0]) != p.streams[str(key[0])].workload:
        where += f", {key[0]}"
    more = f" (and in {len(misses) - 1} more)" if len(misses) > 1 else ""
    return f"short by {figure(value / hours, 3)} of {figure(asked(p, key) / hours)} requests/s in {where}{more}"
