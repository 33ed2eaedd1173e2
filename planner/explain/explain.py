"""Why a plan is as it is, on one page: what limits it, what moves its cost, what would change the fleet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from planner.again import Question
from planner.errors import OutOfTimeError
from planner.explain.ask import Asker, Reply, TimeIsUpError
from planner.explain.caps import Cap, caps
from planner.explain.fleet import fleet_of
from planner.explain.flips import flip
from planner.explain.levers import Lever, costs, demands, lengths, load, prices, rates, targets
from planner.explain.marginals import DEMAND_STEPS, LOAD_STEP, TARGET_STEPS, left_alone, loosened, stepped
from planner.explain.swings import by_size, swing
from planner.plan.plan import ExplainedRow, FlipRow, MarginalRow, Plan, SwingRow

LEAST_TIME_S = 120.0
TIMES_OWN = 10.0
_SAME = 1e-6
_FLIPPING = frozenset({"demand", "price", "slo", "load"})


@dataclass
class _Found:
    marginals: list[MarginalRow] = field(default_factory=list)
    flips: list[FlipRow] = field(default_factory=list)
    swings: list[SwingRow] = field(default_factory=list)


@dataclass(frozen=True)
class _Job:
    """Something to find out, and what to say of it where the time is up."""

    says: str
    run: Callable[[], None]


def explained(plan: Plan, question: Question, time_limit_s: float | None) -> Plan:
    """The plan with its explanations, found within about so many seconds (a few times its own search if None).

    Raises the `PlannerError` of the question itself, where today it has no answer.
    """
    limit = time_limit_s or max(LEAST_TIME_S, TIMES_OWN * plan.certificate.solve_s)
    asker = Asker(replace(question, problem=question.problem.base_case), limit)
    base, notes = reference(plan, asker)
    found, late = _Found(), []
    for job in _jobs(plan, asker, base, found):
        try:
            job.run()
        except TimeIsUpError:
            late.append(job.says)
    row = ExplainedRow(
        objective=base.objective,
        bound=base.bound,
        fleet=list(base.fleet),
        solves=len(asker.replies),
        seconds=asker.seconds,
        time_limit_s=limit,
        notes=notes,
        not_reached=late,
    )
    more = {"marginals": found.marginals, "flips": found.flips, "swings": by_size(found.swings)}
    return plan.model_copy(update={"explained": row, **more})


def reference(plan: Plan, asker: Asker) -> tuple[Reply, list[str]]:
    """What changes are counted from: the plan, or what is better today; and how the two differ."""
    reply = asker.ask({})
    if not reply.found:
        asker.question.answered()  # says why, at length
        raise OutOfTimeError(reply.text)
    proof, notes = plan.certificate, []
    if plan.hedge is not None:
        return reply, ["Explained for the base case alone; the plan is decided for all scenarios together."]
    if plan.scenarios:
        notes.append("Explained for the base case, without scenarios.")
    slack = _SAME * max(abs(proof.objective), 1.0)
    if reply.bound > proof.objective + slack or reply.objective < proof.bound - slack:
        return reply, [*notes, "Facts have changed since the plan was made: explained is today's answer."]
    bound = max(reply.bound, min(proof.bound, proof.objective))
    if reply.objective >= proof.objective - slack:
        return Reply("found", proof.objective, min(bound, proof.objective), fleet_of(plan)), notes
    if reply.fleet != fleet_of(plan):
        notes.append("Searched more closely, another fleet is slightly better, within the plan's gap: explained is it.")
    return replace(reply, bound=min(bound, reply.objective)), notes


def _jobs(plan: Plan, asker: Asker, base: Reply, found: _Found) -> Iterator[_Job]:
    """What matters most first: the time may be short."""
    problem = asker.question.problem
    limits = caps(problem, plan)
    asked, slo, level = demands(problem), targets(problem, plan), load(problem)
    yield from _marginals((asker, base, found), asked + slo, level, limits)
    binding = [cap.lever for cap in limits if cap.binding]
    for group in (asked, prices(problem, base.fleet), [level], slo, rates(problem), lengths(problem), costs(problem)):
        yield from (_swing(asker, base, found, lever) for lever in group)
        yield from (_flips(asker, base, found, lever) for lever in group if lever.kind in _FLIPPING)
    yield from (_swing(asker, base, found, lever) for lever in binding)


def _marginals(
    case: tuple[Asker, Reply, _Found], levers: list[Lever], level: Lever, limits: list[Cap]
) -> Iterator[_Job]:
    asker, base, found = case

    def loosen(cap: Cap) -> None:
        found.marginals.append(loosened(asker, base, cap))

    def step(lever: Lever) -> None:
        for share in DEMAND_STEPS if lever.kind == "demand" else TARGET_STEPS:
            if (value := lever.times(1 + share)) is not None:
                found.marginals.append(stepped(asker, base, lever, value))

    def load_more() -> None:
        found.marginals.append(stepped(asker, base, level, min(level.highest, level.at + LOAD_STEP)))

    yield from (_Job(_worth(cap.lever), partial(loosen, cap)) for cap in limits if cap.binding)
    yield from (_Job(_worth(lever), partial(step, lever)) for lever in levers)
    if level.at < level.highest:
        yield _Job(_worth(level), load_more)
    if others := [one for one in limits if not one.binding]:
        yield _Job("caps that do not bind", lambda: found.marginals.extend(left_alone(asker, base, others)))


def _worth(lever: Lever) -> str:
    return f"what {lever.subject} is worth"


def _swing(asker: Asker, base: Reply, found: _Found, lever: Lever) -> _Job:
    def run() -> None:
        row = swing(asker, base, lever)
        if row is not None:
            found.swings.append(row)

    return _Job(f"{lever.subject} ±20 %", run)


def _flips(asker: Asker, base: Reply, found: _Found, lever: Lever) -> _Job:
    def run() -> None:
        found.flips.append(flip(asker, base, lever, "down"))
        found.flips.append(flip(asker, base, lever, "up"))

    return _Job(f"which {lever.subject} changes the fleet", run)
