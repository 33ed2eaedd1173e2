"""Kubernetes files: valid against the API's own schemas, with the plan's bounds, GPUs and places."""

import copy
import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from schemas_of import kubernetes, mistakes
from small import CHAT, HOSTILE, P5, fields, small_plan

from planner.export.clouds import NVIDIA, SPOT
from planner.export.deployments import Deployment, Fleet
from planner.export.kubernetes import kubernetes_files
from planner.plan.plan import Plan

KINDS = {"Deployment", "Service", "HorizontalPodAutoscaler"}
COUNTS = st.lists(st.integers(0, 9), min_size=4, max_size=4).filter(any)


def objects(fleet: Fleet) -> list[tuple[int, dict[str, Any]]]:
    """(period, object) of every document."""
    return [
        (int(file.path[:2]) - 1, one) for file in kubernetes_files(fleet) for one in yaml.safe_load_all(file.text)
    ]  # fmt: skip


def pods(one: dict[str, Any]) -> list[dict[str, Any]]:
    spec = one["spec"]
    if one["kind"] == "Deployment":
        return [spec["template"]]
    lws = spec["leaderWorkerTemplate"]
    return [lws["leaderTemplate"], lws["workerTemplate"]]


def check(fleet: Fleet) -> None:
    found = objects(fleet)
    for _, one in found:
        if one["kind"] in KINDS:
            assert mistakes(kubernetes(one["kind"]), one) == []
        else:
            assert one["apiVersion"] == "leaderworkerset.x-k8s.io/v1"
            assert set(one) == {"apiVersion", "kind", "metadata", "spec"}
            assert set(one["spec"]) == {"leaderWorkerTemplate"}
            for pod in pods(one):
                assert mistakes(kubernetes("PodTemplateSpec"), pod) == []
    for period in fleet.plan.periods:
        mine = {(one["kind"], one["metadata"]["name"]): one for at, one in found if at == period.index}
        for deployed in fleet.running_in(period):
            agree(fleet, period.index, deployed, mine)


def agree(fleet: Fleet, period: int, deployed: Deployment, mine: dict[tuple[str, str], dict[str, Any]]) -> None:
    """Bounds, GPUs and selectors say what the plan's own rows say."""
    counts = {block.index: 0 for block in fleet.plan.blocks}
    for row in fleet.plan.replicas:
        place = (row.workload, row.config, row.pool, row.kind, row.period)
        if place == (deployed.workload.id, deployed.config.config, deployed.pool.id, deployed.kind, period):
            counts[row.block] += row.replicas
    scaler = mine["HorizontalPodAutoscaler", deployed.name]["spec"]
    assert (scaler["minReplicas"], scaler["maxReplicas"]) == (min(counts.values()), max(counts.values()))
    if not scaler["minReplicas"]:
        assert {metric["type"] for metric in scaler["metrics"]} <= {"Object", "External"}
    target = scaler["scaleTargetRef"]
    controller = mine[target["kind"], target["name"]]
    nodes = controller["spec"]["leaderWorkerTemplate"]["size"] if target["kind"] == "LeaderWorkerSet" else 1
    each = pods(controller)[-1]["spec"]["containers"][0]["resources"]["limits"][NVIDIA]
    assert each * nodes == deployed.config.gpus
    assert each <= deployed.pool.gpus_per_node
    selector = mine["Service", deployed.name]["spec"]["selector"]
    labels = pods(controller)[0]["metadata"]["labels"]
    assert all(labels.get(key, value) == value for key, value in selector.items())


def test_small_plan(fleet: Fleet) -> None:
    check(fleet)


def test_stored_plans(stored: Fleet) -> None:
    check(stored)


@settings(max_examples=15, deadline=None)
@given(COUNTS, COUNTS)
def test_bounds_are_the_plans(first: list[int], second: list[int]) -> None:
    slots = [(t, b) for t in (0, 1) for b in (0, 1)]
    base = fields()
    rows = [row for row in base["replicas"] if row["config"] != CHAT]
    for kind, counts in (("firm", first), ("spot", second)):
        rows += [
            {"workload": HOSTILE, "config": CHAT, "pool": P5, "kind": kind, "period": t, "block": b, "replicas": n}
            for (t, b), n in zip(slots, counts, strict=True)
        ]
    check(Fleet(Plan.model_validate(base | {"replicas": rows})))


