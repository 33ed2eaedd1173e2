"""What no plan costs less than, from parts solved one by one in whole numbers at prices of what they share.

Every part has shared columns as copies and pays, or is paid, for them; caps over several parts have a price. At any
prices the sum of the parts' least costs and of what the shared columns then cost at the least is a bound
(Lagrangian decomposition, Guignard and Kim 1987): far closer than the linear relaxation, as parts are whole. The
first prices are those of the relaxation; better ones come from the plans of parts found so far, mixed as one plan
(Dantzig and Wolfe 1960), within a box around the best prices so far, that shrinks whenever they were no better.

What was proven of a part at some prices is a row that every plan of the whole keeps: with these rows a tree begins
where the parts ended.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter

import numpy as np

from planner.milp.arrays import Arrays, Mask, Vector
from planner.milp.highs import Answer, Search, forget_threads, solve_arrays, solve_in_thread, solve_relaxed
from planner.milp.parts import Parts
from planner.milp.stages import with_row

_BOX, _SHRINKS = 0.03, 1 / 3
_LEAST_BOX = 0.01
"""Of the highest price: what any price may move by, in shares of the box."""
_SAFE = 1e-9
_USED = 1e-6
_LEAST_PRICE = 1e-6
_LITTLE = 0.2
_LATEST = 2
"""Rounds, beside the best one, of which a tree gets what was proven as rows."""
_ROW_SAFE = 1e-6
"""By which a bound of HiGHS may be wrong, relative to what was added up for it."""
_LATITUDE = 4.0
"""Times an even share of the time left that one part may take."""


@dataclass(frozen=True)
class _Prices:
    copies: tuple[Vector, ...]
    """What a part pays for a unit of each copy; what it earns where negative."""
    across: Vector
    """What a unit more on the side of a row over several parts is worth."""


class PartsBound:
    """The bound of a model that falls apart, better with each round."""

    def __init__(self, parts: Parts, relaxed: Vector, duals: Vector, floor: float = -np.inf) -> None:
        """`relaxed` and `duals` are of the linear relaxation of the whole model; no plan is below `floor`."""
        self.parts = parts
        self._floor = floor
        self.bound = -np.inf
        """What parts prove."""
        self.mixed = np.inf
        """What the plans of parts found so far cost, mixed as one plan: the bound gets no higher with these."""
        self.shared: Vector = np.zeros(len(parts.shared))
        """Values of shared columns in that mix."""
        self.used: Mask = relaxed > _USED
        """Columns that the relaxation or some plan of a part has."""
        self._found: list[list[Vector]] = [[] for _ in parts.parts]
        self._rounds: list[list[tuple[Vector, float]]] = []
        """What the columns of each part cost in a round, and what they cost together at the least."""
        self._best_round = 0
        self._tried = self._best = self._within_cost(_relaxed_prices(parts, duals))
        self._box = _BOX

    @property
    def proven(self) -> float:
        """What no plan costs less than."""
        return max(self.bound, self._floor)

    def with_rows(self, a: Arrays) -> Arrays:
        """The whole model with rows of what was proven of its parts in the best round and the latest."""
        latest = range(max(0, len(self._rounds) - _LATEST), len(self._rounds))
        for turn in sorted({self._best_round, *latest}) if self._rounds else ():
            for part, (cost, least) in zip(self.parts.parts, self._rounds[turn], strict=True):
                row = np.zeros(len(a.cost))
                row[part.columns] = -cost
                a = with_row(a, row, -least) if least > -np.inf else a
        return a

    def take(self, plan: Vector) -> None:
        """A plan of the whole model: what is known of its parts."""
        self.used |= plan > _USED
        for part, found in zip(self.parts.parts, self._found, strict=True):
            found.append(plan[part.columns])

    def raise_once(self, search: Search) -> bool:
        """Solve every part at the next prices; False where a part has no plan at all, so that there is none."""
        forget_threads()
        ends = perf_counter() + search.time_limit_s
        with ThreadPoolExecutor(search.threads) as pool:
            answers = list(pool.map(partial(self._solved, search=search, ends=ends), range(len(self.parts.parts))))
        if any(answer.status == "infeasible" for answer in answers):
            return False
        self._rounds.append([self._keep(place, answer) for place, answer in enumerate(answers)])
        alone = replace(search, threads=1)
        self._learn(sum(answer.bound for answer in answers) + self._rest_cost(alone), alone)
        return True

    def is_settled(self, gap: float) -> bool:
        """Whether better prices of what was found would raise the bound by next to nothing."""
        return self.mixed - self.bound <= _LITTLE * gap * abs(self.bound)

    def _solved(self, place: int, search: Search, ends: float) -> Answer:
        """One part at the next prices, in one thread; without a least cost it has no bound."""
        part, cost = self.parts.parts[place], self._cost_of(place)
        share = min(1.0, _LATITUDE * search.threads / (len(self.parts.parts) - place))
        alone = replace(search, time_limit_s=share * max(0.0, ends - perf_counter()), threads=1)
        start = min(self._found[place], key=lambda plan: float(cost @ plan), default=None)
        answer = solve_in_thread(part.arrays.priced(cost), alone, start, tree_only=start is not None)
        if answer.status == "infeasible":  # or without a least cost: HiGHS need not tell
            there = solve_in_thread(part.arrays.priced(0.0 * cost), alone)
            return there if there.status == "infeasible" else replace(there, bound=-np.inf)
        return answer

    def _cost_of(self, place: int) -> Vector:
        """What each column of a part costs at the next prices."""
        part, prices = self.parts.parts[place], self._tried
        cost = part.arrays.cost - prices.across @ part.across
        cost[part.copied] = prices.copies[place]
        return cost

    def _keep(self, place: int, answer: Answer) -> tuple[Vector, float]:
        """Keep the plan of a part; what its columns cost, and what all of its plans cost at the least, safely."""
        part, cost, least = self.parts.parts[place], self._cost_of(place), answer.bound
        if answer.values is not None:
            plan = np.where(part.arrays.integer, np.round(answer.values), answer.values)
            self._found[place].append(plan)
            self.used[part.columns[~part.copied & (plan > _USED)]] = True
            least -= _ROW_SAFE * float(np.abs(cost) @ np.abs(plan))
        return cost, least - _ROW_SAFE * abs(answer.bound) if answer.bound > -np.inf else -np.inf

    def _rest_cost(self, search: Search) -> float:
        """What shared columns cost at the least beside what parts pay for them, and what sides of rows are worth."""
        parts, prices = self.parts, self._tried
        rest = parts.rest.priced(self._own_cost(prices) - _paid(parts, prices.copies)[parts.shared])
        sides = np.where(prices.across > 0, parts.whole.row_lower[parts.across], parts.whole.row_upper[parts.across])
        worth = float(prices.across @ np.where(prices.across == 0, 0.0, sides))
        least = solve_arrays(rest.relaxed(), search).bound if len(parts.shared) else 0.0
        return (least if least < np.inf else -np.inf) + worth  # no plan here means no least: the relaxation has one

    def _own_cost(self, prices: _Prices) -> Vector:
        """What shared columns cost where rows over several parts have their price."""
        return self.parts.rest.cost - prices.across @ self.parts.across_shared

    def _within_cost(self, prices: _Prices) -> _Prices:
        """Prices at which parts together pay for a column without a bound what it costs: less would give it away."""
        parts = self.parts
        sides = np.where(prices.across > 0, parts.whole.row_lower[parts.across], parts.whole.row_upper[parts.across])
        prices = replace(prices, across=np.where(np.isfinite(sides), prices.across, 0.0))
        cost, boundless = np.zeros(len(parts.whole.cost)), np.isinf(parts.whole.upper)
        cost[parts.shared] = self._own_cost(prices)
        copies = tuple(
            np.where(boundless[part.copies], np.maximum(paid, _LEAST_PRICE), paid)
            for part, paid in zip(parts.parts, prices.copies, strict=True)
        )
        times = np.where(boundless, cost * (1 - _SAFE) / np.maximum(_paid(parts, copies), _LEAST_PRICE), 1.0)
        copies = tuple(paid * times[part.copies] for part, paid in zip(parts.parts, copies, strict=True))
        return replace(prices, copies=copies)

    def _learn(self, bound: float, search: Search) -> None:
        if bound > self.bound:
            self.bound, self._best, self._best_round = bound, self._tried, len(self._rounds) - 1
        else:
            self._box *= _SHRINKS
        mix = _Mix(self.parts, self._found, self._best, self._box)
        answer, duals = solve_relaxed(mix.arrays, search)
        if answer.values is not None:
            self.mixed, self.shared = answer.objective, answer.values[: len(self.parts.shared)]
            self._tried = self._within_cost(mix.prices(duals))


def _relaxed_prices(parts: Parts, duals: Vector) -> _Prices:
    """What the rows of a part ask of its copies in the relaxation."""
    a = parts.whole
    worth = a.value * duals[a.row_of]
    copies = []
    for part in parts.parts:
        entry = np.isin(a.row_of, part.rows)
        asked = np.zeros(len(a.cost))
        np.add.at(asked, a.index[entry], worth[entry])
        copies.append(asked[part.copies])
    return _Prices(tuple(copies), duals[parts.across])


def _paid(parts: Parts, copies: tuple[Vector, ...]) -> Vector:
    """What all parts pay for each column."""
    paid = np.zeros(len(parts.whole.cost))
    for part, prices in zip(parts.parts, copies, strict=True):
        paid[part.copies] += prices
    return paid


class _Mix:
    """Plans of parts mixed as one plan of the whole; its copies may differ from it at the ends of the box.

    Columns: shared ones, the share of each plan, copies too many, copies too few. Rows: those of shared columns, rows
    over several parts, one a part whose shares add up to 1, one a copy.
    """

    def __init__(self, parts: Parts, found: list[list[Vector]], best: _Prices, box: float) -> None:
        self._parts, rest = parts, parts.rest
        prices = np.concatenate(best.copies) if best.copies else np.zeros(0)
        width = box * np.maximum(np.abs(prices), _LEAST_BOX * np.max(np.abs(prices), initial=_LEAST_PRICE))
        shared, plans, copies = len(parts.shared), sum(map(len, found)), len(prices)
        across, first_copy = len(parts.across), len(rest.row_lower) + len(parts.across) + len(parts.parts)
        matrix = np.zeros((first_copy + copies, shared + plans + 2 * copies))
        matrix[rest.row_of, rest.index] = rest.value
        matrix[len(rest.row_lower) : len(rest.row_lower) + across, :shared] = parts.across_shared
        cost = np.concatenate([rest.cost, np.zeros(plans), width - prices, width + prices])
        column, row = shared, first_copy
        for place, (part, ones) in enumerate(zip(parts.parts, found, strict=True)):
            mine = slice(row, row + len(part.copies))
            matrix[np.arange(mine.start, mine.stop), np.searchsorted(parts.shared, part.copies)] = -1.0
            for plan in ones:
                cost[column] = part.arrays.cost @ plan
                matrix[len(rest.row_lower) : len(rest.row_lower) + across, column] = part.across @ plan
                matrix[len(rest.row_lower) + across + place, column] = 1.0
                matrix[mine, column] = plan[part.copied]
                column += 1
            row = mine.stop
        end = np.arange(copies)
        matrix[first_copy + end, shared + plans + end] = 1.0
        matrix[first_copy + end, shared + plans + copies + end] = -1.0
        sides = np.concatenate([np.ones(len(parts.parts)), np.zeros(copies)])
        self._first_across, self._first_copy = len(rest.row_lower), first_copy
        many = matrix.shape[1] - shared
        filled = matrix != 0
        whole = parts.whole
        self.arrays = Arrays(
            cost=cost,
            lower=np.concatenate([rest.lower, np.zeros(many)]),
            upper=np.concatenate([rest.upper, np.full(many, np.inf)]),
            integer=np.zeros(matrix.shape[1], dtype=bool),
            row_lower=np.concatenate([rest.row_lower, whole.row_lower[parts.across], sides]),
            row_upper=np.concatenate([rest.row_upper, whole.row_upper[parts.across], sides]),
            start=np.concatenate([[0], np.cumsum(filled.sum(axis=1))]).astype(np.int32),
            index=np.nonzero(filled)[1].astype(np.int32),
            value=matrix[filled],
        )

    def prices(self, duals: Vector) -> _Prices:
        """The prices at which nobody would mix otherwise."""
        paid, ends = -duals[self._first_copy :], np.cumsum([len(part.copies) for part in self._parts.parts])
        copies = tuple(paid[end - len(part.copies) : end] for part, end in zip(self._parts.parts, ends, strict=True))
        return _Prices(copies, duals[self._first_across : self._first_across + len(self._parts.across)])
