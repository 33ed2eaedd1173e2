"""Every block of every period as one row of arrays; scenarios of the demand only add rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.milp.arrays import Vector
from planner.milp.instance import Instance, Stream

Positions = NDArray[np.int64]


@dataclass(frozen=True)
class Slots:
    """Row by row: period, block and scenario, discounted hours times probability, demand by stream."""

    period: Positions
    block: Positions
    scenario: Positions
    weight: Vector
    planned: Vector  # [row, stream] requests/s
    expected_share: Vector  # [row, stream] requests expected for each request planned

    def __len__(self) -> int:
        return len(self.period)


def slots_of(p: Instance, streams: Mapping[str, Stream], probability: float = 1.0, scenario: int = 0) -> Slots:
    """The blocks of one demand."""
    periods, blocks = len(p.time.months), len(p.time.block_labels)
    hours = np.array(p.time.hours, dtype=np.float64)
    discounted = np.array(p.time.discount)[:, None] * hours * probability
    return Slots(
        period=np.repeat(np.arange(periods), blocks),
        block=np.tile(np.arange(blocks), periods),
        scenario=np.full(periods * blocks, scenario),
        weight=discounted.ravel(),
        planned=np.stack([np.array(one.planned).ravel() for one in streams.values()], axis=1),
        expected_share=np.stack([np.array(one.expected_share).ravel() for one in streams.values()], axis=1),
    )


def together(parts: Sequence[Slots]) -> Slots:
    """Several demands, one after the other."""
    return Slots(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in Slots.__dataclass_fields__),
    )
