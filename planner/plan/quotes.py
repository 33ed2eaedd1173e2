"""What hosted APIs that are not on offer ask for the models a plan runs: to compare with, not to plan with."""

from __future__ import annotations

from collections.abc import Iterator

from planner.candidates.apis import usd_per_request
from planner.catalog.names import model_key
from planner.catalog.specs import ApiPrice
from planner.demand.types import DemandClass
from planner.plan.case import Case, provenance_row
from planner.plan.plan import ApiQuoteRow
from planner.units import TOKENS_PER_PRICE_UNIT

MOST = 5
"""Quotes of one workload, the cheapest."""


def quoted_prices(case: Case) -> Iterator[tuple[str, ApiPrice, float]]:
    """Workload, hosted API and USD for a million tokens of the workload's own mix, cheapest first."""
    offered = {one.id for one in case.candidates.apis}
    run: dict[str, set[str]] = {}
    for route in case.fleet.flows:
        models = run.setdefault(case.classes[route.demand_class].workload, set())
        models.add(model_key(case.candidates.configs[route.config].model))
    for workload in case.problem.workloads:
        prices = (one for one in case.catalog.apis.values() if one.our_model and one.id not in offered)
        mine = [one for one in prices if model_key(one.our_model) in run.get(workload, ())]
        classes = [one for one in case.demand.classes if one.workload == workload]
        told = sorted(((_per_million(one, classes), one.id, one) for one in mine), key=lambda entry: entry[:2])
        yield from ((workload, price, usd) for usd, _, price in told[:MOST] if usd > 0)


def api_quote_rows(case: Case) -> list[ApiQuoteRow]:
    """One row a workload and API."""
    return [
        ApiQuoteRow(
            workload=workload,
            api=price.id,
            provider=price.provider,
            model=price.model,
            usd_per_million_tokens=usd,
            provenance=provenance_row(price.provenance),
        )
        for workload, price, usd in quoted_prices(case)
    ]


def _per_million(price: ApiPrice, classes: list[DemandClass]) -> float:
    """USD for a million tokens, input and output, of all classes as they are asked for."""
    asked = [(float(one.mean_requests_per_s.sum()), one) for one in classes]
    usd = sum(rate * usd_per_request(price, one) for rate, one in asked)
    tokens = sum(rate * (one.lengths.mean_input + one.lengths.mean_output) for rate, one in asked)
    return usd / tokens * TOKENS_PER_PRICE_UNIT if tokens else 0.0
