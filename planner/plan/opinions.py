"""What a second performance model says of the configurations the plan runs, and of the first runners-up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from math import isfinite
from pathlib import Path

from planner.candidates.candidate import ReplicaConfig
from planner.candidates.predict import Asked
from planner.catalog.specs import Catalog
from planner.demand.types import DemandClass, LengthMix
from planner.estimate.answers import Answer, answers
from planner.estimate.question import Question
from planner.opinion.kept import cache_file, second_opinions
from planner.opinion.library import NAME, Library, Opinion
from planner.plan.case import Case
from planner.plan.configs import busiest_groups, lengths_of
from planner.plan.plan import ConfigRow, IntervalRow, OpinionRow, PointRow, SaidRow
from planner.plan.rows.opinion import COMPARED
from planner.plan.runners_up import runner_up_rows

RUNNERS_UP = 3
"""GPU types of each workload that are asked about beside the chosen ones, the cheapest first."""
ENGINE = "vllm"
"""What is asked about where the problem names no engine: the second model has no general constants."""


@dataclass(frozen=True)
class Load:
    """A configuration and what one of its replicas carries."""

    config: ReplicaConfig
    classes: tuple[DemandClass, ...]  # of one workload
    lengths: LengthMix
    point: PointRow
    chosen: bool

    @property
    def clients(self) -> float | None:
        """Requests in the replica by Little's law, waiting ones included, in whole clients of each rank; at least one.

        None where the rate is measured and no state is predicted.
        """
        if self.point.e2e_mean_s is None:
            return None
        return max(1, round(self.point.requests_per_s * self.point.e2e_mean_s / self.config.dp)) * self.config.dp

    @property
    def unasked(self) -> str:
        """Why there is nothing to ask; "" where there is."""
        if self.clients is None:
            return "its rate is measured: nothing is predicted that could be compared"
        if self.config.role != "aggregated":
            return f"{NAME} is asked about whole replicas, this one serves half of each request"
        if self.config.nodes > 1:
            return f"{NAME} is not asked about replicas that span several nodes, whose network it does not know"
        return ""


@dataclass(frozen=True)
class Asker:
    """The second model, and the file its answers are kept in."""

    library: Library
    cache: Path | None

    def rows(self, case: Case, configs: Sequence[ConfigRow]) -> list[OpinionRow]:
        """Its opinions on a plan, beside ours."""
        return opinion_rows(case, configs, self)

    def __call__(self, questions: Sequence[Question], catalog: Catalog) -> list[Opinion]:
        """Its opinions, in order."""
        asked = [(replace(one.asked, engine=one.asked.engine or ENGINE), one.concurrency) for one in questions]
        return second_opinions(asked, catalog, self.library, self.cache)


def installed() -> Asker:
    """The installed library with its cache file; InputError with the command that installs it where there is none."""
    library = Library()
    return Asker(library, cache_file(library.version))


def opinion_rows(case: Case, rows: Sequence[ConfigRow], ask: Asker) -> list[OpinionRow]:
    """One row a configuration and load: both models answer for the same clients and the same mean lengths.

    `rows` say how the chosen ones run. Rows whose rates are measured carry the reason instead of figures.
    """
    loads = [*_chosen(case, rows), *_runners_up(case)]
    questions = [Question(_asked(load, case.catalog), load.clients, None) for load in loads if not load.unasked]
    told = iter(zip(answers(questions, case.catalog), ask(questions, case.catalog), strict=True))
    version = ask.library.version
    return [
        _row(load, *((None, Opinion(version, reason=load.unasked)) if load.unasked else next(told))) for load in loads
    ]


def _chosen(case: Case, rows: Sequence[ConfigRow]) -> Iterator[Load]:
    """Each group of replicas in its busiest block, once however many sizes share it."""
    points = {(row.config, row.demand_class): row.busiest for row in rows}
    groups = {group.run: (key, group) for key, group in busiest_groups(case).items()}
    for (config, name), group in groups.values():
        classes = tuple(case.classes[one] for one, _ in group.flows)
        yield Load(case.candidates.configs[config], classes, lengths_of(case, group), points[config, name], True)


def _runners_up(case: Case) -> Iterator[Load]:
    """The cheapest way of each of the first GPU types that are not chosen, at its largest rate for its main size."""
    for workload in case.problem.workloads:
        ways = [row for row in runner_up_rows(case) if row.workload == workload]
        used = {row.gpu for row in ways if row.chosen}
        best = {row.gpu: row.config for row in reversed(ways) if row.gpu not in used}
        for config in [best[gpu] for gpu in dict.fromkeys(row.gpu for row in ways) if gpu in best][:RUNNERS_UP]:
            able = [one for one in case.classes_of(workload) if (config, one.id) in case.candidates.rates]
            main = max(able, key=lambda one: float(one.planned_requests_per_s.max()))
            if at_max := case.candidates.rates[config, main.id].at_max:
                point = PointRow(**asdict(at_max))
                yield Load(case.candidates.configs[config], (main,), main.lengths, point, False)


def _asked(load: Load, catalog: Catalog) -> Asked:
    """The load as both models are asked; requests differ in length, so clients do not march in step."""
    config, gpu = load.config, catalog.gpus[load.config.gpu]
    return Asked(
        model=config.own_model or catalog.models[config.model],
        gpu=replace(gpu, link_domain_gpus=config.link_domain_gpus or gpu.link_domain_gpus),
        tp=config.tp,
        pp=config.pp,
        dp=config.dp,
        ep=config.ep,
        weights=config.weights,
        kv=config.kv,
        engine=config.engine,
        input_tokens=load.lengths.mean_input,
        output_tokens=load.lengths.mean_output,
        prefix_hit=load.classes[0].prefix_hit,
        fixed_lengths=False,
    )


def _row(load: Load, ours: Answer | None, theirs: Opinion) -> OpinionRow:
    predicted = _said(ours.predicted) if ours else None
    known = ours.intervals if ours and predicted else {}
    return OpinionRow(
        by=NAME,
        version=theirs.version,
        config=load.config.id,
        workload=load.classes[0].workload,
        demand_classes=[one.id for one in load.classes],
        chosen=load.chosen,
        engine=load.config.engine or ENGINE,
        clients=load.clients,
        input_tokens=load.lengths.mean_input,
        output_tokens=load.lengths.mean_output,
        ours=predicted,
        theirs=None if theirs.reason else _said(theirs),
        reason=theirs.reason or ("" if predicted else "our own model has no figures at this load"),
        intervals={name: IntervalRow(**asdict(known[of])) for name, of in COMPARED.items() if of in known},
    )


def _said(figures: object) -> SaidRow | None:
    """The compared figures of either model; None unless all of them are numbers."""
    values = {name: float(getattr(figures, name)) for name in COMPARED}
    return SaidRow(**values) if all(map(isfinite, values.values())) else None
