"""Where nodes stand matters to shares of providers and to what survives a loss: when may they be swapped?"""

from __future__ import annotations

from typing import Protocol

from planner.milp.domains import domain_of
from planner.milp.instance import Instance, Kind, Pool


class Placed(Protocol):
    """Nodes of a pool on one kind of capacity."""

    @property
    def pool(self) -> Pool: ...

    @property
    def side(self) -> tuple[str, Kind]: ...


def keeps_its_place(p: Instance, new: Placed, old: Placed, nodes: int) -> bool:
    """Whether shares of providers and what survives a loss stay as they are with `nodes` of `new` for one of `old`."""
    same_hours = new.pool.provider == old.pool.provider and nodes * new.pool.gpus == old.pool.gpus
    if p.provider_shares and not same_hours:
        return False
    if p.survival is None:
        return True
    together = domain_of(new.pool, p.survival.loss) == domain_of(old.pool, p.survival.loss)
    return together and (new.side[1] == "firm" or old.side[1] == "spot")
