"""What deployments do under a load somebody names: a benchmark's clients, or a request rate.

One vectorised call for any number of deployments. A deployment that cannot run keeps its place in the
answer, with the reason; its figures are then not a number, unless memory alone is what it lacks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import nan

import numpy as np

from planner.candidates.candidate import Memory
from planner.candidates.closed_loop import closed_loop
from planner.candidates.constants import Constants, constants_for, step_time_factor
from planner.candidates.engine import Engine, engine_of
from planner.candidates.hosts import fabric_for
from planner.candidates.layouts import Layout, splits
from planner.candidates.memory import memory_at
from planner.candidates.operating import at_rate, points
from planner.candidates.precision import precision_by_part, why_not
from planner.candidates.roofline import decode_terms
from planner.candidates.rows import Array, Replica, rows_from
from planner.candidates.shape import shape_of
from planner.candidates.speculative import Draft, speculating
from planner.candidates.state import state
from planner.candidates.words import memory_arithmetic, memory_shortfall
from planner.catalog.specs import Catalog, GpuSpec, ModelSpec
from planner.demand.types import LengthMix
from planner.units import MS_PER_S

ENGINES = ("vllm", "sglang", "trtllm")
ByEngine = Mapping[str, Constants]


@dataclass(frozen=True)
class Asked:
    """A deployment and the requests sent to it.

    `weights` is one format, or three for attention, dense and expert matrices: "bf16/nvfp4/nvfp4".
    A replica spans tp·pp·dp GPUs; `ep` of them share the experts out among themselves.
    """

    model: ModelSpec
    gpu: GpuSpec
    tp: int
    pp: int
    dp: int
    ep: int
    weights: str
    kv: str
    engine: str  # of ENGINES
    input_tokens: float  # mean
    output_tokens: float  # mean
    prefix_hit: float = 0.0
    fixed_lengths: bool | None = None  # a benchmark's requests are all alike; None: where the lengths are whole numbers
    time_factor: float = 1.0  # steps take this much longer than the model says: the user's own calibration
    draft: Draft | None = None  # tokens guessed ahead; a step of `terms` then yields several tokens

    @property
    def gpus(self) -> int:
        """GPUs of one replica."""
        return self.tp * self.pp * self.dp

    @property
    def marches(self) -> bool:
        """Whether a benchmark's clients march in step; means of a spread of lengths are rarely whole numbers."""
        if self.fixed_lengths is not None:
            return self.fixed_lengths
        return self.input_tokens % 1 == 0 and self.output_tokens % 1 == 0


@dataclass(frozen=True)
class Predicted:
    """One deployment at one load; of the whole replica unless it says per GPU."""

    ttft_mean_ms: float
    ttft_p95_ms: float
    tpot_ms: float
    output_tokens_per_s_per_gpu: float
    requests_per_s: float
    concurrency: float  # requests that decode, on average
    max_concurrency: float  # mean requests the KV cache holds
    fits: bool
    reason: str  # why it does not fit, or why it does less than was asked; "" where neither
    memory: Memory | None  # None where the deployment makes no sense
    terms: dict[str, float]
    """Where the milliseconds go: the named parts of a decode step and, as "prefill …", of one mean prompt."""


@dataclass(frozen=True)
class _Told:
    """What a load comes to [R], seconds."""

    ttft_mean: Array
    ttft_p95: Array
    tpot: Array
    rate: Array
    concurrency: Array


_Run = Callable[[Engine, Array, Array], _Told]


def closed_points(
    asked: Sequence[Asked], concurrency: Sequence[float], catalog: Catalog, constants: ByEngine | None = None
) -> list[Predicted]:
    """Means under so many clients, each sending its next request when its last one ends: a benchmark.

    Where the memory falls short `fits` is false, and the figures are those of the same replica with memory enough.
    """
    return _predicted(asked, (_benchmarked, concurrency), catalog, constants)


def open_points(
    asked: Sequence[Asked], requests_per_s: Sequence[float], catalog: Catalog, constants: ByEngine | None = None
) -> list[Predicted]:
    """Latencies at a Poisson request rate, as a planned fleet's users see them; the fullest state if it is too high."""
    found = _predicted(asked, (_served, requests_per_s), catalog, constants)
    found = [point if point.fits else replace(_nothing(point.reason), memory=point.memory) for point in found]
    return [_if_less(point, rate) for point, rate in zip(found, requests_per_s, strict=True)]


def why_senseless(asked: Asked) -> str:
    """Why a deployment cannot be built at all; "" where it can."""
    for part in dict.fromkeys(asked.weights.split("/")):
        if reason := why_not(asked.gpu, part, asked.kv):
            return reason
    if asked.gpus > 1 and not (asked.gpu.link_gb_per_s or asked.gpu.pcie_gb_per_s):
        return f"nothing joins {asked.gpus} × {asked.gpu.id} to one replica"
    if not splits(asked.model, asked.tp):
        heads = f"{asked.model.attention.query_heads} query heads and {asked.model.attention.kv_heads} KV heads"
        return f"{heads} do not divide over tp {asked.tp}"
    if asked.pp > asked.model.layers:
        return f"{asked.model.layers} layers do not make {asked.pp} pipeline stages"
    if max(asked.dp, asked.ep) > 1 and asked.model.moe is None:
        return "dp and ep share experts out, and this model has none"
    if asked.ep > asked.tp * asked.dp:
        return f"ep {asked.ep} is more than the tp {asked.tp} × dp {asked.dp} GPUs that hold each layer"
    return ""


