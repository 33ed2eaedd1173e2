"""Replicas and the requests routed to them, without what the solver left running for nothing."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace
from typing import NamedTuple

from planner.plan.availability import spare_replicas_for
from planner.plan.case import Case, provenance_row
from planner.plan.fleet import Fleet, Route, Run
from planner.plan.plan import ApiOptionRow, ApiRow, FlowRow, ReplicaRow
from planner.plan.standby import survivors
from planner.plan.terms import api_usd_per_request
from planner.units import HOURS_PER_WEEK, TOKENS_PER_PRICE_UNIT

_NOISE = 1e-6  # relative: what a solver's tolerances leave


def tidied(case: Case) -> Fleet:
    """The fleet with no request served twice and no replica its load and its spares do not need.

    Free capacity (a commitment is paid whether used or not) lets a solver return any number of
    replicas up to what fits; a plan names the smallest, unless replicas stay on because a start costs something
    or because they stand by for the loss of a place.
    """
    flows = _as_asked(case)
    needed = _replicas_needed(case, flows)
    if case.replicas_are_paid:
        return replace(case.fleet, flows=flows)
    ready = survivors(case)
    running = {
        run: count if run.workload in ready else min(count, needed[run])
        for run, count in case.fleet.replicas.items()
        if needed.get(run) or run.workload in ready
    }
    return replace(case.fleet, flows=flows, replicas=running)


def replica_rows(case: Case) -> list[ReplicaRow]:
    """Replicas running, by workload, configuration, pool, kind, period and block."""
    return [
        ReplicaRow.model_validate(
            {**run._asdict(), "replicas": count, "role": case.candidates.configs[run.config].role}
        )
        for run, count in case.fleet.replicas.items()
    ]


def flow_rows(case: Case) -> list[FlowRow]:
    """Requests/s routed to self-hosted replicas."""
    return [
        FlowRow.model_validate(
            {**route._asdict(), "requests_per_s": rate, "role": case.candidates.configs[route.config].role}
        )
        for route, rate in case.fleet.flows.items()
    ]


def api_rows(case: Case) -> list[ApiRow]:
    """Requests/s sent to hosted APIs."""
    price = api_usd_per_request(case)
    return [
        ApiRow(
            **route._asdict(),
            requests_per_s=rate,
            usd_per_request=price[route.api, route.demand_class, route.period],
        )
        for route, rate in case.fleet.api.items()
    ]


def api_option_rows(case: Case) -> list[ApiOptionRow]:
    """Hosted APIs on offer, used or not."""
    rows = []
    for one in case.candidates.apis:
        mix = case.classes[one.demand_class].lengths
        rows.append(
            ApiOptionRow(
                api=one.id,
                provider=one.provider,
                model=one.model,
                demand_class=one.demand_class,
                usd_per_request=one.usd_per_request,
                usd_per_million_tokens=one.usd_per_request / (mix.mean_input + mix.mean_output) * TOKENS_PER_PRICE_UNIT,
                provenance=provenance_row(one.provenance),
                max_share=one.max_share,
                quality=case.candidates.quality.get((case.classes[one.demand_class].workload, one.id)),
                trend_per_year=one.trend_per_year,
            )
        )
    return rows


def _as_asked(case: Case) -> dict[Route, float]:
    """Hosted flows without noise: routes with no replica go, what is left adds up to what is asked.

    Serving more than is asked costs a solver nothing, so interactive flows are scaled down to it;
    a shortfall within the solver's tolerance is made up. Real shortfalls stay, for the checks to find.
    """
    routes = {route: rate for route, rate in case.fleet.flows.items() if _run(case, route) in case.fleet.replicas}
    hosted: dict[_Need, float] = defaultdict(float)
    asked: dict[_Need, float] = defaultdict(float)
    for route, rate in ((route, rate) for route, rate in routes.items() if case.finishes(route.config)):
        hosted[_need(case, route)] += rate * case.blocks[route.block].week_share
    for one in case.demand.classes:
        for period in case.periods:
            for block in case.blocks:
                slot = Route(one.id, "", "", "", period.index, block.index)
                asked[_need(case, slot)] += one.planned_requests_per_s[period.index, block.index] * block.week_share
    for left, rate in case.fleet.unserved.items():
        when = None if isinstance(left.when, str) else left.when
        share = 1 / HOURS_PER_WEEK if when is None else case.blocks[when].week_share
        asked[_Need(left.demand_class, left.period, when)] -= rate * share
    for sent, rate in case.fleet.api.items():
        slot = Route(sent.demand_class, "", "", "", sent.period, sent.block)
        asked[_need(case, slot)] -= rate * case.blocks[sent.block].week_share
    factors = {need: _factor(max(0.0, asked[need]) / hosted[need], need.block is None) for need in hosted}
    return {route: rate * factors[_need(case, route)] for route, rate in routes.items() if factors[_need(case, route)]}


def _factor(ratio: float, movable: bool) -> float:
    """What hosted flows are multiplied by, given asked / hosted; batch work is only freed of noise."""
    within = abs(ratio - 1) <= _NOISE
    return ratio if within or (ratio < 1 and not movable) else 1.0


class _Need(NamedTuple):
    """What flows together meet: a block's demand, or for batch work (block None) a week's."""

    demand_class: str
    period: int
    block: int | None


def _need(case: Case, route: Route) -> _Need:
    batch = case.classes[route.demand_class].batch_deadline_h is not None
    return _Need(route.demand_class, route.period, None if batch else route.block)


def _run(case: Case, route: Route) -> Run:
    return Run(case.classes[route.demand_class].workload, *route[1:])


def _replicas_needed(case: Case, flows: dict[Route, float]) -> dict[Run, int]:
    load: dict[Run, float] = defaultdict(float)
    for route, rate in flows.items():
        most = case.candidates.rates[route.config, route.demand_class].max_requests_per_s
        load[_run(case, route)] += rate / most
    return {
        run: max(1, math.ceil(share - _NOISE)) + spare_replicas_for(case, run.workload, run.config)
        for run, share in load.items()
    }
