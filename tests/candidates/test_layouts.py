"""Sharing experts and attention out, replicas over several nodes, and which layouts are left out as useless."""

import dataclasses
from pathlib import Path

import pytest
from workbench import AS_OF, CHAT_SLO, catalog, constants, demand_class, demand_of, fixed, generated, question

from planner.candidates.candidate import CandidateSet, Rate, ReplicaConfig
from planner.candidates.dominance import undominated
from planner.candidates.evaluate import under_load
from planner.candidates.generate import generate_candidates
from planner.candidates.layouts import Layout, layouts_for
from planner.candidates.links import Fabric, stage_bytes_per_s, wire_bytes_per_s
from planner.candidates.pools import network_of
from planner.candidates.spanning import fits
from planner.inputs.load import problem_from

GPUS, MODELS = catalog().gpus, catalog().models
LOOSE = {"ttft_p95_ms": 60000, "tpot_p95_ms": 500}


def fabric(gpu: str) -> Fabric:
    return Fabric(GPUS[gpu], GPUS[gpu].link_domain_gpus)


def test_a_mixture_may_share_experts_and_attention_out_inside_the_fast_domain() -> None:
    cuts = layouts_for(MODELS["deepseek-v3"], fabric("H200-SXM"), 8, constants())
    on_eight = [cut for cut in cuts if cut.gpus == 8]
    assert on_eight == [Layout(8, 1), Layout(8, 1, 1, 8), Layout(4, 1, 2, 8), Layout(2, 1, 4, 8), Layout(1, 1, 8, 8)]
    assert Layout(1, 1, 2, 2) in cuts and max(cut.gpus for cut in cuts) == 8


def test_dense_models_and_pcie_hosts_share_nothing_out() -> None:
    dense = layouts_for(MODELS["llama-3.3-70b"], fabric("H200-SXM"), 8, constants())
    crossing = layouts_for(MODELS["deepseek-v3"], fabric("L40S"), 8, constants())
    bridged = layouts_for(MODELS["deepseek-v3"], fabric("H100-PCIE"), 8, constants())
    assert all(cut.dp == cut.ep == 1 for cut in (*dense, *crossing))
    assert {cut.gpus for cut in bridged if cut.ep > 1} == {2}, "only the pair on the bridge"


def test_latent_attention_gains_from_groups_with_requests_of_their_own() -> None:
    """A latent cache is copied on every tensor-parallel rank; groups hold it once."""
    asked = question("deepseek-v3", rent={"gpus": ["H200-SXM"]})
    found = generated(asked, fixed(2000, 500))
    best = max(found.rates.values(), key=lambda rate: rate.max_requests_per_s)
    assert found.configs[best.config].dp > 1
    assert best.intervals["rate"].label == "errors on attention data parallelism, their model left out of the fit"


def spanning(model: str = "llama-3.1-405b", weights: str = "bf16", **rent: object) -> CandidateSet:
    wanted = {"gpus": ["H100-SXM"], **rent}
    asked = question(model, rent=wanted, slo=LOOSE, precision={"weights": [weights], "kv": ["bf16"]})
    return generated(asked, fixed(1000, 200))


def test_nodes_are_joined_only_over_a_known_network_of_their_own_speed() -> None:
    found = spanning()
    by_speed = {config.network_gb_per_s: config.id for config in found.configs.values() if config.nodes == 2}
    assert set(by_speed) == {12.5, 50.0}
    for place in found.placements:
        pool, config = found.pools[place.pool], found.configs[place.config]
        assert pool.gpus_per_node == config.node_gpus == 8 and pool.network_gb_per_s == config.network_gb_per_s
        assert fits(config, pool) and not fits(config, dataclasses.replace(pool, network_gb_per_s=None))
    assert {found.pools[place.pool].provider for place in found.placements} == {"aws", "azure", "gcp", "oci"}
    slow, fast = (found.rates[by_speed[speed], "chat"].max_requests_per_s for speed in (12.5, 50.0))
    assert slow < fast, "a slower network serves less"


