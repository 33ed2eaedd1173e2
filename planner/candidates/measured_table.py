"""The user's own table of measured rates, read: one row a configuration and request size, every mistake named.

    workload,bucket,gpu,tp,weights,requests_per_s
    chat,1,A10G,1,bf16,2
    chat,2,A10G,1,bf16,1

`gpu` and one rate, `requests_per_s` or `output_tokens_per_s` of one replica within its SLO, are needed.
An empty workload, bucket or model means all it can mean; tp, pp, dp and ep are 1 where they are left out,
weights are the model's own, the KV cache is bf16. `role` is prefill or decode where a replica serves half of each
request; a prefilling one may be rated by `uncached_input_tokens_per_s`, prompt tokens that no cache holds. A latency
that was measured at that rate may stand beside it under the name of its target, such as `ttft_p95_ms`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from planner.candidates.candidate import Role
from planner.candidates.layouts import Layout
from planner.candidates.resolve import Names
from planner.catalog.hints import did_you_mean
from planner.catalog.names import find_gpu, find_model
from planner.catalog.specs import Catalog, ModelSpec
from planner.demand.csv_columns import read_lines
from planner.demand.types import Demand, DemandClass
from planner.errors import InputError
from planner.inputs.problem import KvFormat, Slo, WeightFormat
from planner.units import MS_PER_S

KEY = "performance.table"
ROLES: tuple[Role, ...] = get_args(Role)
RATES = ("requests_per_s", "output_tokens_per_s", "uncached_input_tokens_per_s")
RATED_BY: Mapping[Role, tuple[str, ...]] = {"aggregated": RATES[:2], "prefill": RATES[::2], "decode": RATES[:2]}
CUTS = ("tp", "pp", "dp", "ep")
LATENCIES = tuple(Slo.model_fields)
COLUMNS = ("workload", "bucket", "model", "gpu", *CUTS, "weights", "kv", "role", *RATES, *LATENCIES)
MOST_GPUS = 4096
MOST_MISTAKES = 25


@dataclass(frozen=True)
class Profiled:
    """One row for one demand class: what a replica was seen to do."""

    line: int
    demand_class: DemandClass
    model: ModelSpec
    gpu: str
    layout: Layout
    weights: str
    kv: str
    requests_per_s: float
    latency: Mapping[tuple[str, float], float]  # target → seconds, as measured at that rate
    role: Role = "aggregated"

    @property
    def key(self) -> tuple[object, ...]:
        """What there may be only one row for."""
        return (self.demand_class.id, self.model.id, self.gpu, self.layout, self.weights, self.kv, self.role)


@dataclass(frozen=True)
class World:
    """What the names in a table can mean."""

    names: Names
    catalog: Catalog
    demand: Demand


def read_measured(path: Path, world: World) -> list[Profiled]:
    """Every row of the table; raises one InputError with all that is wrong."""
    rows: list[Profiled] = []
    wrong: list[str] = []
    lines = read_lines(path, ("gpu",), KEY)
    known = [name for name in lines[0][1] if name and name not in COLUMNS]
    wrong += [f"line 1: unknown column '{name}'{did_you_mean(name, COLUMNS)}" for name in known]
    for line, cells in lines:
        try:
            rows += _row(line, cells, world)
        except InputError as error:
            wrong.append(f"line {line}: {error}")
    wrong += _doubled(rows)
    if wrong:
        more = [f"… and {len(wrong) - MOST_MISTAKES} more"] if len(wrong) > MOST_MISTAKES else []
        listed = "\n".join(f"  {text}" for text in [*wrong[:MOST_MISTAKES], *more])
        raise InputError(f"{KEY}: {path} has {len(wrong)} problem(s):\n{listed}")
    return rows


def _row(line: int, cells: Mapping[str, str], world: World) -> Iterator[Profiled]:
    """One row for each class that a line speaks of."""
    gpu = find_gpu(world.catalog, cells["gpu"])
    if gpu is None:
        raise InputError(f"unknown GPU '{cells['gpu']}'{did_you_mean(cells['gpu'], world.catalog.gpus)}")
    layout = Layout(*(_whole(cells, name) for name in CUTS))
    kv = _one_of(cells, "kv", get_args(KvFormat)) or "bf16"
    weights = _one_of(cells, "weights", get_args(WeightFormat))
    latency = dict(_latency(cells))
    role = next(known for known in ROLES if known == (_one_of(cells, "role", ROLES) or "aggregated"))
    for workload, model in _served(cells, world):
        for one in _classes(cells, workload, world):
            rate = _rate(cells, one, RATED_BY[role])
            native = weights or model.native_format
            yield Profiled(line, one, model, gpu.id, layout, native, kv, rate, latency, role)


def _served(cells: Mapping[str, str], world: World) -> list[tuple[str, ModelSpec]]:
    """The workloads a line speaks of, each with the model that ran."""
    name, models = cells.get("workload", ""), world.names.models
    if name and name not in models:
        raise InputError(f"unknown workload '{name}'{did_you_mean(name, models)}")
    found = [(workload, _model(cells, workload, models[workload], world)) for workload in ([name] if name else models)]
    served = [(workload, model) for workload, model in found if model is not None]
    if not served:
        wanted = f"'{cells['model']}'" if cells.get("model") else "a model of its own replicas"
        raise InputError(f"{name or 'no workload'} runs {wanted}; correct model, or the workload")
    return served


def _model(cells: Mapping[str, str], workload: str, models: Sequence[ModelSpec], world: World) -> ModelSpec | None:
    asked = cells.get("model", "")
    if asked:
        found = find_model(world.catalog, asked)
        return next((model for model in models if model.id == (found.id if found else asked)), None)
    if len(models) > 1:
        raise InputError(f"{workload} may run {', '.join(model.id for model in models)}; say which one under model")
    return models[0] if models else None


def _classes(cells: Mapping[str, str], workload: str, world: World) -> list[DemandClass]:
    """All sizes of a workload, or the one whose place is named; the shortest requests are bucket 1."""
    classes = [one for one in world.demand.classes if one.workload == workload]
    if not cells.get("bucket"):
        return classes
    place = _whole(cells, "bucket")
    if place > len(classes):
        raise InputError(f"bucket {place} is not there: {workload} has {len(classes)} (requests.buckets)")
    return [classes[place - 1]]


def _rate(cells: Mapping[str, str], one: DemandClass, known: tuple[str, ...]) -> float:
    """Requests/s of a class, from whichever of the known rates is given."""
    given = [name for name in RATES if cells.get(name)]
    if len(given) != 1 or given[0] not in known:
        raise InputError(f"needs one of {' and '.join(known)}, has {' and '.join(given) or 'neither'}")
    tokens = {
        "requests_per_s": 1.0,
        "output_tokens_per_s": one.lengths.mean_output,
        "uncached_input_tokens_per_s": one.lengths.mean_input * (1 - one.prefix_hit),
    }
    return _number(cells, given[0]) / tokens[given[0]]


def _latency(cells: Mapping[str, str]) -> Iterator[tuple[tuple[str, float], float]]:
    for name in LATENCIES:
        if cells.get(name):
            metric, percentile, unit = name.split("_")
            yield (metric, int(percentile[1:]) / 100), _number(cells, name) / (MS_PER_S if unit == "ms" else 1.0)


def _one_of(cells: Mapping[str, str], name: str, known: tuple[str, ...]) -> str:
    value = cells.get(name, "")
    if value and value not in known:
        raise InputError(f"{name} '{value}' is not among {', '.join(known)}")
    return value


def _number(cells: Mapping[str, str], name: str) -> float:
    try:
        value = float(cells[name])
    except ValueError:
        value = math.nan
    if not 0 < value < 1e12:
        raise InputError(f"{name} must be a number above 0 (got '{cells[name][:40]}')")
    return value


def _whole(cells: Mapping[str, str], name: str) -> int:
    text = cells.get(name) or "1"
    if not text.isdecimal() or not 1 <= int(text) <= MOST_GPUS:
        raise InputError(f"{name} must be a whole number from 1 on (got '{text[:40]}')")
    return int(text)


def _doubled(rows: Sequence[Profiled]) -> Iterator[str]:
    first: dict[tuple[object, ...], int] = {}
    for row in rows:
        if (line := first.setdefault(row.key, row.line)) != row.line:
            yield f"line {row.line}: says again what line {line} says of {row.demand_class.id}; keep one of the two"
