"""From the problem to the mean quality it asks of a workload's models."""

from __future__ import annotations

from dataclasses import replace

from planner.candidates.candidate import CandidateSet
from planner.inputs.problem import Problem
from planner.milp.instance import Instance, Limit


def with_quality(p: Instance, problem: Problem, candidates: CandidateSet) -> Instance:
    """The instance with the scores of models, where a mean is asked for; what is asked becomes a cap on the loss."""
    floors = {name: asked.min_mean_quality for name, asked in problem.workloads.items()}
    asking = {name: floor for name, floor in floors.items() if floor is not None}
    if not asking:
        return p
    score = candidates.quality
    best = {name: max(problem.workloads[name].model_quality.values()) for name in asking}
    limits = {_limit(name): Limit(best[name] - floor, "below the best score") for name, floor in asking.items()}
    return replace(
        p,
        limits=p.limits | limits,
        workloads={
            name: replace(one, best_quality=best[name], quality_limit=_limit(name)) if name in asking else one
            for name, one in p.workloads.items()
        },
        deployments=tuple(
            replace(one, quality=score[one.workload, candidates.configs[one.config].model])
            if one.workload in asking
            else one
            for one in p.deployments
        ),
        apis=tuple(
            replace(api, quality=score[p.streams[api.stream].workload, api.id])
            if p.streams[api.stream].workload in asking
            else api
            for api in p.apis
        ),
    )


def _limit(workload: str) -> str:
    return f"min_mean_quality {workload}"