def test_a_spanning_replica_says_so_and_can_be_evaluated_by_name() -> None:
    found = spanning(providers=["aws"])
    (rate,) = found.rates.values()
    assert any(text.startswith("spans 2 nodes of 8 GPUs") for text in rate.warnings)
    assert "pipeline parallelism was not measured" in rate.intervals["rate"].label
    config = found.configs[rate.config]
    assert config.id == "llama-3.1-405b/H100-SXM/tp8-pp2-2nodes-net50/bf16/kv-bf16" and config.gpus == 16
    asked = demand_class(fixed(1000, 200), {("ttft", 0.95): 60.0, ("tpot", 0.95): 0.5})
    at, _ = under_load(catalog(), config, asked, asked.lengths, rate.max_requests_per_s)
    assert at.tpot_mean_ms == pytest.approx(rate.at_max.tpot_mean_ms, rel=1e-3)


def test_an_unknown_network_is_a_refusal_that_names_the_nodes() -> None:
    found = spanning(gpus=["H100-SXM", "B200-SXM"], providers=["lambda", "nebius"])
    assert all(config.nodes == 1 for config in found.configs.values())
    (told,) = [item for item in found.rejections if item.reason == "layout"]
    assert told.subject == "llama-3.1-405b over several nodes of 8×H100-SXM"
    assert told.detail.startswith("the catalogue knows no network between nodes of 8 × H100-SXM: lambda/")


def test_where_a_latency_target_limits_no_node_is_added() -> None:
    asked = question("llama-3.1-405b", rent={"gpus": ["H200-SXM"]}, precision={"weights": ["fp8"], "kv": ["bf16"]})
    found = generated(asked, fixed(1000, 200))
    best = max(found.rates.values(), key=lambda rate: rate.max_requests_per_s)
    assert best.limited_by.startswith(("tpot", "ttft")) and {c.nodes for c in found.configs.values()} == {1}


def test_four_nodes_are_tried_where_two_are_too_few() -> None:
    found = spanning("glm-5", "bf16")  # 1,386 GiB; two nodes offer 1,147 GiB, four 2,294
    assert {config.nodes for config in found.configs.values()} == {4}
    refused = {item.subject for item in found.rejections if item.reason == "memory"}
    assert {"glm-5 bf16 on 8×H100-SXM", "glm-5 bf16 on 2×8×H100-SXM"} <= refused
    assert {config.nodes for config in spanning().configs.values()} == {2}, "two are enough, a target limits there"


def test_own_systems_state_their_network() -> None:
    system = catalog().systems["dgx-h100"]
    data = question("llama-3.1-405b", slo=LOOSE, precision={"weights": ["bf16"]}).model_dump(exclude_unset=True)
    problem = problem_from({**data, "supply": {"rent": None, "own": {"systems": ["dgx-h100"]}}}, "test")
    item = demand_class(fixed(1000, 200), {("ttft", 0.95): 60.0, ("tpot", 0.95): 0.5})
    found = generate_candidates(problem, catalog(), demand_of(item), Path())
    assert {config.nodes for config in found.configs.values()} == {2}
    silent = dataclasses.replace(system, network_gb_per_s=None)
    facts = dataclasses.replace(catalog(), systems={**catalog().systems, "dgx-h100": silent})
    with pytest.raises(Exception, match=r"layout \(1\), closest is llama-3.1-405b over several nodes of 8×H100-SXM"):
        generate_candidates(problem, facts, demand_of(item), Path())


def test_networks_of_offers() -> None:
    offers = {offer.instance_type: offer for offer in catalog().offers.values() if offer.provider in ("aws", "azure")}
    known = catalog().networks.values()
    assert network_of(offers["p5.48xlarge"], known) == 50
    assert network_of(offers["p4d.24xlarge"], known) == 6.25
    assert network_of(offers["p6-b300.48xlarge"], known) == 100
    assert network_of(offers["Standard_ND96isr_H100_v5"], known) == 50
    assert network_of(offers["g5.48xlarge"], known) is None
    assert AS_OF.year == 2026


