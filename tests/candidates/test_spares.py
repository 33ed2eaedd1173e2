"""Spare replicas against brute force over all combinations of failures."""

from itertools import product
from math import prod

import pytest
from workbench import constants

from planner.candidates.spares import replica_availability, share_of_time_up, spare_replicas


def brute_force(needed: int, running: int, up: float) -> float:
    states = product((True, False), repeat=running)
    return sum(prod(up if alive else 1 - up for alive in state) for state in states if sum(state) >= needed)


@pytest.mark.parametrize("up", [0.5, 0.9, 0.999])
def test_share_of_time_up_counts_every_combination(up: float) -> None:
    for running in range(7):
        for needed in range(running + 1):
            assert share_of_time_up(needed, running, up) == pytest.approx(brute_force(needed, running, up))


def test_fewest_spares_that_suffice() -> None:
    # one of one up 99 %: 0.99; one of two: 1 - 0.01² = 0.9999
    assert spare_replicas(1, 0.99, 0.98) == 0
    assert spare_replicas(1, 0.99, 0.999) == 1
    for needed in (1, 3, 10, 400):
        spares = spare_replicas(needed, 0.98, 0.9999)
        assert share_of_time_up(needed, needed + spares, 0.98) >= 0.9999
        assert spares == 0 or share_of_time_up(needed, needed + spares - 1, 0.98) < 0.9999


def test_nothing_needed_or_nothing_failing_needs_no_spares() -> None:
    assert spare_replicas(0, 0.9, 0.9999) == 0
    assert spare_replicas(50, 1.0, 0.9999) == 0


def test_impossible_targets_are_refused() -> None:
    with pytest.raises(ValueError, match="need 0 < up"):
        spare_replicas(1, 0.0, 0.99)
    with pytest.raises(ValueError, match="target < 1"):
        spare_replicas(5, 0.5, 1.0)


def test_a_replica_is_up_only_if_all_its_gpus_are() -> None:
    k = constants()
    one = replica_availability(1, k)
    down_hours = k.gpu_interruptions_per_year * k.replica_repair_hours
    assert one == pytest.approx(1 - down_hours / (8760 + down_hours))
    assert replica_availability(8, k) == pytest.approx(one**8)
