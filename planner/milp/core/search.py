"""Find commitments and prove them: cuts, groups of blocks that split where they hide cost, whole numbers.

1. Prices are found by solving the mean block of each group half way between the master's commitments and the
   best so far (that keeps the master from running to and fro); all prices found are tried on all groups.
2. All blocks are solved at the best commitments. What common prices miss of that is what grouping hides: the
   groups that hide most are split by the prices that suit their blocks.
3. Commitments are made whole by rounding, and by the integer master where rounding is too dear.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from planner.milp.arrays import Vector
from planner.milp.core.blocks import Blocks
from planner.milp.core.ledger import Ledger
from planner.milp.core.master import Master, Point
from planner.milp.core.rounding import roundings
from planner.milp.core.split import by_load, split
from planner.milp.core.vertices import Vertices
from planner.milp.highs import Search
from planner.milp.instance import Instance

_FREE_ROUNDS = 8
_GROUPS_FIRST = 6
_HALF = 0.5
_CLOSE_ENOUGH = 0.2  # of the gap that cuts, and grouping, may each leave open
_FINER = 0.3  # of what grouping hides, left by a split
_MASTER_SHARE = 0.3  # of the gap that the integer master may leave open
_FIRST_TOLERANCE = 0.005
_NOTHING = 1e-9
_UNSERVED = 1e-6
_BREACH = 1e-6


@dataclass(frozen=True)
class Evaluated:
    """Commitments, what they and their blocks cost, and demand they leave unserved [requests/s]."""

    commitments: Vector
    links: Vector  # [t, link]
    block_usd: Vector  # [s] USD an hour
    cost: float
    unserved: float


class CoreSearch:
    """One search. `bound` is proven for all whole commitments, `best` the cheapest of them found."""

    def __init__(self, p: Instance, ledger: Ledger, blocks: Blocks, vertices: Vertices, search: Search) -> None:
        self.p, self.ledger, self.blocks, self.vertices, self.search = p, ledger, blocks, vertices, search
        self.ends = perf_counter() + search.time_limit_s
        self.bound = -np.inf
        self.best: Evaluated | None = None
        self.master: Master | None = None  # the last
        self._centre: Vector | None = None  # the best fractional commitments so far
        self._tolerance = max(_FIRST_TOLERANCE, _CLOSE_ENOUGH * search.mip_gap)

    @property
    def gap(self) -> float:
        """Share of the best plan's cost that is not proven."""
        if self.best is None:
            return np.inf
        return (self.best.cost - self.bound) / max(abs(self.best.cost), _NOTHING)

    def run(self) -> None:
        """Search until the gap is proven or the time is up."""
        master = Master(self.p, self.ledger, self.vertices, by_load(self.blocks.slots, _GROUPS_FIRST))
        while True:
            relaxed = self._evaluate(self._close_relaxation(master))
            self._try_rounding(relaxed.commitments)
            if self._is_over():
                return
            hidden = relaxed.cost - self.bound
            if hidden > 2 * _CLOSE_ENOUGH * self.search.mip_gap * abs(relaxed.cost) + _NOTHING:
                finer = self._finer(master, relaxed, hidden)
                if finer is not master or self._tolerance > self._least_tolerance:
                    self._tolerance = max(self._least_tolerance, _FINER * hidden / abs(relaxed.cost) * _CLOSE_ENOUGH)
                    master = finer
                    continue
            break
        self._prove_whole(master)

    @property
    def _least_tolerance(self) -> float:
        return max(_CLOSE_ENOUGH * self.search.mip_gap, 1e-9)

    def _is_over(self) -> bool:
        return self.gap <= self.search.mip_gap or perf_counter() > self.ends

    def _close_relaxation(self, master: Master) -> Vector:
        """The best commitments after cutting until the bound is within the tolerance of the groups' cost at them."""
        self.master = master
        master.grow()
        centre = self._master_point(master).commitments if self._centre is None else self._centre
        least = self._at_means(master, centre)
        master.cut_off(self.ledger.links(centre), None)
        free, step = 0, _HALF
        while perf_counter() < self.ends:
            point = self._master_point(master)
            if least - self.bound <= self._tolerance * abs(least):
                break
            if free < _FREE_ROUNDS and master.cut_off(point.links, point.theta):
                free += 1
                continue
            free = 0
            between = step * point.commitments + (1 - step) * centre
            cost = self._at_means(master, between)
            if cost < least:
                least, centre = cost, between
            is_cut = master.cut_off(point.links, point.theta)
            if not is_cut and step == 1.0:
                break
            step = _HALF if is_cut else 1.0
            master.cut_off(self.ledger.links(between), None)
        self._centre = centre
        return centre

    def _master_point(self, master: Master) -> Point:
        point = master.solve()
        self.bound = max(self.bound, point.objective)
        return point

    def _at_means(self, master: Master, commitments: Vector) -> float:
        """Cost with every group at its mean; the prices found join the others."""
        groups = master.groups
        outcomes = self.blocks.solve_means(groups.share, groups.period, self.ledger.links(commitments))
        self.vertices.add(outcome.prices for outcome in outcomes)
        master.grow()
        usd = np.array([outcome.usd_per_hour for outcome in outcomes])
        return float(self.ledger.arrays.cost @ commitments + groups.weight @ usd)

    def _evaluate(self, commitments: Vector) -> Evaluated:
        """Every block at its cheapest beside the commitments; prices that prove more than known ones are kept."""
        links = self.ledger.links(commitments)
        outcomes = self.blocks.solve_all(links)
        usd = np.array([outcome.usd_per_hour for outcome in outcomes])
        proven = self.vertices.values(links).max(axis=0, initial=0.0)
        news = np.flatnonzero(usd > proven * (1 + 0.1 * self._least_tolerance) + _NOTHING)
        self.vertices.add(outcomes[s].prices for s in news)
        cost = float(self.ledger.arrays.cost @ commitments + self.blocks.slots.weight @ usd)
        return Evaluated(commitments, links, usd, cost, sum(outcome.unserved for outcome in outcomes))

    def _try_rounding(self, commitments: Vector) -> None:
        """The cheapest rounding, as far as known prices tell, becomes the best plan if it is."""
        cheapest, least = None, np.inf
        for whole in roundings(self.ledger, commitments):
            values = self.vertices.values(self.ledger.links(whole)).max(axis=0, initial=0.0)
            estimate = float(self.ledger.arrays.cost @ whole + self.blocks.slots.weight @ values)
            if estimate < least and self.ledger.breach(whole) <= _BREACH:
                cheapest, least = whole, estimate
        if cheapest is not None:
            self._try(cheapest)

    def _try(self, whole: Vector) -> Evaluated:
        found = self._evaluate(whole)
        if found.unserved <= _UNSERVED and (self.best is None or found.cost < self.best.cost):
            self.best = found
        return found

    def _finer(self, master: Master, at: Evaluated, hidden: float) -> Master:
        """Groups split until they hide little at these commitments; the same master where they cannot be."""
        allowed = max(_CLOSE_ENOUGH * self.search.mip_gap * abs(at.cost), _FINER * hidden)
        groups = split(master.groups, self.vertices.values(at.links), self.blocks.slots, allowed)
        if groups.count == master.groups.count:
            return master
        finer = Master(self.p, self.ledger, self.vertices, groups)
        finer.inherit(master)
        finer.cut_off(at.links, None)
        return finer

    def _prove_whole(self, master: Master) -> None:
        """Integer masters, each cut at its own commitments, until the gap is proven."""
        while not self._is_over():
            left = max(self.ends - perf_counter(), 0.1)
            asked = replace(self.search, time_limit_s=left, mip_gap=_MASTER_SHARE * self.search.mip_gap)
            point, bound = master.solve_whole(asked, None if self.best is None else self.best.commitments)
            self.bound = max(self.bound, bound)
            if point is None or self._is_over():
                return
            found = self._try(np.round(point.commitments))
            if self._is_over():
                return
            master.grow()
            added = master.cut_off(found.links, point.theta)
            finer = self._finer(master, found, 0.0)
            if finer is master and not added:
                return
            master = finer
