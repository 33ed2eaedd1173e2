"""One solve at one price: what the best fleet costs, what no fleet costs less than, what it pays for the thing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from planner.errors import InfeasibleError
from planner.explain.breakeven import Priced
from planner.milp.arrays import Vector, arrays_from
from planner.milp.brief import Counts, brief_answer, counts_in
from planner.milp.build import build
from planner.milp.highs import Answer, Search, solve_arrays
from planner.milp.instance import Deployment, Instance, Pool
from planner.milp.model import Model, Term
from planner.milp.parts_search import ROUNDS
from planner.milp.prune import prune
from planner.milp.refuse import refuse_unserved
from planner.milp.solve import solve
from planner.milp.stages import coefficients, with_row
from planner.plan.plan import Plan

EXACT_GAP = 1e-6
_LEAST_S = 0.5
_OTHER = 2.0


@dataclass(frozen=True)
class Offers:
    """Pools' purchase forms and hosted APIs that go by one name: (pool, form), (API, stream)."""

    options: frozenset[tuple[str, str]]
    apis: frozenset[tuple[str, str]] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.options or self.apis)


@dataclass(frozen=True)
class Clock:
    """How closely to search, and when all of it has to end (`time.monotonic`).

    Searches that are `brief` begin from known plans, and their gap is what it is.
    """

    asked: Search
    ends: float
    is_brief: bool = False
    known: list[Counts] = field(default_factory=list)
    """Of the plan first, then in the order found."""
    rounds: int = 1
    """Times that brief searches solve the parts of a model at most: at other prices the plan matters, not the bound."""

    def closer(self, times: float) -> Clock:
        """Where searches are brief, the same with so many times the gap, and time as that may take."""
        if not self.is_brief:
            return self
        seconds, gap = self.asked.time_limit_s / times, times * self.asked.mip_gap
        return replace(self, asked=replace(self.asked, mip_gap=gap, time_limit_s=seconds), rounds=ROUNDS)

    def until(self, ends: float) -> Clock:
        """The same with another end; what is known stays."""
        return replace(self, ends=ends)

    def solved(self, p: Instance, m: Model) -> Answer:
        """The answer to `m`, the model of `p`, within what is left."""
        if not self.is_brief or p.goals != ("cost",):
            return solve(p, m, "highs", self.search)
        answer = brief_answer(m, [*self.known[:1], *self.known[:0:-1]], self.search, rounds=self.rounds)
        if answer.values is not None:
            self.known.append(counts_in(m, answer.values))
        return answer

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() >= self.ends

    @property
    def search(self) -> Search:
        """One search within what is left."""
        left = max(_LEAST_S, self.ends - time.monotonic())
        return replace(self.asked, time_limit_s=min(self.asked.time_limit_s, left))


def without(p: Instance, gone: Offers) -> Instance:
    """The instance without some offers, and without deployments, pools and quota members that had nothing else."""
    pools = {
        name: replace(
            pool,
            rentals={form: one for form, one in pool.rentals.items() if (name, form) not in gone.options},
            commitments={form: one for form, one in pool.commitments.items() if (name, form) not in gone.options},
            existing=None if (name, "existing") in gone.options else pool.existing,
        )
        for name, pool in p.pools.items()
    }
    left = {name: pool for name, pool in pools.items() if pool.rentals or pool.commitments or pool.existing}
    there = {(name, form) for name, pool in left.items() for form in (*pool.rentals, *pool.commitments)}
    return replace(
        p,
        pools=left,
        deployments=tuple(_with_nodes(p.deployments, left)),
        apis=tuple(api for api in p.apis if (api.id, api.stream) not in gone.apis),
        quotas=tuple(replace(quota, members=quota.members & there) for quota in p.quotas),
    )


def _with_nodes(deployments: Iterable[Deployment], pools: dict[str, Pool]) -> Iterable[Deployment]:
    """Those whose pool has nodes of their kind."""
    firm = {name for name, pool in pools.items() if pool.existing or pool.commitments or "on_demand" in pool.rentals}
    spot = {name for name, pool in pools.items() if "spot" in pool.rentals}
    return (one for one in deployments if one.pool in (spot if one.kind == "spot" else firm))


@dataclass(frozen=True)
class Best:
    """The best fleet of an instance and what it uses."""

    cost: Priced
    uses: Offers


def cheaper(one: Best, other: Best) -> Best:
    """The better of two fleets of one question, with the higher bound."""
    best = min(one, other, key=lambda fleet: fleet.cost.cost)
    bound = min(best.cost.cost, max(one.cost.bound, other.cost.bound))
    return replace(best, cost=replace(best.cost, bound=bound))


def cheapest(p: Instance, clock: Clock) -> Best | None:
    """The least cost of an instance; None where nothing was found in time. Raises InfeasibleError."""
    small = _small(p)
    m = build(small)
    answer = clock.solved(small, m)
    if answer.status == "infeasible":
        raise InfeasibleError("no fleet satisfies all limits")
    if answer.values is None:
        return None
    return Best(Priced(answer.objective, answer.bound, 0.0), _uses(m, answer.values))


def offers_of(plan: Plan) -> Offers:
    """What a plan uses."""
    options: set[tuple[str, str]] = {(row.pool, row.form) for row in plan.purchases if row.nodes}
    options |= {(row.pool, "existing") for row in plan.kept if row.nodes}
    for row in plan.capacity:
        options |= {(row.pool, form) for form in ("on_demand", "spot") if getattr(row, f"{form}_nodes")}
    return Offers(
        frozenset(options), frozenset((row.api, row.demand_class) for row in plan.api if row.requests_per_s > SMALL)
    )


