"""The shipped facts: enough of them, exact, and free of the errors seen in public tables."""

from __future__ import annotations

import csv
import math
import time
from pathlib import Path

import pytest
import yaml
from facts_day import TODAY

from planner.catalog.load import load_catalog
from planner.catalog.names import find_gpu, find_model
from planner.catalog.specs import Basis, Catalog

BF16 = 2


def test_there_is_enough_of_everything(shipped: Catalog) -> None:
    kinds = [gpu.kind for gpu in shipped.gpus.values()]
    assert len(kinds) - kinds.count("cpu") >= 34 and kinds.count("cpu") >= 2
    assert len(shipped.models) >= 60 and {"distilgpt2", "tinyllama-1.1b"} <= shipped.models.keys()
    assert len(shipped.offers) >= 450 and len({offer.provider for offer in shipped.offers.values()}) >= 25
    assert len(shipped.systems) >= 16 and len(shipped.commitments) >= 40
    assert len(shipped.spot_risks) >= 300 and len(shipped.apis) >= 400
    assert {commitment.term_months for commitment in shipped.commitments.values()} == {12, 36}


def test_loading_is_fast(shipped: Catalog) -> None:
    start = time.process_time()
    load_catalog(as_of=TODAY)
    assert time.process_time() - start < 0.5, "loading the catalogue must stay a small part of any command"


