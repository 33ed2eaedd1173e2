"""Prices of hosted APIs that are not on offer: by hand, from sources the plan lists, and never planned with."""

from datetime import date
from functools import cache

import pytest

from planner.again import question_in
from planner.catalog.load import load_catalog
from planner.catalog.locate import data_folder, problems_folder
from planner.catalog.specs import ApiPrice
from planner.plan.checks import check
from planner.plan.plan import Plan
from planner.plan.quotes import MOST

DAY = date(2026, 11, 28)


@cache
def planned(number: str) -> Plan:
    (path,) = problems_folder().glob(f"{number}-*.yaml")
    return question_in(path, None, DAY, "test").answered()


def test_quotes_are_the_cheapest_list_prices_of_the_model_in_the_mix_asked() -> None:
    plan = planned("01")
    catalog = load_catalog(data_folder(), as_of=DAY)
    workload = plan.workloads[0]
    share_in = workload.mean_input_tokens / (workload.mean_input_tokens + workload.mean_output_tokens)
    known = {
        one.id: share_in * _input(one, workload.prefix_hit) + (1 - share_in) * one.output_usd_per_million
        for one in catalog.apis.values()
        if one.our_model == "llama-3.3-70b"
    }
    assert len(known) > MOST
    cheapest = sorted(known.values())[:MOST]
    assert [row.usd_per_million_tokens for row in plan.api_quotes] == pytest.approx(cheapest)
    assert all(known[row.api] == pytest.approx(row.usd_per_million_tokens) for row in plan.api_quotes)
    assert not plan.api and not plan.api_options


def _input(price: ApiPrice, hit: float) -> float:
    full, cached = price.input_usd_per_million, price.cached_input_usd_per_million
    return full if cached is None else (1 - hit) * full + hit * cached


def test_what_is_on_offer_is_not_quoted_again() -> None:
    plan = planned("05")
    assert plan.api_options
    assert not {row.api for row in plan.api_quotes} & {row.api for row in plan.api_options}


def test_a_quote_without_a_listed_source_is_found() -> None:
    plan = planned("01")
    source = plan.api_quotes[0].provenance.source
    lied = plan.model_copy(update={"sources": [row for row in plan.sources if row.id != source]})
    (finding,) = [one for one in check(lied) if one.check == "sources_exist"]
    assert not finding.ok and "quote" in finding.detail
