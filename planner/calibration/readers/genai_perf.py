"""Exports of AIPerf (`profile_export_aiperf.json`) and GenAI-Perf (`profile_export_genai_perf.json`).

Each metric is an object with its unit and statistics; `inter_token_latency` leaves the first token out.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.calibration.run import Json, Run, cells_in, first, inside, number

MS = {"ms": 1.0, "s": 1e3, "sec": 1e3, "us": 1e-3, "ns": 1e-6}


def is_genai_perf(data: Json) -> bool:
    """A latency between tokens with an average."""
    return number(inside(data, "inter_token_latency", "avg")) is not None


def genai_perf_runs(data: Json, where: str) -> Iterator[Run]:
    """The one run of an export."""
    asked = data.get("input_config") or {}
    model = first(_one(inside(asked, *path)) for path in (("endpoint", "model_names"), ("model_names",), ("model",)))
    yield Run(
        where=where,
        cells={**({"model": str(model)} if model else {}), **cells_in(asked)},
        isl=number(inside(data, "input_sequence_length", "avg")),
        osl=number(inside(data, "output_sequence_length", "avg")),
        ttft_ms=_ms(data, "time_to_first_token"),
        tpot_ms=_ms(data, "inter_token_latency"),
        requests_per_s=number(inside(data, "request_throughput", "avg")),
        clients=_clients(asked),
    )


def _ms(data: Json, name: str) -> float | None:
    value = number(inside(data, name, "avg"))
    scale = MS.get(str(inside(data, name, "unit") or "ms"))
    return None if value is None or scale is None else value * scale


def _clients(asked: Json) -> float | None:
    """The concurrency asked for, where no request rate was."""
    homes = (("loadgen",), ("perf_analyzer", "stimulus"), ())
    rate, concurrency = (
        first(_one(inside(asked, *home, name)) for home in homes) for name in ("request_rate", "concurrency")
    )
    return None if number(rate) is not None else number(concurrency)


def _one(value: object) -> object:
    """Some versions write a list of one."""
    return value[0] if isinstance(value, list) and value else value
