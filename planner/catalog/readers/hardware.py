"""data/gpus.yaml, data/systems.yaml and data/networks.yaml."""

from __future__ import annotations

from planner.catalog.readers.context import Context
from planner.catalog.readers.rows import Row
from planner.catalog.specs import Basis, GpuSpec, NetworkSpec, SystemSpec

_KINDS = ["gpu", "cpu", "tpu", "unified"]
_FORMATS = ["fp32", "fp16", "bf16", "fp8", "int8", "fp4", "int4"]
_BASES = [basis.value for basis in Basis]


def read_gpu(row: Row, context: Context) -> GpuSpec:
    """One accelerator or CPU host."""
    memory, link = row.part("memory"), row.part("link")
    tflops = row.numbers("tflops")
    for name in tflops.keys() - set(_FORMATS):
        row.wrong(f"tflops: unknown format '{name}', known are {', '.join(_FORMATS)}")
    spec = GpuSpec(
        id=row.text("id"),
        name=row.text("name"),
        vendor=row.text("vendor"),
        architecture=row.text("architecture"),
        kind=row.choice("kind", _KINDS, "gpu"),
        memory_gib=memory.number("gib"),
        memory_basis=Basis(memory.choice("basis", _BASES)),
        bandwidth_gb_per_s=row.number("bandwidth_gb_per_s"),
        tflops=tflops,
        link_kind=link.text("kind"),
        link_gb_per_s=link.maybe("gb_per_s"),
        link_domain_gpus=link.whole("domain_gpus", 1),
        link_peer_gb_per_s=link.maybe("peer_gb_per_s"),
        matmul_share=_matmul_share(row, tflops),
        pcie_gb_per_s=row.maybe("pcie_gb_per_s"),
        tdp_w=row.maybe("tdp_w"),
        aliases=row.texts("aliases"),
        provenance=context.provenance(row),
    )
    memory.finish()
    link.finish()
    return spec


def _matmul_share(row: Row, tflops: dict[str, float]) -> float | None:
    """Best measured matrix product as a share of the 16-bit peak, None where nobody measured it."""
    measured, peak = row.maybe("matmul_tflops"), tflops.get("bf16") or tflops.get("fp16")
    if measured is None or peak is None:
        return None
    if not 0 < measured <= peak:
        row.wrong(f"matmul_tflops: {measured:g} must lie between 0 and the 16-bit peak of {peak:g}")
    return measured / peak


def read_system(row: Row, context: Context) -> SystemSpec:
    """One node that can be bought."""
    power, price = row.part("power"), row.part("price")
    usd = price.number("usd")
    spec = SystemSpec(
        id=row.text("id"),
        name=row.text("name"),
        gpu=context.gpu(row),
        gpus=row.whole("gpus"),
        link_domain_gpus=row.whole("link_domain_gpus"),
        max_power_kw=power.number("max_kw"),
        power_basis=Basis(power.choice("basis", _BASES, "listed")),
        usd=usd,
        price_basis=Basis(price.choice("basis", _BASES, "listed")),
        price_as_of=price.day("as_of"),
        price_low_usd=price.number("low", usd),
        price_high_usd=price.number("high", usd),
        network_gb_per_s=row.maybe("network_gb_per_s"),
        provenance=context.provenance(row),
    )
    power.finish()
    price.finish()
    return spec


def read_network(row: Row, context: Context) -> NetworkSpec:
    """What joins some rented nodes."""
    return NetworkSpec(
        id=row.text("id"),
        provider=row.text("provider"),
        instances=row.text("instances"),
        gb_per_s=row.number("gb_per_s"),
        provenance=context.provenance(row),
    )
