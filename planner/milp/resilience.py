"""What may be asked beyond caps: shares of providers, losses to survive, demand that may be left unserved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Loss = Literal["zone", "region", "provider"]


@dataclass(frozen=True)
class ProviderShare:
    """A share of all GPU-hours at work in each period that one provider has at most, or at least."""

    limit: str  # its name; the value is the limit's
    provider: str
    at_least: bool = False


@dataclass(frozen=True)
class Survival:
    """What is left when any one zone, region or provider is lost must still serve a share of the demand.

    Of a region with several zones a loss takes at most ceil(n / zones) of n replicas; of all else it takes everything.
    """

    loss: Loss
    share: float
    workloads: frozenset[str]
    zones: int = 1

    @property
    def keeps_zones(self) -> bool:
        """Whether part of a region survives."""
        return self.loss == "zone"


@dataclass(frozen=True)
class Unserved:
    """Demand that may be left unserved for a price; a class of priority 1 is the last to be left out."""

    usd_per_request: float
    max_share: float = 1.0
    priority: int = 1
