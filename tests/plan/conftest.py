"""The year by hand as fixtures, with a performance model one can follow in one's head."""

import pytest
import year

import planner.plan.configs
from planner.candidates.candidate import OperatingPoint
from planner.plan.plan import Plan


@pytest.fixture(autouse=True)
def predicted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A performance model one can follow by hand: 60 ms of TTFT and 3 ms of TPOT for each request/s."""

    def under_load(catalog, config, demand_class, lengths, requests_per_s):
        ttft, tpot = 60.0 * requests_per_s, 3.0 * requests_per_s
        point = OperatingPoint(requests_per_s, 2.0 * requests_per_s, ttft / 2, ttft, tpot / 2, tpot, 5.0, 0.5)
        per_request = {"ttft": 0.060, "tpot": 0.003, "e2e": 1.0}
        return point, {target: per_request[target[0]] * requests_per_s for target in demand_class.slo}

    def room_for(catalog, config, demand_class, lengths):
        return 100.0

    monkeypatch.setattr(planner.plan.configs, "room_for", room_for)
    monkeypatch.setattr(planner.plan.configs, "under_load", under_load)


@pytest.fixture(scope="session")
def setting() -> year.Setting:
    return year.setting()


@pytest.fixture
def plan(setting: year.Setting) -> Plan:
    return setting.plan()
