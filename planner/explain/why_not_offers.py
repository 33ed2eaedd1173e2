"""What an offer costs today, in the unit people compare it by."""

from __future__ import annotations

from dataclasses import dataclass

from planner.candidates.candidate import ApiOption, Pool, PurchaseOption
from planner.candidates.price_factors import HOSTED
from planner.demand.types import DemandClass
from planner.explain.why_not_world import MARKET, Subject, World
from planner.units import TOKENS_PER_PRICE_UNIT

GPU_HOUR, TOKENS, NODE = "USD per GPU-hour", "USD per million tokens", "USD per node"
FORM_WORDS = {
    "on_demand": "on demand",
    "spot": "spot",
    "reserved_1y": "reserved for 1 year",
    "reserved_3y": "reserved for 3 years",
    "capacity_block": "as a capacity block",
    "owned": "bought",
    "existing": "already owned",
    HOSTED: "hosted API",
}


@dataclass(frozen=True)
class Quote:
    """A price of today."""

    offer: str
    unit: str
    usd: float


def cheapest_quote(world: World, subject: Subject) -> Quote | None:
    """The cheapest offer that goes by the name: rented first, then bought, then hosted; None without a price."""
    quotes = [quote for one in _options(world, subject) if (quote := quote_of(*one))]
    quotes += [_hosted(api, world.demand.classes) for api in world.candidates.apis if subject.hosts(api)]
    units = (GPU_HOUR, NODE, TOKENS)
    return min(quotes, key=lambda one: (units.index(one.unit), one.usd, one.offer), default=None)


def quote_of(pool: Pool, option: PurchaseOption) -> Quote | None:
    """What a node costs by the GPU and hour, or to buy; None for what is there already."""
    offer = f"{pool.id}, {FORM_WORDS[option.form]}"
    if option.form == "owned":
        return Quote(offer, NODE, option.capex_usd)
    return None if option.form == "existing" else Quote(offer, GPU_HOUR, option.usd_per_hour / pool.gpus_per_node)


def _options(world: World, subject: Subject) -> list[tuple[Pool, PurchaseOption]]:
    if subject.kind in MARKET:
        pools = world.candidates.pools
        return [
            (pools[name], next(option for option in pools[name].options if option.form == form))
            for name, form in sorted(world.offers(subject).options)
        ]
    ways = world.ways(subject)
    if ways is None:
        return []
    names = sorted({place.pool for place in ways.placements})
    return [(ways.pools[name], option) for name in names for option in ways.pools[name].options]


def _hosted(api: ApiOption, classes: tuple[DemandClass, ...]) -> Quote:
    lengths = next(one.lengths for one in classes if one.id == api.demand_class)
    tokens = lengths.mean_input + lengths.mean_output
    offer = f"{api.id} for {api.demand_class}, hosted API"
    return Quote(offer, TOKENS, api.usd_per_request / tokens * TOKENS_PER_PRICE_UNIT)
