"""A bound that knows whole nodes and whole replicas: every block pays for the nodes it finds committed.

Charged a price for each committed node, a block may use as many as it likes, and need not know who else does.
What blocks then cost at the least, in whole numbers, and what the ledger gains at most from selling nodes at
these prices, bound every plan from below. The prices are those at which the relaxation holds.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from time import perf_counter

import numpy as np

from planner.milp.arrays import Vector
from planner.milp.core.ledger import Ledger
from planner.milp.core.master import Master
from planner.milp.core.repair import Repair
from planner.milp.core.slots import Slots
from planner.milp.highs import Search, solve_arrays

_SAFE = 1e-6  # prices are lowered by so much, so that no commitment pays by the solver's tolerances
_BLOCK_GAP = 0.3  # of the gap asked for, that a block may leave open
_LATITUDE = 4.0


class Dual:
    """The prices of one master, and what they prove block by block."""

    def __init__(self, ledger: Ledger, master: Master, slots: Slots, search: Search) -> None:
        self.slots, self.search = slots, search
        mix = master.mixes() * (1 - _SAFE)
        groups = master.groups
        self.prices = -(mix.T @ master.vertices.slope)[groups.of_slot]  # [s, link] USD an hour
        self.prices[:, len(master.vertices.market.linked) :] = 0.0  # what caps count costs blocks nothing here
        self.block_usd = np.einsum("vs,vs->s", mix[:, groups.of_slot], master.vertices.known)
        self._fixed = self._ledger_usd(ledger)

    @property
    def bound(self) -> float:
        """What is proven so far."""
        return self._fixed + float(self.slots.weight @ self.block_usd)

    def _ledger_usd(self, ledger: Ledger) -> float:
        """The least the ledger costs when every node it holds earns its price."""
        earned = np.zeros(ledger.shape)
        np.add.at(earned, self.slots.period, self.slots.weight[:, None] * self.prices)
        arrays = replace(ledger.arrays, cost=ledger.arrays.cost - earned.ravel() @ ledger.counts)
        return solve_arrays(arrays.relaxed(), self.search).bound if len(arrays.cost) else 0.0

    def raise_bound(self, repair: Repair, links: Vector) -> None:
        """Solve blocks in whole numbers, those that may raise the bound most first, while time lasts.

        `links` are those of the plan; blocks that turn out cheaper in passing take their place in it.
        """
        ends = perf_counter() + self.search.time_limit_s
        paid = repair.block_usd + np.einsum("sl,sl->s", self.prices, links[self.slots.period])
        order = np.argsort(-self.slots.weight * (paid - self.block_usd), kind="stable")
        step = 2 * self.search.threads
        with ThreadPoolExecutor(self.search.threads) as pool:
            for start in range(0, len(order), step):
                if repair.cost - self.bound <= self.search.mip_gap * abs(repair.cost) or perf_counter() > ends:
                    return
                part = order[start : start + step].tolist()
                seconds = _LATITUDE * (ends - perf_counter()) * self.search.threads / (len(order) - start)
                asked = replace(self.search, threads=1, mip_gap=_BLOCK_GAP * self.search.mip_gap, time_limit_s=seconds)
                futures = [pool.submit(repair.blocks.least, s, self.prices[s], asked) for s in part]
                for s, future in zip(part, futures, strict=True):
                    least, block = future.result()
                    self.block_usd[s] = max(self.block_usd[s], least)
                    repair.take(s, block)
