"""A plan's rows opened for checking: look-ups, hours, and how a finding states its figures."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from planner.plan.plan import ConfigRow, Finding, OptionRow, PeriodRow, Plan, PoolRow, ReplicaRow, WorkloadRow
from planner.units import HOURS_PER_WEEK

Key = TypeVar("Key", bound=Hashable)
Group = tuple[str, str, str, str, int, int]  # workload, config, pool, kind, period, block
CENT = 0.005
RELATIVE = 1e-6


@dataclass(frozen=True)
class Book:
    """One plan, indexed."""

    plan: Plan

    @cached_property
    def periods(self) -> dict[int, PeriodRow]:
        return {row.index: row for row in self.plan.periods}

    @cached_property
    def pools(self) -> dict[str, PoolRow]:
        return {row.id: row for row in self.plan.pools}

    @cached_property
    def options(self) -> dict[tuple[str, str], OptionRow]:
        return {(row.pool, row.form): row for row in self.plan.options}

    @cached_property
    def configs(self) -> dict[tuple[str, str], ConfigRow]:
        """(config, demand class) → how it runs."""
        return {(row.config, row.demand_class): row for row in self.plan.configs}

    @cached_property
    def workloads(self) -> dict[str, WorkloadRow]:
        return {row.id: row for row in self.plan.workloads}

    @cached_property
    def workload_of(self) -> dict[str, str]:
        """Demand class → workload."""
        return {row.demand_class: row.workload for row in self.plan.demand}

    @cached_property
    def week_share(self) -> dict[int, float]:
        """Block → share of the hours of a week."""
        return {row.index: len(row.hours_of_week) / HOURS_PER_WEEK for row in self.plan.blocks}

    @cached_property
    def planned(self) -> dict[tuple[str, int, int], float]:
        """(demand class, period, block) → planned requests/s."""
        return {(row.demand_class, row.period, row.block): row.planned_requests_per_s for row in self.plan.demand}

    @cached_property
    def expected(self) -> dict[tuple[str, int, int], float]:
        """(demand class, period, block) → expected requests/s."""
        return {(row.demand_class, row.period, row.block): row.mean_requests_per_s for row in self.plan.demand}

    @cached_property
    def hosted(self) -> dict[tuple[str, int, int], float]:
        """(demand class, period, block) → requests/s on the plan's own replicas."""
        return added((row.demand_class, row.period, row.block, row.requests_per_s) for row in self.plan.finished)

    @cached_property
    def bought(self) -> dict[tuple[str, int, int], float]:
        """(demand class, period, block) → requests/s sent to hosted APIs."""
        return added((row.demand_class, row.period, row.block, row.requests_per_s) for row in self.plan.api)

    @cached_property
    def unserved(self) -> dict[tuple[str, int, int | None], float]:
        """(demand class, period, block; None for a week) → requests/s left unserved."""
        return {(row.demand_class, row.period, row.block): row.requests_per_s for row in self.plan.unserved}

    @cached_property
    def halves(self) -> set[str]:
        """Configurations that only prefill or only decode."""
        return {row.config for row in self.plan.configs if row.role != "aggregated"}

    @cached_property
    def loads(self) -> dict[Group, float]:
        """Replicas' worth of load that flows put on each group of replicas."""
        return added(
            (
                self.workload_of[row.demand_class],
                row.config,
                row.pool,
                row.kind,
                row.period,
                row.block,
                row.requests_per_s / self.configs[row.config, row.demand_class].max_requests_per_s,
            )
            for row in self.plan.flows
        )

    @cached_property
    def replicas(self) -> dict[Group, int]:
        """Replicas running in each group."""
        return {
            (row.workload, row.config, row.pool, row.kind, row.period, row.block): row.replicas
            for row in self.plan.replicas
        }

    @cached_property
    def gpus(self) -> dict[str, int]:
        """Config → GPUs of one replica."""
        return {row.config: row.gpus for row in self.plan.configs}

    @cached_property
    def running(self) -> dict[tuple[str, str, int, int], list[ReplicaRow]]:
        """(pool, kind, period, block) → what runs there."""
        found: dict[tuple[str, str, int, int], list[ReplicaRow]] = defaultdict(list)
        for row in self.plan.replicas:
            found[row.pool, row.kind, row.period, row.block].append(row)
        return found

    @cached_property
    def tokens(self) -> dict[str, float]:
        """Demand class → input plus output tokens of its mean request."""
        return {row.demand_class: row.mean_input_tokens + row.mean_output_tokens for row in self.plan.classes}

    @cached_property
    def spares(self) -> dict[tuple[str, str], int]:
        """(workload, config) → spare replicas kept in every pool it runs in."""
        return {(row.workload, row.config): row.spare_replicas for row in self.plan.configs}

    def hours(self, period: int, block: int) -> float:
        """Hours of a block in a period [h]."""
        return self.periods[period].hours * self.week_share[block]

    def expected_share(self, name: str, period: int, block: int) -> float:
        """Requests expected for each one planned; batch work moves within the week, so there over all blocks."""
        blocks = [block]
        if self.workloads[self.workload_of[name]].kind == "batch":
            blocks = list(self.week_share)
        planned = sum(self.planned[name, period, one] * self.week_share[one] for one in blocks)
        expected = sum(self.expected[name, period, one] * self.week_share[one] for one in blocks)
        return expected / planned if planned > 0 else 0.0

    def when(self, period: int, block: int | None = None) -> str:
        """ "2027-Q1 Mon–Fri 09–17", for findings."""
        labels = [self.periods[period].label, *(row.label for row in self.plan.blocks if row.index == block)]
        return " ".join(labels)

    def price_after(self, rate_per_year: float, period: int) -> float:
        """What a price that moves by a rate a year has become when a period starts, over that of the first."""
        months = sum(row.months for index, row in self.periods.items() if index < period)
        return math.exp(math.log1p(rate_per_year) * months / 12)

    def rent(self, pool: str, form: str, period: int) -> float:
        """USD an hour of a rented node in a period, or signed in it."""
        option = self.options[pool, form]
        return option.usd_per_hour * self.price_after(option.trend_per_year, period)

    def running_usd(self, option: OptionRow, period: int, price: float = 1.0) -> float:
        """USD for running an owned node in a period, bought at so many times today's price."""
        monthly = option.fixed_usd_per_month - sum(option.cost_lines.values())
        for line, each in option.cost_lines.items():
            with_purchase = price if line in ("maintenance", "failed parts") else 1.0
            monthly += each * with_purchase * self.price_after(option.line_trends.get(line, 0.0), period)
        return monthly * self.periods[period].months

    def asked(self, *path: str) -> Any:
        """What the problem says at a path of keys."""
        value: Any = self.plan.problem
        for key in path:
            value = value[key]
        return value


