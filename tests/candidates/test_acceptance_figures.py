"""Figures every sizing guide agrees on; whoever changes the memory arithmetic must still get them."""

import pytest
from workbench import catalog, constants, fixed, generated, question, replica

from planner.candidates.memory import cache_bytes, memory_of, weights_per_gpu
from planner.candidates.rows import rows_from
from planner.units import BYTES_PER_GIB

LOOSE = {"ttft_p95_ms": 60000, "tpot_p95_ms": 500}


def gib_of(model: str, formats: tuple[str, str], prompt: float, requests: int) -> tuple[float, float]:
    """Weights, and cache of so many requests of `prompt` tokens, on one large GPU [GiB]."""
    row = rows_from([replica(model, "B300-SXM", (1, 1), formats, fixed(prompt - 1, 2))], constants())
    weights = float(weights_per_gpu(row)[0]) / BYTES_PER_GIB
    return weights, requests * float(cache_bytes(row, row.resident, row.resident_window)[0]) / BYTES_PER_GIB


def test_llama_2_7b_with_20_requests_of_2k() -> None:
    # 6.738e9 x 2 B = 12.55 GiB; 2 x 32 layers x 32 heads x 128 x 2 B = 512 KiB a token x 2048 x 20 = 20 GiB
    assert gib_of("llama-2-7b", ("fp16", "bf16"), 2048, 20) == pytest.approx((12.55, 20.0), abs=0.01)


def test_llama_3_1_8b_with_20_requests_of_2k() -> None:
    # grouped-query attention: 8 KV heads instead of 32 make it 5 GiB
    assert gib_of("llama-3.1-8b", ("bf16", "bf16"), 2048, 20) == pytest.approx((14.96, 5.0), abs=0.01)


def fits(model: str, weights: str, gpu: str, gpus: int, lengths: tuple[float, float] = (1000, 200)) -> bool:
    """Whether some layout of `gpus` GPUs in one node is a candidate."""
    rent = {"gpus": [gpu]}
    precision = {"weights": [weights], "kv": ["bf16"]}
    asked = question(model, rent=rent, slo=LOOSE, precision=precision)
    try:
        found = generated(asked, fixed(*lengths))
    except Exception as error:
        assert "memory" in str(error)
        return False
    return any(config.gpus == gpus for config in found.configs.values())


@pytest.mark.parametrize(
    ("model", "weights", "gpu", "gpus", "expected"),
    [
        ("llama-3.3-70b", "bf16", "H100-SXM", 1, False),
        ("llama-3.3-70b", "bf16", "H100-SXM", 2, True),
        ("llama-3.3-70b", "fp8", "H100-SXM", 1, True),
        ("llama-3.1-405b", "bf16", "H100-SXM", 8, False),
        ("llama-3.1-405b", "fp8", "H100-SXM", 8, True),
        ("deepseek-v3", "fp8", "H100-SXM", 8, False),
        ("deepseek-v3", "fp8", "H200-SXM", 8, True),
        ("glm-5", "fp8", "H200-SXM", 8, True),
        ("glm-5", "fp8", "H100-SXM", 8, False),
    ],
)
def test_what_fits_on_one_node(model: str, weights: str, gpu: str, gpus: int, expected: bool) -> None:
    assert fits(model, weights, gpu, gpus) is expected


@pytest.mark.parametrize(("model", "weights"), [("llama-3.1-405b", "bf16"), ("deepseek-v3", "fp8")])
def test_what_one_node_refuses_two_may_hold(model: str, weights: str) -> None:
    asked = question(model, rent={"gpus": ["H100-SXM"]}, slo=LOOSE, precision={"weights": [weights]})
    found = generated(asked, fixed(1000, 200))
    assert {config.nodes for config in found.configs.values()} == {2}
    refused = {item.subject: item.reason for item in found.rejections}
    assert refused[f"{model} {weights} on 8×H100-SXM"] == "memory"


