"""Who is good enough for a workload: models by quality, weights by width, providers by compliance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from planner.candidates.candidate import ApiOption, Rejection
from planner.candidates.precision import FORMATS
from planner.candidates.resolve import Names
from planner.catalog.names import find_model, model_key
from planner.catalog.specs import Catalog, ModelSpec
from planner.demand.types import Demand
from planner.inputs.problem import Problem, Workload


def too_narrow(asked: Workload, weights: str) -> str:
    """Why a weight format is below the workload's floor; "" where it is not."""
    floor, bits = asked.precision.min_weight_bits, int(FORMATS[weights].bits)  # without the scales of blocks
    if floor is None or bits >= floor:
        return ""
    return f"{weights} has {bits} bits a weight; precision.min_weight_bits asks for {floor:g}"


def scores(asked: Workload, models: Sequence[ModelSpec], catalog: Catalog) -> dict[str, float]:
    """Score by model id, of the models that replicas may run."""
    names = asked.model_any_of or ([asked.model] if asked.model else [])
    ours = [name for name in names if name.endswith(".json") or find_model(catalog, name)]
    known = zip(ours, models, strict=True)
    return {model.id: asked.model_quality[name] for name, model in known if name in asked.model_quality}


def good_models(asked: Workload, models: Sequence[ModelSpec], catalog: Catalog) -> list[ModelSpec]:
    """Models at or above the floor."""
    known, floor = scores(asked, models, catalog), asked.min_quality
    return [model for model in models if floor is None or known[model.id] >= floor]


def lacking(asked: Workload, provider: str, problem: Problem) -> list[str]:
    """Compliance tags that a provider lacks for a workload."""
    has = problem.supply.compliance.get(provider, [])
    return [tag for tag in asked.compliance if tag not in has]


def accepted_apis(
    options: Iterable[ApiOption], problem: Problem, demand: Demand, catalog: Catalog
) -> tuple[list[ApiOption], list[Rejection]]:
    """Hosted APIs good enough for their class, and why the others are not, once for each workload."""
    workload_of = {one.id: one.workload for one in demand.classes}
    good: list[ApiOption] = []
    poor: dict[Rejection, None] = {}
    for option in options:
        name = workload_of[option.demand_class]
        asked, subject = problem.workloads[name], f"hosted API {option.id}"
        if tags := lacking(asked, option.provider, problem):
            detail = f"asks for {', '.join(asked.compliance)}: supply.compliance gives {option.provider} no "
            poor[Rejection(name, subject, "", "compliance", detail + " and ".join(tags))] = None
        elif detail := _too_poor(asked, option, catalog):
            poor[Rejection(name, subject, "", "quality", detail)] = None
        else:
            good.append(option)
    return good, list(poor)


def poor_models(problem: Problem, names: Names, catalog: Catalog) -> Iterator[Rejection]:
    """Models below their workload's floor."""
    for name, asked in problem.workloads.items():
        if asked.min_quality is not None:
            for model, score in scores(asked, names.models[name], catalog).items():
                if score < asked.min_quality:
                    detail = f"scores {score:g}; min_quality asks for {asked.min_quality:g}"
                    yield Rejection(name, model, "", "quality", detail)


def quality_by_taker(
    problem: Problem, names: Names, apis: Iterable[ApiOption], demand: Demand, catalog: Catalog
) -> dict[tuple[str, str], float]:
    """(workload, model or hosted API) → score, of the workloads that ask for any."""
    found: dict[tuple[str, str], float] = {}
    for name, asked in problem.workloads.items():
        found |= {(name, model): score for model, score in scores(asked, names.models[name], catalog).items()}
    workload_of = {one.id: one.workload for one in demand.classes}
    for option in apis:
        name = workload_of[option.demand_class]
        if (score := _api_score(problem.workloads[name], option, catalog)) is not None:
            found[name, option.id] = score
    return found


def _too_poor(asked: Workload, option: ApiOption, catalog: Catalog) -> str:
    if asked.min_quality is None and asked.min_mean_quality is None:
        return ""
    score = _api_score(asked, option, catalog)
    if score is None:
        return f"model_quality has no score for {option.model}"
    floor = asked.min_quality
    return f"scores {score:g}; min_quality asks for {floor:g}" if floor is not None and score < floor else ""


def _api_score(asked: Workload, option: ApiOption, catalog: Catalog) -> float | None:
    """Score of a hosted API's model; None where it has none."""
    price = catalog.apis[option.id]
    keys = {model_key(name) for name in (price.model, price.our_model) if name}
    for name, score in asked.model_quality.items():
        ours = find_model(catalog, name)
        if model_key(name) in keys or (ours and model_key(ours.id) in keys):
            return score
    return None
