"""Which formats a GPU runs, how a mixture of formats is stored, and how models are cut over links."""

import dataclasses

import pytest
from workbench import catalog, constants

from planner.candidates.layouts import Layout, cannot_split, layouts_for, splits
from planner.candidates.links import Fabric, hop_factor, wire_bytes_per_s
from planner.candidates.precision import Part, arithmetic_for, default_formats, precision_for, why_not

GPUS, MODELS = catalog().gpus, catalog().models


@pytest.mark.parametrize(
    ("gpu", "weights", "expected"),
    [
        ("H100-SXM", "fp8", "fp8"),
        ("A100-SXM-80GB", "fp8", "bf16"),  # memory saving only
        ("T4", "bf16", None),
        ("T4", "fp16", "fp16"),
        ("T4", "fp8", None),
        ("V100-SXM-32GB", "int8", None),
        ("T4", "int8", "int8"),
        ("A100-SXM-80GB", "int4", "bf16"),  # weight-only
        ("T4", "int4", "fp16"),
        ("B200-SXM", "nvfp4", "fp4"),
        ("H100-SXM", "nvfp4", "bf16"),
        ("MI300X", "mxfp4", "bf16"),
        ("A100-SXM-80GB", "mxfp4", "bf16"),
        ("Gaudi3", "fp8", "bf16"),  # its fp8 units are no faster
    ],
)
def test_arithmetic(gpu: str, weights: str, expected: str | None) -> None:
    assert arithmetic_for(GPUS[gpu], weights) == expected
    assert (why_not(GPUS[gpu], weights, "bf16") == "") == (expected is not None)


def test_an_fp8_cache_needs_fp8_units() -> None:
    assert why_not(GPUS["L40S"], "bf16", "fp8") == ""
    assert "an fp8 KV cache needs fp8 units, which A100-SXM-80GB lacks" in why_not(GPUS["A100-SXM-80GB"], "bf16", "fp8")


def test_defaults_are_native_plus_fp8_where_computed() -> None:
    llama, deepseek, oss = (MODELS[name] for name in ("llama-3.1-8b", "deepseek-v3", "gpt-oss-120b"))
    assert default_formats(llama, GPUS["H100-SXM"]) == ["bf16", "fp8"]
    assert default_formats(llama, GPUS["A100-SXM-80GB"]) == ["bf16"]
    assert default_formats(llama, GPUS["T4"]) == ["fp16"]
    assert default_formats(deepseek, GPUS["H200-SXM"]) == ["fp8"]
    assert default_formats(oss, GPUS["H100-SXM"]) == ["mxfp4", "fp8"]
    assert default_formats(MODELS["distilgpt2"], GPUS["L4"]) == ["bf16", "fp8"]


def test_what_a_format_covers() -> None:
    hopper = GPUS["H100-SXM"]
    plain, eight = Part(2.0, "bf16"), Part(1.0, "fp8")
    oss = precision_for(MODELS["gpt-oss-120b"], hopper, "mxfp4", "bf16")
    assert (oss.attention, oss.experts, oss.plain) == (plain, Part(4.25 / 8, "bf16"), plain)
    assert oss.experts.unpacked, "Hopper has no 4-bit units"
    blackwell = precision_for(MODELS["gpt-oss-120b"], GPUS["B200-SXM"], "mxfp4", "bf16")
    assert blackwell.experts == Part(4.25 / 8, "fp8", block_scaled=True)
    a100 = precision_for(MODELS["llama-3.1-8b"], GPUS["A100-SXM-80GB"], "fp8", "bf16")
    assert a100.dense == Part(1.0, "bf16") and not a100.dense.unpacked
    dense = precision_for(MODELS["llama-3.3-70b"], hopper, "fp8", "bf16")
    assert (dense.attention, dense.dense, dense.plain) == (eight, eight, plain)
    mixture = precision_for(MODELS["deepseek-v3"], GPUS["B200-SXM"], "nvfp4", "fp8")
    blocks = Part(1.0, "fp8", block_scaled=True)
    assert (mixture.attention, mixture.dense, mixture.experts) == (blocks, Part(4.5 / 8, "fp4"), Part(4.5 / 8, "fp4"))
    assert precision_for(MODELS["llama-3.1-8b"], GPUS["T4"], "fp16", "bf16").kv == "fp16"


