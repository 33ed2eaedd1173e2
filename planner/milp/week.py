"""The typical week as a circle of 168 hours: where one block gives way to another, and how often."""

from __future__ import annotations

from planner.milp.instance import Time
from planner.units import HOURS_PER_WEEK


def turns(time: Time) -> dict[int, int]:
    """The first hour at which each pair of blocks follow each other, and how many times a week they do."""
    first: dict[tuple[int, int], int] = {}
    times: dict[int, int] = {}
    for hour in every_turn(time):
        representative = first.setdefault(blocks_at(time, hour), hour)
        times[representative] = times.get(representative, 0) + 1
    return times


def every_turn(time: Time) -> list[int]:
    """Hours that lie in another block than the hour before."""
    return [hour for hour in range(HOURS_PER_WEEK) if len(set(blocks_at(time, hour))) > 1]


def blocks_at(time: Time, hour: int) -> tuple[int, int]:
    """The block before an hour of the week, and the hour's own."""
    return time.block_of_hour[hour - 1], time.block_of_hour[hour]


def near_turns(time: Time, hours: int) -> list[int]:
    """Hours less than `hours` away from a turn, before or after it, the turn's own hour included."""
    found = {
        (turn + away) % HOURS_PER_WEEK
        for turn in every_turn(time)
        for away in range(max(1 - hours, -HOURS_PER_WEEK), min(hours, HOURS_PER_WEEK))
    }
    return sorted(found)


def weeks(time: Time, t: int) -> float:
    """Typical weeks in a period."""
    return time.period_hours(t) / HOURS_PER_WEEK
