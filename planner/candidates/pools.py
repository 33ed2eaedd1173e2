"""Offers → pools of identical nodes, each with every way to pay for one that the problem allows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TypeVar

from planner.candidates.blocks import block_options, block_pool_id
from planner.candidates.candidate import FormName, Pool, PurchaseOption
from planner.candidates.carbon import electricity_at
from planner.candidates.owned import own_pools
from planner.candidates.price_factors import repriced
from planner.candidates.price_trends import price_trends, with_trends
from planner.candidates.regions import satisfies
from planner.candidates.resolve import Names
from planner.catalog.specs import (
    Basis,
    BlockPrice,
    Catalog,
    Commitment,
    Figure,
    GpuSpec,
    NetworkSpec,
    Offer,
    Provenance,
    SpotRisk,
)
from planner.errors import CatalogError
from planner.inputs.problem import Problem, Rent, SpotTerms
from planner.units import MINUTES_PER_HOUR, MONTHS_PER_TERM

WATTS_PER_KW = 1000
UPFRONT_SHARE = {"none": 0.0, "partial": 0.5, "all": 1.0, "unspecified": 0.0}
BEST_FIRST = list(Basis)
Term = TypeVar("Term", Commitment, SpotRisk)


def pools_for(problem: Problem, catalog: Catalog, names: Names) -> dict[str, Pool]:
    """Every pool the problem allows, by id; an offer with no allowed way to pay is left out."""
    rented = _rented(problem.supply.rent, problem, catalog, names) if problem.supply.rent else []
    pools = [*rented, *_blocks(problem, catalog), *own_pools(problem.supply.own, catalog)]
    trends = price_trends(problem, catalog)
    return {pool.id: with_trends(repriced(pool, problem.prices), trends) for pool in pools}


def _rented(rent: Rent, problem: Problem, catalog: Catalog, names: Names) -> list[Pool]:
    commitments, risks = _by_provider(catalog.commitments.values()), _by_provider(catalog.spot_risks)
    pricing = Pricing(rent, problem.supply.spot, commitments, risks)
    pools = []
    for offer in catalog.offers.values():
        modelled = is_modelled(catalog.gpus[offer.gpu])
        if modelled and is_wanted(offer, rent, names) and (options := tuple(pricing.options(offer))):
            pools.append(_pool(offer, catalog, options))
    return pools


def _blocks(problem: Problem, catalog: Catalog) -> Iterator[Pool]:
    """The lots of supply.capacity_blocks: what is named there needs no other filter."""
    for place, option in block_options(problem, catalog):
        if is_modelled(catalog.gpus[place.gpu]):
            yield replace(_pool(place, catalog, (option,)), id=block_pool_id(place, option))


def is_modelled(gpu: GpuSpec) -> bool:
    """Whether the performance model covers this kind of accelerator: a GPU with 16-bit arithmetic."""
    return gpu.kind == "gpu" and ("bf16" in gpu.tflops or "fp16" in gpu.tflops)


def is_wanted(offer: Offer, rent: Rent, names: Names) -> bool:
    """Whether the renting filters let this offer through."""
    return (
        (not rent.providers or offer.provider in rent.providers)
        and satisfies(rent.regions, offer.region, offer.geography)
        and (not names.rent_gpus or offer.gpu in names.rent_gpus)
        and offer.gpu not in names.excluded_gpus
    )


def _pool(offer: Offer | BlockPrice, catalog: Catalog, options: tuple[PurchaseOption, ...]) -> Pool:
    return Pool(
        id=offer.id,
        provider=offer.provider,
        region=offer.region,
        geography=offer.geography,
        instance_type=offer.instance_type,
        gpu=offer.gpu,
        gpus_per_node=offer.gpus,
        kw_per_node=rented_kw(catalog.gpus[offer.gpu], offer.gpus, catalog.ownership),
        options=options,
        electricity=electricity_at(catalog, offer.provider, offer.region, offer.geography),
        network_gb_per_s=network_of(offer, catalog.networks.values()),
    )


def network_of(offer: Offer | BlockPrice, known: Iterable[NetworkSpec]) -> float | None:
    """What one GPU of the offer reaches other nodes with, one way [GB/s]; None where nothing is known."""
    of_its_kind = (
        network.gb_per_s
        for network in known
        if network.provider == offer.provider and fnmatchcase(offer.instance_type, network.instances)
    )
    return next(of_its_kind, None)


def rented_kw(gpu: GpuSpec, gpus: int, ownership: Mapping[str, Figure]) -> float:
    """Maximum power of a rented node: its GPUs' TDP times what servers of the kind draw per GPU TDP [kW].

    Raises CatalogError where the GPU's TDP or the server figure is missing.
    """
    family = gpu.id.split("-", maxsplit=1)[0].lower()
    ratios = (ownership.get(f"server_power_per_chip_tdp.{kind}") for kind in (family, "other"))
    ratio = next((figure for figure in ratios if figure is not None), None)
    if ratio is None or gpu.tdp_w is None:
        raise CatalogError(
            f"no power figure for {gpu.id}: needs its tdp_w and server_power_per_chip_tdp in ownership.yaml"
        )
    return gpus * gpu.tdp_w * ratio.value / WATTS_PER_KW


@dataclass(frozen=True)
class Pricing:
    """The problem's purchase forms and the catalogue's terms, by provider."""

    rent: Rent
    spot: SpotTerms
    commitments: dict[str, list[Commitment]]
    risks: dict[str, list[SpotRisk]]

    def options(self, offer: Offer) -> Iterator[PurchaseOption]:
        """Every allowed way to pay for one node of the offer."""
        for option in self._asked(offer):
            if option.provenance is None or is_founded(option.provenance, self.rent):
                yield option

    def _asked(self, offer: Offer) -> Iterator[PurchaseOption]:
        if "on_demand" in self.rent.forms and offer.on_demand_usd_per_hour is not None:
            usd = offer.on_demand_usd_per_hour
            yield PurchaseOption("on_demand", usd, provenance=offer.on_demand_provenance)
        if "spot" in self.rent.forms and offer.spot_usd_per_hour is not None:
            yield self._spot(offer, offer.spot_usd_per_hour)
        for form in MONTHS_PER_TERM:
            if form in self.rent.forms and (committed := self._committed(offer, form)):
                yield committed

    def _spot(self, offer: Offer, usd_per_hour: float) -> PurchaseOption:
        risk = spot_risk(offer, [*self.risks.get(offer.provider, []), *self.risks.get("*", [])])
        interruptions = risk.interruptions_per_hour if risk else 0.0
        kept = 1 - min(1.0, interruptions * self.spot.restart_minutes / MINUTES_PER_HOUR)
        return PurchaseOption(
            form="spot",
            usd_per_hour=usd_per_hour,
            usable_share=self.spot.availability * kept,
            interruptions_per_hour=interruptions,
            provenance=offer.spot_provenance,
        )

    def _committed(self, offer: Offer, form: FormName) -> PurchaseOption | None:
        terms = commitment_for(offer, MONTHS_PER_TERM[form], self.commitments.get(offer.provider, []))
        if terms is None or offer.on_demand_usd_per_hour is None:
            return None
        return PurchaseOption(
            form=form,
            usd_per_hour=offer.on_demand_usd_per_hour * (1 - terms.discount),
            term_months=terms.term_months,
            upfront_share=UPFRONT_SHARE[terms.payment],
            provenance=terms.provenance,
        )


def is_founded(price: Provenance, rent: Rent) -> bool:
    """Whether a price is as well founded as the problem asks."""
    return BEST_FIRST.index(price.basis) <= BEST_FIRST.index(Basis(rent.worst_basis))


def unfounded_prices(catalog: Catalog, rent: Rent) -> int:
    """On-demand and spot prices of the catalogue that are less well founded than the problem asks."""
    offers = catalog.offers.values()
    prices = [offer.on_demand_provenance for offer in offers if offer.on_demand_usd_per_hour is not None]
    prices += [offer.spot_provenance for offer in offers if offer.spot_provenance is not None]
    return sum(not is_founded(price, rent) for price in prices)


def commitment_for(offer: Offer, term_months: int, known: Sequence[Commitment]) -> Commitment | None:
    """The discount of a term that is best founded, among those the largest; None where there is none."""
    matching = [
        terms
        for terms in known
        if terms.term_months == term_months
        and terms.gpu in (offer.gpu, "any")
        and fnmatchcase(offer.instance_type, terms.instance_pattern)
        and fnmatchcase(offer.region, terms.region_pattern)
    ]
    return min(matching, key=lambda terms: (BEST_FIRST.index(terms.provenance.basis), -terms.discount), default=None)


def spot_risk(offer: Offer, known: Sequence[SpotRisk]) -> SpotRisk | None:
    """The interruption rate that names this offer most closely; None where none applies."""
    matching = [
        risk
        for risk in known
        if risk.gpu in (offer.gpu, "*")
        and risk.region in (offer.region, "*")
        and fnmatchcase(offer.instance_type, risk.instance_pattern)
    ]
    return max(matching, key=_closeness, default=None)


def _closeness(risk: SpotRisk) -> tuple[bool, bool, bool, bool, float]:
    """Instance before region before GPU before provider; at a tie the higher rate."""
    named = ("*" not in risk.instance_pattern, risk.region != "*", risk.gpu != "*", risk.provider != "*")
    return *named, risk.interruptions_per_hour


def _by_provider(rows: Iterable[Term]) -> dict[str, list[Term]]:
    grouped: dict[str, list[Term]] = defaultdict(list)
    for row in rows:
        grouped[row.provider].append(row)
    return grouped
