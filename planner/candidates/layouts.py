"""How a model is cut over GPUs: tensor parallel inside the fast link where there is one, pipelines over PCIe."""

from __future__ import annotations

from dataclasses import dataclass

from planner.candidates.constants import Constants
from planner.candidates.links import Fabric, wire_bytes_per_s
from planner.catalog.specs import ModelSpec

SIZES = (1, 2, 4, 8, 16)


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
    node is larger than the domain, since stages exchange far less than tensor-parallel ranks do.
    """
    stages = SIZES if node_gpus > fabric.domain_gpus or fabric.gpu.link_gb_per_s is None else (1,)
    wanted = (Layout(tp, pp) for tp in SIZES for pp in stages if tp * pp <= node_gpus and pp <= model.layers)
    joined = (cut for cut in wanted if cut.gpus == 1 or wire_bytes_per_s(fabric, cut.gpus, k) > 0)
    return sorted((cut for cut in joined if splits(model, cut.tp)), key=lambda cut: (cut.gpus, cut.pp))


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
