"""Listings and single entries as people see them; names people use."""

from __future__ import annotations

import pytest

from planner.catalog.hints import did_you_mean
from planner.catalog.names import find_gpu, find_model
from planner.catalog.specs import Catalog
from planner.catalog.tables import listing, show
from planner.errors import CatalogError

KINDS = [
    "capacity_blocks",
    "gpus",
    "systems",
    "models",
    "offers",
    "commitments",
    "apis",
    "grid",
    "profiles",
    "lengths",
    "ownership",
    "depreciation",
    "sources",
]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_lists_all_its_entries(shipped: Catalog, kind: str) -> None:
    table = listing(shipped, kind)
    assert len(table) == len(getattr(shipped, kind))
    if kind != "sources":
        assert list(table.columns[-4:]) == ["as_of", "age_days", "basis", "source"]
    assert "None" not in table.to_string(na_rep="")


@pytest.mark.parametrize("kind", KINDS)
def test_every_entry_can_be_shown(shipped: Catalog, kind: str) -> None:
    for key in list(getattr(shipped, kind))[::25]:
        lines = dict(show(shipped, kind, key))
        assert lines["id"] == key
        assert kind == "sources" or any(name.endswith("source") for name in lines)


def test_filters_must_all_hold(shipped: Catalog) -> None:
    table = listing(shipped, "offers", ["provider=AWS", "gpu=h100-sxm", "gpus=8"])
    assert len(table) and set(table["provider"]) == {"aws"} and set(table["gpus"]) == {8}
    assert list(listing(shipped, "offers", ["provider=nobody"]).columns) == list(table.columns)
    assert listing(shipped, "offers", ["gpus=many"]).empty


@pytest.mark.parametrize("wish", ["provider", "provder=aws"])
def test_a_wrong_filter_is_explained(shipped: Catalog, wish: str) -> None:
    with pytest.raises(CatalogError, match=r"must be COLUMN=VALUE"):
        listing(shipped, "offers", [wish])


def test_unknown_kinds_and_entries_get_a_hint(shipped: Catalog) -> None:
    with pytest.raises(CatalogError, match=r"did you mean 'offers'"):
        listing(shipped, "offer")
    with pytest.raises(CatalogError, match=r"did you mean 'llama-3.3-70b'"):
        show(shipped, "models", "llama-3.3-7b")


def test_an_entry_tells_source_date_age_and_basis(shipped: Catalog) -> None:
    lines = dict(show(shipped, "offers", "aws/us-east-1/p5.48xlarge"))
    assert lines["on_demand_usd_per_hour"] == "55.04"
    assert lines["on_demand_source"].startswith("chimeraforge: ")
    assert lines["on_demand_as_of"] == "2026-09-25 (57 days old)"
    assert lines["spot_basis"] == "observed" and "licence" in " ".join(lines)
    assert dict(show(shipped, "models", "qwen3-8b"))["moe"] == "none: a dense model"
    assert dict(show(shipped, "gpus", "T4"))["link_gb_per_s"] == "not known"


@pytest.mark.parametrize(
    ("name", "gpu"),
    [
        ("H100", "H100-SXM"),
        ("h100_sxm", "H100-SXM"),
        ("H100 SXM5 80GB", "H100-SXM"),
        ("NVIDIA H100 SXM5 80GB", "H100-SXM"),
        ("RTX4090", "RTX-4090"),
        ("A6000", "RTX-A6000"),
        ("RTXPRO6000", "RTX-PRO-6000"),
        ("TPU-V5E", "TPU-v5e"),
        ("V100-16GB", "V100-SXM-16GB"),
        ("a100", "A100-SXM-80GB"),
        ("H1000", None),
    ],
)
def test_gpu_names(shipped: Catalog, name: str, gpu: str | None) -> None:
    found = find_gpu(shipped, name)
    assert (found.id if found else None) == gpu


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("meta-llama/Llama-3.3-70B-Instruct", "llama-3.3-70b"),
        ("meta-llama/Meta-Llama-3.1-8B-Instruct", "llama-3.1-8b"),
        ("LLAMA-3.1-8B", "llama-3.1-8b"),
        ("Qwen/Qwen3-235B-A22B-FP8", "qwen3-235b-a22b"),
        ("google/gemma-3-27b-it", "gemma-3-27b"),
        ("meta-llama/Llama-2-7b-chat-hf", "llama-2-7b"),
        ("distilbert/distilgpt2", "distilgpt2"),
        ("TinyLlama/TinyLlama-1.1B-Chat-v1.0", "tinyllama-1.1b"),
        ("moonshotai/Kimi-K2-Instruct", "kimi-k2"),
        ("Qwen/Qwen3-235B-A22B-Instruct-2507", None),
        ("gpt-5", None),
    ],
)
def test_model_names(shipped: Catalog, name: str, model: str | None) -> None:
    found = find_model(shipped, name)
    assert (found.id if found else None) == model


def test_hints_are_close_or_silent() -> None:
    assert did_you_mean("h100-sxn", ["H100-SXM", "L4"]) == " — did you mean 'H100-SXM'?"
    assert did_you_mean("zzz", ["H100-SXM", "L4"]) == ""
