"""How many spare replicas an availability target asks for, and how likely one replica is up."""

from __future__ import annotations

from bisect import bisect_left
from math import exp, lgamma, log, log1p, sqrt

from planner.candidates.constants import Constants
from planner.units import HOURS_PER_YEAR


def replica_availability(gpus: int, k: Constants) -> float:
    """Share of time all GPUs of a replica are up: each fails and is repaired on its own."""
    down_hours = k.gpu_interruptions_per_year * k.replica_repair_hours
    return (HOURS_PER_YEAR / (HOURS_PER_YEAR + down_hours)) ** gpus


def spare_replicas(needed: int, up: float, target: float) -> int:
    """Fewest extra replicas so that `needed` are up for at least a `target` share of the time.

    Replicas are up independently with probability `up`. Raises ValueError outside 0 < up <= 1, 0 <= target < 1.
    """
    if not 0 < up <= 1 or not 0 <= target < 1:
        raise ValueError(f"need 0 < up <= 1 and 0 <= target < 1, got up={up}, target={target}")

    def enough(spares: int) -> bool:
        return share_of_time_up(needed, needed + spares, up) >= target

    most = 1
    while not enough(most):
        most *= 2
    return bisect_left(range(most + 1), True, key=enough)


def target_of_half(target: float) -> float:
    """What either half of a request must reach, so that both are up for the target share of the time."""
    return sqrt(target)


def share_of_time_up(needed: int, running: int, up: float) -> float:
    """Probability that at least `needed` of `running` replicas are up (binomial)."""
    if up == 1:
        return float(running >= needed)
    return min(1.0, sum(_chance(failed, running, up) for failed in range(running - needed + 1)))


def _chance(failed: int, running: int, up: float) -> float:
    """Binomial probability through logarithms: large fleets overflow the coefficients."""
    ways = lgamma(running + 1) - lgamma(failed + 1) - lgamma(running - failed + 1)
    return exp(ways + failed * log1p(-up) + (running - failed) * log(up))
