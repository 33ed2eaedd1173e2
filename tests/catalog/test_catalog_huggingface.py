# ruff: noqa: E501  (one config file a line reads better than a page of keys)
"""config.json files: every family is counted like its catalogue entry, and nothing strange is guessed.

The dictionaries hold the keys of the published config files that the counting needs.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from planner.catalog.huggingface import model_from_config
from planner.catalog.specs import Basis, Catalog
from planner.errors import CatalogError

FP8 = {"quant_method": "fp8", "weight_block_size": [128, 128]}
LINEAR = {
    "linear_conv_kernel_dim": 4,
    "linear_key_head_dim": 128,
    "linear_num_key_heads": 16,
    "linear_value_head_dim": 128,
    "attn_output_gate": True,
    "head_dim": 256,
    "vocab_size": 248320,
    "max_position_embeddings": 262144,
    "dtype": "bfloat16",
}
MLA = {
    "kv_lora_rank": 512,
    "q_lora_rank": 1536,
    "qk_nope_head_dim": 128,
    "qk_rope_head_dim": 64,
    "v_head_dim": 128,
    "n_shared_experts": 1,
    "num_experts_per_tok": 8,
    "moe_intermediate_size": 2048,
}


def base(kind: str, layers: int, hidden: int, heads: int, kv_heads: int, **more: Any) -> dict[str, Any]:
    return {
        "model_type": kind,
        "num_hidden_layers": layers,
        "hidden_size": hidden,
        "num_attention_heads": heads,
        "num_key_value_heads": kv_heads,
        "torch_dtype": "bfloat16",
        **more,
    }


def repeat(kinds: list[str], layers: int) -> list[str]:
    return (kinds * layers)[:layers]


CONFIGS: dict[str, dict[str, Any]] = {
    "llama-3.1-8b": base("llama", 32, 4096, 32, 8, intermediate_size=14336, vocab_size=128256, max_position_embeddings=131072),
    "llama-3.2-1b": base("llama", 16, 2048, 32, 8, head_dim=64, intermediate_size=8192, vocab_size=128256, max_position_embeddings=131072, tie_word_embeddings=True),
    "llama-2-13b": base("llama", 40, 5120, 40, 40, intermediate_size=13824, vocab_size=32000, max_position_embeddings=4096) | {"torch_dtype": "float16"},
    "mistral-7b-v0.1": base("mistral", 32, 4096, 32, 8, intermediate_size=14336, vocab_size=32000, max_position_embeddings=32768, sliding_window=4096),
    "mistral-7b-v0.3": base("mistral", 32, 4096, 32, 8, intermediate_size=14336, vocab_size=32768, max_position_embeddings=32768, sliding_window=None),
    "mixtral-8x7b": base("mixtral", 32, 4096, 32, 8, intermediate_size=14336, vocab_size=32000, max_position_embeddings=32768, num_local_experts=8, num_experts_per_tok=2),
    "qwen2.5-7b": base("qwen2", 28, 3584, 28, 4, intermediate_size=18944, vocab_size=152064, max_position_embeddings=32768, sliding_window=131072, use_sliding_window=False, max_window_layers=28),
    "qwen3-32b": base("qwen3", 64, 5120, 64, 8, head_dim=128, intermediate_size=25600, vocab_size=151936, max_position_embeddings=40960),
    "qwen3-30b-a3b": base("qwen3_moe", 48, 2048, 32, 4, head_dim=128, intermediate_size=6144, moe_intermediate_size=768, num_experts=128, num_experts_per_tok=8, vocab_size=151936, max_position_embeddings=40960, decoder_sparse_step=1, mlp_only_layers=[]),
    "qwen3.5-27b": {"model_type": "qwen3_5", "tie_word_embeddings": False, "text_config": base("qwen3_5_text", 64, 5120, 24, 4, intermediate_size=17408, linear_num_value_heads=48, layer_types=repeat(["linear_attention"] * 3 + ["full_attention"], 64), **LINEAR)},
    "qwen3.5-397b-a17b": {"model_type": "qwen3_5_moe", "tie_word_embeddings": False, "text_config": base("qwen3_5_moe_text", 60, 4096, 32, 2, moe_intermediate_size=1024, num_experts=512, num_experts_per_tok=10, shared_expert_intermediate_size=1024, linear_num_value_heads=64, layer_types=repeat(["linear_attention"] * 3 + ["full_attention"], 60), **LINEAR)},
    "deepseek-v3": base("deepseek_v3", 61, 7168, 128, 128, intermediate_size=18432, vocab_size=129280, max_position_embeddings=163840, first_k_dense_replace=3, moe_layer_freq=1, n_routed_experts=256, quantization_config=FP8, **MLA),
    "deepseek-v3.2": base("deepseek_v32", 61, 7168, 128, 128, intermediate_size=18432, vocab_size=129280, max_position_embeddings=163840, first_k_dense_replace=3, n_routed_experts=256, quantization_config=FP8, index_topk=2048, index_n_heads=64, index_head_dim=128, **MLA),
    "deepseek-v2-lite": base("deepseek_v2", 27, 2048, 16, 16, intermediate_size=10944, vocab_size=102400, max_position_embeddings=163840, first_k_dense_replace=1, n_routed_experts=64, **{**MLA, "q_lora_rank": None, "n_shared_experts": 2, "num_experts_per_tok": 6, "moe_intermediate_size": 1408}),
    "kimi-k2.5": {"model_type": "kimi_k25", "text_config": base("kimi_k2", 61, 7168, 64, 64, intermediate_size=18432, vocab_size=163840, max_position_embeddings=262144, first_k_dense_replace=1, n_routed_experts=384, quantization_config={"quant_method": "compressed-tensors", "config_groups": {"group_0": {"weights": {"num_bits": 4, "type": "int", "group_size": 32}}}, "ignore": ["lm_head", "re:.*self_attn.*"]}, **MLA)},
    "glm-4.5": base("glm4_moe", 92, 5120, 96, 8, head_dim=128, attention_bias=True, use_qk_norm=True, intermediate_size=12288, moe_intermediate_size=1536, first_k_dense_replace=3, n_routed_experts=160, n_shared_experts=1, num_experts_per_tok=8, vocab_size=151552, max_position_embeddings=131072),
    "glm-4.5-air": base("glm4_moe", 46, 4096, 96, 8, head_dim=128, attention_bias=True, use_qk_norm=False, intermediate_size=10944, moe_intermediate_size=1408, first_k_dense_replace=1, n_routed_experts=128, n_shared_experts=1, num_experts_per_tok=8, vocab_size=151552, max_position_embeddings=131072),
    "glm-5.2": base("glm_moe_dsa", 78, 6144, 64, 64, intermediate_size=12288, vocab_size=154880, max_position_embeddings=1048576, mlp_layer_types=["dense"] * 3 + ["sparse"] * 75, n_routed_experts=256, index_topk=2048, index_n_heads=32, index_head_dim=128, indexer_types=["full"] * 21 + ["shared"] * 57, **{**MLA, "q_lora_rank": 2048, "qk_nope_head_dim": 192, "v_head_dim": 256}),
    "gpt-oss-20b": base("gpt_oss", 24, 2880, 64, 8, head_dim=64, attention_bias=True, intermediate_size=2880, num_local_experts=32, experts_per_token=4, sliding_window=128, layer_types=repeat(["sliding_attention", "full_attention"], 24), vocab_size=201088, max_position_embeddings=131072, quantization_config={"quant_method": "mxfp4"}),
    "gemma-2-9b": base("gemma2", 42, 3584, 16, 8, head_dim=256, intermediate_size=14336, vocab_size=256000, max_position_embeddings=8192, sliding_window=4096),
    "gemma-3-4b": {"model_type": "gemma3", "torch_dtype": "bfloat16", "text_config": {"model_type": "gemma3_text", "num_hidden_layers": 34, "hidden_size": 2560, "intermediate_size": 10240, "sliding_window": 1024}},
    "gemma-3-1b": base("gemma3_text", 26, 1152, 4, 1, head_dim=256, intermediate_size=6912, vocab_size=262144, max_position_embeddings=32768, sliding_window=512, sliding_window_pattern=6),
    "gemma-4-26b-a4b": {"model_type": "gemma4", "text_config": base("gemma4_text", 30, 2816, 16, 8, head_dim=256, global_head_dim=512, num_global_key_value_heads=2, attention_k_eq_v=True, enable_moe_block=True, intermediate_size=2112, moe_intermediate_size=704, num_experts=128, top_k_experts=8, layer_types=repeat(["sliding_attention"] * 5 + ["full_attention"], 30), sliding_window=1024, vocab_size=262144, max_position_embeddings=262144, tie_word_embeddings=True)},
    "phi-4": base("phi3", 40, 5120, 40, 10, intermediate_size=17920, vocab_size=100352, max_position_embeddings=16384, sliding_window=None),
    "minimax-m2.5": base("minimax_m2", 62, 3072, 48, 8, head_dim=128, intermediate_size=1536, num_local_experts=256, num_experts_per_tok=8, use_qk_norm=True, use_routing_bias=True, vocab_size=200064, max_position_embeddings=196608, quantization_config=FP8),
    "mimo-v2-flash": base("mimo_v2_flash", 48, 4096, 64, 4, head_dim=192, v_head_dim=128, swa_num_attention_heads=64, swa_num_key_value_heads=8, swa_head_dim=192, swa_v_head_dim=128, sliding_window=128, hybrid_layer_pattern=[0, 1, 1, 1, 1] + [0, 1, 1, 1, 1, 1] * 7 + [0], moe_layer_freq=[0] + [1] * 47, n_routed_experts=256, num_experts_per_tok=8, moe_intermediate_size=2048, intermediate_size=16384, add_swa_attention_sink_bias=True, vocab_size=152576, max_position_embeddings=262144, quantization_config=FP8),
    "llama-4-maverick": {"model_type": "llama4", "text_config": base("llama4_text", 48, 5120, 40, 8, head_dim=128, intermediate_size=8192, intermediate_size_mlp=16384, num_local_experts=128, num_experts_per_tok=1, interleave_moe_layer_step=2, attention_chunk_size=8192, vocab_size=202048, max_position_embeddings=1048576)},
    "nemotron-3-nano-30b-a3b": base("nemotron_h", 52, 2688, 32, 2, head_dim=128, hybrid_override_pattern="MEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEMEM*EMEMEMEME", intermediate_size=1856, moe_intermediate_size=1856, moe_shared_expert_intermediate_size=3712, n_routed_experts=128, n_shared_experts=1, num_experts_per_tok=6, mamba_num_heads=64, mamba_head_dim=64, n_groups=8, ssm_state_size=128, conv_kernel=4, vocab_size=131072, max_position_embeddings=262144),
    "distilgpt2": {"model_type": "gpt2", "n_layer": 6, "n_embd": 768, "n_head": 12, "n_positions": 1024, "vocab_size": 50257, "torch_dtype": "float32"},
}  # fmt: skip


def write(folder: Path, config: object) -> Path:
    path = folder / "config.json"
    path.write_text(json.dumps(config))
    return path


@pytest.mark.parametrize("name", CONFIGS)
def test_a_config_is_counted_like_its_catalogue_entry(name: str, shipped: Catalog, tmp_path: Path) -> None:
    model, known = model_from_config(write(tmp_path, CONFIGS[name])), shipped.models[name]
    ours = dataclasses.asdict(model)
    for field, value in dataclasses.asdict(known).items():
        if field not in ("id", "hf_repo", "aliases", "licence", "provenance"):
            assert ours[field] == value, field
    assert model.provenance.basis is Basis.COMPUTED and model.provenance.source in shipped.sources


def test_the_name_comes_from_the_file_or_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "acme--Big-7B"
    folder.mkdir()
    write(folder, CONFIGS["llama-3.1-8b"])
    model = model_from_config(folder)
    assert (model.hf_repo, model.id) == ("acme/Big-7B", "big-7b")
    named = model_from_config(write(folder, {**CONFIGS["llama-3.1-8b"], "_name_or_path": "acme/Other"}))
    assert (named.hf_repo, named.id) == ("acme/Other", "other")


@pytest.mark.parametrize(
    ("quantised", "format_", "covers", "gib"),
    [
        ({"quant_method": "awq", "bits": 4, "group_size": 128}, "int4", "linear", 5.31),
        ({"quant_method": "gptq", "bits": 8, "group_size": -1}, "int8", "linear", 8.46),
        ({"quant_method": "modelopt", "quant_algo": "NVFP4", "group_size": 16}, "nvfp4", "linear", 5.61),
        ({"quant_method": "fp8"}, "fp8", "linear", 8.46),
        ({"config_groups": {"g": {"weights": {"num_bits": 8, "type": "float"}}}}, "fp8", "linear", 8.46),
    ],
)
def test_quantised_checkpoints(
    quantised: dict[str, Any], format_: str, covers: str, gib: float, tmp_path: Path
) -> None:
    model = model_from_config(write(tmp_path, {**CONFIGS["llama-3.1-8b"], "quantization_config": quantised}))
    assert (model.native_format, model.native_covers) == (format_, covers)
    assert model.native_weights_gib == pytest.approx(gib, abs=0.01)


def test_a_modelopt_file_beside_the_config_counts(tmp_path: Path) -> None:
    beside = {"quantization": {"quant_algo": "NVFP4", "exclude_modules": ["model.layers.0.self_attn.o_proj"]}}
    (tmp_path / "hf_quant_config.json").write_text(json.dumps(beside))
    model = model_from_config(write(tmp_path, CONFIGS["glm-5.2"]))
    assert (model.native_format, model.native_covers) == ("nvfp4", "experts")
    assert model.native_weights_gib < 420


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"model_type": "deepseek_v4"}, "model_type 'deepseek_v4'.*is not understood"),
        ({"model_type": None}, "is not understood"),
        ({"hidden_size": None}, "needs 'hidden_size' to count the model"),
        ({"num_hidden_layers": "many"}, "a figure has the wrong type"),
        ({"compress_ratios": [4]}, "'compress_ratios' changes the layers in a way that cannot be counted"),
        ({"torch_dtype": "int3"}, "weights of type 'int3' are not understood"),
        ({"quantization_config": {"quant_method": "magic"}}, "quantisation 'magic' is not understood"),
        ({"num_local_experts": 8}, "says how many a token uses"),
        (
            {
                "quantization_config": {
                    "config_groups": {"a": {"weights": {"num_bits": 4}}, "b": {"weights": {"num_bits": 8}}}
                }
            },
            "layers are quantised in different formats",
        ),
    ],
)
def test_what_is_not_understood_is_refused(change: dict[str, Any], complaint: str, tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=complaint):
        model_from_config(write(tmp_path, {**CONFIGS["llama-3.1-8b"], **change}))


def test_layers_that_do_not_add_up_are_refused(tmp_path: Path) -> None:
    config = {**CONFIGS["nemotron-3-nano-30b-a3b"], "hybrid_override_pattern": "MEM*"}
    with pytest.raises(CatalogError, match=r"52 layers are announced, but 4 are described"):
        model_from_config(write(tmp_path, config))


def test_files_that_are_no_config(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r"cannot be read"):
        model_from_config(tmp_path / "absent.json")
    with pytest.raises(CatalogError, match=r"must be a JSON object"):
        model_from_config(write(tmp_path, [1, 2]))
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(CatalogError, match=r"not valid JSON"):
        model_from_config(tmp_path)