def added(rows: Iterable[tuple[Any, ...]]) -> dict[Any, float]:
    """Rows of (*key, amount) added up by key."""
    total: dict[Any, float] = defaultdict(float)
    for *key, amount in rows:
        total[tuple(key)] += amount
    return dict(total)


def differences(told: Mapping[Key, float], found: Mapping[Key, float], within: float) -> list[tuple[Key, float, float]]:
    """Keys whose told and re-derived amounts differ, absent counting as 0: (key, re-derived, told)."""
    keys = sorted({*told, *found}, key=str)
    return [
        (key, found.get(key, 0.0), told.get(key, 0.0))
        for key in keys
        if not abs(found.get(key, 0.0) - told.get(key, 0.0)) <= within + RELATIVE * abs(found.get(key, 0.0)) * 1e-3
    ]


def finding(check: str, wrong: list[str], right: str) -> Finding:
    """Failed with the first few wrongs, or sound with the figures that were compared."""
    if not wrong:
        return Finding(check=check, ok=True, detail=right)
    more = f" … and {len(wrong) - 3} more" if len(wrong) > 3 else ""
    return Finding(check=check, ok=False, detail="; ".join(wrong[:3]) + more)


def usd(amount: float) -> str:
    """Money to the cent; a hair below zero is zero."""
    return f"{amount + 0.0 if abs(amount) >= CENT else 0.0:,.2f} USD"