def test_70b_in_fp8_on_one_80_gb_gpu_is_starved_of_kv_cache() -> None:
    asked = question("llama-3.3-70b", rent={"gpus": ["H100-SXM"]}, slo=LOOSE, precision={"weights": ["fp8"]})
    found = generated(asked, fixed(1000, 200))
    (rate,) = [rate for rate in found.rates.values() if found.configs[rate.config].gpus == 1]
    assert any("starved of KV cache: weights take 85% of the memory" in warning for warning in rate.warnings)
    four = [rate for rate in found.rates.values() if found.configs[rate.config].gpus == 4]
    assert not any("starved" in warning for rate in four for warning in rate.warnings)


def test_glm_5_serves_ten_users_at_8k_on_one_dgx_h200() -> None:
    row = rows_from([replica("glm-5", "H200-SXM", (8, 1), ("fp8", "bf16"), fixed(8192, 512))], constants())
    memory = memory_of(row, constants())
    assert memory.capacity[0] >= 10
    # 744e9 weights at 1 byte over 8 GPUs; the latent cache (576 numbers a layer) is copied on each of them
    assert memory.weights[0] / BYTES_PER_GIB == pytest.approx(744e9 / 8 / BYTES_PER_GIB, rel=0.01)
    per_token = 2 * 576 * 78 + 132 * 78
    assert memory.request[0] == pytest.approx((8192 + 256) * per_token)


def test_glm_5_on_one_node_says_why_a_second_might_be_wanted() -> None:
    precision = {"weights": ["fp8"], "kv": ["bf16"]}
    found = generated(question("glm-5", rent={"gpus": ["H200-SXM"]}, slo=LOOSE, precision=precision), fixed(8192, 512))
    (rate,) = [rate for rate in found.rates.values() if found.configs[rate.config].nodes == 1]
    (warning,) = [text for text in rate.warnings if text.startswith("fills a node")]
    held = f"holds {rate.memory.max_concurrency:,.0f} requests of 8,448 tokens"
    assert rate.memory.max_concurrency > 10 and held in warning and "a second node serves on" in warning
    small = generated(question("llama-3.3-70b", rent={"gpus": ["H200-SXM"]}, slo=LOOSE), fixed(1000, 200))
    assert not any("fills a node" in text for rate in small.rates.values() for text in rate.warnings)


def test_native_formats_weigh_what_was_published() -> None:
    for model, weights in (("gpt-oss-120b", "mxfp4"), ("kimi-k2.5", "int4"), ("deepseek-v3", "fp8")):
        spec = catalog().models[model]
        row = rows_from([replica(model, "B300-SXM", (1, 1), (weights, "bf16"))], constants())
        assert weights_per_gpu(row)[0] / BYTES_PER_GIB == pytest.approx(spec.native_weights_gib), model


def test_embeddings_stay_in_16_bits_when_the_rest_is_quantised() -> None:
    model = catalog().models["llama-3.1-8b"]
    row = rows_from([replica(model, "H100-SXM", (1, 1), ("fp8", "bf16"))], constants())
    tables = model.embed_parameters + model.head_parameters
    expected = 2 * (tables + model.other_parameters) + (model.total_parameters - tables - model.other_parameters)
    assert weights_per_gpu(row)[0] == pytest.approx(expected)


def test_kv_heads_are_copied_beyond_their_number_and_latents_always() -> None:
    k = constants()
    eight, sixteen = (
        float(memory_of(rows_from([replica("qwen3-30b-a3b", "GB200", (tp, 1))], k), k).request[0]) for tp in (4, 8)
    )
    assert eight == sixteen  # four KV heads: eight ranks hold two copies of each
    one, four = (
        float(memory_of(rows_from([replica("deepseek-v3", "GB200", (tp, 1))], k), k).request[0]) for tp in (1, 4)
    )
    assert one == four


def test_windowed_layers_hold_at_most_their_window() -> None:
    spec = catalog().models["gemma-3-27b"]
    row = rows_from([replica(spec, "B300-SXM", (1, 1), ("bf16", "bf16"), fixed(32767, 2))], constants())
    assert float(cache_bytes(row, row.resident, row.resident_window)[0]) / BYTES_PER_GIB == pytest.approx(
        2.906, abs=0.001
    )
