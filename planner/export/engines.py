"""How an engine is started for a configuration: every option, and the figure of the plan it comes from.

Checked against the options of vLLM 0.33.0 and SGLang 0.5.23. `max concurrency` leaves room for the swings of a queue:
requests in service vary with variance N·(1 + c²)/2 around their mean N (peakedness), and three standard deviations
are kept free, within what the KV cache holds.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

from planner.export.deployments import Fleet
from planner.plan.plan import ClassRow, ConfigRow, Plan, WorkloadRow

PORT = 8000
RENDEZVOUS_PORT = 29500
_SIGMAS = 3.0
_CONTEXT_STEP = 1024
_CONTEXT_ROOM = 2.0
_DTYPE = {"bf16": "bfloat16", "fp16": "float16", "fp32": "float32"}


@dataclass(frozen=True)
class Flag:
    """One option of an engine; `value` is None where it is a switch."""

    name: str
    value: str | None
    why: str


@dataclass(frozen=True)
class Engine:
    """One serving engine."""

    name: str
    version: str
    package: str
    image: str
    health: str
    running: str
    """Its Prometheus gauge of requests being decoded."""


VLLM = Engine("vLLM", "0.33.0", "vllm", "vllm/vllm-openai", "/health", "vllm:num_requests_running")
SGLANG = Engine("SGLang", "0.5.23", "sglang", "lmsysorg/sglang", "/health", "sglang:num_running_reqs")


@dataclass(frozen=True)
class Launch:
    """How one replica is started."""

    engine: Engine
    repository: str
    program: tuple[str, ...]
    flags: tuple[Flag, ...]
    notes: tuple[str, ...]
    nodes: int

    @property
    def argv(self) -> list[str]:
        """The whole command of a replica on one node; on several, each adds `rank_flags`."""
        return [*self.program, *(word for flag in self.flags for word in words(flag))]


def words(flag: Flag) -> list[str]:
    """An option as arguments."""
    return [flag.name] if flag.value is None else [flag.name, flag.value]


def engine_of(plan: Plan) -> Engine:
    """The engine the plan reckons with; vLLM where it names none."""
    asked = (plan.problem.get("performance") or {}).get("engine")
    return SGLANG if asked == "sglang" else VLLM


def launch(fleet: Fleet, workload: WorkloadRow, rows: tuple[ConfigRow, ...]) -> Launch:
    """How the engine is started for one configuration of a workload."""
    engine, row = engine_of(fleet.plan), rows[0]
    chosen = fleet.checkpoints.get(row.model)
    repository = chosen or (row.serving.repository if row.serving else row.model)
    flags = [
        *(_vllm_layout(row) if engine is VLLM else _sglang_layout(row)),
        *([] if chosen else _loading(engine, row)),
        *_cache(engine, row),
        *_memory(engine, row),
        *_requests(engine, fleet, workload, rows),
        *_habits(engine, workload, row),
    ]
    program = ("vllm", "serve", repository) if engine is VLLM else _sglang_program(repository)
    served = Flag("--served-model-name", row.model, "the plan's name of the model")
    listen = [
        Flag("--host", "0.0.0.0", "reached from other machines"),
        Flag("--port", str(PORT), "where probes and services expect it"),
    ]
    notes = (*_engine_notes(fleet.plan, engine, row), *([] if chosen else _checkpoint_notes(row)))
    return Launch(engine, repository, program, (served, *listen, *flags), notes, row.nodes)


def rank_flags(engine: Engine, nodes: str, rank: str, head: str) -> list[str]:
    """What each node of a replica over several adds; arguments are shell words, taken as they are."""
    if engine is VLLM:
        return ["--nnodes", nodes, "--node-rank", rank, "--master-addr", head, "--master-port", str(RENDEZVOUS_PORT)]
    return ["--nnodes", nodes, "--node-rank", rank, "--dist-init-addr", f"{head}:{RENDEZVOUS_PORT}"]


def _sglang_program(repository: str) -> tuple[str, ...]:
    return ("python3", "-m", "sglang.launch_server", "--model-path", repository)


def _vllm_layout(row: ConfigRow) -> list[Flag]:
    flags = [Flag("--tensor-parallel-size", str(row.tp), f"plan: tp {row.tp}")]
    if row.pp > 1:
        flags.append(Flag("--pipeline-parallel-size", str(row.pp), f"plan: pp {row.pp}"))
    if row.dp > 1:
        flags.append(
            Flag("--data-parallel-size", str(row.dp), f"plan: dp {row.dp}, attention of its own in each group")
        )
    if row.ep > 1:
        flags.append(Flag("--enable-expert-parallel", None, f"plan: experts whole on {row.ep} GPUs"))
    return flags


def _sglang_layout(row: ConfigRow) -> list[Flag]:
    """SGLang counts attention data parallelism within its tensor-parallel group."""
    flags = [Flag("--tp-size", str(row.tp * row.dp), f"plan: tp {row.tp} × dp {row.dp}")]
    if row.pp > 1:
        flags.append(Flag("--pp-size", str(row.pp), f"plan: pp {row.pp}"))
    if row.dp > 1:
        flags.append(Flag("--attn-dp-size", str(row.dp), f"plan: dp {row.dp}, attention of its own in each group"))
    if row.ep > 1:
        flags.append(Flag("--ep-size", str(row.ep), f"plan: experts whole on {row.ep} GPUs"))
    return flags


def _loading(engine: Engine, row: ConfigRow) -> list[Flag]:
    """The format of the weights, where the checkpoint does not say it itself."""
    if row.weights in _DTYPE:
        return [Flag("--dtype", _DTYPE[row.weights], f"plan: weights {row.weights}")]
    if row.weights == "fp8" and row.serving and row.serving.native_format in _DTYPE:
        method = "fp8_per_tensor" if engine is VLLM else "fp8"
        why = f"plan: weights fp8, published in {row.serving.native_format}: quantised while loading"
        return [Flag("--quantization", method, why)]
    return []


def _cache(engine: Engine, row: ConfigRow) -> list[Flag]:
    kept = "auto" if row.kv in _DTYPE else "fp8" if engine is VLLM else "fp8_e4m3"
    return [Flag("--kv-cache-dtype", kept, f"plan: KV cache {row.kv}")]


def _memory(engine: Engine, row: ConfigRow) -> list[Flag]:
    """The share of a GPU the plan lets the engine have; SGLang counts weights and KV cache only."""
    share = row.serving.memory_utilisation if row.serving else None
    if share is None or row.memory is None:
        return []
    if engine is VLLM:
        why = f"plan: {share:g} of a GPU's memory, {row.memory.usable_gib:.1f} GiB"
        return [Flag("--gpu-memory-utilization", f"{share:g}", why)]
    static = (row.memory.weights_gib + row.memory.kv_pool_gib) / row.memory.usable_gib * share
    why = f"plan: weights {row.memory.weights_gib:.1f} + KV cache {row.memory.kv_pool_gib:.1f} GiB of each GPU"
    return [Flag("--mem-fraction-static", f"{math.floor(static * 1000) / 1000:g}", why)]


def _requests(engine: Engine, fleet: Fleet, workload: WorkloadRow, rows: tuple[ConfigRow, ...]) -> list[Flag]:
    flags = []
    if (most := most_requests(workload, rows)) is not None:
        each, why = most
        groups = rows[0].dp
        if engine is VLLM:
            flags.append(Flag("--max-num-seqs", str(each), why))
        else:
            flags.append(Flag("--max-running-requests", str(each * groups), why))
    if (longest := longest_context(fleet.plan, rows)) is not None:
        name = "--max-model-len" if engine is VLLM else "--context-length"
        flags.append(Flag(name, str(longest[0]), longest[1]))
    return flags


def most_requests(workload: WorkloadRow, rows: tuple[ConfigRow, ...]) -> tuple[int, str] | None:
    """Requests each data-parallel group may run at once, and why; None where the rate was measured."""
    found = [_most(workload, row) for row in rows if row.busiest.concurrency is not None]
    return max(found, default=None)


def _most(workload: WorkloadRow, row: ConfigRow) -> tuple[int, str]:
    mean = (row.busiest.concurrency or 0.0) / row.dp
    wanted = math.ceil(mean + _SIGMAS * math.sqrt(mean * (1 + workload.burstiness_cv**2) / 2))
    room = row.busiest_room if row.busiest_room is not None else row.memory.max_concurrency if row.memory else math.inf
    engine_limit = row.serving.max_running_requests if row.serving else None
    limit = min(room, engine_limit or math.inf) / row.dp
    most = max(1, min(wanted, math.floor(limit) if math.isfinite(limit) else wanted))
    each = f" in each of {row.dp} groups" if row.dp > 1 else ""
    bound = f"KV cache holds {limit:.0f}" if math.isfinite(limit) else "memory not modelled"
    return most, f"plan: {mean:.1f} at once in the busiest block{each} + {_SIGMAS:g} standard deviations; {bound}"


def longest_context(plan: Plan, rows: tuple[ConfigRow, ...]) -> tuple[int, str] | None:
    """Tokens of a request the engine admits, and why: twice the longest planned, within model and KV cache."""
    serving, sizes = rows[0].serving, {one.demand_class: one for one in plan.classes}
    planned = [sizes[row.demand_class] for row in rows if row.demand_class in sizes]
    if serving is None or not planned:
        return None
    longest = max(one.longest_tokens for one in planned)
    room = max(
        (_kv_tokens(row, sizes[row.demand_class]) for row in rows if row.demand_class in sizes), default=math.inf
    )
    tokens = math.ceil(_CONTEXT_ROOM * longest / _CONTEXT_STEP) * _CONTEXT_STEP
    tokens = min(serving.max_context, max(math.ceil(longest), int(min(tokens, room))))
    return tokens, f"twice the longest request planned ({longest:,.0f} tokens), within model and KV cache"


def _kv_tokens(row: ConfigRow, sizes: ClassRow) -> float:
    """Tokens the KV cache of one data-parallel group holds, from how many mean requests it holds."""
    if row.memory is None:
        return math.inf
    return row.memory.max_concurrency / row.dp * (sizes.mean_input_tokens + sizes.mean_output_tokens / 2)


def _habits(engine: Engine, workload: WorkloadRow, row: ConfigRow) -> list[Flag]:
    """Caching of prefixes, chunked prefill, and which half of a request is served."""
    flags = []
    chunk = row.serving.prefill_chunk_tokens if row.serving else None
    if engine is VLLM:
        if workload.prefix_hit:
            why = f"plan: {workload.prefix_hit:.0%} of prompt tokens found in the cache"
            flags.append(Flag("--enable-prefix-caching", None, why))
        flags.append(Flag("--enable-chunked-prefill", None, "plan: prompts ride along with decoding steps"))
    if chunk is not None:
        name = "--max-num-batched-tokens" if engine is VLLM else "--chunked-prefill-size"
        flags.append(Flag(name, str(round(chunk)), f"plan: steps of at most {chunk:,.0f} tokens"))
    return flags + _half(engine, row)


def _half(engine: Engine, row: ConfigRow) -> list[Flag]:
    if row.role == "aggregated":
        return []
    why = f"plan: the {row.role} half of each request"
    if engine is SGLANG:
        return [Flag("--disaggregation-mode", row.role, why), Flag("--disaggregation-transfer-backend", "nixl", why)]
    role = "kv_producer" if row.role == "prefill" else "kv_consumer"
    return [Flag("--kv-transfer-config", json.dumps({"kv_connector": "NixlConnector", "kv_role": role}), why)]


def _engine_notes(plan: Plan, engine: Engine, row: ConfigRow) -> list[str]:
    notes = []
    asked = (plan.problem.get("performance") or {}).get("engine")
    if asked and asked.lower() != engine.name.lower():
        notes.append(
            f"The plan reckons with the speed of {asked}; this starts {engine.name}, which may be faster or slower."
        )
    if engine is VLLM and row.ep > 1 and row.ep != row.tp * row.dp:
        notes.append(
            f"vLLM spreads experts over all {row.tp * row.dp} GPUs of tp × dp; the plan reckons with {row.ep}."
        )
    if row.basis == "measured":
        notes.append("The rate was measured: how many requests ran at once is not known and left to the engine.")
    return notes


def _checkpoint_notes(row: ConfigRow) -> list[str]:
    """What must be known of the weights before this can start."""
    give = f"--checkpoint {row.model}=REPOSITORY names one"
    if row.serving is None:
        lacking = "The plan was made before it stored repositories"
        return [f"{lacking}: a checkpoint of {row.model} in {row.weights} is needed; {give}."]
    if row.weights in {row.serving.native_format, *_DTYPE}:
        return []
    published = f"{row.serving.repository} is published in {row.serving.native_format}"
    if row.weights == "fp8":
        return [f"{published}: it is quantised while loading; a checkpoint in fp8 would load sooner; {give}."]
    return [f"{published}: a checkpoint in {row.weights} is needed; {give}."]
