"""The small plan, and stored plans of the gallery."""

from pathlib import Path

import pytest
from small import small_plan

from planner.export.deployments import Fleet
from planner.plan.plan import Plan

ROOT = Path(__file__).parents[2]
STORED = sorted((ROOT / "reports").glob("*/plan.json"))


@pytest.fixture(scope="session")
def plan() -> Plan:
    return small_plan()


@pytest.fixture(scope="session")
def fleet(plan: Plan) -> Fleet:
    return Fleet(plan)


@pytest.fixture(scope="session", params=STORED, ids=lambda path: path.parent.name)
def stored(request: pytest.FixtureRequest) -> Fleet:
    """A plan of the gallery."""
    from planner.plan.store import load_plan

    return Fleet(load_plan(request.param))
