"""The problem's own factors on prices: by purchase form, GPU or provider; all that match multiply."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import prod
from typing import get_args

from planner.candidates.candidate import ApiOption, FormName, Pool, PurchaseOption
from planner.candidates.regions import OWN
from planner.catalog.hints import did_you_mean
from planner.catalog.names import find_gpu
from planner.catalog.specs import Catalog
from planner.inputs.problem import Problem

HOSTED = "api"
FORMS = frozenset({*get_args(FormName), HOSTED}) - {"existing"}


def factor(prices: Mapping[str, float], *names: str) -> float:
    """The product of the factors that the names have."""
    return prod(prices[name] for name in dict.fromkeys(names) if name in prices)


def repriced(pool: Pool, prices: Mapping[str, float]) -> Pool:
    """The pool at the problem's own prices; what running an existing system costs is no price."""
    if not prices:
        return pool
    return replace(
        pool, options=tuple(_option(one, factor(prices, one.form, pool.gpu, pool.provider)) for one in pool.options)
    )


def repriced_api(option: ApiOption, prices: Mapping[str, float]) -> ApiOption:
    """The hosted API at the problem's own prices."""
    return replace(option, usd_per_request=option.usd_per_request * factor(prices, HOSTED, option.provider))


def _option(option: PurchaseOption, times: float) -> PurchaseOption:
    return option if option.form == "existing" else option.at_price(times)


def price_complaints(problem: Problem, catalog: Catalog) -> Iterator[str]:
    """One line for each factor on something that has no price."""
    sellers = {offer.provider for offer in catalog.offers.values()} | {one.provider for one in catalog.apis.values()}
    sellers |= {block.provider for block in catalog.capacity_blocks.values()} | {OWN}
    for name in problem.prices:
        if name in FORMS or name in catalog.gpus or name in sellers:
            continue
        gpu = find_gpu(catalog, name)
        hint = f"; write '{gpu.id}'" if gpu else did_you_mean(name, [*sorted(FORMS), *catalog.gpus, *sorted(sellers)])
        yield f"  prices.{name}: neither a purchase form nor a GPU nor a provider{hint}"


def price_notes(problem: Problem) -> Iterator[str]:
    """What the reader must know of prices that are not the catalogue's."""
    for name, times in problem.prices.items():
        yield f"Prices of {name} are {times:g} times those of the catalogue (prices.{name})."
