"""Refusals for readers: repeated ones merged, and the message when nothing is left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from planner.candidates.candidate import Rejection
from planner.candidates.trials import Refusal
from planner.demand.types import DemandClass
from planner.errors import NoCandidateError

NEXT_STEP = {
    "memory": "allow a narrower format (precision.weights), larger GPUs or nodes, or a smaller model",
    "precision": "allow a format these GPUs compute (precision.weights, precision.kv), or newer GPUs",
    "slo": "relax the target, allow faster GPUs or a narrower format, or shorten the prompts",
    "context": "shorten the requests, or choose a model with a longer context",
    "layout": "allow another GPU count for a node, or nodes whose network is known (data/networks.yaml, systems)",
    "price": "allow more forms, regions or providers (supply.rent), or give your own price (catalog.offers)",
    "region": "allow more regions (workloads.*.regions), or capacity where it may run",
    "availability": "set interruptible, or allow another form than spot",
    "quality": "lower min_quality, or allow a better model (model_any_of)",
    "compliance": "give the provider the tag under supply.compliance if it has it, or take other providers",
    "excluded": "take it off the exclusion, or name it among the allowed GPUs",
}
ORDER = tuple(NEXT_STEP)


def merged(refusals: Sequence[Refusal]) -> tuple[Rejection, ...]:
    """Each workload, subject and reason once, the nearest miss of them."""
    nearest: dict[tuple[str, str, str], Refusal] = {}
    for refusal in refusals:
        key = (refusal.rejection.workload, refusal.rejection.subject, refusal.rejection.reason)
        if key not in nearest or refusal.excess < nearest[key].excess:
            nearest[key] = refusal
    return tuple(refusal.rejection for refusal in nearest.values())


def require_candidates(classes: Sequence[DemandClass], served: set[str], refusals: Sequence[Refusal]) -> None:
    """Raise NoCandidateError naming every class that nothing can serve."""
    unserved = [item for item in classes if item.id not in served]
    if unserved:
        raise NoCandidateError("\n".join(line for item in unserved for line in explanation(item, refusals)))


def explanation(unserved: DemandClass, refusals: Sequence[Refusal]) -> Iterator[str]:
    """Refusals of one class by reason, each with its closest miss and the next step."""
    yield f"nothing can serve {unserved.id}:"
    groups: dict[str, list[Refusal]] = defaultdict(list)
    for refusal in refusals:
        if refusal.rejection.workload == unserved.workload:
            groups[refusal.rejection.reason].append(refusal)
    if not groups:
        yield "  no GPU is on offer and no hosted API is named; give supply.rent, supply.own or supply.api"
    for reason in (name for name in ORDER if name in groups):
        closest = min(groups[reason], key=lambda refusal: refusal.excess)
        nearest = f"{closest.rejection.subject}: {closest.rejection.detail}"
        yield f"  {reason} ({len(merged(groups[reason]))}), closest is {nearest}"
        yield f"    {NEXT_STEP[reason]}"
