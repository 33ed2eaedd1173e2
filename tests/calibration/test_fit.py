"""The factors by hand: shrinkage, medians, bounds, ranges."""

import math
from datetime import date

import pytest

from planner.calibration.fit import Spreads, fit
from planner.calibration.points import Point
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
