"""The price at which something enters the best fleet, found on whole solves.

Let V(f) be the least cost where all prices of the thing are f times today's, and V0 the least cost without it. V is
concave and never falls with f, and the thing is worth having as long as V(f) < V0. The plan that is best at f pays
f·s for it and r for the rest; at f' = (V0 - r) / s that very plan costs V0, so the break-even is at least f'. Taking
f' for f until V(f') = V0 is Newton's method on a concave function (Dinkelbach 1967): it climbs to the break-even,
in few steps, and never past it.

Where searches end within a gap the thing enters for certain below some price. As V never falls with f, what is proven
of V there holds at every higher price: from there on the thing saves at most the difference to V0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf

SAME = 2e-6
"""Relative difference of two costs that counts as none."""
_DOWN = (0.5, 0.2, 0.05, 0.01)
_CLOSE = 1e-5
MOST_STEPS = 15
_EXACT = 1e-4


@dataclass(frozen=True)
class Priced:
    """The best fleet found at one factor on the thing's prices."""

    cost: float
    """What it costs [USD]."""
    bound: float
    """What no fleet costs less than [USD]."""
    spend: float
    """What it would pay for the thing at today's prices [USD]; 0 where it has none of it."""

    def rest(self, factor: float) -> float:
        """What the fleet pays for everything else [USD]."""
        return self.cost - factor * self.spend


At = Callable[[float], Priced | None]
"""The best fleet found at a factor."""


@dataclass(frozen=True)
class BreakEven:
    """Below `low` times today's price the thing is in the best fleet, above `high` it is not.

    Equal where every solve was proven. `found` is the fleet found nearest below the break-even; None where even
    `tried` times today's price brought nothing. At `low` times today's price, or at `tried` where that is 0, and at
    every higher price no fleet costs less than `floor` [USD].
    """

    low: float
    high: float
    tried: float
    found: Priced | None
    solves: int
    floor: float = -inf

    @property
    def is_exact(self) -> bool:
        """Whether the two were the same within a hundredth of a per cent."""
        return self.low == self.high


def break_even(at: At, without: Priced, *, closely: At | None = None, steps: int = MOST_STEPS) -> BreakEven:
    """Where the thing enters, at most at today's price; `at` is None where no fleet was found in time.

    Every plan is a proof that the thing enters below (bound of V0 - r) / s; every bound above what is best without
    it a proof that it does not. Where that leaves a gap, `closely` proves what the thing saves at most.
    """
    search = _Climb(at, without, steps)
    for factor in _DOWN:
        found = search.tried_at(factor)
        if found is not None and search.improves(found):
            search.climb(factor, found)
        if search.low > 0:
            break
    if closely is not None and search.high - (search.low or search.least) > _EXACT:
        search.prove(closely)
    high = max(search.low, search.high)
    low = high if high - search.low <= _EXACT * high else search.low
    return BreakEven(low, high, search.least, search.found, search.solves, search.floor(low or search.least))


@dataclass
class _Climb:
    at: At
    without: Priced
    most_steps: int
    high: float = 1.0
    low: float = 0.0
    least: float = 1.0
    found: Priced | None = None
    solves: int = 0
    bounds: dict[float, float] = field(default_factory=dict)
    """What no fleet costs less than, by factor [USD]."""

    def improves(self, one: Priced) -> bool:
        """Whether a fleet with the thing costs less than every fleet without it."""
        return one.cost < self.without.cost - SAME * abs(self.without.cost) and one.spend > 0

    def tried_at(self, factor: float) -> Priced | None:
        """Solve once; learn that the thing does not enter where the bound says so."""
        self.solves += 1
        return self._learnt(factor, self.at(factor))

    def prove(self, closely: At) -> None:
        """Search closely where the thing enters for certain, or at the least price that was tried."""
        self.solves += 1
        factor = self.low or self.least
        one = self._learnt(factor, closely(factor))
        if one is not None and self.improves(one):
            self.found = one
            self.low = max(self.low, self._certain(factor, one))

    def floor(self, factor: float) -> float:
        """What no fleet costs less than at a factor and above [USD]."""
        return max((bound for tried, bound in self.bounds.items() if tried <= factor), default=-inf)

    def _learnt(self, factor: float, one: Priced | None) -> Priced | None:
        if one is not None:
            self.least = min(self.least, factor)
            self.bounds[factor] = max(one.bound, self.bounds.get(factor, -inf))
            if one.bound >= self.without.cost - SAME * abs(self.without.cost):
                self.high = min(self.high, factor)
        return one

    def _certain(self, factor: float, one: Priced) -> float:
        """The factor below which a fleet found at another costs less than every fleet without the thing."""
        return (self.without.bound - one.rest(factor)) / one.spend

    def climb(self, factor: float, one: Priced) -> None:
        for step in range(1, self.most_steps + 1):
            self.found = one
            self.low = max(self.low, self._certain(factor, one))
            following = (self.without.cost - one.rest(factor)) / one.spend
            if following >= self.high or following - factor <= _CLOSE * factor:
                self.high = min(self.high, max(following, self.low)) if self._is_proven(one) else self.high
                return
            if step == self.most_steps:
                return
            factor = following
            better = self.tried_at(factor)
            if better is None or not self.improves(better):
                return
            one = better

    def _is_proven(self, one: Priced) -> bool:
        near = SAME * abs(self.without.cost)
        return one.cost - one.bound <= near and self.without.cost - self.without.bound <= near
