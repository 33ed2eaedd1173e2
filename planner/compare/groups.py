"""Inputs in groups that a reader tells apart, and questions whose groups come from two sides."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from planner.catalog.specs import Catalog

Path = tuple[str, ...]
Leaves = dict[Path, Any]

ORDER = (
    "horizon",
    "demand",
    "latency and service promises",
    "models and performance",
    "prices",
    "supply choices",
    "limits",
    "objective",
    "scenarios",
    "solver",
)
"""In this order groups are switched from old to new."""

_RULES: tuple[tuple[str, str], ...] = (
    ("horizon", "horizon"),
    ("objective", "objective"),
    ("solve", "solver"),
    ("scenarios", "scenarios"),
    ("robust", "scenarios"),
    ("prices", "prices"),
    ("price_trends", "prices"),
    ("catalog.gpus", "models and performance"),
    ("catalog.models", "models and performance"),
    ("catalog", "prices"),
    ("performance", "models and performance"),
    ("workloads.*.batch.deadline_h", "latency and service promises"),
    ("workloads.*.traffic", "demand"),
    ("workloads.*.batch", "demand"),
    ("workloads.*.requests", "demand"),
    ("workloads.*.interruptible", "supply choices"),
    ("workloads.*.spot_max_share", "supply choices"),
    ("workloads.*.regions", "supply choices"),
    ("workloads.*.compliance", "supply choices"),
    ("workloads.*.gpus", "supply choices"),
    ("workloads.*.model", "models and performance"),
    ("workloads.*.model_any_of", "models and performance"),
    ("workloads.*.model_quality", "models and performance"),
    ("workloads.*.precision", "models and performance"),
    ("workloads.*.serving", "models and performance"),
    ("workloads", "latency and service promises"),
    ("supply.rent.egress_usd_per_gib", "prices"),
    ("supply.rent.storage_usd_per_gib_month", "prices"),
    ("supply.quotas", "limits"),
    ("supply.own.max_systems", "limits"),
    ("supply.own.site.max_power_kw", "limits"),
    ("supply.own.site", "prices"),
    ("supply.own.loan", "prices"),
    ("supply.own.lease", "prices"),
    ("supply.own.tax", "prices"),
    ("supply", "supply choices"),
    ("limits.demand_margin", "demand"),
    ("limits.demand_confidence", "demand"),
    ("limits.utilization_cap", "models and performance"),
    ("limits.throughput_margin", "models and performance"),
    ("limits.plan_for", "models and performance"),
    ("limits.survive_loss_of", "latency and service promises"),
    ("limits.surviving_share", "latency and service promises"),
    ("limits.zones_per_region", "latency and service promises"),
    ("limits.switch_usd_per_replica", "prices"),
    ("limits", "limits"),
)
"""The first rule that a key lies in says its group; keys in none change no plan."""

_FACTS: Mapping[str, str] = {
    "gpus": "models and performance",
    "models": "models and performance",
    "networks": "models and performance",
    "calibration": "models and performance",
    "own_factors": "models and performance",
    "profiles": "demand",
    "lengths": "demand",
    "service_classes": "latency and service promises",
    "sources": "prices",
    "systems": "prices",
    "offers": "prices",
    "commitments": "prices",
    "spot_risks": "prices",
    "apis": "prices",
    "ownership": "prices",
    "depreciation": "prices",
    "grid": "prices",
    "capacity_blocks": "prices",
}
_REFERRED_TO = ("gpus", "models", "sources")
"""Kinds of facts that others name: what either side has stays known."""


@dataclass(frozen=True)
class Side:
    """The inputs of one plan: its problem as plain values by key, and the facts."""

    leaves: Leaves
    catalog: Catalog


def leaves_of(problem: Mapping[str, Any], prefix: Path = ()) -> Leaves:
    """Every value by its path; lists and empty tables are values."""
    found: Leaves = {}
    for key, value in problem.items():
        path = (*prefix, str(key))
        found |= leaves_of(value, path) if isinstance(value, Mapping) and value else {path: value}
    return found


def group_of(path: Path, workloads: Collection[str]) -> str | None:
    """The group of a key; `workloads` are those on both sides: that one is asked for at all is demand."""
    if path[0] == "workloads" and len(path) > 1 and path[1] not in workloads:
        return "demand"
    for pattern, group in _RULES:
        parts = pattern.split(".")
        if len(parts) <= len(path) and all(part in ("*", here) for part, here in zip(parts, path, strict=False)):
            return group
    return None


def differences(old: Side, new: Side) -> dict[str, list[str]]:
    """What differs by group, in `ORDER`: dotted keys, and kinds of facts as "facts: offers"."""
    both = _workloads(old.leaves) & _workloads(new.leaves)
    found: dict[str, list[str]] = {}
    for path in dict.fromkeys([*old.leaves, *new.leaves]):
        group = group_of(path, both)
        if group and old.leaves.get(path, _ABSENT) != new.leaves.get(path, _ABSENT):
            found.setdefault(group, []).append(".".join(path))
    for kind in _facts_that_differ(old.catalog, new.catalog):
        found.setdefault(_FACTS[kind], []).append(f"facts: {kind}")
    return {group: found[group] for group in ORDER if group in found}


_ABSENT = object()


def _workloads(leaves: Leaves) -> set[str]:
    return {path[1] for path in leaves if path[0] == "workloads" and len(path) > 1}


def _facts_that_differ(old: Catalog, new: Catalog) -> Iterator[str]:
    if old is not new:
        yield from (kind for kind in _FACTS if getattr(old, kind) != getattr(new, kind))


def mixed(old: Side, new: Side, switched: Collection[str]) -> tuple[dict[str, Any], Catalog]:
    """The problem and the facts with the switched groups from the new side, everything else from the old."""
    both = _workloads(old.leaves) & _workloads(new.leaves)
    paths = dict.fromkeys([*old.leaves, *new.leaves])
    problem: dict[str, Any] = {}
    for path in paths:
        side = new if group_of(path, both) in switched else old
        if path in side.leaves:
            _put(problem, path, side.leaves[path])
    return problem, _facts(old.catalog, new.catalog, switched)


def _put(problem: dict[str, Any], path: Path, value: Any) -> None:
    """A value in its table; where one side has no such table, what the other says of it is left out."""
    node = problem
    for part in path[:-1]:
        below = node.setdefault(part, {})
        if not isinstance(below, dict):
            return
        node = below
    if not (isinstance(node.get(path[-1]), dict) and node[path[-1]]):
        node[path[-1]] = value


def _facts(old: Catalog, new: Catalog, switched: Collection[str]) -> Catalog:
    if old is new:
        return old
    parts: dict[str, Any] = {}
    for kind, group in _FACTS.items():
        chosen, other = (new, old) if group in switched else (old, new)
        mine = getattr(chosen, kind)
        parts[kind] = {**getattr(other, kind), **mine} if kind in _REFERRED_TO else mine
    return replace(old, **parts)
