"""What is deployed: each configuration of a workload in a pool, and its replicas hour by hour."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from planner.errors import PlannerError
from planner.export.escape import file_name, names
from planner.plan.plan import BlockRow, ConfigRow, FlowRow, PeriodRow, Plan, PoolRow, WorkloadRow
from planner.units import HOURS_PER_WEEK

Slot = tuple[int, int]
"""Period and block."""
Key = tuple[str, ...]
"""Workload, configuration, pool, kind."""


@dataclass(frozen=True)
class Deployment:
    """Replicas of one configuration that serve one workload in one pool, all on firm or all on spot nodes."""

    name: str
    workload: WorkloadRow
    rows: tuple[ConfigRow, ...]
    """One a demand class it serves."""
    pool: PoolRow
    kind: str
    replicas: dict[Slot, int]
    """Slots in which none runs are absent."""

    @property
    def config(self) -> ConfigRow:
        """The row that stands for all in what does not depend on the class."""
        return self.rows[0]

    @property
    def spot(self) -> bool:
        return self.kind == "spot"

    @property
    def gpus_per_node(self) -> int:
        """GPUs of a replica on each node it spans."""
        return self.config.gpus // self.config.nodes

    @property
    def per_node(self) -> int:
        """Replicas that fit on one node."""
        return max(1, self.pool.gpus_per_node // self.config.gpus) if self.config.nodes == 1 else 1

    def bounds(self, period: int, blocks: Iterable[BlockRow]) -> tuple[int, int]:
        """Fewest and most replicas over the blocks of a period."""
        counts = [self.replicas.get((period, block.index), 0) for block in blocks]
        return min(counts), max(counts)

    def by_hour(self, period: int, blocks: Iterable[BlockRow]) -> list[int]:
        """Replicas in each hour of the week, Monday 00:00 first."""
        found = [0] * HOURS_PER_WEEK
        for block in blocks:
            for hour in block.hours_of_week:
                found[hour] = self.replicas.get((period, block.index), 0)
        return found


@dataclass(frozen=True)
class Fleet:
    """A plan and its deployments."""

    plan: Plan
    checkpoints: Mapping[str, str] = field(default_factory=dict)
    """Repositories to load models from instead of the plan's, by model."""

    @cached_property
    def deployments(self) -> tuple[Deployment, ...]:
        """In the order of workloads, configurations, pools."""
        counts: dict[Key, dict[Slot, int]] = defaultdict(lambda: defaultdict(int))
        for row in self.plan.replicas:
            if row.replicas:
                counts[row.workload, row.config, row.pool, row.kind][row.period, row.block] += row.replicas
        called = names({key: self._words(key) for key in sorted(counts)})
        return tuple(self._deployment(key, name, dict(counts[key])) for key, name in called.items())

    def rows(self, workload: str, config: str) -> tuple[ConfigRow, ...]:
        """How a workload's configuration is run, one row a demand class; raises PlannerError where that is not said."""
        found = tuple(row for row in self.plan.configs if (row.workload, row.config) == (workload, config))
        if not found:
            raise PlannerError(f"the plan runs {config} for {workload}, but does not say how")
        return found

    def _words(self, key: Key) -> str:
        workload, config, pool, kind = key
        place = self._pool(pool)
        where = dict.fromkeys([place.provider, place.region])
        words = [workload, layout_name(self.rows(workload, config)[0]), f"n{place.gpus_per_node}", *where]
        return "-".join([*words, *([kind] if kind == "spot" else [])])

    def _deployment(self, key: Key, name: str, replicas: dict[Slot, int]) -> Deployment:
        workload, config, pool, kind = key
        if workload not in self.workloads:
            raise PlannerError(f"the plan runs replicas for {workload}, which is none of its workloads")
        return Deployment(name, self.workloads[workload], self.rows(workload, config), self._pool(pool), kind, replicas)

    def _pool(self, pool: str) -> PoolRow:
        if pool not in self.pools:
            raise PlannerError(f"the plan runs replicas in {pool}, which is none of its pools")
        return self.pools[pool]

    @cached_property
    def names(self) -> dict[Key, str]:
        """The deployment of each workload, configuration, pool and kind."""
        return {(one.workload.id, one.config.config, one.pool.id, one.kind): one.name for one in self.deployments}

    @cached_property
    def flows(self) -> dict[tuple[str, int, int], list[FlowRow]]:
        """By demand class, period and block."""
        found: dict[tuple[str, int, int], list[FlowRow]] = defaultdict(list)
        for row in self.plan.flows:
            found[row.demand_class, row.period, row.block].append(row)
        return found

    @cached_property
    def classes(self) -> dict[str, str]:
        """The workload of each demand class, in the order of the plan."""
        return {row.demand_class: row.workload for row in self.plan.demand}

    @cached_property
    def pools(self) -> dict[str, PoolRow]:
        return {pool.id: pool for pool in self.plan.pools}

    @cached_property
    def workloads(self) -> dict[str, WorkloadRow]:
        return {workload.id: workload for workload in self.plan.workloads}

    def running_in(self, period: PeriodRow) -> list[Deployment]:
        """Deployments with a replica in some block of the period."""
        return [one for one in self.deployments if one.bounds(period.index, self.plan.blocks)[1]]

    def folder(self, period: PeriodRow) -> str:
        """Where a period's files lie: its place in the horizon keeps folders in order."""
        return f"{period.index + 1:02d}-{file_name(period.label)}/"


def layout_name(row: ConfigRow) -> str:
    """ "H100-SXM-tp4-pp2", with the half it is."""
    parts = [row.gpu, f"tp{row.tp}"]
    parts += [f"{name}{size}" for name, size in (("pp", row.pp), ("dp", row.dp)) if size > 1]
    return "-".join([*parts, *([row.role] if row.role != "aggregated" else [])])
