"""The factors by hand: shrinkage, medians, bounds, ranges."""

import math
import random
from collections import defaultdict
from datetime import date
from statistics import median

import pytest

from planner.calibration.fit import Spreads, fit, spreads_from
from planner.calibration.points import Point, compare
from planner.calibration.read import read_runs
from planner.catalog.load import load_catalog
from planner.catalog.locate import data_folder
from planner.catalog.own_factors import Deployment, OwnFactor, OwnFactors

SPREADS = Spreads(group=0.04, deployment=0.10, point=0.08)
TODAY = date(2026, 11, 21)


def point(model: str, error: float, concurrency: float = 8, engine: str = "vllm") -> Point:
    made = Deployment(model, "H100-SXM", 1, 1, 1, 1, "fp8", "bf16")
    return Point("here", engine, "Hopper", made, concurrency, 1000, 200, 10 * math.exp(error), 10)


def factors(*points: Point) -> list[OwnFactor]:
    return fit(points, SPREADS, TODAY)


def test_one_point_moves_its_deployment_most_of_the_way() -> None:
    """w = 1/(0.10² + 0.08²) = 60.98; a = 0.2·60.98/(60.98 + 625) = 0.01778; b = (0.2 - a)·0.61 = 0.1111."""
    group, own = factors(point("a", 0.2))
    assert math.log(group.value) == pytest.approx(0.01778, abs=1e-5)
    assert math.log(own.value) == pytest.approx(0.01778 + 0.11111, abs=1e-4)
    assert group.deployment is None and own.deployment is not None and own.deployment.model == "a"


def test_many_points_are_believed() -> None:
    group, own = factors(*(point("a", 0.2, load) for load in range(1, 65)))
    assert own.value == pytest.approx(math.exp(0.2), rel=0.003)
    assert own.residual == pytest.approx(0, abs=0.003)
    assert (own.n, own.concurrency, own.input_tokens) == (64, (1, 64), (1000, 1000))
    assert 1 < group.value < 1.04, "one deployment says little about others"


def test_deployments_that_agree_move_their_group() -> None:
    few = factors(*(point(name, 0.2) for name in "ab"))[0]
    many = factors(*(point(name, 0.2) for name in "abcdefghijklmnop"))[0]
    assert 1 < few.value < many.value < math.exp(0.2)
    assert (few.deployments, many.deployments) == (2, 16)


def test_deployments_that_disagree_leave_their_group_alone() -> None:
    group, *own = factors(*(point("a", 0.2) for _ in range(5)), *(point("b", -0.2) for _ in range(5)))
    assert group.value == pytest.approx(1)
    assert own[0].value * own[1].value == pytest.approx(1) and own[0].value > 1.15


def test_a_model_that_is_right_is_left_as_it_is() -> None:
    assert [one.value for one in factors(point("a", 0), point("b", 0))] == pytest.approx([1, 1, 1])


def test_one_bad_run_does_not_move_a_deployment() -> None:
    clean = factors(*(point("a", 0.1) for _ in range(9)))[1].value
    spoilt = factors(*(point("a", 0.1) for _ in range(9)), point("a", 3.0))[1].value
    assert spoilt == pytest.approx(clean, rel=0.01)


def test_factors_are_bounded() -> None:
    wild = [point(name, 6.0) for name in "abcdefgh" for _ in range(50)]
    assert [one.value for one in factors(*wild)] == [5.0] * 9


def test_engines_do_not_mix() -> None:
    found = factors(point("a", 0.3), point("a", -0.3, engine="sglang"))
    assert [(one.engine, one.value > 1) for one in found] == [
        ("sglang", False), ("sglang", False), ("vllm", True), ("vllm", True),
    ]  # fmt: skip


def test_the_most_specific_factor_holds() -> None:
    group, own = factors(point("a", 0.2))
    known = OwnFactors("c.yaml", "", (group, own))
    measured, other = (Deployment(name, "H100-SXM", 1, 1, 1, 1, "fp8", "bf16") for name in "ab")
    assert known.factor_for("vllm", "Hopper", measured) is own
    assert known.factor_for("vllm", "Hopper", other) is group
    assert known.factor_for("sglang", "Hopper", measured) is None
    assert known.factor_for("vllm", "Blackwell", measured) is None


def test_the_example_of_the_document() -> None:
    """docs/calibration.md: steps 20 % slower, measured once and ten times."""
    slower = math.log(1.2)
    assert factors(point("a", slower))[1].value == pytest.approx(1.125, abs=5e-4)
    assert factors(*(point("a", slower) for _ in range(10)))[1].value == pytest.approx(1.189, abs=5e-4)


def test_own_runs_lower_the_error_on_other_runs_of_a_deployment() -> None:
    """On the shipped measurements: three random runs of each deployment, judged by all its others."""
    catalog = load_catalog(as_of=TODAY)
    compared = compare(read_runs(data_folder() / "measurements" / "silicon.csv"), {}, catalog)
    mine: dict[tuple[str, Deployment], list[Point]] = defaultdict(list)
    for one in compared.points:
        mine[one.engine, one.deployment].append(one)
    pick = random.Random(1)
    before, after = [], []
    for runs in mine.values():
        if len(runs) < 8:
            continue
        pick.shuffle(runs)
        factor = fit(runs[:3], spreads_from(catalog.calibration), TODAY)[1].value
        before += [abs(one.predicted_tpot_ms / one.measured_tpot_ms - 1) for one in runs[3:]]
        after += [abs(factor * one.predicted_tpot_ms / one.measured_tpot_ms - 1) for one in runs[3:]]
    assert len(before) > 1000
    assert median(after) < 0.8 * median(before)
    assert sorted(after)[len(after) * 9 // 10] < sorted(before)[len(before) * 9 // 10]
