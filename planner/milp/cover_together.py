"""Leave out what some optimum over several scenarios does not need.

Deployments serve one scenario: each scenario leaves out its own. Nodes may be signed for all: an option goes only
where the same swap loses nothing in any scenario that has it, and where what is signed is as many nodes in all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from planner.milp.cover import Covering, Option, Side
from planner.milp.instance import Commitment, Instance
from planner.milp.prune import covered_options, drop_replaced_configurations, without_options
from planner.milp.two_stage import in_all


def pruned_together(instances: Mapping[str, Instance]) -> dict[str, Instance]:
    """The instances with fewer columns and the same optimum over all of them."""
    small = {name: drop_replaced_configurations(p) for name, p in in_all(instances).items()}
    dropped = covered_options(CoveringTogether(list(small.values())))
    return {name: without_options(p, dropped) for name, p in small.items()}


class CoveringTogether(Covering):
    """The options of the first scenario, and whether others cover them in all."""

    def __init__(self, instances: Sequence[Instance]) -> None:
        super().__init__(instances[0])
        self._rest = [_Scenario(p) for p in instances[1:]]

    def covered_places(self) -> Iterator[list[Option]]:
        """None: whole places are left where they are."""
        yield from ()

    def covers(self, new: Option, old: Option) -> bool:
        """Whether the swap loses nothing in any scenario."""
        if not super().covers(new, old):
            return False
        nodes = self._nodes_for_one(new, old) if isinstance(new.terms, Commitment) else None
        return all(one.allows(new, old, nodes) for one in self._rest)

    def _stays_together(self, side: Side) -> bool:
        return super()._stays_together(side) or any(one.stays_together(side) for one in self._rest)


class _Scenario(Covering):
    """Another scenario, asked about options of the first by their names."""

    def __init__(self, p: Instance) -> None:
        super().__init__(p)
        self._known = {(option.pool.id, option.form): option for option in self.dearest_first()}

    def allows(self, new: Option, old: Option, nodes: int | None) -> bool:
        """Whether the swap loses nothing here; `nodes` are those that must be signed for one, if any."""
        here = self._known.get((old.pool.id, old.form))
        if here is None:
            return not self._has(old)
        target = self._known.get((new.pool.id, new.form))
        if target is None or not self.covers(target, here):
            return False
        return nodes is None or self._nodes_for_one(target, here) == nodes

    def stays_together(self, side: Side) -> bool:
        """Whether replicas of a side cannot be split between two pools."""
        return side[0] in self.p.pools and self._stays_together(side)

    def _has(self, option: Option) -> bool:
        pool = self.p.pools.get(option.pool.id)
        return pool is not None and (option.form in pool.rentals or option.form in pool.commitments)
