"""Which purchase options another one covers: nodes paid by the one may be swapped for nodes paid by the other.

Swapping one node of (pool p, option o) for s nodes of (q, o') loses nothing where
 - every replica that p may carry can move to q, and s nodes of q hold whatever one node of p held;
 - s nodes of o' serve at least the same periods and cost no more, also in cash where there is a budget;
 - every quota that counts o' counts o too, and no more GPUs, kW or carbon are at work where these are limited.
Replicas with spares, or larger than a node, cannot be torn apart: then the firm capacity of p moves as a whole.
Halves of requests work together inside one place, a provider and region: they move within it, or the whole place
moves with all that runs there.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from planner.milp.exchange import gpu_ratio
from planner.milp.instance import Commitment, Deployment, Goal, Instance, Kind, Pool, Rental
from planner.milp.objective import worth_of_node_hour
from planner.milp.place import keeps_its_place

Side = tuple[str, Kind]
Place = tuple[str, str]  # provider, region
_SLACK = 1 + 1e-12


@dataclass(frozen=True, eq=False)
class Option:
    """A way to rent nodes of a pool, and what decides whether it may be swapped; equal only to itself."""

    pool: Pool
    form: str
    terms: Rental | Commitment
    quotas: frozenset[str]
    usd_per_gpu_hour: float

    @cached_property
    def side(self) -> Side:
        return self.pool.id, "spot" if self.form == "spot" else "firm"

    @property
    def place(self) -> Place:
        return self.pool.provider, self.pool.region

    @property
    def usable_gpus(self) -> float:
        """GPUs of one node that count."""
        return self.pool.gpus * (self.terms.usable_share if isinstance(self.terms, Rental) else 1.0)


class Covering:
    """The rented options still there, and the search for others that cover one of them."""

    def __init__(self, p: Instance) -> None:
        self.p = p
        ordered = sorted(_options(p), key=lambda o: (o.usd_per_gpu_hour, o.pool.id, o.form))
        self._options = dict.fromkeys(ordered)
        self._of_side: dict[Side, list[Option]] = defaultdict(list)
        for option in ordered:
            self._of_side[option.side].append(option)
        self._shape = _shapes(p)
        self._halved = {side for side, ones in p.housed.items() if any(one.role != "aggregated" for one in ones)}
        self._ratios: dict[tuple[int, int], float] = {}

    def dearest_first(self) -> list[Option]:
        """Every option, in the order in which removal is tried."""
        return list(self._options)[::-1]

    def covered_with(self, option: Option) -> list[Option]:
        """Options that may go because others cover them: the option, alone or with its whole side; or none."""
        if option not in self._options:
            return []
        side = self._of_side[option.side]
        if any(self.covers(other, option) for other in side if other is not option):
            return [option]
        if len(side) == 1 or not self._stays_together(option.side):
            strangers = (other for other in self._options if other.side != option.side)
            return [option] if any(self.covers(other, option) for other in strangers) else []
        return list(side) if self._whole_side_is_covered(side) else []

    def moves_as_one(self, option: Option) -> bool:
        """Whether all that is paid on the option's side moves together or not at all."""
        return self._stays_together(option.side)

    def nodes_for_one(self, new: Option, old: Option) -> int | None:
        """Nodes under `new` that hold what one node under `old` held; None where something cannot move."""
        return self._nodes_for_one(new, old)

    def remove(self, options: list[Option]) -> None:
        """Take options out of the search."""
        for option in options:
            del self._options[option]
            self._of_side[option.side].remove(option)

    def covered_places(self) -> Iterator[list[Option]]:
        """All options of a place with halves that moves as a whole to another one, one such place after another."""
        places = sorted({option.place for option in self._options if option.side in self._halved})
        for place in places[::-1]:
            leaving = [option for option in self._options if option.place == place]
            if self._is_closed(place) and any(
                self._takes_all(target, leaving) for target in {option.place for option in self._options} - {place}
            ):
                yield leaving

    def _is_closed(self, place: Place) -> bool:
        """Whether nothing of a place stays behind when its options leave."""
        free = {(option.pool.id, option.form) for option in self._options}
        return all(
            not pool.existing and all((pool.id, form) in free for form in (*pool.rentals, *pool.commitments))
            for pool in self.p.pools.values()
            if (pool.provider, pool.region) == place
        )

    def _takes_all(self, target: Place, leaving: list[Option]) -> bool:
        """Whether each side of a place may move to some side of the target."""
        sides: dict[Side, list[Option]] = defaultdict(list)
        for option in leaving:
            sides[option.side].append(option)
        homes: dict[Side, list[Option]] = defaultdict(list)
        for option in self._options:
            if option.place == target:
                homes[option.side].append(option)
        return all(
            any(all(any(self._swaps(new, old) for new in home) for old in side) for home in homes.values())
            for side in sides.values()
        )

    def covers(self, new: Option, old: Option) -> bool:
        """Whether nodes under `old` may be swapped for nodes under `new`, whatever else stays where it is."""
        return (new.place == old.place or old.side not in self._halved) and self._swaps(new, old)

    def _swaps(self, new: Option, old: Option) -> bool:
        nodes = self._nodes_for_one(new, old)
        if nodes is None or not self._costs_no_more(new, old, nodes):
            return False
        if not keeps_its_place(self.p, new, old, nodes) or any(
            nodes * worth_of_node_hour(new.pool, counted) > worth_of_node_hour(old.pool, counted) * _SLACK
            for counted in self._counted(new)
        ):
            return False
        return new.quotas <= old.quotas

    def _counted(self, new: Option) -> Iterator[Goal]:
        """What nodes at work add up to that is limited or minimised."""
        if new.quotas or self.p.gpu_limit is not None or "gpus" in self.p.weighed:
            yield "gpus"
        if "energy" in self.p.weighed:
            yield "energy"
        if self.p.carbon_limit is not None or "carbon" in self.p.weighed:
            yield "carbon"

    def _nodes_for_one(self, new: Option, old: Option) -> int | None:
        """Nodes under `new` that hold what one node under `old` held; None where something cannot move."""
        if new.side == old.side:
            return 1
        if new.side[1] == "spot" and old.side[1] == "firm" and not self._spot_is_free(old.side):
            return None
        ratio = self._ratio(new.side, old.side)
        if ratio == math.inf:
            return None
        return max(1, math.ceil(ratio * old.usable_gpus / new.usable_gpus - 1e-9))

    def _ratio(self, new: Side, old: Side) -> float:
        if old not in self._shape:
            return 0.0  # carries nothing
        if new not in self._shape:
            return math.inf
        shapes = self._shape[new], self._shape[old]
        if shapes not in self._ratios:
            whole = any(not self.p.workloads[one.workload].splits for one in self.p.housed[old])
            same = whole or self.p.configuration_limit is not None or self.p.switch_usd_per_replica > 0
            self._ratios[shapes] = gpu_ratio(self.p.housed[old], self.p.housed[new], same_configs=same)
        return self._ratios[shapes]

    def _spot_is_free(self, side: Side) -> bool:
        """Whether everything on a side may run on spot without a limit on its share."""
        return all(self.p.workloads[one.workload].spot_max_share >= 1 for one in self.p.housed[side])

    def _stays_together(self, side: Side) -> bool:
        """Whether replicas of a side cannot be split between two pools."""
        gpus = self.p.pools[side[0]].gpus
        return self.p.switch_usd_per_replica > 0 or any(
            one.spares or one.gpus > gpus for one in self.p.housed.get(side, ())
        )

    def _whole_side_is_covered(self, side: list[Option]) -> bool:
        """Whether one other pool has, for each option of the side, one that covers it."""
        places = [place for other, place in self._of_side.items() if other != side[0].side and place]
        return any(all(any(self.covers(new, old) for new in place) for old in side) for place in places)

    def _costs_no_more(self, new: Option, old: Option, nodes: int) -> bool:
        if isinstance(old.terms, Rental):
            if isinstance(new.terms, Rental):
                return _rents_no_dearer(new.terms, old.terms, nodes)
            return self._commitment_for_rent(new, new.terms, old.terms, nodes)
        if isinstance(new.terms, Rental):
            return self._rent_for_commitment(new.terms, old.terms, nodes)
        return self._commitment_for_commitment(new, new.terms, old.terms, nodes)

    @property
    def _hours_count(self) -> bool:
        """Whether it matters how long nodes are at work, beside what they cost."""
        p = self.p
        limited = p.gpu_limit is not None or p.carbon_limit is not None or bool(p.provider_shares)
        return limited or self.p.weighed != {"cost"}

    def _commitment_for_rent(self, option: Option, new: Commitment, old: Rental, nodes: int) -> bool:
        """Signing in the period of use costs no more than renting for a single block of it.

        What is signed for several scenarios would be paid in those that need no rent.
        """
        time = self.p.time
        if option.quotas or self._hours_count or self.p.shared:
            return False
        for t, b in time.slots:
            usd = old.usd(t) * time.hours[t][b] * _SLACK
            if t not in new.serves[t] or nodes * _npv(new, t) > usd * time.discount[t]:
                return False
            if self.p.budgets and any(nodes * cash > (usd if u == t else 0.0) for u, cash in enumerate(new.opex[t])):
                return False
        return True

    def _rent_for_commitment(self, new: Rental, old: Commitment, nodes: int) -> bool:
        """Renting around the clock while the commitment would serve costs no more than the commitment."""
        time = self.p.time
        for t, serves in enumerate(old.serves):
            usd = {u: nodes * new.usd(u) * time.period_hours(u) for u in serves}
            if sum(cash * time.discount[u] for u, cash in usd.items()) > _npv(old, t) * _SLACK:
                return False
            if self.p.budgets and any(cash > old.opex[t][u] * _SLACK for u, cash in usd.items()):
                return False
        return True

    def _commitment_for_commitment(self, option: Option, new: Commitment, old: Commitment, nodes: int) -> bool:
        """Signed in the same period it serves at least the same periods at no more cost."""
        exactly = bool(option.quotas) or self._hours_count
        for t, (serves, wanted) in enumerate(zip(new.serves, old.serves, strict=True)):
            if not set(wanted) <= set(serves) or (exactly and serves != wanted):
                return False
            if nodes * _npv(new, t) > _npv(old, t) * _SLACK:
                return False
            if self.p.budgets and any(nodes * n > o * _SLACK for n, o in zip(new.opex[t], old.opex[t], strict=True)):
                return False
        return True


