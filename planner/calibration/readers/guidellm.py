"""Reports of GuideLLM (`benchmarks.json`): a list of benchmarks, one for each load of a sweep.

Figures of finished requests stand under `metrics.*.successful`. Its `inter_token_latency_ms` leaves the first
token out, as our TPOT does; its `time_per_output_token_ms` does not.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.calibration.run import Json, Run, cells_in, first, inside, number

CLOSED = {"concurrent", "synchronous"}


def is_guidellm(data: Json) -> bool:
    """A list of benchmarks that have metrics."""
    found = data.get("benchmarks")
    return isinstance(found, list) and bool(found) and isinstance(inside(found[0], "metrics"), dict)


def guidellm_runs(data: Json, where: str) -> Iterator[Run]:
    """One run a benchmark."""
    for place, benchmark in enumerate(data["benchmarks"], start=1):
        yield _run(data, benchmark, f"{where} benchmark {place}")


def _run(report: Json, benchmark: Json, where: str) -> Run:
    def mean(name: str) -> float | None:
        return number(inside(benchmark, "metrics", name, "successful", "mean"))

    model = _model(report, benchmark)
    extras = first(inside(home, "extras") or inside(home, "metadata") for home in (benchmark, report)) or {}
    return Run(
        where=where,
        cells={**({"model": str(model)} if model else {}), **cells_in(extras)},
        isl=mean("prompt_token_count"),
        osl=mean("output_token_count"),
        ttft_ms=mean("time_to_first_token_ms"),
        tpot_ms=mean("inter_token_latency_ms"),
        requests_per_s=mean("requests_per_second"),
        clients=_clients(benchmark),
    )


def _model(report: Json, benchmark: Json) -> object:
    """Where versions keep the model: the worker (0.2), the backend (0.4 on), or the run's arguments."""
    paths = (
        ("worker", "backend_model"),
        ("config", "backend", "model"),
        ("benchmarker", "backend", "model"),
        ("args", "model"),
    )
    found = [inside(home, *path) for home in (benchmark, report) for path in paths]
    return first([*found, inside(report, "config", "spec", "backend", "model")])


def _clients(benchmark: Json) -> float | None:
    """Streams of a closed loop; None where requests came at a rate."""
    strategy = first((inside(benchmark, "config", "strategy"), inside(benchmark, "args", "strategy"))) or {}
    kind = str(first((strategy.get("type_"), strategy.get("kind"))) or "")
    if kind not in CLOSED:
        return None
    streams = first((strategy.get("streams"), strategy.get("max_concurrency")))
    return 1.0 if kind == "synchronous" else number(streams)
