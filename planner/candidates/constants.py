"""The fitted and assumed constants of the performance model, by name, as read from data/calibration/."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from planner.catalog.specs import Figure, GpuSpec
from planner.errors import CatalogError


@dataclass(frozen=True)
class Constants:
    """One float for each figure; field names are the ids in data/calibration/performance.yaml, which explains them."""

    bandwidth_share_cpu: float
    bandwidth_efficiency_dense: float
    bandwidth_efficiency_experts: float
    bandwidth_efficiency_4bit: float
    bandwidth_efficiency_kv: float
    mfu_16bit: float
    mfu_8bit: float
    mfu_4bit: float
    mfu_block_scaled_share: float
    mfu_dequantised_share: float
    mfu_experts_share: float
    mfu_attention_prefill: float
    mfu_attention_decode: float
    mfu_index: float
    mfu_linear_attention: float
    matmul_share_fitted: float
    roofline_norm_exponent: float
    expert_popularity_shape: float
    padded_rows_per_hit_expert: float
    padded_rows_dequantised: float
    expert_imbalance: float
    head_tile_latent: float
    head_tile_sparse: float
    launch_layer_s: float
    launch_moe_layer_s: float
    launch_latent_layer_s: float
    launch_index_layer_s: float
    launch_linear_layer_s: float
    launch_block_scaled_layer_s: float
    launch_factor: float
    step_overhead_s: float
    step_floor_s: float
    request_overhead_s: float
    request_overhead_ranks_exponent: float
    prefill_layer_overhead_s: float
    prefill_moe_layer_overhead_s: float
    prefill_shares_step: float
    first_token_overhead_s: float
    benchmark_first_token_s: float
    streaming_steps: float
    burst_share_fixed: float
    burst_share_varied: float
    burst_queue_fixed: float
    burst_sync: float
    collective_hop_s: float
    link_efficiency: float
    link_efficiency_host_pair: float
    link_efficiency_host: float
    collective_hop_factor_host: float
    memory_utilisation: float
    memory_reserve_gib: float
    memory_runtime_floor_gib: float
    activation_vectors_per_token: float
    starved_weight_share: float
    oversize_request_share: float
    prefill_chunk_tokens: float
    max_running_requests: float
    kv_headroom_sigmas: float
    max_prefill_utilisation: float
    measured_parameters_min: float
    gpu_interruptions_per_year: float
    replica_repair_hours: float


def constants_for(calibration: Mapping[str, Figure], engine: str) -> Constants:
    """Constants of an engine ("vllm", "sglang", "trtllm"), or the general ones where `engine` is "".

    A figure `name.engine` replaces `name`. Raises CatalogError naming every figure that is missing.
    """
    names = [field.name for field in fields(Constants)]
    if missing := [name for name in names if name not in calibration]:
        raise CatalogError(f"data/calibration/performance.yaml lacks: {', '.join(missing)}")
    return Constants(**{name: calibration.get(f"{name}.{engine}", calibration[name]).value for name in names})


def step_time_factor(calibration: Mapping[str, Figure], gpu: GpuSpec) -> float:
    """How much slower than the fit this architecture was found to be; 1 where nothing is known."""
    figure = calibration.get(f"step_time_factor.{gpu.architecture}")
    return figure.value if figure else 1.0


def was_measured(calibration: Mapping[str, Figure], name: str) -> bool:
    """Whether the fit saw rows of this GPU or weight format."""
    return f"measured_rows.{name}" in calibration
