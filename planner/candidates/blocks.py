"""Capacity blocks as pools: a window's nodes are a lot of their own, beside what is rented by the hour."""

from __future__ import annotations

from collections.abc import Iterator

from planner.candidates.candidate import PurchaseOption
from planner.catalog.hints import did_you_mean
from planner.catalog.names import find_gpu
from planner.catalog.specs import Basis, BlockPrice, Catalog, Offer, Provenance
from planner.inputs.problem import CapacityBlock, Problem
from planner.units import MONTHS_PER_PERIOD

OWN_PRICE = "the problem file"


def block_options(problem: Problem, catalog: Catalog) -> Iterator[tuple[BlockPrice, PurchaseOption]]:
    """For each entry and each place it covers, the nodes there and the one way to pay for them."""
    for number, asked in enumerate(problem.supply.capacity_blocks):
        for place in places(asked, catalog):
            yield (
                place,
                PurchaseOption(
                    form="capacity_block",
                    usd_per_hour=place.usd_per_gpu_hour * place.gpus,
                    term_months=asked.periods * MONTHS_PER_PERIOD[problem.horizon.period],
                    upfront_share=1.0,
                    max_nodes=asked.max_nodes,
                    provenance=place.provenance,
                    block=number,
                    first_period=asked.first_period - 1,
                ),
            )


def block_pool_id(place: BlockPrice, option: PurchaseOption) -> str:
    """The lot's own name: the place and which entry of supply.capacity_blocks it belongs to, from 1."""
    return f"{place.id}/block-{(option.block or 0) + 1}"


def places(asked: CapacityBlock, catalog: Catalog) -> list[BlockPrice]:
    """Where nodes of an entry are to be had, at its own price or the catalogue's."""
    return [
        place
        for place in _sold(asked, catalog)
        if place.provider == asked.provider
        and asked.region in (None, place.region)
        and asked.gpu in (None, place.gpu)
        and asked.instance in (None, place.instance_type)
    ]


def block_complaints(problem: Problem, catalog: Catalog) -> Iterator[str]:
    """One line for each entry that fits no node of the catalogue."""
    for index, asked in enumerate(problem.supply.capacity_blocks):
        key = f"  supply.capacity_blocks[{index}]"
        sold = _sold(asked, catalog)
        if asked.gpu and asked.gpu not in catalog.gpus:
            gpu = find_gpu(catalog, asked.gpu)
            hint = f"; write '{gpu.id}'" if gpu else did_you_mean(asked.gpu, catalog.gpus)
            yield f"{key}.gpu: unknown GPU '{asked.gpu}'{hint}"
        elif not any(known.provider == asked.provider for known in sold):
            providers = {known.provider for known in sold}
            without = "" if asked.usd_per_gpu_hour else " with a price for blocks; give usd_per_gpu_hour"
            hint = did_you_mean(asked.provider, providers)
            yield f"{key}.provider: the catalogue has no provider '{asked.provider}'{without}{hint}"
        elif not places(asked, catalog):
            wanted = " ".join(filter(None, [asked.provider, asked.region, asked.instance or asked.gpu]))
            names = {known.instance_type for known in sold if known.provider == asked.provider}
            hint = did_you_mean(asked.instance or "", names) or "; see `planner catalog capacity_blocks`"
            yield f"{key}: no node fits '{wanted}'{hint}"


def _sold(asked: CapacityBlock, catalog: Catalog) -> list[BlockPrice]:
    """Nodes at a price: those the catalogue sells in blocks, or at the entry's own price every node it knows."""
    if asked.usd_per_gpu_hour is None:
        return list(catalog.capacity_blocks.values())
    shapes: dict[str, Offer | BlockPrice] = {**catalog.offers, **catalog.capacity_blocks}
    origin = Provenance(OWN_PRICE, catalog.as_of, Basis.LISTED, "usd_per_gpu_hour of supply.capacity_blocks")
    return [_at(shape, asked.usd_per_gpu_hour, origin) for shape in shapes.values()]


def _at(shape: Offer | BlockPrice, usd_per_gpu_hour: float, origin: Provenance) -> BlockPrice:
    return BlockPrice(
        shape.id,
        shape.provider,
        shape.region,
        shape.geography,
        shape.instance_type,
        shape.gpu,
        shape.gpus,
        usd_per_gpu_hour,
        origin,
    )
