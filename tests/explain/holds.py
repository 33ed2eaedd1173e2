"""Whether what an explanation says happens: the input is changed as the text says, and the whole pipeline plans again.

Every search ends within a gap, so a statement is an interval; it holds where the interval that the new plan and its
bound leave overlaps it. Where both are proven that is equality.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from asked import set_to

from planner.again import Question
from planner.errors import InfeasibleError, NoCandidateError, OutOfTimeError
from planner.explain.fleet import fleet_of
from planner.explain.pose import Poser
from planner.milp.optimise import optimise_instance, search_for
from planner.plan.plan import FlipRow, FrontRow, LeverRow, MarginalRow, Plan, SwingRow, TwiceRow, WhyNotRow

NEAR = 1e-5  # relative
PER_CENT = 0.01


@dataclass
class Tally:
    """Statements that hold, those that do not, and those that planning again could not tell in its time."""

    held: int = 0
    open: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, verdict: str | None, said: str) -> None:
        """`verdict` is what is wrong, "" where it holds, None where it cannot be told."""
        if verdict is None:
            self.open += 1
        elif verdict:
            self.wrong.append(f"{said}: {verdict}")
        else:
            self.held += 1


@dataclass
class Again:
    """Plans a question again, each change once."""

    question: Question
    explained: Plan
    more: Mapping[str, Any] = field(default_factory=dict)
    """Changes that say how long to search."""
    known: dict[str, Plan | str | None] = field(default_factory=dict)

    @property
    def base(self) -> tuple[float, float]:
        """Objective that changes are counted from, and what nothing is below."""
        row = self.explained.explained
        assert row is not None
        return row.objective, row.bound

    def planned(self, changes: Mapping[str, Any]) -> Plan | str | None:
        """The plan, why there is none, or None where none was found in time."""
        said = repr(sorted(changes.items(), key=str))
        if said not in self.known:
            try:
                self.known[said] = self.question.changed({**self.more, **changes}).answered()
            except (InfeasibleError, NoCandidateError) as error:
                self.known[said] = str(error)
            except OutOfTimeError:
                self.known[said] = None
        return self.known[said]

    def change(self, changes: Mapping[str, Any], said: tuple[float | None, float | None, float | None]) -> str | None:
        """What is wrong with a change said to lie between the last two."""
        there, (found, least, most) = self.planned(changes), said
        if there is None:
            return None
        if isinstance(there, str) or found is None or least is None or most is None:
            return "" if isinstance(there, str) and found is None else f"said {found}, planned {there!r:.80}"
        (objective, bound), slack = self.base, NEAR * abs(self.base[0])
        proof = there.certificate
        low, high = min(proof.bound, proof.objective) - objective, proof.objective - bound
        if low <= most + slack and high >= least - slack and least <= found + slack and found <= most + slack:
            return ""
        return f"said {least:,.2f} to {most:,.2f}, planned {low:,.2f} to {high:,.2f}"


def marginal(again: Again, row: MarginalRow) -> str | None:
    """A step of one limit, demand or target."""
    said = (row.change, row.least, row.most)
    if row.step == 0:  # left alone with all others that do not bind: four times looser changes nothing
        return again.change(set_to(again.question, row, row.at * 4), said)
    return again.change(set_to(again.question, row, row.at + row.step), said)


def swing(again: Again, row: SwingRow) -> str | None:
    """A fifth down and up."""
    found: list[str | None] = []
    for value, change in ((row.low, row.low_change), (row.high, row.high_change)):
        if value is not None:
            within = (None, None) if change is None else (change - row.within, change + row.within)
            found.append(again.change(set_to(again.question, row, value), (change, *within)))
    return next((one for one in found if one), None if None in found else "")


def flip(again: Again, row: FlipRow) -> str | None:
    """The fleet up to one value, another from the next; at equal cost either is right."""
    before = again.planned(set_to(again.question, row, row.same_to))
    if row.flips_at is None:
        return _still(again, before)
    if row.is_exact and row.fleet and abs(row.flips_at / row.same_to - 1) > PER_CENT + 1e-9:
        return f"{row.same_to} and {row.flips_at} are further apart than 1 %"
    after = again.planned(set_to(again.question, row, row.flips_at))
    if before is None or after is None:
        return None
    if not row.fleet:
        return "" if isinstance(after, str) else "there is a fleet where none was said"
    if isinstance(after, str) or row.change is None:
        return f"no fleet: {after!r:.80}"
    if _still(again, before):
        return _still(again, before)
    cost = after.certificate.objective - again.base[0]
    gap = after.certificate.objective - after.certificate.bound + NEAR * abs(after.certificate.objective)
    if not row.is_exact:
        if cost - gap > row.change + NEAR * abs(again.base[0]):
            return "there is no fleet as cheap"
        told = None if row.saves_least is None else again.base[0] + row.change + row.saves_least
        return _keeps(again, set_to(again.question, row, row.flips_at), told)
    return "" if list(fleet_of(after)) == row.fleet or abs(cost - row.change) <= gap else "another fleet"


def _keeps(again: Again, changes: Mapping[str, Any], least: float | None) -> str | None:
    """No fleet of the kinds of node that the explained one has costs less, or none of them can serve it."""
    assert again.explained.explained is not None
    fleet, asked = set(again.explained.explained.fleet), again.question.changed({**again.more, **changes})
    p = Poser(asked).posed({})
    pools = {
        name: replace(
            pool,
            rentals={form: one for form, one in pool.rentals.items() if f"{pool.gpu} {form}" in fleet},
            commitments={form: one for form, one in pool.commitments.items() if f"{pool.gpu} {form}" in fleet},
        )
        for name, pool in p.pools.items()
    }
    kept = {(name, form) for name, pool in pools.items() for form in (*pool.rentals, *pool.commitments)}
    firm = {name for name, form in kept if form != "spot"} | {name for name, pool in pools.items() if pool.existing}
    spot = {name for name, form in kept if form == "spot"}
    p = replace(
        p,
        pools={name: pool for name, pool in pools.items() if name in firm | spot},
        deployments=tuple(one for one in p.deployments if one.pool in (spot if one.kind == "spot" else firm)),
        apis=tuple(api for api in p.apis if f"{api.id} api" in fleet),
        quotas=tuple(replace(quota, members=quota.members & kept) for quota in p.quotas),
    )
    try:
        found = optimise_instance(p, asked.problem.solve.solver, search_for(asked.problem)).certificate
    except InfeasibleError:
        return "" if least is None else "the same kinds cannot serve it"
    except OutOfTimeError:
        return None
    if least is None:
        return "the same kinds can serve it"
    return (
        ""
        if found.objective >= least - NEAR * abs(least)
        else f"the same kinds cost {least - found.objective:,.0f} less"
    )


def _still(again: Again, there: Plan | str | None) -> str | None:
    """Nothing wrong where the fleet is the explained one, or one whose cost nobody can tell from its."""
    if there is None or isinstance(there, str):
        return there if there is None else f"no fleet: {there:.60}"
    row = again.explained.explained
    assert row is not None
    if list(fleet_of(there)) == row.fleet:
        return ""
    return None


def enters(again: Again, row: WhyNotRow) -> str | None:
    """Within 1 % of the price it is in the best fleet below and not above."""
    if row.enters_low is None or row.enters_high is None or not row.today:
        return _saves_at_most(again, row, row.tried_share or 0.0)
    low, high = row.enters_low / row.today, row.enters_high / row.today
    cheaper = {"prices": {**again.question.problem.prices, row.name: (1 - PER_CENT) * low}}
    below = again.planned(cheaper)
    if isinstance(below, Plan) and not has(below, row):  # within the gap another fleet is as good
        below = again.planned({**cheaper, "solve.mip_gap": 0.0})
    if below is None or isinstance(below, str):
        return below
    objective, bound = again.base
    if not has(below, row) and below.certificate.objective < bound:
        return "cheaper below, without it"
    if not has(below, row):  # where the search was not closer than that, a fleet with it may be better still
        is_proven = below.certificate.bound >= bound - NEAR * abs(bound)
        return f"not in the plan below {row.enters_low:.4g}" if is_proven else None
    if row.verdict == "as_good":
        return ""
    saved = _saves_at_most(again, row, low)
    if saved or high >= 1 - 1e-6:
        return saved
    above = _at(again, row, (1 + PER_CENT) * high)
    if above is None or isinstance(above, str):
        return above
    saves = objective - above.certificate.objective
    return "" if not has(above, row) or saves <= NEAR * objective else f"in the plan above {row.enters_high:.4g}"


def _saves_at_most(again: Again, row: WhyNotRow, factor: float) -> str | None:
    """Where its price is not exact, no fleet at a factor is below what was said."""
    if row.floor_usd is None:
        return ""
    there = _at(again, row, factor)
    if there is None or isinstance(there, str):
        return there
    below = row.floor_usd - there.certificate.objective
    return "" if below <= NEAR * row.floor_usd else f"saves {below:,.0f} more than said at {factor:.4g}"


def _at(again: Again, row: WhyNotRow, factor: float) -> Plan | str | None:
    """Planned with all prices of it at a factor."""
    return again.planned({"prices": {**again.question.problem.prices, row.name: factor}})


def has(plan: Plan, row: WhyNotRow) -> bool:
    """Whether a plan has any of it."""
    providers = {pool.id: pool for pool in plan.pools}
    nodes = [(row.pool, row.form) for row in plan.purchases if row.nodes]
    nodes += [
        (one.pool, form) for one in plan.capacity for form in ("on_demand", "spot") if getattr(one, f"{form}_nodes")
    ]
    names = {"gpu": {providers[pool].gpu for pool, _ in nodes}, "form": {form for _, form in nodes}}
    names["provider"] = {providers[pool].provider for pool, _ in nodes}
    hosted = {option.api: option.provider for option in plan.api_options}
    if any(one.requests_per_s > 0 for one in plan.api):
        names["form"].add("api")
        names["provider"] |= {hosted[one.api] for one in plan.api if one.requests_per_s > 0}
    return row.name in names[row.kind]


def twice(again: Again, row: TwiceRow) -> str | None:
    """Twice the demand of all workloads, planned as long as the problem says."""
    everything = LeverRow(subject="all", kind="demand", key="workloads.*", unit="x", at=1.0)
    there = again.planned(set_to(again.question, everything, 2.0))
    if there is None or isinstance(there, str) or row.npv_usd is None:
        return "" if row.refusal and isinstance(there, str) else there if there is None else f"planned {there!r:.60}"
    slack = there.certificate.gap + (row.gap or 0.0) + NEAR
    return "" if abs(there.total_npv_usd / row.npv_usd - 1) <= slack else f"planned {there.total_npv_usd:,.0f}"


def point(again: Again, row: FrontRow) -> str | None:
    """Every latency target multiplied."""
    changes: dict[str, Any] = {}
    for workload in again.explained.workloads:
        if workload.slo and workload.deadline_h is None and again.question.problem.workloads[workload.id].slo:
            table = {target: value * row.factor for target, value in workload.slo.items()}
            changes[f"workloads.{workload.id}.slo"] = table
    there = again.planned(changes)
    if there is None or isinstance(there, str) or row.objective is None or row.bound is None:
        return "" if row.refusal and isinstance(there, str) else there if there is None else f"planned {there!r:.60}"
    slack, proof = NEAR * abs(row.objective), there.certificate
    apart = row.bound > proof.objective + slack or row.objective < proof.bound - slack
    return f"said {row.objective:,.0f}, planned {proof.objective:,.0f}" if apart else ""


@dataclass(frozen=True)
class Statement:
    """One thing that an explanation says, and how to find out: what is wrong, "" if nothing, None if untold."""

    kind: str
    words: str
    verdict: Callable[[], str | None]


def statements(again: Again) -> Iterator[Statement]:
    """Everything that an explained plan says of changed inputs."""
    plan = again.explained
    for one in plan.marginals:
        yield Statement("worth", f"{one.subject} {one.step:+g}", partial(marginal, again, one))
    for row in plan.flips:
        yield Statement("flip", f"{row.subject} {row.way} at {row.flips_at}", partial(flip, again, row))
    for bar in plan.swings:
        yield Statement("swing", bar.subject, partial(swing, again, bar))
    for out in plan.why_not:
        if out.enters_low is not None or out.floor_usd is not None:
            low = out.enters_low if out.enters_low is not None else out.tried_share
            yield Statement("enters", f"{out.name} below {low:.4g} {out.unit}", partial(enters, again, out))
    for spot in plan.front:
        yield Statement("front", f"targets x {spot.factor}", partial(point, again, spot))
    if plan.twice:
        yield Statement("twice", "twice the demand", partial(twice, again, plan.twice))


def spread(some: Sequence[Statement], most: int) -> list[Statement]:
    """At most so many, evenly spread."""
    if len(some) <= most:
        return list(some)
    return [some[round(n * (len(some) - 1) / max(1, most - 1))] for n in range(most)]
