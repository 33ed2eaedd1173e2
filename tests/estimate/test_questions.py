"""Rows of text become questions: names, defaults, layouts, and every mistake at once."""

from datetime import date
from functools import cache

import pytest

from planner.catalog.load import load_catalog
from planner.catalog.specs import Catalog
from planner.estimate.question import Names, Question, question_from
from planner.estimate.words import engine_named, gpu_named, kv_named, model_named, weights_named

ROW = {"model": "llama-3.3-70b", "gpu": "H100-SXM", "tp": "4", "isl": "2000", "osl": "500", "concurrency": "64"}


@cache
def catalog() -> Catalog:
    return load_catalog(as_of=date(2026, 11, 21))


def asked(**changes: str) -> Question:
    question, mistakes = question_from({**ROW, **changes}, Names(catalog()))
    assert not mistakes
    assert question is not None
    return question


def mistakes(**changes: str) -> list[str]:
    question, found = question_from({**ROW, **changes}, Names(catalog()))
    assert question is None
    return found


def test_defaults_are_those_documented() -> None:
    question = asked(tp="")
    found = question.asked
    assert (found.tp, found.pp, found.dp, found.ep) == (1, 1, 1, 1)
    assert (found.weights, found.kv, found.engine, found.prefix_hit) == ("bf16", "bf16", "vllm", 0.0)
    assert found.fixed_lengths is None
    assert asked(fixed_lengths="No").asked.fixed_lengths is False
    assert (question.concurrency, question.requests_per_s, found.draft) == (64, None, None)


def test_native_format_is_the_default_and_16_bit_follows_the_gpu() -> None:
    assert asked(model="deepseek-r1").asked.weights == "fp8"
    assert asked(model="openai/gpt-oss-120b").asked.weights == "mxfp4"
    assert asked(model="llama-3.1-8b", gpu="T4", tp="1").asked.weights == "fp16"
    assert asked(model="llama-3.1-8b", gpu="T4", tp="1", weights="bf16").asked.weights == "bf16"


@pytest.mark.parametrize("nothing", ["", " ", "auto", "NaN", "None"])
def test_an_empty_cell_says_nothing(nothing: str) -> None:
    assert asked(kv=nothing, engine=nothing, weights=nothing) == asked()


def test_tensor_parallelism_follows_from_the_gpus() -> None:
    assert asked(tp="", n_gpus="8").asked.tp == 8
    assert asked(tp="", n_gpus="8", pp="2").asked.tp == 4
    assert asked(tp="", n_gpus="8", pp="2", model="mixtral-8x7b", dp="2").asked.tp == 2


def test_tp_may_count_the_attention_dp_ranks() -> None:
    found = asked(model="deepseek-r1", tp="8", dp="8", ep="8", n_gpus="8").asked
    assert (found.tp, found.dp, found.ep, found.gpus) == (1, 8, 8, 8)
    without = asked(model="deepseek-r1", tp="1", dp="8", ep="8").asked
    assert without == found


def test_gpus_that_do_not_add_up_are_refused() -> None:
    assert mistakes(n_gpus="6") == ["n_gpus 6 is not tp × pp × dp = 4, nor a multiple; give the GPUs of one replica"]


def test_clients_win_over_a_rate() -> None:
    both = asked(requests_per_s="3")
    assert (both.concurrency, both.requests_per_s) == (64, None)
    rate = asked(concurrency="", requests_per_s="3")
    assert (rate.concurrency, rate.requests_per_s) == (None, 3)


