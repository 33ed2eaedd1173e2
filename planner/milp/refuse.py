"""Questions that need no solver to be refused: demand that nothing on offer can serve."""

from __future__ import annotations

from collections.abc import Iterator

from planner.errors import InfeasibleError
from planner.milp.domains import firm_by_domain, keeps_a_part, share_to_serve, surviving_workloads
from planner.milp.instance import Deployment, Instance


def refuse_unserved(p: Instance) -> None:
    """Raise InfeasibleError naming every workload that nothing, or nothing but spot, could serve.

    Also where too little is left of what could when any one place is lost, or the shares of providers contradict
    what is on offer.
    """
    if lines := [*_unserved(p), *_lost(p), *_unshared(p)]:
        raise InfeasibleError("\n".join(lines))


def _unserved(p: Instance) -> Iterator[str]:
    hosted = {api.stream for api in p.apis if api.max_share > 0}
    for workload in p.workloads.values():
        for stream in workload.streams:
            able = p.serving.get(stream, ())
            kinds = {one.kind for one in able if _has_nodes(p, one)}
            if stream in hosted or may_be_left_out(p, stream):
                continue
            if able and not kinds:
                yield (
                    f"workload {workload.id}: none of what could serve {stream} is there within the horizon; "
                    "order earlier, plan longer, or offer something else"
                )
            elif not kinds:
                yield f"workload {workload.id}: no configuration has a place to run {stream}, and no API is offered"
            elif kinds == {"spot"} and workload.spot_max_share < 1:
                share = f"{workload.spot_max_share:.0%}"
                yield f"workload {workload.id}: spot may serve {share} of it, and nothing else can"


def _has_nodes(p: Instance, one: Deployment) -> bool:
    """Whether nodes of its kind can be had in any period."""
    pool = p.pools[one.pool]
    if one.kind == "spot":
        return "spot" in pool.rentals
    return bool(pool.existing or pool.commitments or "on_demand" in pool.rentals)


def may_be_left_out(p: Instance, stream: str) -> bool:
    """Whether all of a stream may be left unserved."""
    unserved = p.streams[stream].unserved
    return unserved is not None and unserved.max_share >= 1


def _lost(p: Instance) -> Iterator[str]:
    """Workloads that must survive a loss, where one loss leaves nothing that could serve enough of them."""
    for workload in surviving_workloads(p):
        loss = p.survival.loss if p.survival else ""
        domains = firm_by_domain(p, workload.id)
        for lost in domains or {"": []}:
            left = [one for place, ones in domains.items() for one in ones if place != lost or keeps_a_part(p, one)]
            for stream in workload.streams:
                able = any(stream in one.rates for one in left)
                if not able and share_to_serve(p, stream, lost) > 0 and not may_be_left_out(p, stream):
                    yield (
                        f"workload {workload.id}: without {loss} {lost} nothing firm is left that could serve "
                        f"{stream}; "
                        "offer another place or an API, lower limits.surviving_share, or set survives_loss: false"
                    )
                    break


def _unshared(p: Instance) -> Iterator[str]:
    """Shares of GPU-hours that nobody could have, or that leave hours nobody may have."""
    there = {pool.provider for pool in p.pools.values()}
    for asked in p.provider_shares:
        if asked.at_least and asked.provider not in there:
            yield f"{asked.limit}: nothing of {asked.provider} is on offer that a workload could use"
    most = {one.provider: p.limits[one.limit].value for one in p.provider_shares if not one.at_least}
    room = sum(most.get(provider, 1.0) for provider in there)
    if there and room < 1 and not all(_hosted(p, stream) for stream in p.streams):
        listed = ", ".join(f"{provider} {most[provider]:.0%}" for provider in sorted(there))
        yield f"limits.provider_shares leave {1 - room:.0%} of the GPU-hours to nobody: at most {listed}"


def _hosted(p: Instance, stream: str) -> bool:
    return sum(api.max_share for api in p.apis if api.stream == stream) >= 1 or may_be_left_out(p, stream)
