"""Questions that need no solver to be refused: demand that nothing on offer can serve."""

from __future__ import annotations

from collections.abc import Iterator

from planner.errors import InfeasibleError
from planner.milp.instance import Instance


def refuse_unserved(p: Instance) -> None:
    """Raise InfeasibleError naming every workload that nothing, or nothing but spot, could serve."""
    if lines := list(_unserved(p)):
        raise InfeasibleError("\n".join(lines))


def _unserved(p: Instance) -> Iterator[str]:
    hosted = {api.stream for api in p.apis if api.max_share > 0}
    for workload in p.workloads.values():
        for stream in workload.streams:
            kinds = {one.kind for one in p.serving.get(stream, ())}
            if stream in hosted:
                continue
            if not kinds:
                yield f"workload {workload.id}: no configuration has a place to run {stream}, and no API is offered"
            elif kinds == {"spot"} and workload.spot_max_share < 1:
                share = f"{workload.spot_max_share:.0%}"
                yield f"workload {workload.id}: spot may serve {share} of it, and nothing else can"
