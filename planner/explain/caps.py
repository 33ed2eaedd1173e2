"""The caps of a problem, each with the row of the plan that says how close it comes, and a step that loosens it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

from planner.explain.levers import Lever, plain
from planner.inputs.problem import Problem
from planner.plan.plan import LimitRow, Plan, PoolRow

_USUAL_NODE = 8  # GPUs
_SHARE = 0.05
_PART = 0.05


@dataclass(frozen=True)
class Cap:
    """One cap; `step` added to it loosens it."""

    lever: Lever
    rows: tuple[LimitRow, ...]
    step: float

    @property
    def binding(self) -> bool:
        """Whether the plan comes so close, in some period, that one more node would break it."""
        return any(row.binding for row in self.rows)

    @property
    def head_room(self) -> float | None:
        """What is left where it is tightest; None where the plan does not say."""
        return min((row.used - row.cap if row.at_least else row.cap - row.used for row in self.rows), default=None)

    @property
    def loosened(self) -> float:
        """Its value a step looser."""
        return min(self.lever.highest, max(0.0, self.lever.at + self.step))


@dataclass(frozen=True)
class _Said:
    limit: str
    key: str
    unit: str
    at: float
    step: float
    highest: float = inf
    whole: bool = False
    rows: tuple[str, ...] = ()
    """Limits of the plan that it is, where not the one of its own name."""


def caps(problem: Problem, plan: Plan) -> list[Cap]:
    """Every cap of the problem but the utilisation cap, which is a margin rather than a limit."""
    of_supply = (*_rented(problem, plan), *_site(problem, plan), *_hosted(problem, plan))
    return [_cap(said, plan) for said in (*of_supply, *_shares(problem), *_others(problem, plan))]


def _cap(said: _Said, plan: Plan) -> Cap:
    names = said.rows or (said.limit,)
    lever = Lever(said.limit, "cap", said.key, said.unit, said.at, plain(said.key), said.highest, said.whole)
    return Cap(lever, tuple(row for row in plan.limits if row.limit in names), said.step)


def _rented(problem: Problem, plan: Plan) -> Iterator[_Said]:
    for place, quota in enumerate(problem.supply.quotas):
        node = _node([pool for pool in plan.pools if pool.gpu == quota.gpu])
        key = f"supply.quotas.{place}.max_gpus"
        yield _Said(quota.limit_name, key, "GPU", quota.max_gpus, node, 1_000_000, whole=True)
    for place, block in enumerate(problem.supply.capacity_blocks):
        if block.max_nodes is not None:
            key = f"supply.capacity_blocks.{place}.max_nodes"
            yield _Said(block.limit_name(place + 1), key, "nodes", block.max_nodes, 1, 1_000_000, whole=True)


def _node(pools: list[PoolRow]) -> int:
    """GPUs of the largest node among pools: what a cap on GPUs must rise by to let any one more in."""
    return max((pool.gpus_per_node for pool in pools), default=_USUAL_NODE)


def _site(problem: Problem, plan: Plan) -> Iterator[_Said]:
    own = [pool.kw_per_node for pool in plan.pools if pool.provider == "own"]
    limits, site = problem.limits, problem.supply.own.site
    for limit, key, at in (
        ("power_kw", "limits.power_kw", limits.power_kw),
        ("site max_power_kw", "supply.own.site.max_power_kw", site.max_power_kw),
    ):
        if at is not None:
            yield _Said(limit, key, "kW", at, max(own, default=_PART * at))
    for system, count in problem.supply.own.max_systems.items():
        key = f"supply.own.max_systems.{system}"
        yield _Said(f"max_systems {system}", key, "systems", count, 1, 1_000_000, whole=True)
    if (kg := limits.carbon_kg_per_period) is not None:
        yield _Said("carbon_kg_per_period", "limits.carbon_kg_per_period", "kg CO2e", kg, max(_PART * kg, 1.0))


def _shares(problem: Problem) -> Iterator[_Said]:
    for place, asked in enumerate(problem.limits.provider_shares):
        key = f"limits.provider_shares.{place}"
        if asked.max_share < 1:
            yield _Said(f"share of {asked.provider} at most", f"{key}.max_share", "share", asked.max_share, _SHARE, 1)
        if asked.min_share > 0:
            yield _Said(f"share of {asked.provider} at least", f"{key}.min_share", "share", asked.min_share, -_SHARE, 1)
    for name, workload in problem.workloads.items():
        key = f"workloads.{name}"
        if workload.interruptible and workload.spot_max_share < 1:
            at = workload.spot_max_share
            yield _Said(f"spot_max_share {name}", f"{key}.spot_max_share", "share", at, _SHARE, 1)
        if workload.unserved_usd_per_1k_requests is not None and workload.max_unserved_share < 1:
            at = workload.max_unserved_share
            yield _Said(f"max_unserved_share {name}", f"{key}.max_unserved_share", "share", at, _SHARE, 1)


def _hosted(problem: Problem, plan: Plan) -> Iterator[_Said]:
    """The plan names an API as its provider does, the problem perhaps not: provider and share tell them apart."""
    for place, api in enumerate(problem.supply.api):
        if api.max_share < 1:
            limit, key = f"max_share of {api.provider} {api.model}", f"supply.api.{place}.max_share"
            rows = tuple(
                f"api max_share {row.api} {row.demand_class}"
                for row in plan.api_options
                if (row.provider, row.max_share) == (api.provider, api.max_share)
            )
            yield _Said(limit, key, "share", api.max_share, _SHARE, 1, rows=rows or (limit,))


def _others(problem: Problem, plan: Plan) -> Iterator[_Said]:
    limits = problem.limits
    for place, budget in enumerate(limits.budget):
        usd = budget.usd_per_period
        key = f"limits.budget.{place}.usd_per_period"
        yield _Said(f"budget {budget.kind}", key, "USD", usd, max(_PART * usd, 1000.0))
    if (most := limits.max_gpus) is not None:
        yield _Said("max_gpus", "limits.max_gpus", "GPU", most, _node(plan.pools), whole=True)
    if (kinds := limits.max_distinct_configurations) is not None:
        key = "limits.max_distinct_configurations"
        yield _Said("max_distinct_configurations", key, "configurations", kinds, 1, whole=True)
    for name, workload in problem.workloads.items():
        if (floor := workload.min_mean_quality) is not None:
            key = f"workloads.{name}.min_mean_quality"
            yield _Said(f"min_mean_quality {name}", key, "of the score", floor, -_PART * floor)