def test_every_mistake_of_a_row_is_named() -> None:
    found = mistakes(model="lama-3.3-70b", gpu="h100_xsm", tp="2.5", isl="many", osl="0", concurrency="", kv="int3")
    assert found == [
        "unknown model 'lama-3.3-70b' — did you mean 'llama-3.3-70b'?",
        "unknown GPU 'h100_xsm' — did you mean 'H100-SXM'?",
        "tp 2.5 is not a whole number",
        "unknown KV format 'int3', known are bf16, fp8",
        "concurrency or requests_per_s is missing",
        "isl 'many' is not a number",
        "osl 0 is not between 1 and 1e+09",
    ]
    assert mistakes(weights="int3", engine="tgi") == [
        "unknown weight format 'int3', known are fp32, bf16, fp16, fp8, int8, int4, mxfp4, nvfp4",
        "unknown engine 'tgi', known are vllm, sglang, trtllm",
    ]
    assert mistakes(model="", gpu="") == ["model is missing", "gpu is missing"]


def test_numbers_outside_their_range_are_refused() -> None:
    assert mistakes(prefix_hit="1.2") == ["prefix_hit 1.2 is not between 0 and 1"]
    assert mistakes(concurrency="nan inf") == ["concurrency 'nan inf' is not a number"]
    assert mistakes(concurrency="inf") == ["concurrency inf is not between 1 and 1e+09"]
    assert mistakes(fixed_lengths="perhaps") == ["fixed_lengths 'perhaps' is neither yes nor no"]


def test_guessing_ahead_needs_tokens() -> None:
    draft = asked(draft_tokens="3", acceptance="0.8").asked.draft
    assert draft is not None
    assert (draft.tokens, draft.acceptance) == (3, 0.8)
    assert asked(acceptance="0.8").asked.draft is None


@pytest.mark.parametrize(
    ("written", "ours"),
    [
        ("fp4", "nvfp4"), ("NVFP4", "nvfp4"), ("mxfp4", "mxfp4"), ("int4", "int4"), ("AWQ", "int4"), ("gptq", "int4"),
        ("w4a16", "int4"), ("fp8_block", "fp8"), ("fp8-dynamic", "fp8"), ("w8a8", "int8"), ("bfloat16", "bf16"),
        ("bf16/nvfp4/nvfp4", "bf16/nvfp4/nvfp4"), ("bf16/fp4/fp8_block", "bf16/nvfp4/fp8"),
        ("fp8_pb_wo", "fp8"), ("float8_e4m3fn", "fp8"), ("modelopt_fp4", "nvfp4"), ("modelopt_fp8", "fp8"),
        ("w4a8_mxfp4_mxfp8", "mxfp4"), ("int8_sq", "int8"), ("awq_marlin", "int4"), ("gptq_marlin", "int4"),
    ],
)  # fmt: skip
def test_weight_formats_as_others_write_them(written: str, ours: str) -> None:
    assert weights_named(written, catalog().models["deepseek-r1"]) == ours


def test_a_bare_fp4_is_the_checkpoints_own() -> None:
    assert weights_named("fp4", catalog().models["gpt-oss-120b"]) == "mxfp4"


@pytest.mark.parametrize("written", ["int3", "bf16/fp8", "bf16//fp8", "q4_k_m"])
def test_formats_nobody_knows(written: str) -> None:
    assert weights_named(written, catalog().models["deepseek-r1"]) is None


