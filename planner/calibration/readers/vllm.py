"""Results of `vllm bench serve --save-result` (formerly benchmark_serving.py): one JSON object a run.

`--metadata KEY=VALUE` adds keys of the user's own, which is where gpu, tp, weights and kv may stand.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.calibration.run import Json, Run, cells_in, clients_of, number, ratio


def is_vllm(data: Json) -> bool:
    """It names the model, and its latencies end in _ms."""
    return "mean_tpot_ms" in data and ("model_id" in data or "tokenizer_id" in data)


def vllm_runs(data: Json, where: str) -> Iterator[Run]:
    """The one run of a result. The client's backend ("openai-chat") says nothing about the server: vllm is assumed."""
    cells = {"engine": "vllm", "model": str(data.get("model_id") or data["tokenizer_id"]), **cells_in(data)}
    yield Run(
        where=where,
        cells=cells,
        isl=ratio(data.get("total_input_tokens"), data.get("completed")),
        osl=ratio(data.get("total_output_tokens"), data.get("completed")),
        ttft_ms=number(data.get("mean_ttft_ms")),
        tpot_ms=number(data.get("mean_tpot_ms")),
        requests_per_s=number(data.get("request_throughput")),
        clients=clients_of(data.get("max_concurrency"), data.get("num_prompts"), data.get("request_rate")),
        left_out="speculative decoding" if number(data.get("spec_decode_acceptance_length")) else "",
    )