def test_stages_talk_over_pcie_inside_a_node_and_over_the_network_beyond_it() -> None:
    k = constants()
    inside = fabric("L40S")
    assert stage_bytes_per_s(inside, k) == wire_bytes_per_s(inside, 2, k)
    beyond = Fabric(GPUS["H100-SXM"], 8, node_gpus=8, network_gb_per_s=50)
    assert stage_bytes_per_s(beyond, k) == pytest.approx(50e9 * k.link_efficiency)


def config(cut: str, gpus: int, **changes: object) -> ReplicaConfig:
    made = ReplicaConfig(cut, "m", "H100-SXM", gpus, 1, "fp8", "bf16")
    return dataclasses.replace(made, **changes)


def rate(name: str, **by_class: float) -> list[Rate]:
    return [Rate(name, item, value, None, None, "kv cache", ()) for item, value in by_class.items()]


def test_a_layout_goes_only_where_another_does_as_much_for_every_class() -> None:
    configs = {one.id: one for one in (config("a", 8), config("b", 8), config("c", 8), config("half", 4))}
    rates = [*rate("a", x=2, y=1), *rate("b", x=1, y=2), *rate("c", x=1.5, y=1), *rate("half", x=9, y=9)]
    assert undominated(rates, configs) == {"a", "b", "half"}, "other GPU counts are left to the optimiser"
    assert undominated([*rate("a", x=2), *rate("c", x=1, y=1)], configs) == {"a", "c"}, "c alone serves y"


def test_other_formats_and_gpus_are_never_compared() -> None:
    others = (config("a", 8), config("b", 8, weights="bf16"), config("c", 8, gpu="L40S"), config("d", 8, kv="fp8"))
    rates = [one for size, other in enumerate(others) for one in rate(other.id, x=1.0 + size)]
    assert undominated(rates, {other.id: other for other in others}) == set("abcd")


def test_nodes_each_on_their_own_replace_a_replica_over_them() -> None:
    two = config("two", 8, pp=2, node_gpus=8, network_gb_per_s=50.0)
    configs = {one.id: one for one in (config("one", 8), config("pair", 4), two)}
    assert two.gpus == 16 and two.nodes == 2
    assert undominated([*rate("one", x=1.0), *rate("two", x=2.0)], configs) == {"one"}
    assert undominated([*rate("one", x=1.0), *rate("two", x=2.1)], configs) == {"one", "two"}
    assert undominated([*rate("pair", x=0.5), *rate("two", x=2.0)], configs) == {"pair"}, "four of them on two nodes"
    other = dataclasses.replace(two, id="slow", network_gb_per_s=12.5)
    configs["slow"] = other
    assert undominated([*rate("two", x=2.0), *rate("slow", x=1.0)], configs) == {"two", "slow"}, "other nodes"


def test_leaving_layouts_out_loses_no_best_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = question("qwen3-235b-a22b", rent={"gpus": ["H100-SXM", "H200-SXM", "L40S"]}, slo=CHAT_SLO)
    kept = generated(asked, fixed(2000, 500))
    monkeypatch.setattr("planner.candidates.generate.undominated", lambda rates, _: {one.config for one in rates})
    everything = generated(asked, fixed(2000, 500))
    assert len(kept.configs) < len(everything.configs)
    assert any("were left out" in note for note in kept.notes)
    assert not any("were left out" in note for note in everything.notes)

    def best(found: CandidateSet) -> dict[tuple[object, ...], float]:
        rates: dict[tuple[object, ...], float] = {}
        for (name, _), one in found.rates.items():
            c = found.configs[name]
            if c.nodes == 1:
                key = c.gpu, c.gpus, c.weights, c.kv
                rates[key] = max(rates.get(key, 0.0), one.max_requests_per_s)
        return rates

    assert best(kept) == best(everything)
