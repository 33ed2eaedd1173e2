"""Names as others write them → ours: number formats, engines, quantised checkpoints, GPUs with their socket."""

from __future__ import annotations

import re

from planner.candidates.precision import FORMATS
from planner.catalog.names import find_gpu, find_model, gpu_key
from planner.catalog.specs import Catalog, GpuSpec, ModelSpec

ENGINES = {
    "vllm": "vllm",
    "sglang": "sglang",
    "sgl": "sglang",
    "trtllm": "trtllm",
    "tensorrtllm": "trtllm",
    "trt": "trtllm",
}
WEIGHTS = {
    **{name: name for name in FORMATS},
    "float32": "fp32",
    "bfloat16": "bf16",
    "float16": "fp16",
    "half": "fp16",
    "f16": "fp16",
    "f32": "fp32",
    "fp8block": "fp8",
    "blockfp8": "fp8",
    "fp8static": "fp8",
    "fp8dynamic": "fp8",
    "fp8e4m3": "fp8",
    "fp8perblock": "fp8",
    "w8a8fp8": "fp8",
    "fp8w8a8": "fp8",
    "fp8pbwo": "fp8",  # block-scaled weights
    "fp8ootb": "fp8",
    "fp8blockwise": "fp8",
    "fp8tensor": "fp8",
    "fp8pertensor": "fp8",
    "fp8perchannel": "fp8",
    "fp8w8a16": "fp8",
    "float8": "fp8",
    "float8e4m3fn": "fp8",
    "fp8e4m3fn": "fp8",
    "e4m3": "fp8",
    "modeloptfp8": "fp8",
    "fbgemmfp8": "fp8",
    "fp4": "nvfp4",
    "w4a4": "nvfp4",
    "w4a4nvfp4": "nvfp4",
    "nvfp4w4a4": "nvfp4",
    "modeloptfp4": "nvfp4",
    "w4a4mxfp4": "mxfp4",
    "w4a8mxfp4mxfp8": "mxfp4",
    "w4a16mxfp4": "mxfp4",
    "w4a8mxfp4": "mxfp4",
    "w8a8": "int8",
    "w8a8int8": "int8",
    "int8wo": "int8",
    "int8sq": "int8",
    "sq": "int8",
    "w8a16": "int8",
    "smoothquant": "int8",
    "awq": "int4",
    "gptq": "int4",
    "awqint4": "int4",
    "gptqint4": "int4",
    "int4awq": "int4",
    "int4gptq": "int4",
    "int4wo": "int4",
    "w4a16": "int4",
    "w4a16awq": "int4",
    "w4a16gptq": "int4",
    "marlin": "int4",
    "awqmarlin": "int4",
    "gptqmarlin": "int4",
    "w4a8awq": "int4",
    "bnb4bit": "int4",
    "4bit": "int4",
    "8bit": "int8",
    "bitsandbytes": "int4",
    "bnb": "int4",
    "nf4": "int4",
    "float8e4m3": "fp8",
    "e5m2": "fp8",
    "fp8e5m2": "fp8",
    "mxfp8": "fp8",
    "w4a8": "int4",
    "w4afp8": "int4",
    "torchbfloat16": "bf16",
    "torchfloat16": "fp16",
    "torchfloat32": "fp32",
}
KV = {
    "bf16": "bf16",
    "bfloat16": "bf16",
    "fp16": "bf16",  # the same two bytes; the GPU's own 16-bit format is used
    "float16": "bf16",
    "half": "bf16",
    "fp8": "fp8",
    "fp8e4m3": "fp8",
    "fp8e5m2": "fp8",
    "fp8e4m3fn": "fp8",
    "float8": "fp8",
    "e4m3": "fp8",
    "f16": "bf16",
    "fp8pertensor": "fp8",
    "float8e4m3": "fp8",
    "e5m2": "fp8",
    "torchbfloat16": "bf16",
    "torchfloat16": "bf16",
}
UNSAID = {"", "auto", "default", "native", "none", "nan", "null", "-", "–", "n/a", "na"}
_FORMAT = (
    r"fp8(?:-dynamic|-block)?|nvfp4|fp4|mxfp4|awq(?:-int4)?|gptq(?:-int4)?|int4(?:-awq)?|int8|w4a16|w8a8|bf16|fp16|"
    r"bnb-4bit|4bit|8bit"
)
_MARKS = re.compile(rf"[-.](?:({_FORMAT})|\d{{4}}|kv|v2|exp|preview|quantized|unsloth|autoround|gguf)$")
_PUBLISHED = "-BF16"  # some repositories name the format of the weights they publish first


def engine_named(name: str) -> str | None:
    """vllm, sglang or trtllm, also with a version or what starts it; None where the name means none, or several."""
    key = gpu_key(name)
    return ENGINES.get(key) or next((engine for word, engine in ENGINES.items() if word in key), None)


def weights_named(name: str, model: ModelSpec) -> str | None:
    """Our weight format, or three for attention, dense and expert matrices ("bf16/nvfp4/nvfp4").

    A bare "fp4" is the checkpoint's own 4-bit float, or nvfp4 where it has none.
    """
    parts = [_format_named(part, model) for part in name.split("/")]
    named = [part for part in parts if part]
    return "/".join(named) if len(named) == len(parts) and len(parts) in {1, 3} else None


def _format_named(name: str, model: ModelSpec) -> str | None:
    own = model.native_format
    return own if gpu_key(name) == "fp4" and own in {"mxfp4", "nvfp4"} else WEIGHTS.get(gpu_key(name))


def kv_named(name: str) -> str | None:
    """Our KV-cache format; None where the name means none."""
    return KV.get(gpu_key(name))


def gpu_named(catalog: Catalog, name: str) -> GpuSpec | None:
    """A GPU by any of its names, also with a vendor, socket or memory it leaves out ("gb200_sxm")."""
    short = re.sub(r"^(nvidia|amd)[-_ ]+((instinct|geforce|tesla)[-_ ]+)?", "", name, flags=re.IGNORECASE)
    shorter = re.sub(r"[-_ ]*(sxm\d?|hbm\d?e?|nvl\d+|oam|\d+[-_ ]*gi?b)$", "", short, flags=re.IGNORECASE)
    return find_gpu(catalog, name) or find_gpu(catalog, short) or find_gpu(catalog, shorter)


def model_named(catalog: Catalog, name: str) -> tuple[ModelSpec | None, str]:
    """A model by our id or a Hugging Face id, and the weight format its name carries ("" for none).

    A repository of quantised or re-dated weights ("nvidia/DeepSeek-R1-FP4", "…-Instruct-2507") means the
    model it was made from.
    """
    marked, rest = _format_in(name), name
    while (found := _either(catalog, rest)) is None and (mark := _MARKS.search(rest.lower())):
        rest = rest[: mark.start()]
        marked = marked or _format_in(rest)
    return found, marked


def _format_in(name: str) -> str:
    mark = _MARKS.search(name.lower())
    return (mark.group(1) or "") if mark else ""


def _either(catalog: Catalog, name: str) -> ModelSpec | None:
    return find_model(catalog, name) or find_model(catalog, name + _PUBLISHED)
