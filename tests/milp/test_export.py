"""The LP and MPS files are the model that is solved: another reader finds the same optimum in them."""

from pathlib import Path

import highspy
import pytest
from fleets import cost, near
from test_oracle import random_instance

from planner.errors import InfeasibleError, InputError
from planner.milp.export import write_model


def optimum_of(path: Path) -> float:
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("mip_rel_gap", 0.0)
    assert highs.readModel(str(path)) != highspy.HighsStatus.kError
    highs.run()
    return float(highs.getInfo().objective_function_value)


@pytest.mark.parametrize("seed", range(12))
def test_both_formats_hold_the_same_optimum(seed: int, tmp_path: Path) -> None:
    p = random_instance(seed)
    try:
        expected = cost(p)
    except InfeasibleError:
        pytest.skip("no fleet")
    written = write_model(p, tmp_path / "new" / "fleet.lp", tmp_path / "fleet.mps")
    assert [optimum_of(path) for path in written] == [near(expected), near(expected)]
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == ["fleet.lp", "fleet.mps"]


def test_a_folder_in_the_way_is_said(tmp_path: Path) -> None:
    (tmp_path / "fleet.lp").mkdir()
    with pytest.raises(InputError, match=r"fleet\.lp: cannot be written .* choose another file"):
        write_model(random_instance(0), tmp_path / "fleet.lp", None)
