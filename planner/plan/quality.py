"""How far the mean quality of each workload's requests lies below its best model's, against what is asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from planner.plan.case import Case
from planner.plan.plan import LimitRow

_WITHIN = 1e-6


def mean_quality_rows(case: Case) -> Iterator[LimitRow]:
    """One row a workload with a floor on the mean: the worst block."""
    for name, asked in case.problem.workloads.items():
        if asked.min_mean_quality is not None:
            best = max(asked.model_quality.values())
            cap = best - asked.min_mean_quality
            means = _means(case, name)
            slot = min(means, key=lambda one: (means[one], one), default=None)
            used = 0.0 if slot is None else best - means[slot]
            yield LimitRow(
                limit=f"min_mean_quality {name}",
                unit="below the best score",
                cap=cap,
                used=used,
                period=None if slot is None else slot[0],
                binding=used >= cap * (1 - _WITHIN),
            )


def _means(case: Case, workload: str) -> dict[tuple[int, int], float]:
    """(period, block) → mean score over the requests served in it."""
    rates: dict[tuple[int, int], float] = defaultdict(float)
    points: dict[tuple[int, int], float] = defaultdict(float)
    score = case.candidates.quality
    flows = [(route, rate) for route, rate in case.fleet.flows.items() if case.finishes(route.config)]
    parts = [
        (route.demand_class, (route.period, route.block), case.candidates.configs[route.config].model, rate)
        for route, rate in flows
    ]
    parts += [(sent.demand_class, (sent.period, sent.block), sent.api, rate) for sent, rate in case.fleet.api.items()]
    for name, slot, taker, rate in parts:
        if case.classes[name].workload == workload:
            rates[slot] += rate
            points[slot] += rate * score[workload, taker]
    return {slot: points[slot] / rate for slot, rate in rates.items()}