def _rents_no_dearer(new: Rental, old: Rental, nodes: int) -> bool:
    """By the hour, for each start, and in the hours billed at least."""
    if new.minimum_hours > old.minimum_hours:
        return False
    for t in range(max(1, len(new.factors), len(old.factors))):
        mine, theirs = nodes * new.factor(t), old.factor(t) * _SLACK
        if mine * new.usd_per_hour > theirs * old.usd_per_hour or mine * new.usd_per_start > theirs * old.usd_per_start:
            return False
    return True


def _npv(option: Commitment, t: int) -> float:
    return sum(term[t] for term in option.terms.values())


def _options(p: Instance) -> Iterator[Option]:
    """Rented options; pools with owned, existing or given nodes, or a limit of their own, are left alone."""
    quotas: dict[tuple[str, str], set[str]] = defaultdict(set)
    for quota in p.quotas:
        for member in quota.members:
            quotas[member].add(quota.limit)
    for pool in p.pools.values():
        limited = any(one.limit for one in pool.commitments.values())
        limited |= any(rental.max_nodes is not None for rental in pool.rentals.values())
        given = p.signed is not None and bool(pool.commitments)
        if pool.existing or "owned" in pool.commitments or limited or given:
            continue
        priced: list[tuple[str, Rental | Commitment, float]] = [
            (form, rental, rental.usd_per_hour) for form, rental in pool.rentals.items()
        ]
        for form, option in pool.commitments.items():
            signed = next((t for t, serves in enumerate(option.serves) if serves), None)
            if signed is not None:
                hours = sum(p.time.period_hours(t) for t in option.serves[signed])
                priced.append((form, option, _npv(option, signed) / hours))
        for form, terms, usd in priced:
            yield Option(pool, form, terms, frozenset(quotas[pool.id, form]), usd / pool.gpus)


def _shapes(p: Instance) -> dict[Side, int]:
    """A number for each side; sides of one number carry the same deployments."""
    numbers: dict[tuple[object, ...], int] = {}
    return {side: numbers.setdefault(_signature(ones), len(numbers)) for side, ones in p.housed.items()}


def _signature(deployments: list[Deployment]) -> tuple[object, ...]:
    parts = ((d.workload, d.config, d.role, d.group, d.gpus, d.spares, *map(_items, _amounts(d))) for d in deployments)
    return tuple(sorted(parts))


def _amounts(one: Deployment) -> tuple[dict[str, float], ...]:
    return one.rates, one.usd_per_hour, one.usd_per_request


def _items(amounts: dict[str, float]) -> tuple[tuple[str, float], ...]:
    return tuple(sorted(amounts.items()))