def _if_less(point: Predicted, rate: float) -> Predicted:
    if not point.fits or point.requests_per_s >= rate * 0.999:
        return point
    return replace(point, reason=f"serves at most {point.requests_per_s:.3g} of the {rate:.3g} requests/s asked")


def _predicted(
    asked: Sequence[Asked], load: tuple[_Run, Sequence[float]], catalog: Catalog, constants: ByEngine | None
) -> list[Predicted]:
    """Each engine's deployments together, answers in the order asked."""
    run, loads = load
    found: dict[int, Predicted] = {}
    groups: dict[tuple[str, int], list[int]] = {}
    for row, item in enumerate(asked):
        if reason := why_senseless(item):
            found[row] = _nothing(reason)
        else:
            groups.setdefault((item.engine, item.draft.tokens if item.draft else 0), []).append(row)
    for (name, guesses), rows in groups.items():
        k = constants[name] if constants else constants_for(catalog.calibration, name)
        replicas = [replica_for(asked[row], catalog, k) for row in rows]
        engine = engine_of(rows_from(replicas, k), k)
        gained = np.array([draft.tokens_per_step if (draft := asked[row].draft) else 1.0 for row in rows])
        engine = speculating(engine, guesses, gained) if guesses else engine
        fixed = np.array([float(asked[row].marches) for row in rows])
        told = run(engine, np.array([loads[row] for row in rows], dtype=np.float64), fixed)
        told = replace(told, tpot=told.tpot / gained)
        found |= dict(zip(rows, _points(engine, replicas, told), strict=True))
    return [found[row] for row in range(len(asked))]


def replica_for(asked: Asked, catalog: Catalog, k: Constants) -> Replica:
    """One row of the performance model, with Poisson arrivals."""
    lengths = LengthMix(np.array([asked.input_tokens]), np.array([asked.output_tokens]), np.ones(1))
    return Replica(
        model=asked.model,
        fabric=fabric_for(asked.gpu, asked.gpus, catalog),
        layout=Layout(asked.tp, asked.pp, asked.dp, asked.ep),
        precision=precision_by_part(asked.model, asked.gpu, asked.weights, asked.kv),
        shape=shape_of(lengths, asked.prefix_hit, asked.model.attention, k.oversize_request_share),
        arrival_scv=1.0,
        time_factor=step_time_factor(catalog.calibration, asked.gpu) * asked.time_factor,
    )


def _benchmarked(engine: Engine, clients: Array, fixed: Array) -> _Told:
    found = closed_loop(engine, clients, fixed)
    return _Told(found.ttft_s, found.ttft_p95_s, found.tpot_s, found.requests_per_s, found.concurrency)


def _served(engine: Engine, rate: Array, _fixed: Array) -> _Told:
    at = at_rate(engine, rate)
    seen = points(engine, at)
    mean, late = ([getattr(point, name) / MS_PER_S for point in seen] for name in ("ttft_mean_ms", "ttft_p95_ms"))
    return _Told(np.array(mean), np.array(late), at.tpot, at.rate, at.concurrency)


def _points(engine: Engine, replicas: Sequence[Replica], told: _Told) -> list[Predicted]:
    terms = _terms(engine, told.concurrency)
    return [
        _point(engine, replica, row, told, {name: float(values[row]) * MS_PER_S for name, values in terms.items()})
        for row, replica in enumerate(replicas)
    ]


def _terms(engine: Engine, concurrency: Array) -> dict[str, Array]:
    """Named parts of a decode step with so many requests, and of one mean prompt [s, R]."""
    step = decode_terms(engine.step, concurrency / engine.rows.pp)
    at = state(engine, np.maximum(concurrency, 1e-6))
    return {
        "linear": step.linear,
        "attention": step.attention,
        "communication": step.communication,
        "launch": step.launch,
        "prefill attention": engine.attention,
        "prefill linear and communication": at.prefill - engine.attention,
        "prefill chunks": engine.chunks * engine.step.chunk_s,
    }


def _point(engine: Engine, replica: Replica, row: int, told: _Told, terms: dict[str, float]) -> Predicted:
    memory = memory_at(engine.memory, row, memory_arithmetic(replica, engine.memory, row, engine.k))
    fits = bool(engine.memory.capacity[row] >= 1)
    rate = float(told.rate[row])
    return Predicted(
        ttft_mean_ms=float(told.ttft_mean[row]) * MS_PER_S,
        ttft_p95_ms=float(told.ttft_p95[row]) * MS_PER_S,
        tpot_ms=float(told.tpot[row]) * MS_PER_S,
        output_tokens_per_s_per_gpu=rate * replica.shape.mean_output / replica.layout.gpus,
        requests_per_s=rate,
        concurrency=float(told.concurrency[row]),
        max_concurrency=memory.max_concurrency,
        fits=fits,
        reason="" if fits else memory_shortfall(replica, engine.memory, row)[0],
        memory=memory,
        terms=terms,
    )


def _nothing(reason: str) -> Predicted:
    return Predicted(nan, nan, nan, nan, nan, nan, 0.0, False, reason, None, {})
