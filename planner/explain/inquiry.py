"""What there is to find out about a plan, what matters most first: the time may be short."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from planner.explain.ask import Asker
from planner.explain.caps import Cap, caps
from planner.explain.flips import STRIDES, flip
from planner.explain.front import FACTORS, as_point, front_point
from planner.explain.levers import Lever, costs, demands, lengths, load, prices, rates, targets
from planner.explain.marginals import DEMAND_STEPS, LOAD_STEPS, TARGET_STEPS, left_alone, loosened, stepped
from planner.explain.reply import Reply
from planner.explain.swings import swing
from planner.inputs.problem import Problem
from planner.plan.plan import FlipRow, FrontRow, MarginalRow, Plan, SwingRow

_FIRST_PRICES = 2


@dataclass
class Found:
    """What was found out."""

    marginals: list[MarginalRow] = field(default_factory=list)
    flips: list[FlipRow] = field(default_factory=list)
    swings: list[SwingRow] = field(default_factory=list)
    front: list[FrontRow] = field(default_factory=list)


@dataclass(frozen=True)
class Job:
    """Something to find out, and what to say of it where the time is up."""

    says: str
    run: Callable[[], None]


@dataclass(frozen=True)
class Inquiry:
    """Jobs about one plan; what they find is collected in `found`."""

    asker: Asker
    base: Reply
    found: Found

    def caps(self, limits: Iterable[Cap]) -> Iterator[Job]:
        def run(cap: Cap) -> None:
            self.found.marginals.append(loosened(self.asker, self.base, cap))

        yield from (Job(_worth(cap.lever), partial(run, cap)) for cap in limits)

    def idle_caps(self, limits: list[Cap]) -> Iterator[Job]:
        if limits:
            yield Job(
                "caps that do not bind",
                lambda: self.found.marginals.extend(left_alone(self.asker, self.base, limits)),
            )

    def front(self, targets: list[Lever]) -> Iterator[Job]:
        def run() -> None:
            self.found.front.append(as_point(1.0, self.base))
            for factor in FACTORS:
                if (point := front_point(self.asker, targets, factor)) is not None:
                    self.found.front.append(point)

        if targets:
            yield Job("cost against latency", run)

    def steps(self, levers: Iterable[Lever], factors: tuple[float, ...]) -> Iterator[Job]:
        def run(lever: Lever) -> None:
            for factor in factors:
                if (value := lever.times(factor)) is not None:
                    self.found.marginals.append(stepped(self.asker, self.base, lever, value))

        yield from (Job(_worth(lever), partial(run, lever)) for lever in levers)

    def swings(self, levers: Iterable[Lever]) -> Iterator[Job]:
        def run(lever: Lever) -> None:
            if (row := swing(self.asker, self.base, lever)) is not None:
                self.found.swings.append(row)

        yield from (Job(f"{lever.subject} ±20 %", partial(run, lever)) for lever in levers)

    def flips(self, levers: Iterable[Lever]) -> Iterator[Job]:
        def run(lever: Lever) -> None:
            for way in STRIDES:
                self.found.flips.append(flip(self.asker, self.base, lever, way))

        yield from (Job(f"which {lever.subject} changes the fleet", partial(run, lever)) for lever in levers)

    @property
    def demand_steps(self) -> tuple[float, ...]:
        """Steps of demand that change more than the proof of the base leaves open."""
        gap = (self.base.objective - self.base.bound) / max(abs(self.base.objective), 1e-9)
        return tuple(step for step in DEMAND_STEPS if step - 1 > gap)


def jobs(plan: Plan, work: Inquiry) -> Iterator[Job]:
    """Every kind of statement about what matters most, then everything else."""
    problem = work.asker.question.problem
    limits = caps(problem, plan)
    binding = [cap for cap in limits if cap.binding]
    asked, slo, level = demands(problem), targets(problem, plan), load(problem)
    paid = by_gpus(prices(problem, work.base.fleet), work.base)
    first, rest = [*asked[-1:], *paid[:_FIRST_PRICES]], [*asked[:-1], *paid[_FIRST_PRICES:]]
    yield from work.caps(binding)
    yield from work.steps(asked[-1:], work.demand_steps)
    yield from work.swings(first)
    yield from work.flips(first[:1])
    yield from work.steps([level], LOAD_STEPS)
    yield from work.idle_caps([cap for cap in limits if not cap.binding])
    yield from work.steps(slo, TARGET_STEPS)
    yield from work.steps(asked[:-1], work.demand_steps)
    yield from work.front(slo)
    yield from work.flips(first[1:])
    yield from work.swings([*rest, level, *slo])
    yield from work.flips([*rest, level, *slo])
    yield from work.swings(_others(problem, binding))


def by_gpus(levers: Sequence[Lever], base: Reply) -> list[Lever]:
    """Price levels of what there are most GPUs of first."""

    def gpus(lever: Lever) -> int:
        name = lever.key.split(".", 1)[1]
        return sum(count for kind, count in base.gpus.items() if name in kind.split(" "))

    return sorted(levers, key=gpus, reverse=True)


def _others(problem: Problem, binding: list[Cap]) -> list[Lever]:
    return [*rates(problem), *lengths(problem), *costs(problem), *(cap.lever for cap in binding)]


def _worth(lever: Lever) -> str:
    return f"what {lever.subject} is worth"
