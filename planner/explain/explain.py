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
from planner.explain.flips import STRIDES, flip
from planner.explain.front import FACTORS, as_point, front_point
from planner.explain.levers import Lever, costs, demands, lengths, load, prices, rates, targets
from planner.explain.marginals import DEMAND_STEPS, LOAD_STEPS, TARGET_STEPS, left_alone, loosened, stepped
from planner.explain.swings import by_size, swing
from planner.plan.plan import ExplainedRow, FlipRow, FrontRow, MarginalRow, Plan, SwingRow

LEAST_TIME_S = 120.0
TIMES_OWN = 10.0
_SAME = 1e-6


@dataclass
class _Found:
    marginals: list[MarginalRow] = field(default_factory=list)
    flips: list[FlipRow] = field(default_factory=list)
    swings: list[SwingRow] = field(default_factory=list)
    front: list[FrontRow] = field(default_factory=list)


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
    for job in _jobs(plan, _Work(asker, base, found)):
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
    more = {
        "marginals": found.marginals,
        "flips": found.flips,
        "swings": by_size(found.swings),
        "front": sorted(found.front, key=lambda point: point.factor),
    }
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


@dataclass(frozen=True)
class _Work:
    """Jobs about one plan; what they find is collected in `found`."""

    asker: Asker
    base: Reply
    found: _Found

    def caps(self, limits: list[Cap]) -> Iterator[_Job]:
        def run(cap: Cap) -> None:
            self.found.marginals.append(loosened(self.asker, self.base, cap))

        yield from (_Job(_worth(cap.lever), partial(run, cap)) for cap in limits)

    def idle_caps(self, limits: list[Cap]) -> Iterator[_Job]:
        if limits:
            yield _Job(
                "caps that do not bind",
                lambda: self.found.marginals.extend(left_alone(self.asker, self.base, limits)),
            )

    def steps(self, levers: list[Lever], factors: tuple[float, ...]) -> Iterator[_Job]:
        def run(lever: Lever) -> None:
            for factor in factors:
                if (value := lever.times(factor)) is not None:
                    self.found.marginals.append(stepped(self.asker, self.base, lever, value))

        yield from (_Job(_worth(lever), partial(run, lever)) for lever in levers)

    def swings(self, levers: list[Lever]) -> Iterator[_Job]:
        def run(lever: Lever) -> None:
            if (row := swing(self.asker, self.base, lever)) is not None:
                self.found.swings.append(row)

        yield from (_Job(f"{lever.subject} ±20 %", partial(run, lever)) for lever in levers)

    def front(self, targets: list[Lever]) -> Iterator[_Job]:
        def run() -> None:
            self.found.front.append(as_point(1.0, self.base))
            for factor in FACTORS:
                if (point := front_point(self.asker, targets, factor)) is not None:
                    self.found.front.append(point)

        if targets:
            yield _Job("cost against latency", run)

    def flips(self, levers: list[Lever]) -> Iterator[_Job]:
        def run(lever: Lever) -> None:
            for way in STRIDES:
                self.found.flips.append(flip(self.asker, self.base, lever, way))

        yield from (_Job(f"which {lever.subject} changes the fleet", partial(run, lever)) for lever in levers)


def _jobs(plan: Plan, work: _Work) -> Iterator[_Job]:
    """What matters most first: the time may be short."""
    problem = work.asker.question.problem
    limits = caps(problem, plan)
    binding = [cap for cap in limits if cap.binding]
    asked, paid, slo, level = demands(problem), prices(problem, work.base.fleet), targets(problem, plan), load(problem)
    yield from work.caps(binding)
    yield from work.steps(asked, DEMAND_STEPS)
    yield from work.swings(asked + paid)
    yield from work.steps(slo, TARGET_STEPS)
    yield from work.steps([level], LOAD_STEPS)
    yield from work.front(slo)
    yield from work.idle_caps([cap for cap in limits if not cap.binding])
    yield from work.flips(asked + paid)
    yield from work.swings([level, *slo])
    yield from work.flips([level, *slo])
    others = [*rates(problem), *lengths(problem), *costs(problem), *(cap.lever for cap in binding)]
    yield from work.swings(others)


def _worth(lever: Lever) -> str:
    return f"what {lever.subject} is worth"
