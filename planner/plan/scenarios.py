"""Scenarios as rows: each was a whole checked plan, of which the money and the nodes are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from planner.plan.alternatives import nodes_of
from planner.plan.peaks import most_gpus
from planner.plan.plan import Plan
from planner.plan.rows.scenario import RiskRow, ScenarioRow


@dataclass(frozen=True)
class Tried:
    """One scenario and what came of it; `plan` is None where it cannot be carried out, for `refusal`."""

    probability: float
    changes: Mapping[str, Any]
    plan: Plan | None
    refusal: str
    best: float | None
    best_bound: float | None
    alone: float | None


def scenario_rows(tried: Mapping[str, Tried]) -> list[ScenarioRow]:
    """One row a scenario, in order."""
    return [
        ScenarioRow(
            name=name,
            probability=one.probability,
            changes=dict(one.changes),
            npv_usd=one.plan.total_npv_usd if one.plan else None,
            gap=one.plan.certificate.gap if one.plan else None,
            best_npv_usd=one.best,
            best_bound=one.best_bound,
            alone_npv_usd=one.alone,
            most_gpus=most_gpus(one.plan) if one.plan else 0,
            nodes=nodes_of(one.plan) if one.plan else [],
            refusal=one.refusal,
        )
        for name, one in tried.items()
    ]


def risk_row(
    shares: Mapping[str, float], costs: Mapping[str, float], best: Mapping[str, float], tail: float
) -> RiskRow:
    """The scenarios that may happen, together; `tail` is the share that is not in the tail."""
    possible = [name for name, share in shares.items() if share > 0]
    left, in_tail = 1 - tail, 0.0
    for name in sorted(possible, key=lambda name: -costs[name]):
        part = min(shares[name], left)
        in_tail += part * costs[name]
        left -= part
    return RiskRow(
        expected_usd=sum(shares[name] * costs[name] for name in possible),
        tail_share=tail,
        tail_usd=in_tail / (1 - tail),
        worst_usd=max(costs[name] for name in possible),
        worst_regret_usd=max(costs[name] - best[name] for name in possible),
    )
