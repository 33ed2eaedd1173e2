"""When an autoscaler should add a replica: the load of one at the plan's own replica counts."""

from __future__ import annotations

from dataclasses import dataclass

from planner.export.deployments import Deployment


@dataclass(frozen=True)
class Target:
    """What one replica carries on average when the planned number of them runs."""

    value: float
    per_second: bool
    """Requests per second instead of requests at once."""
    why: str


def target_of(one: Deployment, most: int) -> Target:
    """The load to hold on each of `most` replicas, those kept in reserve included.

    A replica's busiest load counts the spares as down; with them up, all share it.
    """
    row = min(one.rows, key=lambda row: row.busiest.requests_per_s)
    awake = max(1, most - row.spare_replicas) / max(1, most)
    spare = f", {row.spare_replicas} of {most} replicas in reserve" if row.spare_replicas else ""
    if row.busiest.concurrency is None:
        return Target(row.busiest.requests_per_s * awake, True, f"requests/s of a replica in the busiest block{spare}")
    return Target(row.busiest.concurrency * awake, False, f"requests at once in a replica in the busiest block{spare}")