def test_kv_and_engine_names() -> None:
    assert [kv_named(name) for name in ("fp8_e4m3", "FP16", "int8")] == ["fp8", "bf16", None]
    assert [engine_named(name) for name in ("TensorRT-LLM", "trt_llm", "SGLang", "vLLM", "tgi")] == [
        "trtllm", "trtllm", "sglang", "vllm", None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "model", "weights"),
    [
        ("llama-3.3-70b", "llama-3.3-70b", ""),
        ("meta-llama/Llama-3.1-8B-Instruct", "llama-3.1-8b", ""),
        ("Qwen/Qwen3-235B-A22B-FP8", "qwen3-235b-a22b", "fp8"),
        ("Qwen/Qwen3-235B-A22B-Instruct-2507", "qwen3-235b-a22b", ""),
        ("Qwen/Qwen3-235B-A22B-Instruct-2507-FP8", "qwen3-235b-a22b", "fp8"),
        ("nvidia/DeepSeek-R1-0528-FP4", "deepseek-r1", "fp4"),
        ("RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic", "llama-3.3-70b", "fp8-dynamic"),
        ("mistralai/Mistral-Small-24B-Instruct-2501", "mistral-small-24b-2501", ""),
        ("amd/Llama-3.1-405B-Instruct-FP8-KV", "llama-3.1-405b", "fp8"),
        ("nvidia/DeepSeek-R1-0528-NVFP4-v2", "deepseek-r1", "nvfp4"),
        ("RedHatAI/Meta-Llama-3.1-8B-Instruct-quantized.w4a16", "llama-3.1-8b", "w4a16"),
        ("nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-FP8", "nemotron-3-nano-30b-a3b", "fp8"),
        ("nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16", "nemotron-3-nano-30b-a3b", "bf16"),
    ],
)
def test_hugging_face_ids_are_names_of_our_models(written: str, model: str, weights: str) -> None:
    found, marked = model_named(catalog(), written)
    assert found is not None
    assert (found.id, marked) == (model, weights)


QUANTISED = {
    "-FP8": "fp8", "-FP8-dynamic": "fp8", "-FP8-KV": "fp8", "-NVFP4": "nvfp4", "-AWQ": "int4", "-AWQ-4bit": "int4",
    "-GPTQ-Int4": "int4", "-quantized.w4a16": "int4", "-quantized.w8a8": "int8", "-unsloth-bnb-4bit": "int4",
    "-autoround-int4": "int4", "-4bit": "int4", "-8bit": "int8", "-INT4-AWQ": "int4", "-bf16": "bf16",
}  # fmt: skip


def test_every_model_is_found_under_its_own_and_its_quantised_names() -> None:
    for model in catalog().models.values():
        tail = model.hf_repo.rsplit("/", 1)[-1]
        for name in (model.id, model.id.upper(), model.hf_repo, model.hf_repo.lower(), tail, *model.aliases):
            found = model_named(catalog(), name)[0]
            assert found is not None and found.id == model.id, name
        for owner in ("nvidia/", "RedHatAI/", "unsloth/", "amd/", ""):
            for suffix, weights in QUANTISED.items():
                found, marked = model_named(catalog(), owner + tail + suffix)
                assert found is not None and found.id == model.id, owner + tail + suffix
                assert weights_named(marked, model) == weights, owner + tail + suffix


@pytest.mark.parametrize("other", ["Llama-3.1-9B", "Qwen3-235B-A22B-Distill-7B", "DeepSeek-R1-Distill-Qwen-999B"])
def test_another_size_or_a_distillation_is_never_taken_for_a_known_model(other: str) -> None:
    assert model_named(catalog(), other)[0] is None


def test_a_format_in_the_models_name_is_its_default() -> None:
    assert asked(model="nvidia/DeepSeek-R1-FP4").asked.weights == "nvfp4"
    assert asked(model="nvidia/DeepSeek-R1-FP4", weights="fp8").asked.weights == "fp8"


def test_another_models_date_is_another_model() -> None:
    assert model_named(catalog(), "mistralai/Mistral-Large-Instruct-2411")[0] is None


@pytest.mark.parametrize(
    ("written", "ours"),
    [("h100_sxm", "H100-SXM"), ("b200_sxm", "B200-SXM"), ("gb200_sxm", "GB200"), ("a100_sxm", "A100-SXM-80GB"),
     ("l40s", "L40S"), ("mi300x", "MI300X"), ("NVIDIA H200", "H200-SXM"), ("b300_sxm", "B300-SXM"),
     ("NVIDIA H100 80GB HBM3", "H100-SXM"), ("NVIDIA A100-SXM4-80GB", "A100-SXM-80GB")],
)  # fmt: skip
def test_gpus_as_benchmarks_write_them(written: str, ours: str) -> None:
    found = gpu_named(catalog(), written)
    assert found is not None
    assert found.id == ours
