"""Demand of the shipped problems on the shipped facts: real traffic shapes, figures that can be looked up."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.catalog.load import load_catalog
from planner.catalog.specs import Catalog
from planner.demand.build import build_demand
from planner.demand.partition import partition
from planner.demand.types import Demand
from planner.inputs.load import load_problem, problem_from

ROOT = Path(__file__).parents[2]
PROBLEMS = sorted((ROOT / "problems").glob("*.yaml"))
AS_OF = date(2026, 11, 21)


@pytest.fixture(scope="module")
def facts() -> Catalog:
    return load_catalog(ROOT / "data", as_of=AS_OF)


def demand_of_file(path: Path, facts: Catalog) -> Demand:
    return build_demand(load_problem(path, AS_OF), facts, path.parent)


@pytest.mark.parametrize("path", PROBLEMS, ids=lambda path: path.stem)
def test_demand_is_complete_and_safe(path: Path, facts: Catalog) -> None:
    demand = demand_of_file(path, facts)
    blocks, periods = demand.timeline.blocks, demand.timeline.periods
    assert sorted(hour for block in blocks for hour in block.hours_of_week) == list(range(168))
    assert len({block.label for block in blocks}) == len(blocks)
    margin = 1 + load_problem(path, AS_OF).limits.demand_margin
    for single in demand.classes:
        assert single.planned_requests_per_s.shape == single.mean_requests_per_s.shape == (len(periods), len(blocks))
        assert single.hourly_requests_per_s.shape == (len(periods), 168)
        assert single.lengths.share.sum() == pytest.approx(1)
        for block in blocks:
            own = single.hourly_requests_per_s[:, list(block.hours_of_week)]
            assert (single.planned_requests_per_s[:, block.index] == own.max(axis=1)).all()
        assert (single.mean_requests_per_s * margin <= single.planned_requests_per_s * (1 + 1e-12)).all()


def test_conversation_traffic_of_a_week(facts: Catalog) -> None:
    """azure2024-conv: the busiest hour is 1.65 times the mean; 8 blocks plan 6 % above the hourly demand."""
    question = {
        "title": "T",
        "horizon": {"blocks": 8},
        "workloads": {
            "chat": {
                "model": "llama-3.3-70b",
                "traffic": {"requests_per_s": 45.1, "profile": "azure2024-conv"},
                "requests": {"lengths": "azure2023-conv"},
                "slo": "interactive",
            }
        },
    }
    demand = build_demand(problem_from(question, "mine.yaml"), facts, Path())
    (chat,) = demand.classes
    assert chat.hourly_requests_per_s.mean() == pytest.approx(45.1)
    assert chat.planned_requests_per_s.max() == pytest.approx(45.1 * 1.6548, rel=1e-3)
    assert demand.timeline.peak_over_mean_excess == pytest.approx(0.0597, abs=0.001)
    assert (round(chat.lengths.mean_input), round(chat.lengths.mean_output)) == (1155, 211)


def test_next_quarter_plans_close_to_its_hours(facts: Catalog) -> None:
    demand = demand_of_file(ROOT / "problems" / "02-next-quarter-budget.yaml", facts)
    assert demand.timeline.peak_over_mean_excess < 0.2
    night = next(single for single in demand.classes if single.workload == "night-summaries")
    growth = np.mean([1.02**month for month in range(demand.timeline.periods[0].months)])
    assert night.mean_requests_per_s[0, 0] == pytest.approx(18e9 / 9000 / 86400 * growth)


@settings(max_examples=15, deadline=None)
@given(st.floats(0.01, 1000), st.sampled_from(["azure2024-code", "office-hours", "flat"]))
def test_planned_demand_scales_with_the_rate(facts: Catalog, rate: float, profile: str) -> None:
    def planned(requests_per_s: float) -> np.ndarray:
        work = {
            "model": "m",
            "traffic": {"requests_per_s": requests_per_s, "profile": profile},
            "requests": {"input": 9, "output": 9},
            "slo": "interactive",
        }
        problem = problem_from({"title": "T", "workloads": {"w": work}}, "mine.yaml")
        return build_demand(problem, facts, Path()).classes[0].planned_requests_per_s

    np.testing.assert_allclose(planned(rate), rate * planned(1.0), rtol=1e-9)


def test_joint_clustering_of_real_shapes_is_monotone(facts: Catalog) -> None:
    names = ("azure2024-conv", "azure2024-code", "servegen-deepseek-r1")
    load = np.array([facts.profiles[name].weights for name in names]).T * [5, 2, 3]
    wasted = []
    for blocks in (1, 2, 3, 4, 6, 8, 12, 16):
        labels = partition(load, blocks)
        volume = sum((labels == k).sum() * load[labels == k].max(axis=0).sum() for k in np.unique(labels))
        wasted.append(volume / load.sum() - 1)
    assert wasted == sorted(wasted, reverse=True)
    assert wasted[5] < 0.25 and wasted[7] < 0.15
