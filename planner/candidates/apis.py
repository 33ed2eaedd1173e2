"""Hosted APIs as options: what a mean request of each class costs there."""

from __future__ import annotations

from collections.abc import Sequence

from planner.candidates.candidate import ApiOption
from planner.candidates.price_factors import repriced_api
from planner.candidates.resolve import Names, OfferedApi
from planner.candidates.trials import Refusal, refuse
from planner.catalog.names import model_key
from planner.catalog.specs import ApiPrice
from planner.demand.types import DemandClass
from planner.inputs.problem import Problem
from planner.units import TOKENS_PER_PRICE_UNIT


def api_options(
    problem: Problem, names: Names, classes: Sequence[DemandClass]
) -> tuple[list[ApiOption], list[Refusal]]:
    """Options of every class an API may serve.

    Nobody says where a hosted API runs, so it serves a workload with wanted regions only where the
    problem names that workload for it.
    """
    options: list[ApiOption] = []
    refusals: list[Refusal] = []
    for api in names.apis:
        for workload in _workloads(api, problem, names):
            if problem.workloads[workload].regions and not api.asked.workloads:
                detail = "where it runs is not known; name the workload under supply.api to accept that"
                refusals.append(refuse(workload, f"hosted API {api.price.id}", "", "region", detail))
            else:
                mine = [item for item in classes if item.workload == workload]
                options += [repriced_api(_option(api, item), problem.prices) for item in mine]
    return options, refusals


def usd_per_request(price: ApiPrice, demand_class: DemandClass) -> float:
    """Mean tokens at list price; prefix hits at the cached price where there is one."""
    cached_price = price.cached_input_usd_per_million
    hit = demand_class.prefix_hit if cached_price is not None else 0.0
    blended = price.input_usd_per_million * (1 - hit) + (cached_price or 0.0) * hit
    lengths = demand_class.lengths
    usd = lengths.mean_input * blended + lengths.mean_output * price.output_usd_per_million
    return usd / TOKENS_PER_PRICE_UNIT


def _workloads(api: OfferedApi, problem: Problem, names: Names) -> list[str]:
    """The workloads the problem lists, or all that ask for this model."""
    if api.asked.workloads:
        return list(api.asked.workloads)
    ours = {model_key(name) for name in (api.asked.model, api.price.model, api.price.our_model) if name}
    return [name for name in problem.workloads if ours & {model_key(asked) for asked in names.asked_models[name]}]


def _option(api: OfferedApi, demand_class: DemandClass) -> ApiOption:
    return ApiOption(
        id=api.price.id,
        provider=api.price.provider,
        model=api.price.model,
        demand_class=demand_class.id,
        usd_per_request=usd_per_request(api.price, demand_class),
        max_share=api.asked.max_share,
        provenance=api.price.provenance,
    )
