"""How a model is cut over GPUs.

Tensor parallel inside the fast link where there is one, pipelines over PCIe and over nodes; a mixture of experts
also with its experts shared out whole, its attention sliced or, group by group, kept to each group's own requests.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from planner.candidates.constants import Constants
from planner.candidates.links import Fabric, wire_bytes_per_s
from planner.catalog.specs import ModelSpec

SIZES = (1, 2, 4, 8, 16)
SPANNED_NODES = (2, 4)


@dataclass(frozen=True, order=True)
class Layout:
    """`tp` GPUs share every layer, `pp` stages share the layers out.

    With attention data parallelism `dp` such groups each hold the attention of their own requests; with
    expert parallelism `ep` GPUs share the experts out whole instead of slicing each of them.
    """

    tp: int
    pp: int
    dp: int = 1
    ep: int = 1

    @property
    def gpus(self) -> int:
        return self.tp * self.pp * self.dp


def layouts_for(model: ModelSpec, fabric: Fabric, node_gpus: int, k: Constants) -> list[Layout]:
    """Layouts of one replica inside one node of `node_gpus` GPUs, smallest first.

    Tensor parallelism alone where the whole node is one fast domain; with pipeline stages where the
    node is larger than the domain, since stages exchange far less than tensor-parallel ranks do. Inside
    a fast domain the experts of a mixture may also be shared out whole.
    """
    stages = SIZES if node_gpus > fabric.domain_gpus or fabric.gpu.link_gb_per_s is None else (1,)
    wanted = (Layout(tp, pp) for tp in SIZES for pp in stages if tp * pp <= node_gpus and pp <= model.layers)
    joined = [cut for cut in wanted if cut.gpus == 1 or wire_bytes_per_s(fabric, cut.gpus, k) > 0]
    if model.moe is not None:
        joined += expert_layouts(fabric, node_gpus)
    found = (cut for cut in joined if splits(model, cut.tp))
    return sorted(found, key=lambda cut: (cut.gpus, cut.pp, cut.ep, cut.dp))


def expert_layouts(fabric: Fabric, node_gpus: int) -> Iterator[Layout]:
    """Experts shared out over every GPU of a group inside the fast domain; 1, 2, … of them slice a request's attention.

    All-to-all between the groups needs the fast link, so none crosses PCIe.
    """
    largest = min(node_gpus, fabric.domain_gpus) if fabric.gpu.link_gb_per_s is not None else 1
    for group in SIZES[1:]:
        if group <= largest:
            yield from (Layout(tp, 1, group // tp, group) for tp in SIZES if tp <= group)


def over_nodes(cut: Layout, nodes: int) -> Layout:
    """The layout of one node as a stage of a pipeline over several."""
    return replace(cut, pp=nodes)


def splits(model: ModelSpec, tp: int) -> bool:
    """Whether the attention heads divide over `tp` ranks (KV heads may instead be copied)."""
    attention = model.attention
    whole_queries = attention.query_heads % tp == 0
    whole_kv = attention.kv_heads % tp == 0 or tp % attention.kv_heads == 0
    return whole_queries and whole_kv


def cannot_split(model: ModelSpec, fabric: Fabric, node_gpus: int) -> str:
    """Which tensor-parallel sizes the node offers but the heads refuse; "" where none."""
    refused = [tp for tp in SIZES if tp <= node_gpus and not splits(model, tp)]
    if not refused:
        return ""
    heads = f"{model.attention.query_heads} query heads and {model.attention.kv_heads} KV heads"
    return f"{heads} do not divide over {', '.join(map(str, refused))} × {fabric.gpu.id}"
