"""What may happen to owned nodes, as numbers: they are sold, and people look after them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Sale:
    """One owned node sold when a period starts: discounted cost by named term, and the cash it brings and saves."""

    terms: dict[str, float]
    price: float
    saved: tuple[float, ...]  # running cost by period
    forgone: dict[int, float] = field(default_factory=dict)  # by period, what it would have brought when it retired


@dataclass(frozen=True)
class Staff:
    """People who look after owned nodes, paid by whole persons: `usd[t]` each in period t."""

    systems_per_person: float
    usd: tuple[float, ...]
