"""Leave out what some optimum does not need, by exchange arguments only: the optimum stays what it was.

Configurations: within a pool, one that another replaces (see `exchange.replaces`) is dropped. Options: a
purchase option is dropped where every node paid by it could be swapped for nodes paid by another one (see
`cover`). Each removal is justified by what is still there, so removals may follow one another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from planner.milp.cover import Covering
from planner.milp.exchange import replaces
from planner.milp.instance import Deployment, Instance, Kind, Pool, Quota

Group = tuple[str, str, Kind]
Replaces = Callable[[Deployment, Deployment], bool]


def prune(p: Instance) -> Instance:
    """The same problem with fewer columns and the same optimum."""
    return drop_covered_options(drop_replaced_configurations(p))


def drop_replaced_configurations(p: Instance) -> Instance:
    """Without deployments that another of the same workload, pool and kind replaces.

    Where the number of configurations is limited, one is dropped only for another that replaces it everywhere;
    where streams may not be split, only for another that replaces it everywhere for their workload.
    """
    rule = partial(replaces, one_for_one=p.switch_usd_per_replica > 0)
    groups: dict[Group, list[Deployment]] = defaultdict(list)
    for one in p.deployments:
        groups[one.workload, one.pool, one.kind].append(one)
    if p.configuration_limit is not None:
        alive = _unreplaced_everywhere(groups, rule)
        return replace(p, deployments=tuple(one for one in p.deployments if one.config in alive))
    kept = [
        one for group in groups.values() if p.workloads[group[0].workload].splits for one in _unreplaced(group, rule)
    ]
    for name, workload in p.workloads.items():
        if not workload.splits:
            mine = {key: group for key, group in groups.items() if key[0] == name}
            alive = _unreplaced_everywhere(mine, rule)
            kept += [one for group in mine.values() for one in group if one.config in alive]
    return replace(p, deployments=tuple(kept))


def _unreplaced(group: list[Deployment], replaces: Replaces) -> list[Deployment]:
    kept: list[Deployment] = []
    for one in sorted(group, key=lambda d: (d.gpus, d.config)):
        if not any(replaces(other, one) for other in kept):
            kept = [*(other for other in kept if not replaces(one, other)), one]
    return kept


def _unreplaced_everywhere(groups: dict[Group, list[Deployment]], replaces: Replaces) -> set[str]:
    found: dict[str, dict[Group, Deployment]] = defaultdict(dict)
    for group, deployments in groups.items():
        for one in deployments:
            found[one.config][group] = one
    alive = set(found)
    for config in sorted(found, key=lambda name: (-max(one.gpus for one in found[name].values()), name)):
        everywhere = found[config].items()
        for other in sorted(alive - {config}):
            if all(group in found[other] and replaces(found[other][group], one) for group, one in everywhere):
                alive.remove(config)
                break
    return alive


def drop_covered_options(p: Instance) -> Instance:
    """Without purchase options that another one covers; deployments left without an option go with them."""
    return without_options(p, covered_options(Covering(p)))


def covered_options(covering: Covering) -> set[tuple[str, str]]:
    """(pool, form) of all that goes, one after the other."""
    dropped: set[tuple[str, str]] = set()
    for gone in covering.covered_places():
        covering.remove(gone)
        dropped |= {(one.pool.id, one.form) for one in gone}
    for option in covering.dearest_first():
        gone = covering.covered_with(option)
        covering.remove(gone)
        dropped |= {(one.pool.id, one.form) for one in gone}
    return dropped


def without_options(p: Instance, dropped: set[tuple[str, str]]) -> Instance:
    """The instance without some options, and without what has none left."""
    pools = {name: _without(pool, dropped) for name, pool in p.pools.items()}
    kept = tuple(one for one in p.deployments if _has_option(pools[one.pool], one.kind))
    busy = {one.pool for one in kept} | {name for name, pool in pools.items() if pool.existing and pool.existing.sales}
    left = {name: pool for name, pool in pools.items() if name in busy}
    return replace(p, pools=left, deployments=kept, quotas=tuple(_without_strangers(quota, left) for quota in p.quotas))


def _without_strangers(quota: Quota, pools: dict[str, Pool]) -> Quota:
    there = {(pool.id, form) for pool in pools.values() for form in (*pool.rentals, *pool.commitments)}
    return replace(quota, members=quota.members & there)


def _without(pool: Pool, dropped: set[tuple[str, str]]) -> Pool:
    return replace(
        pool,
        rentals={form: rental for form, rental in pool.rentals.items() if (pool.id, form) not in dropped},
        commitments={form: option for form, option in pool.commitments.items() if (pool.id, form) not in dropped},
    )


def _has_option(pool: Pool, kind: Kind) -> bool:
    if kind == "spot":
        return "spot" in pool.rentals
    return bool(pool.existing or pool.commitments or "on_demand" in pool.rentals)
