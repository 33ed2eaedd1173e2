"""Where the answer turns from renting to buying as one figure moves: bracketed, closed in on, and verified.

What buying saves is V_rent(x) - V_buy(x), both of them solved anew at x. The range is looked at in coarse steps; of the
places where the winner changes the one nearest to today's value is closed in on, by false position where both sides
have a plan and by halving where not. The turning point counts if 2 % below and 2 % above it the winners differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from planner.invest.duel import Duel
from planner.invest.levers import Lever
from planner.plan.rows.investment import BreakEvenRow, ProbeRow, SwingOfBuyingRow

VERIFIED = 0.02
_STEPS = 7
_CLOSE = 0.003
_MOST_SOLVES = 20
_SWING = 0.2
_EDGE = 0.1
_NOTHING = 1e-4
_SLACK = 1 + 1e-9
Pair = tuple[ProbeRow, ProbeRow]


def break_even(duel: Duel, lever: Lever) -> BreakEvenRow:
    """The turning point of one lever; raises TimeIsUpError."""
    curve = [duel.probe(lever, value) for value in _grid(lever)]
    turn = _nearest_turn(curve, lever.at)
    if turn is None:
        return _row(lever, curve, buys=_same(curve))
    while not _is_close(lever, turn) and len(curve) < _STEPS + 1 + _MOST_SOLVES:
        tried = duel.probe(lever, _between(lever, turn))
        curve.append(tried)
        below, above = turn
        turn = (tried, above) if tried.buying_wins == below.buying_wins else (below, tried)
    below, above = turn if lever.whole else _around(duel, lever, turn)
    if below.buying_wins == above.buying_wins:
        says = f"near {lever.subject} {_turning(lever, turn):.6g} the winner changes more than once"
        return _row(lever, curve, buys="unknown", says=says)
    buys = "above" if above.buying_wins else "below"
    return _row(lever, [*curve, below, above], buys=buys, turns_at=_turning(lever, turn), below=below, above=above)


def _row(lever: Lever, curve: Sequence[ProbeRow], **found: Any) -> BreakEvenRow:
    every = {probe.value: probe for probe in curve}
    fixed = {"id": lever.id, "subject": lever.subject, "unit": lever.unit, "at": lever.at, "low": lever.low}
    told = {
        "high": lever.high,
        "turns_at": None,
        "curve": [every[value] for value in sorted(every)],
        "says": lever.says,
    }
    return BreakEvenRow.model_validate({**fixed, **told, **found})


def _grid(lever: Lever) -> Iterator[float]:
    """Values over the whole range, today's among them."""
    space = np.linspace if lever.even else np.geomspace
    steps = space(lever.low, lever.high, _STEPS)
    values = {_whole(lever, float(step)) for step in steps} | {lever.at}
    yield from sorted(value for value in values if lever.low <= value <= lever.high)


def _whole(lever: Lever, value: float) -> float:
    """On a whole step of the range, where it has steps."""
    return round(value / lever.low) * lever.low if lever.whole else value


def _same(curve: Sequence[ProbeRow]) -> str:
    """Who wins everywhere."""
    winners = {probe.buying_wins for probe in curve} - {None}
    return "unknown" if len(winners) != 1 else "always" if True in winners else "never"


def _nearest_turn(curve: Sequence[ProbeRow], at: float) -> Pair | None:
    """The neighbours with different winners that lie nearest to a value."""
    turns = [
        (one, other)
        for one, other in pairwise(curve)
        if None not in (one.buying_wins, other.buying_wins) and one.buying_wins != other.buying_wins
    ]
    return min(turns, key=lambda turn: max(turn[0].value - at, at - turn[1].value), default=None)


def _is_close(lever: Lever, turn: Pair) -> bool:
    apart = turn[1].value - turn[0].value
    if lever.whole:
        return apart <= lever.low * _SLACK
    return apart <= max(_CLOSE * abs(turn[1].value), _NOTHING * (lever.high - lever.low))


def _between(lever: Lever, turn: Pair) -> float:
    """False position, kept off the ends so that either end moves; halving where a side has no plan."""
    share = _crossing(turn)
    share = 0.5 if share is None else min(1 - _EDGE, max(_EDGE, share))
    value = turn[0].value + share * (turn[1].value - turn[0].value)
    if not lever.whole:
        return value
    return min(turn[1].value - lever.low, max(turn[0].value + lever.low, _whole(lever, value)))


def _crossing(turn: Pair) -> float | None:
    """Where the straight line between two savings is 0, as a share of the way; None where one is not known."""
    below, above = turn[0].gains_usd, turn[1].gains_usd
    return None if below is None or above is None else below / (below - above)


def _turning(lever: Lever, turn: Pair) -> float:
    """The turning point: of whole steps the first with the other winner."""
    if lever.whole:
        return turn[1].value
    share = _crossing(turn)
    return turn[0].value + (0.5 if share is None else share) * (turn[1].value - turn[0].value)


def _around(duel: Duel, lever: Lever, turn: Pair) -> Pair:
    """Solved again 2 % below and 2 % above."""
    at = _turning(lever, turn)
    step = VERIFIED * abs(at)
    return duel.probe(lever, max(lever.low, at - step)), duel.probe(lever, min(lever.high, at + step))


def swing_of_buying(duel: Duel, lever: Lever) -> SwingOfBuyingRow:
    """What buying saves with a figure a fifth lower and a fifth higher; raises TimeIsUpError."""
    low = _whole(lever, max(lever.low, (1 - _SWING) * lever.at))
    high = _whole(lever, min(lever.high, (1 + _SWING) * lever.at))
    return SwingOfBuyingRow(
        subject=lever.subject,
        unit=lever.unit,
        low=low,
        high=high,
        low_gains_usd=duel.probe(lever, low).gains_usd,
        high_gains_usd=duel.probe(lever, high).gains_usd,
    )
