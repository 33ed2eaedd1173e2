"""One benchmark run as its file tells it: cells of text under the columns of `planner estimate --csv`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Json = Mapping[str, Any]

COLUMNS = ("model", "gpu", "n_gpus", "tp", "pp", "dp", "ep", "weights", "kv", "engine", "prefix_hit", "fixed_lengths")
SYNONYMS = {
    "tensor_parallel_size": "tp",
    "tp_size": "tp",
    "pipeline_parallel_size": "pp",
    "pp_size": "pp",
    "ep_size": "ep",
    "quantization": "weights",
    "precision": "weights",
    "dtype": "weights",
    "kv_cache_dtype": "kv",
    "gpu_type": "gpu",
    "hardware": "gpu",
}


@dataclass(frozen=True)
class Run:
    """A run: where it stands, what ran (`cells`), what was sent and what was measured; times in ms."""

    where: str
    cells: dict[str, str]
    isl: float | None
    osl: float | None
    ttft_ms: float | None
    tpot_ms: float | None
    requests_per_s: float | None = None
    clients: float | None = None  # None where requests came at a rate of their own
    left_out: str = ""  # why it tells nothing about steps of the model; "" where it does
    tags: Mapping[str, str] = field(default_factory=dict)


def number(value: object) -> float | None:
    """A finite positive number, None for anything else ("inf", null, text)."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except ValueError:
        return None
    return found if 0 < found < float("inf") else None


def ratio(above: object, below: object) -> float | None:
    """A mean from two totals."""
    total, count = number(above), number(below)
    return None if total is None or count is None else total / count


def inside(data: object, *path: str) -> Any:
    """What stands at a path of nested tables; None where it ends early."""
    for name in path:
        if not isinstance(data, Mapping):
            return None
        data = data.get(name)
    return data


def first(values: Iterable[object]) -> Any:
    """The first that is there."""
    return next((value for value in values if value not in (None, "", [])), None)


def cells_in(data: Json) -> dict[str, str]:
    """Cells a tool wrote beside its figures, such as `--metadata gpu=H100 tp=4` of `vllm bench serve`."""
    found: dict[str, str] = {}
    for name, value in data.items():
        column = name if name in COLUMNS else SYNONYMS.get(name)
        if column and isinstance(value, str | int | float) and not isinstance(value, bool):
            found.setdefault(column, str(value))
    return found


def clients_of(max_concurrency: object, prompts: object, rate: object) -> float | None:
    """Clients of a closed loop: the cap on requests in flight where nothing else held them back."""
    cap, sent = number(max_concurrency), number(prompts)
    if cap is None or number(rate) is not None:
        return None
    return cap if sent is None else min(cap, sent)
