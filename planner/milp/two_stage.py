"""Several scenarios of one question: what is signed, bought and kept is the same in all, everything else is not.

Every scenario is a whole `Instance`, so that prices, supply and limits may differ as well as demand. Nodes that
are not on offer in every scenario are left out of all of them: what is decided now must be possible whatever comes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from planner.errors import InfeasibleError
from planner.milp.instance import Instance, Pool, Signed
from planner.milp.model import Model, Term
from planner.milp.solution import Solution

DECIDED_NOW = ("bought", "kept", "sold")
Measure = Literal["expected", "worst_regret", "worst_cost", "cvar"]


@dataclass(frozen=True)
class Aim:
    """What is to be best over the scenarios; `tail` and `weight` are those of the conditional value at risk."""

    measure: Measure
    tail_from: float  # share of what may happen that is not in the tail
    weight: float

    def of(self, shares: Mapping[str, float], costs: Mapping[str, float], best: Mapping[str, float]) -> float:
        """The measure of what the scenarios cost, by name; `best` is what each costs at the least on its own."""
        possible = [name for name in costs if shares[name] > 0]
        if self.measure == "worst_cost":
            return max(costs[name] for name in possible)
        if self.measure == "worst_regret":
            return max(costs[name] - best[name] for name in possible)
        expected = sum(shares[name] * costs[name] for name in possible)
        if self.measure == "expected":
            return expected
        return (1 - self.weight) * expected + self.weight * tail_mean(shares, costs, self.tail_from)


def tail_mean(shares: Mapping[str, float], costs: Mapping[str, float], tail_from: float) -> float:
    """Conditional value at risk: the mean cost of the dearest 1 - `tail_from` of what may happen."""
    left, total = 1 - tail_from, 0.0
    for name in sorted(costs, key=lambda name: -costs[name]):
        part = min(shares[name], left)
        total += part * costs[name]
        left -= part
    return total / (1 - tail_from)


@dataclass(frozen=True)
class Together:
    """Scenarios by name with their probabilities (`shares` may know more names); `best` are their own least costs."""

    instances: Mapping[str, Instance]
    shares: Mapping[str, float]
    aim: Aim
    best: Mapping[str, float]

    @property
    def possible(self) -> list[str]:
        """Scenarios that may happen at all."""
        return [name for name in self.instances if self.shares[name] > 0]


@dataclass
class Stack(Model):
    """The models of all scenarios beside each other on shared commitments, and what each costs."""

    costs: dict[str, list[Term]] = field(init=False, default_factory=dict)
    offered: Counter[int] = field(init=False, default_factory=Counter)  # scenarios that have a shared column

    def add(self, name: str, own: Model) -> None:
        """Enter one scenario's model: shared columns are met, the others are its own."""
        position = [
            self._met(column.family, own, place) if column.family in DECIDED_NOW else self._own(name, own, place)
            for place, column in enumerate(own.columns)
        ]
        for row in own.rows:
            terms = [(position[variable], coefficient) for variable, coefficient in row.terms]
            self.rows.append(replace(row, key=(name, *row.key), terms=terms))
        self.costs[name] = [(position[variable], coefficient) for variable, coefficient in own.cost]

    def leave_out_what_some_lack(self) -> None:
        """No nodes where a scenario has no column for them."""
        for shared, scenarios in self.offered.items():
            if scenarios < len(self.costs):
                self.columns[shared] = replace(self.columns[shared], upper=0)

    def _met(self, family: str, own: Model, place: int) -> int:
        column = own.columns[place]
        found = self.family(family).get(column.key)
        if found is None:
            found = self.define(family, column.key, upper=column.upper)
        both = [upper for upper in (self.columns[found].upper, column.upper) if upper is not None]
        self.columns[found] = replace(self.columns[found], upper=min(both, default=None))
        self.offered[found] += 1
        return found

    def _own(self, name: str, own: Model, place: int) -> int:
        column = own.columns[place]
        return self.define(column.family, (name, *column.key), upper=column.upper, integer=column.integer)


def signed_in(solution: Solution) -> Signed:
    """What a solution signs, buys and keeps."""
    return {family: dict(solution.values.get(family, {})) for family in DECIDED_NOW}


def holding(p: Instance, signed: Signed) -> Instance:
    """The instance where all that is signed, bought and kept is given; raises InfeasibleError where it cannot be."""
    refused = [key for key in signed["bought"] if not _is_offered(p, key)]
    refused += [key for key in signed["kept"] if not _is_kept(p, key)]
    if refused:
        first = ", ".join(f"{key[0]} ({key[1]})" if isinstance(key[1], str) else f"{key[0]}" for key in refused[:3])
        raise InfeasibleError(f"not on offer there, but signed, bought or kept: {first}")
    held = {(str(key[0]), str(key[1])) for key in signed["bought"]} | {(str(key[0]), "") for key in signed["kept"]}
    return replace(without_commitments(p, held), signed={family: signed.get(family, {}) for family in DECIDED_NOW})


def _is_offered(p: Instance, key: tuple[str | int, ...]) -> bool:
    pool, form, t = str(key[0]), str(key[1]), int(key[2])
    option = p.pools[pool].commitments.get(form) if pool in p.pools else None
    return option is not None and bool(option.serves[t])


def _is_kept(p: Instance, key: tuple[str | int, ...]) -> bool:
    return str(key[0]) in p.pools and p.pools[str(key[0])].existing is not None


def in_all(instances: Mapping[str, Instance]) -> dict[str, Instance]:
    """The instances with the commitments that all of them offer, marked as shared."""
    offers = [_offers(p) for p in instances.values()]
    common = frozenset.intersection(*offers)
    return {name: replace(without_commitments(p, common), shared=True) for name, p in instances.items()}


def _offers(p: Instance) -> frozenset[tuple[str, str]]:
    """(pool, form) of all that may be signed or bought; (pool, "") of what may be kept."""
    signed = ((pool.id, form) for pool in p.pools.values() for form in pool.commitments)
    kept = ((pool.id, "") for pool in p.pools.values() if pool.existing)
    return frozenset([*signed, *kept])


def without_commitments(p: Instance, kept: Iterable[tuple[str, str]]) -> Instance:
    """The instance with no commitments but those."""
    wanted = frozenset(kept)
    pools = {name: _pool(pool, wanted) for name, pool in p.pools.items()}
    there = {(pool.id, form) for pool in pools.values() for form in (*pool.rentals, *pool.commitments)}
    quotas = tuple(replace(quota, members=quota.members & there) for quota in p.quotas)
    return replace(p, pools=pools, quotas=quotas)


def _pool(pool: Pool, wanted: frozenset[tuple[str, str]]) -> Pool:
    return replace(
        pool,
        commitments={form: one for form, one in pool.commitments.items() if (pool.id, form) in wanted},
        existing=pool.existing if (pool.id, "") in wanted else None,
    )