def test_models_match_the_checked_counts_exactly(shipped: Catalog, facts: Path) -> None:
    with (facts / "hardware" / "models_check.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["id"] for row in rows} == shipped.models.keys()
    for row in rows:
        model = shipped.models[row["id"]]
        a = model.attention
        counted = {
            "total_computed": model.total_parameters,
            "layers": model.layers,
            "hidden": model.hidden_size,
            "kv_growing": a.kv_elements_per_token * BF16,
            "kv_windowed": a.window_elements_per_token * BF16,
            "kv_bytes_per_token_bf16": (a.kv_elements_per_token + a.window_elements_per_token) * BF16,
            "state_bytes_per_seq": a.state_bytes,
            "indexer_bytes_per_token": a.index_bytes_per_token,
            "window": a.window_tokens,
        }
        expected = {name: int(row[name] or 0) for name in counted}
        assert counted == expected, row["id"]
        assert model.native_weights_gib == pytest.approx(float(row["native_gib"]), abs=6e-4), row["id"]


def test_gpus_match_the_collected_figures(shipped: Catalog, facts: Path) -> None:
    collected = yaml.safe_load((facts / "hardware" / "gpus.yaml").read_text())["gpus"]
    assert {gpu["id"] for gpu in collected} == shipped.gpus.keys()
    derived_rates = {"CPU-2x-EPYC-9654", "Apple-M2-Ultra"}
    for gpu in collected:
        ours, name = shipped.gpus[gpu["id"]], gpu["id"]
        if gpu["vram"]["usable_gib"]:
            assert (ours.memory_gib, ours.memory_basis) == (gpu["vram"]["usable_gib"], Basis.MEASURED), name
        else:
            assert ours.memory_basis in (Basis.DERIVED, Basis.ASSUMED), name
        if name not in derived_rates:
            rates = {key: rate for key, rate in gpu["dense_tflops"].items() if rate and key != "tf32"}
            assert ours.tflops == rates, name
        assert ours.tdp_w == gpu["tdp_w"], name
        if name != "B200-SXM":
            assert ours.bandwidth_gb_per_s == gpu["memory_bandwidth_gb_s"], name


def test_every_model_of_the_measured_points_resolves(shipped: Catalog, facts: Path) -> None:
    with (facts / "measurements" / "silicon.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for model in {row["model"] for row in rows}:
        assert find_model(shipped, model), model
    for system in {row["system"] for row in rows}:
        assert find_gpu(shipped, system), system


@pytest.mark.parametrize(
    ("gpu", "format_", "wrong"),
    [
        ("A10G", "fp16", 125),  # the A10's rate
        ("H200-SXM", "bf16", 1979),  # sparse
        ("H100-NVL", "bf16", 1978.8),  # two cards, sparse
        ("L40S", "fp8", 1466),  # sparse
        ("B200-SXM", "fp8", 9000),  # sparse
        ("GB200", "bf16", 4500),  # sparse
        ("MI300X", "fp16", 2615),  # sparse
        ("Gaudi3", "fp16", 1835),  # the bf16 rate
        ("RTX-4090", "fp16", 330),  # fp16 accumulate
    ],
)
def test_known_errors_of_public_tables_are_absent(shipped: Catalog, gpu: str, format_: str, wrong: float) -> None:
    assert shipped.gpus[gpu].tflops[format_] < 0.8 * wrong, f"{gpu} {format_} is the figure wrong tables print"


def test_other_known_errors_are_absent(shipped: Catalog) -> None:
    gpus = shipped.gpus
    assert "fp8" not in gpus["A100-SXM-80GB"].tflops, "A100 has no fp8 units"
    assert all("bf16" not in gpus[name].tflops for name in ("T4", "V100-SXM-16GB", "V100-SXM-32GB"))
    assert gpus["A40"].tflops["fp16"] > 100 and gpus["RTX-4090"].tflops["fp16"] > 100, "tensor rates, not vector rates"
    assert gpus["MI300X"].bandwidth_gb_per_s == 5300
    assert gpus["MI325X"].memory_gib < 256, "256 GB, not 288"
    assert gpus["B200-SXM"].memory_gib > 170 and gpus["B300-SXM"].memory_gib < 270, "both dies, and what is usable"
    assert gpus["B300-SXM"].tflops["int8"] < 200, "int8 is nearly gone on B300"
    assert gpus["L40S"].link_gb_per_s is None and gpus["L40S"].link_domain_gpus == 1, "no NVLink"
    assert gpus["H100-SXM"].link_gb_per_s == 450, "one way, not the sum"
    assert gpus["MI300X"].link_peer_gb_per_s == 64, "one link to each peer"
    assert shipped.systems["rtx4090-2"].usd > 2 * 1599, "a card, not a bare chip"
    for model, billions in {"gpt-oss-120b": 5.13, "minimax-m2": 10.42}.items():
        spec = shipped.models[model]
        assert spec.moe
        idle = spec.routed_expert_parameters * (1 - spec.moe.active_experts / spec.moe.experts)
        active = (spec.total_parameters - spec.embed_parameters - idle) / 1e9
        assert active == pytest.approx(billions, abs=0.01), f"{model}: counted, not estimated"


def test_caches_that_are_easy_to_get_wrong(shipped: Catalog) -> None:
    deepseek = shipped.models["deepseek-v3.2"].attention
    assert deepseek.kv_elements_per_token == 61 * (512 + 64), "the latent, not heads x head_dim"
    assert deepseek.kv_heads == 1, "copied on every tensor-parallel rank"
    assert deepseek.kv_fp8_bytes_per_token == 61 * 656, "fp8 does not halve it"
    assert (deepseek.index_bytes_per_token, deepseek.index_topk) == (61 * 132, 2048)
    assert shipped.models["glm-5.2"].attention.index_bytes_per_token == 21 * 132, "shared indexers are cached once"
    gemma = shipped.models["gemma-3-27b"].attention
    assert (gemma.full_layers, gemma.window_layers, gemma.window_tokens) == (10, 52, 1024)
    qwen = shipped.models["qwen3.5-397b-a17b"].attention
    assert (qwen.full_layers, qwen.linear_layers) == (15, 45) and qwen.state_bytes / 2**20 == pytest.approx(
        183.2, abs=0.1
    )
    assert shipped.models["mimo-v2-flash"].attention.kv_elements_per_token == 9 * 4 * (192 + 128), "K and V differ"
    assert shipped.models["qwen2.5-7b"].attention.query_heads == 28, "so tensor parallel 8 is impossible"


def test_attention_flops_by_hand(shipped: Catalog) -> None:
    llama = shipped.models["llama-3.1-8b"].attention
    assert llama.decode_flops_per_cached_token == 32 * 4 * 32 * 128 == llama.prefill_flops_per_token_pair
    deepseek = shipped.models["deepseek-v3.2"].attention
    assert deepseek.decode_flops_per_cached_token == 61 * 2 * 128 * (2 * 512 + 64)
    assert deepseek.prefill_flops_per_token_pair == 61 * 2 * 128 * (128 + 64 + 128)
    assert deepseek.index_flops_per_token == 61 * 2 * 64 * 128
    oss = shipped.models["gpt-oss-120b"].attention
    assert oss.window_flops_per_cached_token == 18 * 4 * 64 * 64 == oss.decode_flops_per_cached_token


def test_named_classes_and_site_figures_fit_the_problem_file(shipped: Catalog) -> None:
    from planner.inputs.problem import Site, Slo

    assert shipped.service_classes.keys() == {"real-time", "interactive", "batch"}
    for fields in shipped.service_classes.values():
        assert Slo(**fields).targets()
    without_default = {"max_power_kw", "idle_power_share", "systems_per_person", "usd_per_person_year"}
    needed = {name for name, field in Site.model_fields.items() if field.default is None} - without_default
    assert needed <= shipped.ownership.keys()
    figures = {name: shipped.ownership[name].value for name in needed}
    Site(depreciation="declining", **{name: usd for name, usd in figures.items() if not name.startswith("room_")})
    Site(own_room=True, **{name: usd for name, usd in figures.items() if name.startswith("room_")})


def test_profiles_start_on_monday(shipped: Catalog) -> None:
    code = shipped.profiles["azure2024-code"].weights
    days = [sum(code[24 * day : 24 * day + 24]) for day in range(7)]
    assert min(days[:5]) > 2 * max(days[5:]), "code completion is quiet at the weekend"
    assert max(code) == pytest.approx(2.998, abs=0.002)
    assert max(shipped.profiles["azure2024-conv"].weights) == pytest.approx(1.655, abs=0.002)
    assert shipped.profiles["flat"].weights == (1.0,) * 168


@pytest.mark.parametrize(
    ("table", "mean_input", "mean_output"),
    [("azure2023-conv", 1154.7, 211.1), ("mooncake-conversation", 12035, 342.6), ("servegen-deepseek-r1", 1268, 1527)],
)
def test_length_tables_keep_the_trace_means(
    shipped: Catalog, table: str, mean_input: float, mean_output: float
) -> None:
    cells = shipped.lengths[table].cells
    assert sum(tokens * share for tokens, _, share in cells) == pytest.approx(mean_input, rel=1e-3)
    assert sum(tokens * share for _, tokens, share in cells) == pytest.approx(mean_output, rel=1e-3)


def test_prices_keep_their_basis(shipped: Catalog) -> None:
    spot = [offer for offer in shipped.offers.values() if offer.spot_provenance]
    bases = {offer.spot_provenance.basis for offer in spot if offer.spot_provenance}
    assert {Basis.LISTED, Basis.OBSERVED, Basis.DERIVED, Basis.INFERRED} <= bases
    nebius = [offer for offer in spot if offer.provider == "nebius"]
    assert nebius and all(o.spot_provenance and o.spot_provenance.basis is Basis.INFERRED for o in nebius)
    assert all(c.provenance.basis is Basis.SECONDARY for c in shipped.commitments.values() if c.provider == "azure")
    assert all(c.gpu != "any" for c in shipped.commitments.values()), "CPU discounts say nothing about GPUs"


def test_monthly_interruption_bands_are_hourly_rates(shipped: Catalog) -> None:
    risk = next(r for r in shipped.spot_risks if (r.region, r.instance_pattern) == ("us-east-1", "g4dn.12xlarge"))
    assert risk.interruptions_per_hour == pytest.approx(-math.log(1 - 0.125) / 730, rel=0.01)
    assert "10-15%" in risk.provenance.note
