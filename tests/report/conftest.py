"""The sample plan and its report, made once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import CHROMIUM, QUIET
from sample import sample_plan

from planner.plan.plan import Plan
from planner.report.render import write_report
from planner.report.view import View, view_of


@pytest.fixture(scope="session")
def plan() -> Plan:
    return sample_plan()


@pytest.fixture(scope="session")
def view(plan: Plan) -> View:
    return view_of(plan)


@pytest.fixture(scope="session")
def report(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the sample's report."""
    folder = tmp_path_factory.mktemp("report")
    write_report(plan, folder)
    return folder


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield chromium
        chromium.close()
