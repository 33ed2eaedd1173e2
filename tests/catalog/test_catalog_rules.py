"""Every rule holds for the shipped data, and every rule notices a row that breaks it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from facts_day import TODAY

from planner.catalog.integrity import RULES, check_catalog, stale_rows
from planner.catalog.specs import Basis, Catalog, Provenance, SpotRisk


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_shipped_data_obeys(rule: Any, shipped: Catalog) -> None:
    broken = [f"{row}: {detail}" for row, detail in rule.check(shipped)]
    assert not broken, f"{rule.says}\n" + "\n".join(broken)


def test_check_is_all_rules_together(shipped: Catalog) -> None:
    assert check_catalog(shipped) == []
    assert len({rule.id for rule in RULES}) == len(RULES) and all(rule.says.endswith(".") for rule in RULES)


def change(kind: str, key: str, **fields: Any) -> Callable[[Catalog], Catalog]:
    """The catalogue with one entry changed."""

    def apply(catalog: Catalog) -> Catalog:
        table = dict(getattr(catalog, kind))
        table[key] = replace(table[key], **fields)
        return replace(catalog, **{kind: table})

    return apply


def drop_source(catalog: Catalog) -> Catalog:
    return replace(catalog, sources={key: source for key, source in catalog.sources.items() if key != "litellm"})


def undated(catalog: Catalog) -> Catalog:
    return change("offers", OFFER, on_demand_provenance=Provenance("vantage-aws", None, Basis.LISTED))(catalog)


def rename(catalog: Catalog) -> Catalog:
    return replace(catalog, gpus={"H100": catalog.gpus["H100-SXM"]} | dict(catalog.gpus))


def without_default_risk(catalog: Catalog) -> Catalog:
    return replace(catalog, spot_risks=tuple(risk for risk in catalog.spot_risks if risk.provider != "*"))


def wild_risk(catalog: Catalog) -> Catalog:
    wild = SpotRisk("aws", "*", "x", "*", 11.0, Provenance("assumed", None, Basis.ASSUMED))
    return replace(catalog, spot_risks=(*catalog.spot_risks, wild))


def without_default_grid(catalog: Catalog) -> Catalog:
    return replace(catalog, grid={key: place for key, place in catalog.grid.items() if key != "*/*"})


OFFER = "aws/us-east-1/p5.48xlarge"
COMMITMENT = "gcp/L4/g2-standard-*/*/12m/none"
API = "anthropic/claude-sonnet-4-5"
BREAKERS: list[tuple[str, Callable[[Catalog], Catalog], str]] = [
    ("source_exists", drop_source, "apis/anthropic"),
    ("no_future_dates", change("systems", "dgx-h200", price_as_of=TODAY + timedelta(days=1)), "dgx-h200"),
    ("prices_are_dated", undated, OFFER),
    ("keys_are_ids", rename, "gpus/H100"),
    ("gpu_names_differ", change("gpus", "H200-SXM", aliases=("h100 sxm",)), "H100-SXM"),
    ("model_names_differ", change("models", "qwen3-8b", aliases=("Qwen3-32B-Instruct",)), "qwen3-8b"),
    ("gpu_is_known", change("offers", OFFER, gpu="H1000"), OFFER),
    ("api_model_is_known", change("apis", API, our_model="claude"), API),
    ("prices_are_positive", change("systems", "dgx-h100", usd=1.0), "dgx-h100"),
    ("prices_are_positive", change("offers", OFFER, on_demand_usd_per_hour=0.0), OFFER),
    ("gpu_hours_are_sane", change("offers", OFFER, on_demand_usd_per_hour=5504.0), OFFER),
    ("gpu_hours_are_sane", change("capacity_blocks", OFFER, usd_per_gpu_hour=519.1), f"capacity_blocks/{OFFER}"),
    ("spot_below_on_demand", change("offers", OFFER, spot_usd_per_hour=60.0), OFFER),
    ("spot_below_on_demand", change("offers", OFFER, spot_provenance=None), OFFER),
    ("commitments_are_sane", change("commitments", COMMITMENT, discount=1.2), COMMITMENT),
    ("commitments_are_sane", change("commitments", COMMITMENT, term_months=24), COMMITMENT),
    ("spot_rates_are_sane", without_default_risk, "spot_risks"),
    ("spot_rates_are_sane", wild_risk, "spot_risks/aws/x"),
    ("grids_are_sane", change("grid", "aws/us-east-1", g_co2_per_kwh=400.0), "grid/aws/us-east-2"),
    ("grids_are_sane", change("grid", "*/*", g_co2_per_kwh=0.486), "grid/*/*"),
    ("grids_are_sane", change("grid", "aws/us-east-1", pue=0.9), "grid/aws/us-east-1"),
    ("grids_are_sane", without_default_grid, "grid"),
    ("api_prices_are_sane", change("apis", API, output_usd_per_million=0.00001), API),
    ("api_prices_are_sane", change("apis", API, cached_input_usd_per_million=99.0), API),
    ("gpus_are_sane", change("gpus", "L4", memory_gib=24000.0), "gpus/L4"),
    ("gpus_are_sane", change("gpus", "L4", tflops={}), "gpus/L4"),
    ("gpus_are_sane", change("gpus", "L4", tflops={"bf16": 121.0, "fp8": 60.0}), "gpus/L4"),
    ("gpus_are_sane", change("gpus", "L4", link_domain_gpus=4), "gpus/L4"),
    ("systems_are_sane", change("systems", "dgx-h100", max_power_kw=1.0), "dgx-h100"),
    ("systems_are_sane", change("systems", "dgx-h100", link_domain_gpus=16), "dgx-h100"),
    ("parameters_add_up", change("models", "qwen3-8b", attention_parameters=1), "qwen3-8b"),
    ("parameters_add_up", change("models", "mixtral-8x7b", moe=None, routed_expert_parameters=0), "mixtral-8x7b"),
    ("depreciation_adds_up", change("depreciation", "macrs-3", shares=(0.5, 0.4)), "depreciation/macrs-3"),
    ("figures_lie_in_range", change("ownership", "pue", value=3.0), "ownership/pue"),
    ("profiles_have_mean_one", change("profiles", "flat", weights=(2.0,) * 168), "profiles/flat"),
    ("profiles_have_mean_one", change("profiles", "flat", weights=(1.0,) * 24), "profiles/flat"),
    ("length_shares_add_up", change("lengths", "sharegpt-500", cells=((202.0, 179.0, 0.9),)), "sharegpt-500"),
    ("length_shares_add_up", change("lengths", "sharegpt-500", cells=((0.0, 179.0, 1.0),)), "sharegpt-500"),
]


@pytest.mark.parametrize(("rule", "break_it", "row"), BREAKERS, ids=[f"{i}-{b[0]}" for i, b in enumerate(BREAKERS)])
def test_a_broken_row_is_noticed(rule: str, break_it: Callable[[Catalog], Catalog], row: str, shipped: Catalog) -> None:
    found = check_catalog(break_it(shipped))
    assert any(violation.rule == rule and row in str(violation) for violation in found), [str(each) for each in found]


def test_caches_rule_notices_a_model_without_cache(shipped: Catalog) -> None:
    model = shipped.models["qwen3-8b"]
    bare = replace(model.attention, kv_elements_per_token=0)
    windowed = replace(model.attention, window_layers=3)
    for attention in (bare, windowed):
        found = check_catalog(change("models", "qwen3-8b", attention=attention)(shipped))
        assert [violation.rule for violation in found] == ["caches_are_sane"]


def test_every_rule_has_a_breaker() -> None:
    assert {rule.id for rule in RULES} == {name for name, _, _ in BREAKERS} | {"caches_are_sane"}


def test_stale_rows_are_prices_only_oldest_first(shipped: Catalog) -> None:
    stale = stale_rows(shipped, 365)
    assert stale and all(row.row.split("/")[0] in ("offers", "commitments", "capacity_blocks", "apis") for row in stale)
    ages = [row.age_days for row in stale if row.age_days is not None]
    assert ages == sorted(ages, reverse=True) and min(ages) > 365
    assert stale[0].age_days is None and "unknown date" in str(stale[0]), "an undated price may be any age"
    assert "days old" in str(stale[-1])
    assert not any("/" in row.row and row.age_days is not None for row in stale_rows(shipped, 10_000))


def test_stale_rows_grow_with_time(shipped: Catalog) -> None:
    later = replace(shipped, as_of=date(2030, 1, 1))
    assert len(stale_rows(later, 365)) > len(stale_rows(shipped, 365))