def _uses(m: Model, values: Vector) -> Offers:
    options: set[tuple[str, str]] = set()
    apis: set[tuple[str, str]] = set()
    for column, value in zip(m.columns, values.tolist(), strict=True):
        if value > SMALL:
            key = tuple(map(str, column.key))
            if column.family in ("on_demand", "spot"):
                options.add((key[0], column.family))
            elif column.family == "bought":
                options.add((key[0], key[1]))
            elif column.family == "kept":
                options.add((key[0], "existing"))
            elif column.family == "api":
                apis.add((key[1], key[0]))
    return Offers(frozenset(options), frozenset(apis))


@dataclass(frozen=True)
class Repriced:
    """A question whose prices of one thing can be multiplied: `at(1)` is the question as it is."""

    at: Callable[[float], Instance]
    clock: Clock

    def solved(self, factor: float) -> Priced | None:
        """The best fleet at a factor, and what it pays for the thing at today's prices; None without one in time."""
        if self.clock.is_over:
            return None
        small = _small(self.at(factor))
        m = build(small)
        answer = self.clock.solved(small, m)
        if answer.values is None:
            return None
        dearer = float(coefficients(m, self._priced(small, factor + _OTHER), "cost") @ answer.values)
        cost = float(coefficients(m, small, "cost") @ answer.values)
        spend = (dearer - cost) / _OTHER
        return Priced(answer.objective, answer.bound, spend if spend > SMALL * abs(cost) else 0.0)

    def _priced(self, small: Instance, factor: float) -> Instance:
        """A pruned instance at other prices of the thing."""
        other = self.at(factor)
        apis = {(api.id, api.stream): api for api in other.apis}
        return replace(
            small,
            pools={name: _with_prices_of(pool, other.pools[name]) for name, pool in small.pools.items()},
            apis=tuple(apis[api.id, api.stream] for api in small.apis),
        )


SMALL = 1e-9


def _with_prices_of(pool: Pool, other: Pool) -> Pool:
    return replace(
        pool,
        rentals={form: other.rentals[form] for form in pool.rentals},
        commitments={form: other.commitments[form] for form in pool.commitments},
    )


def _small(p: Instance) -> Instance:
    refuse_unserved(p)
    return prune(p)


def with_it(p: Instance, thing: Offers, search: Search) -> Priced | None:
    """The cheapest fleet that has some of the thing in every hour; None where there is none, or none in time.

    Of nodes at least one, of hosted APIs the largest share they may serve.
    """
    small = _beside(p, thing)
    m = build(small)
    a = arrays_from(m)
    rows = list(_at_work(small, m, thing)) if thing.options else list(_hosted(m, thing))
    for terms, least in rows:
        if not terms:
            return None
        a = with_row(a, -_vector(m, terms), -least)
    answer = solve_arrays(a, search)
    return None if answer.values is None else Priced(answer.objective, answer.bound, 0.0)


def _beside(p: Instance, thing: Offers) -> Instance:
    """Pruned, but for the thing: what it could be swapped for must not push it out."""
    others, alone = prune(without(p, thing)), p
    pools = {
        name: replace(
            pool,
            rentals={f: one for f, one in pool.rentals.items() if _stays(others, thing, name, f)},
            commitments={f: one for f, one in pool.commitments.items() if _stays(others, thing, name, f)},
        )
        for name, pool in alone.pools.items()
    }
    mine = {pool for pool, _ in thing.options}
    left = {name: pool for name, pool in pools.items() if name in others.pools or name in mine}
    kept = {one.key for one in others.deployments}
    wanted = [one for one in p.deployments if one.pool in mine or one.key in kept]
    deployments = tuple(_with_nodes(wanted, left))
    there = {(name, form) for name, pool in left.items() for form in (*pool.rentals, *pool.commitments)}
    quotas = tuple(replace(quota, members=quota.members & there) for quota in p.quotas)
    return replace(p, pools=left, deployments=deployments, quotas=quotas)


def _stays(others: Instance, thing: Offers, pool: str, form: str) -> bool:
    if (pool, form) in thing.options:
        return True
    there = others.pools.get(pool)
    return there is not None and (form in there.rentals or form in there.commitments)


def _at_work(p: Instance, m: Model, thing: Offers) -> Iterable[tuple[list[Term], float]]:
    """One row a block: the nodes of the thing that are there."""
    for t, b in p.time.slots:
        terms: list[Term] = []
        for name, form in thing.options:
            if (pool := p.pools.get(name)) is None:
                continue
            if form in pool.rentals:
                terms.append((m.family(form)[name, t, b], 1.0))
            elif form == "existing":
                terms.append((m.family("kept")[name, t], 1.0))
            elif form in pool.commitments:
                signed = enumerate(pool.commitments[form].serves)
                terms += [(m.family("bought")[name, form, u], 1.0) for u, serves in signed if t in serves]
        yield terms, 1.0


def _hosted(m: Model, thing: Offers) -> Iterable[tuple[list[Term], float]]:
    """All requests that may be sent are sent."""
    for (stream, api, *_), variable in m.family("api").items():
        if (str(api), str(stream)) in thing.apis and (most := m.columns[variable].upper):
            yield [(variable, 1.0)], most


def _vector(m: Model, terms: Iterable[Term]) -> Vector:
    found: Vector = arrays_from(m).cost * 0
    for variable, coefficient in terms:
        found[variable] += coefficient
    return found