def fabric(gpu: str, domain: int | None = None) -> Fabric:
    return Fabric(GPUS[gpu], domain or GPUS[gpu].link_domain_gpus)


def test_whole_fast_domains_need_no_pipeline() -> None:
    cuts = layouts_for(MODELS["llama-3.3-70b"], fabric("H100-SXM"), 8, constants())
    assert cuts == [Layout(1, 1), Layout(2, 1), Layout(4, 1), Layout(8, 1)]
    assert layouts_for(MODELS["llama-3.3-70b"], fabric("H100-SXM"), 1, constants()) == [Layout(1, 1)]


def test_nodes_without_a_fast_link_may_pipeline() -> None:
    cuts = layouts_for(MODELS["llama-3.3-70b"], fabric("L40S"), 4, constants())
    assert cuts == [Layout(1, 1), Layout(2, 1), Layout(1, 2), Layout(4, 1), Layout(2, 2), Layout(1, 4)]


def test_heads_must_divide() -> None:
    qwen = MODELS["qwen2.5-7b"]  # 28 query heads, 4 KV heads
    assert [tp for tp in (1, 2, 4, 8) if splits(qwen, tp)] == [1, 2, 4]
    assert "28 query heads and 4 KV heads do not divide over 8" in cannot_split(qwen, fabric("H100-SXM"), 8)
    assert splits(MODELS["qwen3-30b-a3b"], 8), "four KV heads are copied on eight ranks"
    assert not splits(MODELS["phi-4"], 4), "ten KV heads neither divide over four ranks nor are copied"


def test_links() -> None:
    k = constants()
    gb = {name: wire_bytes_per_s(fabric(gpu), group, k) / 1e9 for name, gpu, group in (
        ("nvlink", "H100-SXM", 8), ("bridge", "H100-PCIE", 2), ("beyond the bridge", "H100-PCIE", 4),
        ("pcie pair", "L40S", 2), ("pcie four", "L40S", 4),
    )}  # fmt: skip
    assert gb["nvlink"] == pytest.approx(450 * k.link_efficiency)
    assert gb["bridge"] == pytest.approx(300 * k.link_efficiency)
    assert gb["beyond the bridge"] == pytest.approx(64 * k.link_efficiency_host)
    assert gb["pcie pair"] == pytest.approx(32 * k.link_efficiency_host_pair)
    assert gb["pcie four"] == pytest.approx(32 * k.link_efficiency_host)


def test_hops_over_the_host_are_slow() -> None:
    k = constants()
    assert hop_factor(fabric("H100-SXM"), 8, k) == hop_factor(fabric("L40S"), 1, k) == 1
    assert hop_factor(fabric("H100-PCIE"), 2, k) == 1
    assert hop_factor(fabric("H100-PCIE"), 4, k) == hop_factor(fabric("L40S"), 2, k) == k.collective_hop_factor_host


def test_a_mesh_without_a_switch_gives_a_pair_one_cable() -> None:
    k, mi300x = constants(), fabric("MI300X")
    two, eight = wire_bytes_per_s(mi300x, 2, k), wire_bytes_per_s(mi300x, 8, k)
    assert eight / two == pytest.approx(7, rel=0.01)
    assert eight == pytest.approx(448e9 * k.link_efficiency)


def test_a_system_may_join_fewer_gpus_than_the_data_sheet() -> None:
    narrow = Fabric(GPUS["H100-SXM"], 2)
    assert not narrow.is_usual
    assert wire_bytes_per_s(narrow, 4, constants()) < wire_bytes_per_s(fabric("H100-SXM"), 4, constants()) / 5
    assert Layout(2, 2) in layouts_for(MODELS["llama-3.1-8b"], narrow, 4, constants())


def test_no_link_at_all_means_single_gpus() -> None:
    alone = dataclasses.replace(GPUS["L40S"], pcie_gb_per_s=None)
    assert layouts_for(MODELS["llama-3.1-8b"], Fabric(alone, 1), 8, constants()) == [Layout(1, 1)]
