"""Results of `python -m sglang.bench_serving --output-file`: one JSON object a line.

Newer versions add `server_info`, the server's own arguments, which name the model and how it is cut.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.calibration.run import Json, Run, cells_in, clients_of, inside, number, ratio

ENGINES = {"sglang": "sglang", "vllm": "vllm", "trt": "trtllm"}  # the server is in the backend's name
MOST_ACCEPTED = 1.01  # tokens a step without speculative decoding


def is_sglang(data: Json) -> bool:
    """Latencies in _ms without a model's name, or with the server's arguments."""
    return "mean_tpot_ms" in data and ("server_info" in data or "backend" in data) and "model_id" not in data


def sglang_runs(data: Json, where: str) -> Iterator[Run]:
    """The one run of a line."""
    server = inside(data, "server_info") or {}
    backend = str(data.get("backend", "sglang")).split("-")[0]
    cells = {"engine": ENGINES.get(backend, backend), **_server_cells(server), **cells_in(data)}
    yield Run(
        where=where,
        cells=cells,
        isl=ratio(data.get("total_input_tokens"), data.get("completed")),
        osl=ratio(data.get("total_output_tokens"), data.get("completed")),
        ttft_ms=number(data.get("mean_ttft_ms")),
        tpot_ms=number(data.get("mean_tpot_ms")),
        requests_per_s=number(data.get("request_throughput")),
        clients=clients_of(data.get("max_concurrency"), data.get("completed"), data.get("request_rate")),
        left_out=_left_out(data, server),
    )


def _server_cells(server: Json) -> dict[str, str]:
    """With DP attention tp_size counts all ranks of a stage, which is what n_gpus beside dp tells."""
    cells = {**cells_in(server), **({"model": str(server["model_path"])} if server.get("model_path") else {})}
    if server.get("enable_dp_attention") and (tp := number(server.get("tp_size"))):
        gpus = tp * (number(server.get("pp_size")) or 1)
        cells |= {"dp": str(server.get("dp_size", 1)), "n_gpus": f"{gpus:g}"}
    return cells


def _left_out(data: Json, server: Json) -> str:
    if (number(data.get("accept_length")) or 1) > MOST_ACCEPTED:
        return "speculative decoding"
    if not server.get("enable_dp_attention") and (number(server.get("dp_size")) or 1) > 1:
        return "several replicas behind one router (dp_size without DP attention)"
    return ""
