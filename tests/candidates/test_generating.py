"""The whole layer: every configuration becomes a rate with placements, or a reason with numbers."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from workbench import catalog, demand_class, demand_of, fixed, generated, question

from planner.candidates.apis import usd_per_request
from planner.candidates.evaluate import under_load
from planner.candidates.generate import generate_candidates
from planner.demand.types import LengthMix
from planner.errors import NoCandidateError
from planner.inputs.load import problem_from

NODES = {"gpus": ["H100-SXM"], "providers": ["aws", "lambda"], "regions": ["us"]}
CHAT = fixed(1000, 200)


def test_every_placement_has_a_rate_a_pool_and_room() -> None:
    found = generated(question("llama-3.3-70b", rent=NODES), CHAT)
    assert found.placements
    for place in found.placements:
        config, pool = found.configs[place.config], found.pools[place.pool]
        assert (place.config, place.demand_class) in found.rates
        assert config.gpus <= pool.gpus_per_node and config.gpu == pool.gpu
        assert not place.spot_allowed
        assert 0.9 < found.spare_availability[place.config] < 1
    assert {config.gpus for config in found.configs.values()} == {1, 2, 4, 8}


def test_rates_meet_the_targets_with_the_cap_and_the_margin() -> None:
    asked = question("llama-3.1-8b", rent=NODES, slo={"ttft_p95_ms": 400, "tpot_p95_ms": 20})
    limits = {"utilization_cap": 0.8, "throughput_margin": 0.1}
    capped = problem_from({**asked.model_dump(exclude_unset=True), "limits": limits}, "test")
    full = problem_from({**asked.model_dump(exclude_unset=True), "limits": {"utilization_cap": 1.0}}, "test")
    part, whole = generated(capped, CHAT), generated(full, CHAT)
    for key, rate in whole.rates.items():
        assert part.rates[key].max_requests_per_s == pytest.approx(0.72 * rate.max_requests_per_s)
        assert rate.at_max.requests_per_s == pytest.approx(rate.max_requests_per_s, rel=1e-6)
        assert rate.at_max.ttft_p95_ms <= 400 * 1.001 and rate.at_max.tpot_p95_ms <= 20 * 1.001
        assert part.rates[key].at_max.tpot_p95_ms < rate.at_max.tpot_p95_ms


def test_one_planned_point_agrees_with_the_rate_it_was_planned_from() -> None:
    found = generated(question("llama-3.1-8b", rent=NODES), CHAT)
    item = demand_class(CHAT, {("ttft", 0.95): 2.0, ("tpot", 0.95): 0.06})
    for (name, _), rate in found.rates.items():
        point, told = under_load(catalog(), found.configs[name], item, CHAT, rate.max_requests_per_s)
        assert dataclasses.asdict(point) == pytest.approx(dataclasses.asdict(rate.at_max), rel=1e-6)
        assert told["ttft", 0.95] == pytest.approx(point.ttft_p95_ms / 1000)
        assert told["tpot", 0.95] == pytest.approx(point.tpot_p95_ms / 1000)


def test_rejections_carry_their_numbers() -> None:
    rent = {"gpus": ["H100-SXM", "L40S", "T4", "A100-SXM-80GB"], "regions": ["us"]}
    precision = {"weights": ["bf16"], "kv": ["bf16", "fp8"]}
    found = generated(question("llama-3.3-70b", rent=rent, precision=precision), CHAT)
    told = {(item.subject, item.reason): item.detail for item in found.rejections}
    assert told["llama-3.3-70b bf16 on 1×H100-SXM", "memory"] == (
        "needs 131.4 GiB of weights; one H100-SXM has 68.9 GiB for them"
    )
    assert "T4 lacks" in told["llama-3.3-70b bf16 on T4", "precision"]
    assert "lacks; ask for kv bf16" in told["llama-3.3-70b bf16 with fp8 KV cache on A100-SXM-80GB", "precision"]
    slow = next(detail for (subject, reason), detail in told.items() if reason == "slo" and "L40S" in subject)
    assert "ms even when idle, " in slow and slow.endswith(" ms asked")
    keys = [(item.workload, item.subject, item.reason) for item in found.rejections]
    assert len(keys) == len(set(keys))


def test_market_reasons() -> None:
    found = generated(
        question(
            "llama-3.1-8b", rent={"exclude_gpus": ["L40S"], "regions": ["us"]}, gpus=["L40S", "H100", "MI325X", "T4"]
        ),
        CHAT,
    )
    told = {(item.subject, item.reason): item.detail for item in found.rejections}
    assert told["L40S", "excluded"] == "supply.rent.exclude_gpus names it"
    assert told["MI325X", "price"] == "the catalogue has no offer of it"
    assert told["A10G", "excluded"] == "workloads.chat.gpus leaves it out"


def test_a_workload_that_may_not_be_interrupted_needs_more_than_spot() -> None:
    rent = {"gpus": ["H100-SXM"], "forms": ["spot"]}
    with pytest.raises(NoCandidateError, match=r"availability \(1\), closest is H100-SXM: only spot capacity"):
        generated(question("llama-3.1-8b", rent=rent), CHAT)
    assert generated(question("llama-3.1-8b", rent=rent, interruptible=True), CHAT).placements


def test_a_workload_may_be_bound_to_a_region_with_no_offer() -> None:
    rent = {"gpus": ["H100-SXM"], "providers": ["azure"]}
    with pytest.raises(
        NoCandidateError, match=r"region \(1\), closest is H100-SXM: may run in ca; H100-SXM is to be had in"
    ):
        generated(question("llama-3.1-8b", rent=rent, regions=["ca"]), CHAT)


def test_no_candidate_names_the_closest_miss_and_the_next_step() -> None:
    rent = {"gpus": ["L4", "L40S"]}
    with pytest.raises(NoCandidateError) as caught:
        generated(question("llama-3.1-405b", rent=rent, precision={"weights": ["bf16"]}), CHAT)
    lines = str(caught.value).splitlines()
    assert lines[0] == "nothing can serve chat:"
    assert lines[1].startswith("  memory (") and "llama-3.1-405b bf16 on 8×L40S" in lines[1]
    assert "needs 94.5 GiB of weights on each of 8 GPUs; one L40S has 37.7 GiB for them" in lines[1]
    assert lines[2].strip().startswith("allow a narrower format")


def test_requests_beyond_the_context_are_refused() -> None:
    with pytest.raises(NoCandidateError, match=r"context.*99% of the requests of chat need up to 5,200 tokens"):
        generated(question("llama-2-7b", rent=NODES, precision={"weights": ["fp16"]}), fixed(5000, 200))
    rare = LengthMix(np.array([1000.0, 5000.0]), np.array([200.0, 200.0]), np.array([0.995, 0.005]))
    assert generated(question("llama-2-7b", rent=NODES, precision={"weights": ["fp16"]}), rare).rates


def test_batch_work_has_no_target_and_fills_the_cache() -> None:
    data = question("llama-3.1-8b", rent=NODES).model_dump(exclude_unset=True)
    batch = {"model": "llama-3.1-8b", "batch": {"requests_per_day": 1000}, "requests": {"input": 6000, "output": 800}}
    problem = problem_from({**data, "workloads": {"chat": {**batch, "interruptible": True}}}, "test")
    found = generated(problem, fixed(6000, 800))
    assert {rate.limited_by for rate in found.rates.values()} <= {"kv cache", "prefill queue", "running requests"}
    assert all(place.spot_allowed for place in found.placements)


def test_size_classes_of_a_workload_each_get_rates() -> None:
    problem = question("llama-3.1-8b", rent=NODES)
    slo = {("ttft", 0.95): 2.0, ("tpot", 0.95): 0.06}
    short = demand_class(fixed(200, 100), slo, "chat/bucket-1", workload="chat")
    long = demand_class(fixed(4000, 400), slo, "chat/bucket-2", workload="chat")
    found = generate_candidates(problem, catalog(), demand_of(short, long), Path())
    for name in found.configs:
        if (name, "chat/bucket-2") in found.rates:
            quick, slow = found.rates[name, "chat/bucket-1"], found.rates[name, "chat/bucket-2"]
            assert quick.max_requests_per_s > 3 * slow.max_requests_per_s


API = {"provider": "anthropic", "model": "claude-sonnet-4-5"}


def test_a_hosted_api_serves_whoever_asks_for_its_model() -> None:
    data = question("claude-sonnet-4-5").model_dump(exclude_unset=True)
    found = generated(problem_from({**data, "supply": {"rent": {}, "api": [API]}}, "test"), CHAT)
    (api,) = found.apis
    price = next(
        item for item in catalog().apis.values() if item.provider == "anthropic" and item.model == API["model"]
    )
    expected = (1000 * price.input_usd_per_million + 200 * price.output_usd_per_million) / 1e6
    assert api.usd_per_request == pytest.approx(expected)
    assert (api.demand_class, found.configs, found.placements) == ("chat", {}, ())


def test_prefix_hits_are_charged_at_the_cached_price_where_there_is_one() -> None:
    price = next(iter(catalog().apis.values()))
    dear = dataclasses.replace(
        price, input_usd_per_million=2.0, output_usd_per_million=10.0, cached_input_usd_per_million=0.5
    )
    item = demand_class(CHAT, prefix_hit=0.4)
    assert usd_per_request(dear, item) == pytest.approx((600 * 2.0 + 400 * 0.5 + 200 * 10.0) / 1e6)
    plain = dataclasses.replace(dear, cached_input_usd_per_million=None)
    assert usd_per_request(plain, item) == pytest.approx((1000 * 2.0 + 200 * 10.0) / 1e6)


def test_residency_keeps_an_api_out_unless_the_user_names_the_workload() -> None:
    data = question("llama-3.3-70b", rent=NODES, regions=["us"]).model_dump(exclude_unset=True)
    ours = next(item for item in catalog().apis.values() if item.our_model == "llama-3.3-70b")
    api = {"provider": ours.provider, "model": ours.model}
    found = generated(problem_from({**data, "supply": {"rent": NODES, "api": [api]}}, "test"), CHAT)
    assert not found.apis
    assert any(item.reason == "region" and "hosted API" in item.subject for item in found.rejections)
    named = {**api, "workloads": ["chat"], "max_share": 0.3}
    found = generated(problem_from({**data, "supply": {"rent": NODES, "api": [named]}}, "test"), CHAT)
    assert [item.max_share for item in found.apis] == [0.3]


def test_own_systems_with_their_own_links_are_their_own_configurations() -> None:
    narrow = dataclasses.replace(catalog().systems["dgx-h100"], id="pairs", link_domain_gpus=2)
    facts = dataclasses.replace(catalog(), systems={**catalog().systems, "pairs": narrow})
    data = question("llama-3.1-8b").model_dump(exclude_unset=True)
    own = {"systems": ["dgx-h100", "pairs"]}
    problem = problem_from({**data, "supply": {"rent": None, "own": own}}, "test")
    item = demand_class(CHAT, {("ttft", 0.95): 2.0, ("tpot", 0.95): 0.06})
    found = generate_candidates(problem, facts, demand_of(item), Path())
    by_pool = {pool: {place.config for place in found.placements if place.pool == pool} for pool in found.pools}
    assert by_pool["own/pairs"].isdisjoint(by_pool["own/dgx-h100"])
    four = {
        pool: {(c.tp, c.pp): c.id for c in map(found.configs.get, names) if c and c.gpus == 4 and c.weights == "bf16"}
        for pool, names in by_pool.items()
    }
    assert set(four["own/dgx-h100"]) == {(4, 1)}, "all of it is one fast domain"
    assert set(four["own/pairs"]) == {(2, 2)}, (
        "sliced inside the pairs, a pipeline between them: four stages have more bubbles"
    )
    split = four["own/pairs"][2, 2]
    rate = found.rates[split, "chat"].max_requests_per_s
    point, _ = under_load(facts, found.configs[split], item, CHAT, rate)
    assert point.requests_per_s == pytest.approx(rate)


def test_the_whole_catalogue_is_judged() -> None:
    forms = ["on_demand", "spot", "reserved_1y", "reserved_3y"]
    precision = {"weights": ["bf16", "fp8", "int4", "nvfp4"], "kv": ["bf16", "fp8"]}
    problem = question("llama-3.3-70b", rent={"forms": forms}, precision=precision, interruptible=True)
    found = generated(problem, CHAT)
    assert len(found.rates) > 300 and len(found.rejections) > 100
