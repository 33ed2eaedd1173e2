"""All blocks of a market solved, in two or more threads: HiGHS runs without Python's lock.

Each thread has its own HiGHS and always the same share of the blocks, so that results do not depend on timing.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType

import numpy as np

from planner.milp.arrays import Vector
from planner.milp.core.block_lp import BlockLp, Outcome
from planner.milp.core.market import Market
from planner.milp.core.slots import Positions, Slots


class Blocks:
    """The blocks of `slots`; a context manager, as it owns threads."""

    def __init__(self, market: Market, slots: Slots, unserved_usd: Vector, threads: int) -> None:
        self.market, self.slots = market, slots
        self._lps = [BlockLp(market, unserved_usd) for _ in range(max(1, threads))]
        self._pool = ThreadPoolExecutor(len(self._lps))

    def __enter__(self) -> Blocks:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        self._pool.shutdown()

    def solve_all(self, links: Vector) -> list[Outcome]:
        """Every block at the links of its period [t, link]."""
        slots = self.slots
        return self._solve(
            len(slots), lambda lp, s: lp.solve(slots.planned[s], slots.expected_share[s], links[slots.period[s]])
        )

    def solve_means(self, share: Vector, period: Positions, links: Vector) -> list[Outcome]:
        """The mean block of every group; `share[s, group]` are the weights that make the mean."""
        planned = share.T @ self.slots.planned
        expected = share.T @ (self.slots.planned * self.slots.expected_share)
        expected = expected / np.where(planned > 0, planned, 1.0)
        return self._solve(len(planned), lambda lp, c: lp.solve(planned[c], expected[c], links[period[c]]))

    def _solve(self, count: int, solve_one: Callable[[BlockLp, int], Outcome]) -> list[Outcome]:
        parts = np.array_split(np.arange(count), len(self._lps))

        def solve_part(lp: BlockLp, part: Positions) -> list[Outcome]:
            return [solve_one(lp, int(number)) for number in part]

        futures = [self._pool.submit(solve_part, lp, part) for lp, part in zip(self._lps, parts, strict=True)]
        return [outcome for future in futures for outcome in future.result()]