def test_the_schemas_can_fail(fleet: Fleet) -> None:
    deployment = next(one for _, one in objects(fleet) if one["kind"] == "Deployment")
    unknown = copy.deepcopy(deployment)
    unknown["spec"]["template"]["spec"]["containers"][0]["gpus"] = 4
    assert mistakes(kubernetes("Deployment"), unknown)
    incomplete = copy.deepcopy(deployment)
    del incomplete["spec"]["selector"]
    assert mistakes(kubernetes("Deployment"), incomplete)


def test_spot_pods_go_to_spot_nodes_and_firm_ones_never(fleet: Fleet) -> None:
    for _, one in objects(fleet):
        if one["kind"] != "Deployment":
            continue
        spec, name = one["spec"]["template"]["spec"], one["metadata"]["name"]
        spot = name.endswith("spot")
        provider = next(known for known in ("aws", "gcp", "nebius") if known in name)
        taints = [row["key"] for row in spec["tolerations"]]
        if provider not in SPOT:
            assert "affinity" not in spec
            continue
        terms = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
        (wanted,) = terms[0]["matchExpressions"]
        assert (wanted["key"], wanted["operator"]) == (SPOT[provider].label, "In" if spot else "NotIn")
        assert (SPOT[provider].taint in taints) == (spot and SPOT[provider].taint is not None)


def test_a_replica_over_nodes_is_a_group_that_starts_together(fleet: Fleet) -> None:
    (group,) = [one for _, one in objects(fleet) if one["kind"] == "LeaderWorkerSet"]
    leader, worker = (pod["spec"]["containers"][0] for pod in pods(group))
    assert leader["command"] == worker["command"]
    assert "--nnodes" in leader["command"][2]
    assert "readinessProbe" in leader
    assert "readinessProbe" not in worker
    service = next(
        one for _, one in objects(fleet) if one["kind"] == "Service" and one["metadata"]["name"].startswith("agents")
    )
    assert service["spec"]["selector"]["leaderworkerset.sigs.k8s.io/worker-index"] == "0"


def test_no_argument_is_read_from_the_environment(fleet: Fleet) -> None:
    """Kubernetes replaces $(NAME) in commands; $$(NAME) stays text."""
    for _, one in objects(fleet):
        for pod in pods(one) if one["kind"] in {"Deployment", "LeaderWorkerSet"} else []:
            text = json.dumps(pod["spec"]["containers"][0]["command"])
            assert "$(" not in text.replace("$$(", "")
    night = next(one for _, one in objects(fleet) if one["metadata"]["name"].startswith("night"))
    assert "evil/$$(rm -rf ~)'\"" in pods(night)[0]["spec"]["containers"][0]["command"]


def test_the_autoscaler_keeps_the_reserve(fleet: Fleet) -> None:
    """4 replicas, 1 in reserve: 20 requests at once in each of 3 are 15 in each of 4."""
    chat = next(
        one
        for _, one in objects(fleet)
        if one["kind"] == "HorizontalPodAutoscaler" and one["metadata"]["name"].startswith("chat")
    )
    assert chat["spec"]["metrics"][0]["pods"]["target"]["averageValue"] == "15000m"


@pytest.mark.parametrize("gpu, resource", [("MI300X", "amd.com/gpu"), ("Gaudi3", "habana.ai/gaudi"), ("L4", NVIDIA)])
def test_gpus_of_other_makers_have_their_own_name(gpu: str, resource: str) -> None:
    base = fields()
    pools = [row | ({"gpu": gpu} if row["id"] == P5 else {}) for row in base["pools"]]
    files = kubernetes_files(Fleet(small_plan(pools=pools)))
    chat = next(file for file in files if "chat" in file.path)
    assert f"{resource}: 4" in chat.text
    assert ("built for NVIDIA" in chat.text) == (resource != NVIDIA)
