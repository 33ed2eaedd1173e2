"""Terraform variables: counts of the plan, in the shape that is declared."""

import json
from typing import Any

from small import B200, OWN, P5

from planner.export.deployments import Fleet
from planner.export.terraform import committed, pools, terraform_files


def test_counts(plan: Any) -> None:
    found = {pool["instance_type"] + pool["region"]: pool for pool in pools(plan).values()}
    assert len(found) == len(plan.pools)
    p5 = found["p5.48xlargeus-east-1"]["periods"]["2027-Q1"]
    assert p5["committed"]["reserved_1y"] == 1
    assert p5["on_demand"] == {"minimum": 0, "maximum": 1}
    own = found["dgx-h200own"]["periods"]
    assert [own[label]["committed"]["owned"] for label in ("2027-Q1", "2027-Q2")] == [0, 2]
    assert committed(plan, B200, "existing", 0) == 0
    assert committed(plan, P5, "reserved_1y", 1) == 1
    assert committed(plan, OWN, "owned", 0) == 0


def test_committed_forms_add_up_to_the_plans_nodes(stored: Fleet) -> None:
    plan = stored.plan
    for row in plan.capacity:
        forms = ("existing", "owned", "reserved_1y", "reserved_3y", "capacity_block")
        assert sum(committed(plan, row.pool, form, row.period) for form in forms) == row.committed_nodes


def test_values_have_the_declared_shape(fleet: Fleet) -> None:
    values, variables = (json.loads(file.text) for file in terraform_files(fleet))
    declared = variables["variable"]
    assert set(values) == set(declared)
    for pool in values["fleet_pools"].values():
        for key in pool:
            assert f"{key} = " in declared["fleet_pools"]["type"]
        for period in pool["periods"].values():
            for key in [*period, *period["committed"], *period["spot"]]:
                assert f"{key} = " in declared["fleet_pools"]["type"]
