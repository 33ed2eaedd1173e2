"""Results of InferenceX (formerly InferenceMAX): aggregated JSON, one object or a list, latencies in seconds.

Its clients draw both lengths evenly from 0.8 to 1.0 of the nominal one. `hw` is the runner's name, which
begins with the GPU's; with attention data parallelism `tp` counts every rank.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.calibration.run import Json, Run, first, inside, number
from planner.units import MS_PER_S

MEAN_OF_NOMINAL = 0.9  # random_range_ratio 0.8
ENGINES = {"trt": "trtllm"}


def is_inferencex(data: Json) -> bool:
    """A runner or GPU, and mean seconds a token."""
    return ("hw" in data or "hardware" in data) and number(_metric(data, "mean_tpot")) is not None


def inferencex_runs(data: Json, where: str) -> Iterator[Run]:
    """The one run of a result."""
    isl, osl = (number(data.get(name)) for name in ("isl", "osl"))
    ttft, tpot = (number(_metric(data, name)) for name in ("mean_ttft", "mean_tpot"))
    yield Run(
        where=where,
        cells=_cells(data),
        isl=None if isl is None else isl * MEAN_OF_NOMINAL,
        osl=None if osl is None else osl * MEAN_OF_NOMINAL,
        ttft_ms=None if ttft is None else ttft * MS_PER_S,
        tpot_ms=None if tpot is None else tpot * MS_PER_S,
        clients=number(first((data.get("conc"), data.get("concurrency")))),
        left_out=_left_out(data),
    )


def _metric(data: Json, name: str) -> object:
    """The dashboard's export nests figures under `metrics`, the campaign's own files do not."""
    return first((inside(data, "metrics", name), data.get(name)))


def _cells(data: Json) -> dict[str, str]:
    framework = str(data.get("framework", ""))
    cells = {
        "model": first((data.get("model"), data.get("infmax_model_prefix"))),
        "gpu": str(first((data.get("hw"), data.get("hardware")))).split("-")[0],
        "engine": ENGINES.get(framework, framework),
        "weights": data.get("precision"),
        "tp": data.get("tp"),
        "pp": data.get("pp"),
        "ep": data.get("ep"),
    }
    if _yes(data.get("dp_attention")):
        cells |= {"dp": data.get("tp"), "n_gpus": data.get("tp")}
    return {name: str(value) for name, value in cells.items() if value not in (None, "")}


def _left_out(data: Json) -> str:
    if str(first((data.get("spec_decoding"), "none"))).lower() not in {"none", "false"}:
        return "speculative decoding"
    return "prefill and decode on different GPUs" if _yes(data.get("disagg")) else ""


def _yes(value: object) -> bool:
    return str(value).lower() == "true"
