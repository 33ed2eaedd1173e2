"""One set of commitments for several demands: scenarios are only more blocks, weighted by their probability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from planner.milp.core.ledger import Signed, ledger_of
from planner.milp.core.market import market_of
from planner.milp.core.slots import slots_of, together
from planner.milp.core.solve import searched
from planner.milp.highs import Search
from planner.milp.instance import Instance, Stream


@dataclass(frozen=True)
class Scenario:
    """A demand that may come, and how likely; its streams have the names of the instance's."""

    probability: float
    streams: Mapping[str, Stream]


@dataclass(frozen=True)
class Committed:
    """Commitments for all scenarios in whole nodes; rents and replicas are fractions in every cost.

    No commitments have an expected cost below `bound`.
    """

    signed: Signed
    expected_cost: float
    bound: float
    scenario_cost: tuple[float, ...]

    @property
    def gap(self) -> float:
        """Share of the expected cost that is not proven."""
        return (self.expected_cost - self.bound) / max(abs(self.expected_cost), 1e-9)


def commit_for(p: Instance, scenarios: Sequence[Scenario], search: Search) -> Committed | None:
    """The commitments of least expected cost; None where none found serve every scenario.

    `p` must have nothing that couples blocks (see `applies`); of its demand nothing is read.
    """
    slots = together([slots_of(p, one.streams, one.probability, number) for number, one in enumerate(scenarios)])
    market = market_of(p, slots)
    ledger = ledger_of(p, market)
    core = searched(p, market, slots, ledger, search)
    if core.best is None:
        return None
    fixed = float(ledger.arrays.cost @ core.best.commitments)
    usd = np.bincount(slots.scenario, weights=slots.weight * core.best.block_usd, minlength=len(scenarios))
    costs = tuple(fixed + float(usd[n]) / one.probability for n, one in enumerate(scenarios))
    return Committed(ledger.signed(core.best.commitments), core.best.cost, core.bound, costs)
