"""The plan with its look-ups, and the few sums that several parts of a report share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from planner.plan.plan import ApiOptionRow, BlockRow, ConfigRow, OptionRow, PeriodRow, Plan, PoolRow, SourceRow
from planner.units import HOURS_PER_WEEK

FORMS = {
    "existing": "Already owned",
    "owned": "Bought",
    "reserved_3y": "Reserved for 3 years",
    "reserved_1y": "Reserved for 1 year",
    "capacity_block": "Capacity block",
    "on_demand": "On demand",
    "spot": "Spot",
    "api": "Hosted API",
    "switching": "Starting replicas",
    "egress": "Egress and storage",
    "over": "Unserved or over a cap",
}
"""Purchase forms in the order every table and chart lists them."""

FORM_NAMES = {
    "committed": "Committed or owned",
    "firm": "Replicas on firm nodes",
    "on_demand": "On demand",
    "spot": "Spot",
    "api": "Hosted API",
}
"""Kinds of capacity in an hour, in the order they are stacked."""

NODE_FORMS = {"committed": "committed_nodes", "on_demand": "on_demand_nodes", "spot": "spot_nodes"}
"""Kinds of nodes at work and the field that counts them."""

TERM_FORM = {
    "owned_purchase": "owned",
    "owned_value_left": "owned",
    "owned_running": "owned",
    "owned_resale": "owned",
    "owned_retired": "owned",
    "owned_lease": "owned",
    "owned_loan": "owned",
    "owned_loan_left": "owned",
    "owned_tax": "owned",
    "owned_tax_left": "owned",
    "owned_power": "owned",
    "owned_staff": "owned",
    "existing_running": "existing",
    "existing_value_at_start": "existing",
    "existing_resale": "existing",
    "existing_value_left": "existing",
    "on_demand_start_up": "on_demand",
    "on_demand_minimum_hours": "on_demand",
    "spot_start_up": "spot",
    "spot_minimum_hours": "spot",
    "storage": "egress",
    "unserved": "over",
    "excess": "over",
}
WEAK_BASES = ("secondary", "typical", "derived", "inferred", "assumed")
"""Bases a reader should question, best first; everything else was listed, measured, seen or computed."""

_AS_ASKED = 1e-9


def form_of(term: str) -> str:
    """The purchase form a cost term belongs to."""
    return TERM_FORM.get(term, term)


@dataclass(frozen=True)
class Lookup:
    """A plan and its rows by name."""

    plan: Plan

    @cached_property
    def pools(self) -> dict[str, PoolRow]:
        return {pool.id: pool for pool in self.plan.pools}

    @cached_property
    def options(self) -> dict[tuple[str, str], OptionRow]:
        return {(option.pool, option.form): option for option in self.plan.options}

    @cached_property
    def configs(self) -> dict[tuple[str, str], ConfigRow]:
        return {(row.config, row.demand_class): row for row in self.plan.configs}

    @cached_property
    def apis(self) -> dict[tuple[str, str], ApiOptionRow]:
        return {(row.api, row.demand_class): row for row in self.plan.api_options}

    @cached_property
    def sources(self) -> dict[str, SourceRow]:
        return {source.id: source for source in self.plan.sources}

    @cached_property
    def periods(self) -> dict[int, PeriodRow]:
        return {period.index: period for period in self.plan.periods}

    @cached_property
    def blocks(self) -> dict[int, BlockRow]:
        return {block.index: block for block in self.plan.blocks}

    @cached_property
    def workload_of(self) -> dict[str, str]:
        """Workload of each demand class."""
        return {row.demand_class: row.workload for row in self.plan.demand}

    @cached_property
    def months(self) -> int:
        return sum(period.months for period in self.plan.periods)

    @property
    def is_clustered(self) -> bool:
        """Whether planning in blocks asks for more than each hour does."""
        return self.plan.clustering_excess > _AS_ASKED

    @cached_property
    def busiest_period(self) -> int:
        """The period in which most GPUs are at work in some block (the latest of equals)."""
        gpus = {slot: sum(counts.values()) for slot, counts in gpus_at_work(self).items()}
        api: dict[int, float] = defaultdict(float)
        for call in self.plan.api:
            api[call.period] = max(api[call.period], call.requests_per_s)
        peaks = {t: max((n for (period, _), n in gpus.items() if period == t), default=0) for t in self.periods}
        return max(peaks, key=lambda t: (peaks[t], api[t], t))

    def hours(self, period: int, block: int) -> float:
        """Hours of a block in a period [h]."""
        return self.periods[period].hours * len(self.blocks[block].hours_of_week) / HOURS_PER_WEEK

    def gpus(self, pool: str, nodes: int) -> int:
        """GPUs on so many nodes of a pool."""
        return nodes * self.pools[pool].gpus_per_node

    def gpus_of(self, config: ConfigRow) -> int:
        """GPUs of one replica."""
        return config.gpus

    def block_of_hour(self) -> list[int]:
        """The block of each of the 168 hours of the week."""
        found = [0] * HOURS_PER_WEEK
        for block in self.plan.blocks:
            for hour in block.hours_of_week:
                found[hour] = block.index
        return found

    def problem(self, *path: str) -> Any:
        """A value of the problem as it was asked, defaults included."""
        value: Any = self.plan.problem
        for key in path:
            value = value[key]
        return value

    def used_forms(self) -> list[str]:
        """Forms the plan pays for, in the common order."""
        found = {form_of(row.term) for row in self.plan.costs}
        return [form for form in FORMS if form in found]


def total_by(rows: Iterable[Any], key: Callable[[Any], Any], value: Callable[[Any], float]) -> dict[Any, float]:
    """Sums of `value` for each `key`, in the order keys first appear."""
    sums: dict[Any, float] = {}
    for row in rows:
        sums[key(row)] = sums.get(key(row), 0.0) + value(row)
    return sums


def where_is(pool: PoolRow) -> str:
    """Where a pool is: "aws us-east-1", "own site"."""
    return "own site" if pool.provider == "own" else f"{pool.provider} {pool.region}"


def gpus_at_work(look: Lookup) -> dict[tuple[int, int], dict[str, int]]:
    """(period, block) → GPUs by kind of node; slots in which nothing runs are absent."""
    gpus: dict[tuple[int, int], dict[str, int]] = {}
    for row in look.plan.capacity:
        counts = gpus.setdefault((row.period, row.block), dict.fromkeys(NODE_FORMS, 0))
        for form, field in NODE_FORMS.items():
            counts[form] += look.gpus(row.pool, getattr(row, field))
    return gpus
