"""SkyPilot tasks: valid against SkyPilot's own schema (and its parser where installed), on the plan's nodes."""

import math
from typing import Any

import pytest
import yaml
from schemas_of import mistakes, skypilot
from small import B200, OWN, P5, fields, small_plan

from planner.errors import PlannerError
from planner.export.clouds import skypilot_accelerator
from planner.export.deployments import Fleet
from planner.export.skypilot import infra, skypilot_files
from planner.export.write import export


def tasks(fleet: Fleet) -> dict[tuple[int, str], dict[str, Any]]:
    found = {}
    for file in skypilot_files(fleet):
        task = yaml.safe_load(file.text)
        found[int(file.path[:2]) - 1, task["name"]] = task
    return found


def check(fleet: Fleet) -> None:
    found = tasks(fleet)
    for task in found.values():
        assert mistakes(skypilot("task"), task) == []
        assert mistakes(skypilot("resources"), task["resources"]) == []
        assert mistakes(skypilot("service"), task["service"]) == []
    for period in fleet.plan.periods:
        for one in fleet.running_in(period):
            if infra(fleet, one) is None:
                continue
            task = found[period.index, one.name]
            least, most = one.bounds(period.index, fleet.plan.blocks)
            policy = task["service"]["replica_policy"]
            assert policy["min_replicas"] == math.ceil(least / one.per_node)
            assert policy["max_replicas"] == math.ceil(most / one.per_node)
            assert ("target_qps_per_replica" in policy) == (policy["min_replicas"] != policy["max_replicas"])
            assert task["resources"]["use_spot"] is (one.kind == "spot")
            assert task.get("num_nodes", 1) == one.config.nodes


def test_small_plan(fleet: Fleet) -> None:
    check(fleet)
    assert len(tasks(fleet)) == 9


def test_stored_plans(stored: Fleet) -> None:
    check(stored)


def test_the_schema_can_fail(fleet: Fleet) -> None:
    task = next(iter(tasks(fleet).values()))
    assert mistakes(skypilot("resources"), task["resources"] | {"gpu": "H100"})
    assert mistakes(skypilot("resources"), task["resources"] | {"cloud": "nobody"})
    assert mistakes(skypilot("service"), {"replica_policy": {"max_replicas": 1}})


def test_skypilots_own_parser_agrees(fleet: Fleet, tmp_path: Any) -> None:
    sky = pytest.importorskip("sky")
    for path in export(fleet.plan, "skypilot", tmp_path, {})[0]:
        assert sky.Task.from_yaml(str(path)).service is not None


def test_places(fleet: Fleet) -> None:
    places = {one.pool.id: infra(fleet, one) for one in fleet.deployments}
    assert places[P5] == "aws/us-east-1"
    assert places[OWN] == "ssh/dgx-h200"
    own = next(task for task in tasks(fleet).values() if task["resources"]["infra"].startswith("ssh/"))
    assert own["resources"]["accelerators"] == {"H200": 8}
    assert "instance_type" not in own["resources"]
    night = next(task for (_, name), task in tasks(fleet).items() if name.startswith("night"))
    assert night["resources"]["accelerators"] == {"L4": 4}


def test_a_broker_stands_for_a_provider_skypilot_does_not_know() -> None:
    base = fields()
    pools = [row | ({"provider": "voltagepark"} if row["id"] == B200 else {}) for row in base["pools"]]
    read = {"source": "skypilot-shadeform", "as_of": None, "basis": "secondary", "note": ""}
    options = [row | ({"provenance": read} if row["pool"] == B200 else {}) for row in base["options"]]
    plan = small_plan(pools=pools, options=options)
    one = next(one for one in Fleet(plan).deployments if one.pool.id == B200)
    assert infra(Fleet(plan), one) == "shadeform/eu-north1"


def test_clouds_unknown_to_skypilot_are_named_and_left_out(tmp_path: Any) -> None:
    base = fields()
    pools = [row | ({"provider": "acme"} if row["id"] == B200 else {}) for row in base["pools"]]
    written, notes = export(small_plan(pools=pools), "skypilot", tmp_path, {})
    assert len(notes) == 2
    assert all("acme" in note for note in notes)
    assert not [path for path in written if "split" in path.name]
    alone = [row | {"provider": "acme"} for row in base["pools"]]
    with pytest.raises(PlannerError, match="no cloud acme"):
        export(small_plan(pools=alone), "skypilot", tmp_path, {})


def test_a_node_runs_every_replica_that_fits_each_on_gpus_of_its_own(fleet: Fleet) -> None:
    chat = next(task for (_, name), task in tasks(fleet).items() if name.startswith("chat"))
    assert "CUDA_VISIBLE_DEVICES=0,1,2,3 " in chat["run"]
    assert "CUDA_VISIBLE_DEVICES=4,5,6,7 " in chat["run"]
    assert "server 127.0.0.1:8001; server 127.0.0.1:8002;" in chat["run"]


@pytest.mark.parametrize(
    "gpu, name",
    [
        ("H100-SXM", "H100"),
        ("A100-SXM-80GB", "A100-80GB"),
        ("A100-SXM-40GB", "A100"),
        ("L40S", "L40S"),
        ("H100-NVL", "H100"),
    ],
)
def test_accelerators(gpu: str, name: str) -> None:
    assert skypilot_accelerator(gpu) == name
