"""Number formats: what a weight weighs, and in which arithmetic a GPU computes with it.

A GPU without units for a narrow format keeps the memory saving but computes in 16 bits; one without
the format's 16-bit fallback cannot run it at all.
"""

from __future__ import annotations

from dataclasses import dataclass

from planner.catalog.specs import GpuSpec, ModelSpec

PLAIN_BYTES = 2.0  # tensors that stay beside quantised ones are 16-bit


@dataclass(frozen=True)
class NumberFormat:
    """Bits a weight, scales included, and the arithmetic it may be computed in, narrowest first."""

    bits: float
    arithmetic: tuple[str, ...]
    narrow_needs: str = ""  # units without which only the widest of them is used

    @property
    def bytes(self) -> float:
        return self.bits / 8


FORMATS = {
    "fp32": NumberFormat(32, ("fp32",)),
    "bf16": NumberFormat(16, ("bf16",)),
    "fp16": NumberFormat(16, ("fp16",)),
    "fp8": NumberFormat(8, ("fp8", "bf16")),
    "int8": NumberFormat(8, ("int8",)),
    "int4": NumberFormat(4.5, ("fp16", "bf16")),  # 4 bits and a 16-bit scale for each 32 weights
    "mxfp4": NumberFormat(4.25, ("fp8", "bf16"), "fp4"),  # 4 bits and an 8-bit scale for each 32 weights
    "nvfp4": NumberFormat(4.5, ("fp4", "bf16")),  # 4 bits and an 8-bit scale for each 16 weights
}
WIDTH_BITS = {"fp32": 16, "bf16": 16, "fp16": 16, "fp8": 8, "int8": 8, "fp4": 4}


@dataclass(frozen=True)
class Part:
    """How one group of weights is stored and computed."""

    bytes_per_weight: float
    arithmetic: str
    block_scaled: bool = False  # one scale for each block of weights, applied inside the matrix product

    @property
    def unpacked(self) -> bool:
        """Whether 4-bit weights are unpacked and computed in 16 bits; 8-bit ones convert at no cost."""
        return self.bytes_per_weight < 1 and WIDTH_BITS[self.arithmetic] == 16


@dataclass(frozen=True)
class Precision:
    """A replica's formats: stored and computed, by group of weights; `kv` is the cache's format."""

    weights: str
    kv: str
    attention: Part
    dense: Part  # dense and shared feed-forward
    experts: Part
    plain: Part  # embeddings, LM head, norms, routers


def arithmetic_for(gpu: GpuSpec, weights: str) -> str | None:
    """The fastest arithmetic `gpu` has for a weight format; None where it has none that would do.

    Narrow units that are no faster than the wider ones (Gaudi 3's fp8) are not used.
    """
    stored = FORMATS[weights]
    offered = stored.arithmetic if stored.narrow_needs in {"", *gpu.tflops} else stored.arithmetic[-1:]
    usable = [kind for kind in reversed(offered) if kind in gpu.tflops]
    return max(usable, key=gpu.tflops.__getitem__, default=None)


def plain_format(gpu: GpuSpec) -> str:
    """The 16-bit format a GPU computes in: bf16, or fp16 on GPUs older than bf16."""
    return "bf16" if "bf16" in gpu.tflops else "fp16"


def default_formats(model: ModelSpec, gpu: GpuSpec) -> list[str]:
    """Formats tried where the user names none: the native one, plus fp8 where the GPU computes it.

    16- and 32-bit checkpoints run in the GPU's own 16-bit format, as engines do.
    """
    native = model.native_format
    first = plain_format(gpu) if native in {"fp32", "bf16", "fp16"} else native
    return [first] if first == "fp8" or "fp8" not in gpu.tflops else [first, "fp8"]


def why_not(gpu: GpuSpec, weights: str, kv: str) -> str:
    """Why a GPU cannot run these formats, with the next step; "" where it can."""
    if arithmetic_for(gpu, weights) is None:
        wanted = " or ".join(FORMATS[weights].arithmetic)
        usable = ", ".join(name for name in FORMATS if arithmetic_for(gpu, name))
        return f"{weights} weights need {wanted} units, which {gpu.id} lacks; it can run {usable}"
    if kv == "fp8" and "fp8" not in gpu.tflops:
        return f"an fp8 KV cache needs fp8 units, which {gpu.id} lacks; ask for kv bf16"
    return ""


def precision_for(model: ModelSpec, gpu: GpuSpec, weights: str, kv: str) -> Precision:
    """How each group of weights is stored and computed; call `why_not` first.

    What a format covers is the checkpoint's own habit where it is native. Elsewhere 8-bit formats
    cover all matrices; 4-bit formats cover all matrices of a dense model, experts (nvfp4: and
    feed-forward) of a mixture, whose other matrices stay as published.
    """
    arithmetic = arithmetic_for(gpu, weights)
    if arithmetic is None:
        raise ValueError(why_not(gpu, weights, kv))
    covered = part_of(model, weights, arithmetic)
    plain = Part(PLAIN_BYTES, plain_format(gpu))
    groups = covers(model, weights)
    native = _published(model, gpu, plain)
    return Precision(
        weights=weights,
        kv=plain_format(gpu) if kv == "bf16" else kv,
        attention=covered if "attention" in groups else native,
        dense=covered if "dense" in groups else native,
        experts=covered if "experts" in groups else native,
        plain=covered if "plain" in groups else plain,
    )


def precision_by_part(model: ModelSpec, gpu: GpuSpec, weights: str, kv: str) -> Precision:
    """As `precision_for`; `weights` may also name attention, dense and expert matrices: "bf16/nvfp4/nvfp4"."""
    if "/" not in weights:
        return precision_for(model, gpu, weights, kv)
    parts = [part_of(model, name, arithmetic_for(gpu, name) or "") for name in weights.split("/")]
    for name in dict.fromkeys(weights.split("/")):
        usual = precision_for(model, gpu, name, kv)
        if [usual.attention, usual.dense, usual.experts] == parts:
            return usual
    plain = plain_format(gpu)
    attention, dense, experts = parts
    kept = plain if kv == "bf16" else kv
    return Precision(weights, kept, attention, dense, experts, plain=Part(PLAIN_BYTES, plain))


def part_of(model: ModelSpec, weights: str, arithmetic: str) -> Part:
    """A group of weights in one format; microscaled formats always scale blocks, fp8 where the model's does."""
    blocks = weights == "mxfp4" or (weights == "fp8" and model.fp8_scales == "block")
    return Part(FORMATS[weights].bytes, arithmetic, block_scaled=blocks and arithmetic == "fp8")


def covers(model: ModelSpec, weights: str) -> frozenset[str]:
    """The groups of weights that a format covers: attention, dense, experts, plain."""
    matrices = frozenset({"attention", "dense", "experts"})
    if weights in {"fp32", "bf16", "fp16"}:
        return matrices | {"plain"}
    if weights == model.native_format:
        return {"all": matrices | {"plain"}, "linear": matrices, "experts": frozenset({"experts"})}[model.native_covers]
    if model.moe is None or weights in {"fp8", "int8"}:
        return matrices
    return frozenset({"dense", "experts"} if weights == "nvfp4" else {"experts"})


def _published(model: ModelSpec, gpu: GpuSpec, plain: Part) -> Part:
    """Matrices a 4-bit format leaves alone: 8-bit if the checkpoint is, else 16-bit."""
    arithmetic = arithmetic_for(gpu, model.native_format)
    if model.native_format == "fp8" and arithmetic is not None:
        return part_of(model, "fp8", arithmetic)
    return plain
