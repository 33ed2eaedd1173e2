"""What joins the GPUs of one replica: the fast link inside its domain, PCIe beyond it, a network between nodes."""

from __future__ import annotations

from dataclasses import dataclass

from planner.candidates.constants import Constants
from planner.catalog.specs import GpuSpec
from planner.units import BYTES_PER_GB


@dataclass(frozen=True)
class Fabric:
    """A GPU as it sits in a node: how many reach each other over the fast link there, and what leaves the node."""

    gpu: GpuSpec
    domain_gpus: int
    node_gpus: int = 0  # of each node where a replica spans several; 0 where it stays inside one
    network_gb_per_s: float = 0.0  # then: of each GPU to other nodes, one way

    @property
    def is_usual(self) -> bool:
        """Whether the domain is the one the GPU's own data sheet names."""
        return self.domain_gpus == self.gpu.link_domain_gpus


def in_fast_domain(fabric: Fabric, group: int) -> bool:
    """Whether `group` GPUs reach each other over the fast link."""
    return group <= fabric.domain_gpus and fabric.gpu.link_gb_per_s is not None


def wire_bytes_per_s(fabric: Fabric, group: int, k: Constants) -> float:
    """Bandwidth one GPU gets in a collective of `group` GPUs, one way [bytes/s]; 0 where nothing joins them.

    A group wider than its nodes gets each GPU's own share of the network between them.
    Without a switch a group uses only the cables between its own members.
    """
    gpu = fabric.gpu
    if 0 < fabric.node_gpus < group:
        return fabric.network_gb_per_s * k.link_efficiency * BYTES_PER_GB
    if gpu.link_gb_per_s is not None and in_fast_domain(fabric, group):
        peers = gpu.link_peer_gb_per_s
        link = gpu.link_gb_per_s if peers is None else min(gpu.link_gb_per_s, peers * (group - 1))
        return link * k.link_efficiency * BYTES_PER_GB
    efficiency = k.link_efficiency_host_pair if group <= 2 else k.link_efficiency_host
    return (gpu.pcie_gb_per_s or 0.0) * efficiency * BYTES_PER_GB


def stage_bytes_per_s(fabric: Fabric, k: Constants) -> float:
    """Bandwidth of one GPU to its fellow in the next pipeline stage, one way [bytes/s]."""
    if fabric.node_gpus == 0:
        return wire_bytes_per_s(fabric, 2, k)
    return fabric.network_gb_per_s * k.link_efficiency * BYTES_PER_GB


def hop_factor(fabric: Fabric, group: int, k: Constants) -> float:
    """How much longer one hop of a collective takes than over the fast link."""
    return 1.0 if group <= 1 or in_fast_domain(fabric, group) else k.collective_hop_factor_host
