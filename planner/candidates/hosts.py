"""Which hosts a named deployment stands on, where nobody says: as many GPUs as the largest host of its kind has, eight at least.

Beyond one host its GPUs are joined by the network that is usual between hosts of the kind, from data/networks.yaml
and data/systems.yaml; where none is known, by the usual one of disaggregated serving.
"""

from __future__ import annotations

from collections import defaultdict

from planner.candidates.links import Fabric
from planner.candidates.pools import network_of
from planner.catalog.specs import Catalog, GpuSpec


def fabric_for(gpu: GpuSpec, gpus: int, catalog: Catalog) -> Fabric:
    """What joins `gpus` GPUs of one replica: a host, or several and a network."""
    node = _host_gpus(gpu, gpus, catalog)
    if gpus <= node:
        return Fabric(gpu, gpu.link_domain_gpus)
    return Fabric(gpu, gpu.link_domain_gpus, node, _network(gpu, catalog)[0])


def network_words(gpu: GpuSpec, gpus: int, catalog: Catalog) -> str:
    """The hosts and the network that were assumed; "" where one host is enough."""
    node = _host_gpus(gpu, gpus, catalog)
    if gpus <= node:
        return ""
    speed, places = _network(gpu, catalog)
    known = f"as at {', '.join(places)}" if places else f"a usual network, as none of {gpu.id} is known"
    return f"hosts of {node} joined by {speed:g} GB/s a GPU ({known})"


def _host_gpus(gpu: GpuSpec, gpus: int, catalog: Catalog) -> int:
    """GPUs of the largest host on offer, or those of the fast domain; of a usual host at least."""
    if gpus <= gpu.link_domain_gpus:
        return gpu.link_domain_gpus
    kinds = (*catalog.systems.values(), *catalog.offers.values())
    usual = int(catalog.calibration["host_gpus"].value)
    return max((usual, gpu.link_domain_gpus, *(kind.gpus for kind in kinds if kind.gpu == gpu.id)))


def _network(gpu: GpuSpec, catalog: Catalog) -> tuple[float, list[str]]:
    """The speed that most places offer, the lower one of equals [GB/s a GPU, one way], and those places."""
    places: dict[float, set[str]] = defaultdict(set)
    for offer in catalog.offers.values():
        if offer.gpu == gpu.id and (speed := network_of(offer, catalog.networks.values())) is not None:
            places[speed].add(offer.provider)
    for system in catalog.systems.values():
        if system.gpu == gpu.id and system.network_gb_per_s is not None:
            places[system.network_gb_per_s].add(system.id)
    if not places:
        return catalog.calibration["transfer_gb_per_s"].value, []
    speed = max(places, key=lambda one: (len(places[one]), -one))
    return speed, sorted(places[speed])
