"""Dual prices found in some block, and what they prove about every block.

Whatever prices are taken, clipping them makes them feasible for the dual of every block, because blocks share
their matrix and their prices: so each of them bounds the cost of each block from below, linearly in the
commitments. APIs and limited rents have upper bounds, so for them any price is feasible.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from planner.milp.arrays import Mask, Vector
from planner.milp.core.block_lp import Prices
from planner.milp.core.market import Market
from planner.milp.core.slots import Positions, Slots

_DIGITS = 9


class Vertices:
    """Rows of prices; `known[v, s]` is what prices v prove of block s at no commitments [USD an hour].

    `slope[v]` is what a unit of every link adds to that: nodes make blocks cheaper, caps used up dearer.
    """

    def __init__(self, market: Market, slots: Slots, unserved_usd: Vector) -> None:
        self.market, self.slots, self._unserved_usd = market, slots, unserved_usd
        self.firm_usd, self.spot_usd = market.rent_usd()
        self.slope = np.zeros((0, market.links))
        self.known = np.zeros((0, len(slots)))
        self._seen: set[bytes] = set()

    def __len__(self) -> int:
        return len(self.slope)

    def add(self, found: Iterable[Prices]) -> Positions:
        """Enter prices not seen before; their positions."""
        before = len(self)
        slopes, known = [], []
        for prices in found:
            mark = np.concatenate([prices.demand, prices.spot_share, prices.caps]).round(_DIGITS).tobytes()
            if mark not in self._seen:
                self._seen.add(mark)
                slope, row = self._proven(prices)
                slopes.append(slope)
                known.append(row)
        if slopes:
            self.slope = np.vstack([self.slope, slopes])
            self.known = np.vstack([self.known, known])
        return np.arange(before, len(self))

    def values(self, links: Vector) -> Vector:
        """What every prices prove of every block, [v, s], at the links of each period [t, link]."""
        return self.known + (self.slope @ links.T)[:, self.slots.period]

    def _proven(self, prices: Prices) -> tuple[Vector, Vector]:
        m, slots = self.market, self.slots
        demand, share, gpu = self.feasible(prices)
        counted = prices.caps @ m.counted if len(m.caps) else np.zeros(len(m.sides))
        over = np.where(np.isfinite(m.most_gpus), np.maximum(gpu - m.price - counted, 0.0), 0.0)
        limited_rents = np.where(over > 0, m.most_gpus, 0.0) @ over
        fixed = -limited_rents - sum(price * cap.gpus for price, cap in zip(prices.caps, m.caps, strict=True))
        net = demand - (share * m.spot_share) @ m.sharing
        known = slots.planned @ net + fixed
        if len(m.api_stream):
            saved = np.maximum(demand[m.api_stream] - m.api_usd * slots.expected_share[:, m.api_stream], 0.0)
            known = known - (saved * m.api_share * slots.planned[:, m.api_stream]).sum(axis=1)
        return np.concatenate([-(gpu * m.node_gpus)[m.linked], prices.caps]), known

    def feasible(self, prices: Prices) -> tuple[Vector, Vector, Vector]:
        """Prices of demand and spot share, and of a GPU on every side, that hold in the dual of every block."""
        m = self.market
        share = prices.spot_share
        waived = share @ m.sharing  # [d]
        demand = np.minimum(np.minimum(prices.demand, self._unserved_usd), self.firm_usd)
        demand = np.minimum(demand, self.spot_usd + waived)
        gpu = self._gpu_prices(demand, waived)
        counted = prices.caps @ m.counted if len(m.caps) else 0.0
        limited = np.isfinite(m.price) & ~m.free & np.isinf(m.most_gpus) & (gpu > 0)
        allowed = np.where(limited, (m.price + counted) / np.where(gpu > 0, gpu, 1.0), 1.0)
        scale = min(1.0, float(np.min(allowed, initial=1.0)))
        if scale < 1:
            demand, share = scale * demand, scale * share
            gpu = self._gpu_prices(demand, share @ m.sharing)
        return demand, share, gpu

    def _gpu_prices(self, demand: Vector, waived: Vector) -> Vector:
        """The least price of a usable GPU at which no stream gains on the side, [q]."""
        m = self.market
        worth = np.maximum(demand[:, None] - np.where(m.is_spot[None, :], waived[:, None], 0.0), 0.0)
        per_gpu = np.where(np.isfinite(m.gpu_s), worth / np.where(np.isfinite(m.gpu_s), m.gpu_s, 1.0), 0.0)
        return np.where(self._needs_price, per_gpu.max(axis=0, initial=0.0), 0.0)

    @property
    def _needs_price(self) -> Mask:
        """Sides whose capacity is a row: linked ones and those whose rent is limited."""
        linked: Mask = np.isin(np.arange(len(self.market.sides)), self.market.linked)
        return linked | ~self.market.free
