"""A plan whose replicas span nodes, end to end: two whole nodes a replica, and every independent check agrees."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from planner.inputs.load import problem_from
from planner.pipeline import catalog_from, plan_fleet, sources_for
from planner.plan.plan import Made, Plan

AS_OF = date(2026, 11, 21)


def planned(rate: float, *, target: str | None = None) -> Plan:
    """Llama 3.1 405B in 16 bits, which no node of eight H100 holds."""
    workload: dict[str, Any] = {
        "model": "llama-3.1-405b",
        "traffic": {"requests_per_s": rate},
        "requests": {"input": 1800, "output": 320},
        "slo": {"ttft_p95_ms": 3000, "tpot_p95_ms": 80},
        "precision": {"weights": ["bf16"]},
    }
    if target:
        workload["availability"] = target
    problem = problem_from(
        {
            "title": "t",
            "horizon": {"hours": "flat", "blocks": 1},
            "workloads": {"chat": workload},
            "supply": {"rent": {"forms": ["on_demand"], "gpus": ["H100-SXM"]}},
            "solve": {"mip_gap": 0.0},
        },
        "test",
    )
    sources = sources_for(problem, Path(), None, AS_OF, None)
    made = Made(planner_version="0", command="", problem_file="", problem_sha256="", catalog_sha256="", as_of=AS_OF)
    return plan_fleet(problem, catalog_from(sources), Path(), made)


@pytest.mark.parametrize(("rate", "replicas"), [(0.5, 1), (1.2, 2)])
def test_each_replica_takes_two_whole_nodes(rate: float, replicas: int) -> None:
    plan = planned(rate)
    (config,) = plan.configs
    assert (config.nodes, config.gpus, config.tp, config.pp) == (2, 16, 8, 2)
    assert sum(row.replicas for row in plan.replicas) == replicas
    assert sum(row.on_demand_nodes for row in plan.capacity) == 2 * replicas
    assert plan.findings and all(found.ok for found in plan.findings)


def test_one_node_is_still_refused_with_its_numbers() -> None:
    plan = planned(0.5)
    told = {row.subject: row for row in plan.rejections}
    refused = told["llama-3.1-405b bf16 on 8×H100-SXM"]
    assert refused.reason == "memory" and "needs 94.5 GiB of weights on each of 8 GPUs" in refused.detail


def test_a_spare_replica_takes_two_nodes_too() -> None:
    plan = planned(0.5, target="high")
    (config,) = plan.configs
    assert config.spare_replicas >= 1
    assert sum(row.on_demand_nodes for row in plan.capacity) == 2 * (1 + config.spare_replicas)
    assert all(found.ok for found in plan.findings)
