"""Where counts come from, by hand: replicas from load, nodes from replicas, and what each part is for."""

from typing import Any

import pytest
from asked import case

from planner.plan.plan import Plan
from planner.report.counts import counts
from planner.report.lookup import Lookup


def told(plan: Plan) -> list[str]:
    return [line for one in counts(Lookup(plan)) for line in (one.headline, *one.lines)]


def test_problem_01_word_for_word() -> None:
    assert [line.replace("\u00a0", " ") for line in told(case("01").plan)] == [
        "gpu_1x_b200_sxm6 (lambda us-east-1), month 1, all week: 1 GPU = 1 × TP1 for chat, on 1 node of 1 GPU.",
        "chat, TP1: 4 requests/s ÷ 4.09 each = 0.977 → 1 replica.",
        "gpu_2x_b200_sxm6 (lambda us-east-1), month 1, all week: 2 GPUs = 2 × TP1 for chat, on 1 node of 2 GPUs.",
        "chat, TP1: 8 requests/s ÷ 4.09 each = 1.95 → 2 replicas.",
    ]


def fleet(replicas: int, there: int, **config: Any) -> Plan:
    """Problem 01 with so many replicas of TP 8 on whole nodes of 8 GPUs, and what else is changed."""
    plan = case("01").plan
    (first, *_), pool = plan.configs, plan.pools[0]
    row = first.model_copy(update={"tp": 8, "max_requests_per_s": 1.0, "spare_replicas": 0, **config})
    run = next(one for one in plan.replicas if one.pool == pool.id)
    flow = next(one for one in plan.flows if one.pool == pool.id)
    at = next(one for one in plan.capacity if one.pool == pool.id)
    return plan.model_copy(
        update={
            "pools": [pool.model_copy(update={"gpus_per_node": 8})],
            "configs": [row],
            "replicas": [run.model_copy(update={"replicas": replicas})],
            "flows": [flow.model_copy(update={"requests_per_s": 3.9})],
            "capacity": [at.model_copy(update={"on_demand_nodes": there, "committed_nodes": 0})],
        }
    )


def lines(plan: Plan) -> str:
    return "\n".join(told(plan)).replace("\u00a0", " ")


def test_forty_gpus_are_five_replicas_on_five_nodes() -> None:
    text = lines(fleet(5, 5, spare_replicas=1))
    assert "40 GPUs = 5 × TP8 for chat, on 5 nodes of 8 GPUs." in text
    assert "3.9 requests/s ÷ 1 each = 3.9 → 4 replicas, + 1 spare for the availability." in text
    assert "5 nodes: 4 for the load + 1 for redundancy." in text


@pytest.mark.parametrize(("load", "bare"), [(0.5, 1), (0.9, 3), (0.95, 4)])
def test_head_room_is_told_from_load(load: float, bare: int) -> None:
    plan = fleet(4, 4)
    limits = {**plan.problem["limits"], "utilization_cap": load}
    text = lines(plan.model_copy(update={"problem": {**plan.problem, "limits": limits}}))
    extra = 4 - -int(-3.9 * load // 1)
    assert ("for head-room" in text) == (extra > 0)
    if extra:
        assert f"of which {extra} for head-room (utilisation cap of" in text
        assert f"4 nodes: {4 - extra} for the load + {extra} for head-room." in text


def test_nodes_that_nothing_fills_are_said() -> None:
    text = lines(fleet(4, 6))
    assert "16 of 48 GPUs free" in text and "+ 2 for whole nodes that stay" in text


def test_replicas_over_several_nodes_say_so() -> None:
    assert "each replica spans 2 whole nodes, as its 16 GPUs are more than one node's 8" in lines(
        fleet(4, 8, tp=8, pp=2, nodes=2)
    )


def test_memory_is_why_a_replica_is_large() -> None:
    plan = fleet(4, 4)
    memory = plan.configs[0].memory
    assert memory is not None
    for gib, says in ((100.0, "800.0 GiB of weights, of which one B200-SXM holds 158.4 GiB"), (10.0, "one holds")):
        weighs = plan.configs[0].model_copy(update={"memory": memory.model_copy(update={"weights_gib": gib})})
        assert says in lines(plan.model_copy(update={"configs": [weighs]}))


def test_rejected_smaller_layouts_are_quoted() -> None:
    plan = fleet(4, 4)
    config = plan.configs[0]
    why = plan.rejections[0].model_copy(
        update={
            "workload": "chat",
            "subject": f"{config.model} {config.weights} on 4×{config.gpu}",
            "reason": "slo",
            "detail": "ttft p95 is 3,705 ms even when idle, 3,000 ms asked",
        }
    )
    text = lines(plan.model_copy(update={"rejections": [why]}))
    assert "8 GPUs a replica because 4 are not enough: ttft p95 is 3,705 ms even when idle, 3,000 ms asked." in text


def test_problem_04_nodes_add_up() -> None:
    """Whatever is said of the nodes of a pool adds up to them."""
    for number in ("04", "05", "07"):
        for line in told(case(number).plan):
            head, _, parts = line.replace("\u00a0", " ").partition(" nodes: ")
            if parts:
                assert sum(int(part.split(" for ")[0]) for part in parts.split(" + ")) == int(head)
