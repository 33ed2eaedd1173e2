"""All blocks in whole nodes and replicas: every block quickly, then those that lose most with more effort."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from math import inf
from time import perf_counter

import numpy as np

from planner.milp.arrays import Vector
from planner.milp.core.block_lp import Outcome
from planner.milp.core.ledger import Signed
from planner.milp.core.slots import Slots
from planner.milp.core.whole import Block, Committed, Effort, WholeBlocks
from planner.milp.highs import Search
from planner.milp.instance import Instance
from planner.milp.recover import Values

QUICK = Effort(offered=4, below=0, above=1)
THOROUGH = Effort(offered=6, below=3, above=6)
WIDE = Effort(offered=9, below=inf, above=inf)
EVERYTHING = Effort(offered=10**6, below=inf, above=inf)
_BLOCK_GAP = 0.5  # of the gap asked for, that a block may leave open
_SECONDS_A_BLOCK = 10.0
_LATITUDE = 2.0  # times an even share of the time left that one block may take


def committed_in(p: Instance, signed: Signed) -> Committed:
    """Nodes there in each period, by pool and form."""
    found: dict[tuple[str, str, int], int] = {}
    for (pool, form, signed_in), nodes in signed["bought"].items():
        for t in p.pools[str(pool)].commitments[str(form)].serves[int(signed_in)]:
            found[str(pool), str(form), t] = found.get((str(pool), str(form), t), 0) + int(nodes)
    for (pool, kept_in), nodes in signed["kept"].items():
        found[str(pool), "existing", int(kept_in)] = int(nodes)
    return found


class Repair:
    """Whole plans of all blocks. `most_usd` is the cost at which the gap asked for is reached."""

    def __init__(self, blocks: WholeBlocks, outcomes: list[Outcome], committed_usd: float, search: Search) -> None:
        self.blocks, self.outcomes, self.search = blocks, outcomes, search
        self.slots: Slots = blocks.slots
        self.ends = perf_counter() + search.time_limit_s
        self._committed_usd = committed_usd
        self._hourly_usd = committed_usd / float(self.slots.weight.sum())
        self.found: list[Block | None] = [None] * len(self.slots)

    @property
    def cost(self) -> float:
        """Of commitments and blocks; infinite while a block has no plan."""
        return self._committed_usd + float(self.slots.weight @ self.block_usd)

    @property
    def block_usd(self) -> Vector:
        """Of every block an hour, beside its committed nodes."""
        return np.array([inf if one is None else one.usd_per_hour for one in self.found])

    def run(self, most_usd: float) -> bool:
        """Plan every block, then those that lose most again until cost or clock say stop; False without a plan."""
        with ThreadPoolExecutor(self.search.threads) as pool:
            self._solve(pool, range(len(self.slots)), QUICK)
            for effort in (THOROUGH, EVERYTHING):
                missing = [s for s, one in enumerate(self.found) if one is None]
                self._solve(pool, missing, effort)
            if any(one is None for one in self.found):
                return False
            dearest_first = sorted(range(len(self.slots)), key=lambda s: -self._lost(s))
            step = self.search.threads * 4
            for start in range(0, len(dearest_first), step):
                if self.cost <= most_usd or perf_counter() > self.ends:
                    break
                left = self.search.threads * (self.ends - perf_counter()) / (len(dearest_first) - start)
                self._solve(pool, dearest_first[start : start + step], THOROUGH, _LATITUDE * left)
        return True

    def _lost(self, s: int) -> float:
        """What whole numbers add to a block [USD]."""
        one = self.found[s]
        return inf if one is None else float(self.slots.weight[s]) * (one.usd_per_hour - self.outcomes[s].usd_per_hour)

    def _solve(
        self, pool: ThreadPoolExecutor, slots: Iterable[int], effort: Effort, seconds: float = _SECONDS_A_BLOCK
    ) -> None:
        wanted = list(slots)
        asked = replace(
            self.search,
            threads=1,
            time_limit_s=min(seconds, _SECONDS_A_BLOCK),
            mip_gap=_BLOCK_GAP * self.search.mip_gap,
        )
        futures = [pool.submit(self.blocks.solve, s, self.outcomes[s], effort, asked, self._hourly_usd) for s in wanted]
        for s, future in zip(wanted, futures, strict=True):
            self.take(s, future.result())

    def improved(self, s: int, effort: Effort, asked: Search) -> Block | None:
        """Another plan of a block; in whatever thread this is."""
        return self.blocks.solve(s, self.outcomes[s], effort, asked, self._hourly_usd)

    def take(self, s: int, new: Block | None) -> None:
        """Let a plan of a block take the place of the one there, where it is cheaper."""
        old = self.found[s]
        if new is not None and (old is None or new.usd_per_hour < old.usd_per_hour):
            self.found[s] = new

    def values(self, signed: Signed) -> Values:
        """The families of the whole plan, keyed by period and block."""
        found: Values = {}
        for s, block in enumerate(self.found):
            if block is None:
                raise ValueError("a block has no plan")
            slot = int(self.slots.period[s]), int(self.slots.block[s])
            for family, values in block.values.items():
                mine = found.setdefault(family, {})
                if family not in signed:
                    mine.update({(*key[:-2], *slot): value for key, value in values.items()})
        return {**found, **signed}
