"""Why something was not even considered: no repeats, and not more than a reader can use."""

from __future__ import annotations

from collections import defaultdict

from planner.candidates.candidate import Rejection
from planner.plan.case import Case
from planner.plan.plan import RejectionRow

MOST_ROWS = 300
_TELLING = (
    "memory",
    "slo",
    "precision",
    "context",
    "layout",
    "availability",
    "region",
    "price",
    "quality",
    "compliance",
    "excluded",
)


def rejection_rows(case: Case) -> list[RejectionRow]:
    """At most MOST_ROWS rejections, every (workload, GPU, reason) with at least one while there is room."""
    return [
        RejectionRow(workload=one.workload, subject=one.subject, gpu=one.gpu, reason=one.reason, detail=one.detail)
        for one in _kept(list(dict.fromkeys(case.candidates.rejections)))
    ]


def _kept(rejections: list[Rejection]) -> list[Rejection]:
    """First one of each group, then their seconds, and so on; reasons that hold figures come first."""
    groups: dict[tuple[str, str, str], list[Rejection]] = defaultdict(list)
    for one in rejections:
        groups[one.workload, one.gpu, one.reason].append(one)
    ranked = [
        (rank, _TELLING.index(one.reason), one) for members in groups.values() for rank, one in enumerate(members)
    ]
    ranked.sort(key=lambda item: item[:2])
    kept = [one for _, _, one in ranked[:MOST_ROWS]]
    return sorted(kept, key=lambda one: (one.workload, _TELLING.index(one.reason), one.gpu, one.subject))
