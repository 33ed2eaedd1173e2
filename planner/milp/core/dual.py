"""A bound that knows whole nodes and whole replicas: every block pays for the nodes it finds committed.

Charged a price for each committed node, a block may use as many as it likes, and need not know who else does.
What blocks then cost at the least, in whole numbers, and what the ledger gains at most from selling nodes at
these prices, bound every plan from below. The prices are those at which the relaxation holds.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from time import perf_counter

import numpy as np

from planner.milp.arrays import Vector
from planner.milp.core.ledger import Ledger
from planner.milp.core.master import Master
from planner.milp.core.repair import WIDE, Repair
from planner.milp.core.replicas import Need, WholeReplicas
from planner.milp.core.slots import Positions
from planner.milp.highs import Search, solve_arrays

_SAFE = 1e-6  # prices are lowered by so much, so that no commitment pays by the solver's tolerances
_BLOCK_GAP, _FINE_GAP = 0.7, 0.2  # of the gap asked for, that a block may leave open, and when it is proven again
_PLAN_SHARE, _PROVE_SHARE = 0.5, 0.7  # of the time left, for better plans, and for proving each of them once
_LATITUDE = 4.0
Task = Callable[[int, Search], Callable[[], None]]


class Dual:
    """The prices of one master, and what they prove block by block."""

    def __init__(self, ledger: Ledger, master: Master, replicas: WholeReplicas, search: Search) -> None:
        self.slots, self.search, self._replicas = replicas.slots, search, replicas
        mix = master.mixes() * (1 - _SAFE)
        groups = master.groups
        self.prices = -(mix.T @ master.vertices.slope)[groups.of_slot]  # [s, link] USD an hour
        self.prices[:, len(master.vertices.market.linked) :] = 0.0  # what caps count costs blocks nothing here
        self.block_usd = np.einsum("vs,vs->s", mix[:, groups.of_slot], master.vertices.known)
        self._fixed = self._ledger_usd(ledger)
        for s in np.argsort(groups.of_slot, kind="stable").tolist():
            self.block_usd[s] = max(self.block_usd[s], replicas.least_usd(s, self._gpu_usd(s)))

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

    def _gpu_usd(self, s: int) -> Vector:
        """What a usable GPU of each side costs at least in a block, [q] USD an hour."""
        market = self._replicas.market
        usd = market.price.copy()
        committed = self.prices[s, : len(market.linked)] / market.node_gpus[market.linked]
        usd[market.linked] = np.minimum(usd[market.linked], committed)
        return usd

    def close(self, repair: Repair, links: Vector) -> None:
        """Plan every block among more deployments, then prove them in whole numbers, while time lasts.

        Those that may gain most come first. `links` are those of the plan.
        """

        def plan(s: int, asked: Search) -> Callable[[], None]:
            effort = replace(WIDE, needs=self._needs(s))
            return lambda: repair.take(s, repair.improved(s, effort, asked))

        def prove(s: int, asked: Search) -> Callable[[], None]:
            needs = self._needs(s)

            def solve() -> None:
                least, block = repair.blocks.least(s, self.prices[s], needs, asked)
                self.block_usd[s] = max(self.block_usd[s], least)
                repair.take(s, block)

            return solve

        ends, gap = perf_counter() + self.search.time_limit_s, self.search.mip_gap
        passes = [(plan, _BLOCK_GAP, _PLAN_SHARE), (prove, _BLOCK_GAP, _PROVE_SHARE if gap else 1.0)]
        for task, block_gap, share in (*passes, *([(prove, _FINE_GAP, 1.0)] if gap else [])):
            paid = repair.block_usd + np.einsum("sl,sl->s", self.prices, links[self.slots.period])
            order = np.argsort(-self.slots.weight * (paid - self.block_usd), kind="stable")
            until = perf_counter() + share * (ends - perf_counter())
            self._work_off(task, order, repair, replace(self.search, threads=1, mip_gap=block_gap * gap), until)

    def _work_off(self, task: Task, order: Positions, repair: Repair, asked: Search, ends: float) -> None:
        """A task for one block after another, until the gap is reached or the clock says stop."""
        step = 2 * self.search.threads
        with ThreadPoolExecutor(self.search.threads) as pool:
            for start in range(0, len(order), step):
                if repair.cost - self.bound <= self.search.mip_gap * abs(repair.cost) or perf_counter() > ends:
                    return
                seconds = _LATITUDE * (ends - perf_counter()) * self.search.threads / (len(order) - start)
                brief = replace(asked, time_limit_s=seconds)
                futures = [pool.submit(task(s, brief)) for s in order[start : start + step].tolist()]
                for future in futures:
                    future.result()

    def _needs(self, s: int) -> tuple[Need, ...]:
        return tuple(self._replicas.needs(s, self._gpu_usd(s)))
