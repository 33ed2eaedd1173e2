"""What other tools call clouds, spot capacity and accelerators; their words, not facts about hardware."""

from __future__ import annotations

import re
from dataclasses import dataclass

from planner.plan.plan import Plan, PoolRow

OWN = "own"
SKYPILOT = (
    "aws", "azure", "gcp", "ibm", "lambda", "scp", "oci", "runpod", "vast", "vsphere", "cudo", "fluidstack",
    "paperspace", "primeintellect", "do", "nebius", "hyperbolic", "seeweb", "shadeform", "yotta", "mithril", "verda",
)  # fmt: skip
"""Clouds of SkyPilot 0.14.1."""
NVIDIA = "nvidia.com/gpu"
_RESOURCES = {"MI": "amd.com/gpu", "Gaudi": "habana.ai/gaudi"}
_FORM = re.compile(r"-(SXM|PCIE|NVL)\d?(?=-|$)", re.IGNORECASE)
_SMALLEST = {"A100-40GB": "A100", "V100-16GB": "V100"}


@dataclass(frozen=True)
class Spot:
    """How a provider's managed Kubernetes marks spot nodes."""

    label: str
    value: str
    taint: str | None
    """Key of a taint with that value, where nodes carry one."""


SPOT = {
    "aws": Spot("eks.amazonaws.com/capacityType", "SPOT", None),
    "gcp": Spot("cloud.google.com/gke-spot", "true", "cloud.google.com/gke-spot"),
    "azure": Spot("kubernetes.azure.com/scalesetpriority", "spot", "kubernetes.azure.com/scalesetpriority"),
}
OTHER_SPOT = Spot("fleet/capacity", "spot", "fleet/capacity")
"""Elsewhere: a label and taint to give such nodes oneself."""


def gpu_resource(gpu: str) -> str:
    """What Kubernetes calls a GPU of this type."""
    return next((name for start, name in _RESOURCES.items() if gpu.startswith(start)), NVIDIA)


def spot_of(pool: PoolRow) -> Spot:
    return SPOT.get(pool.provider, OTHER_SPOT)


def skypilot_cloud(plan: Plan, pool: PoolRow) -> str | None:
    """SkyPilot's cloud of a pool: the broker its price was read from, else the provider; None where it has none."""
    if pool.provider == OWN:
        return None
    sources = [row.provenance.source for row in plan.options if row.pool == pool.id and row.provenance]
    brokers = [source.removeprefix("skypilot-") for source in sources if source.startswith("skypilot-")]
    return next((cloud for cloud in [pool.provider, *brokers] if cloud in SKYPILOT), None)


def skypilot_accelerator(gpu: str) -> str:
    """SkyPilot's name of a GPU: without its form factor, and without a memory size where it is the smallest."""
    name = _FORM.sub("", gpu)
    return _SMALLEST.get(name, name)
