"""The command line on questions without any fleet: the exit codes stay, the remedies are printed."""

import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parent))
from ten import CAUSES

from planner.catalog.locate import problems_folder
from planner.cli import main


@pytest.mark.parametrize(
    ("name", "code", "told"),
    [
        ("09-infeasible-quota-and-budget", 5, "raise the quota aws H100-SXM from 8 to 32 GPUs"),
        ("10-no-gpu-fits", 4, "allow int4 weights for research"),
    ],
)
def test_shipped_refusals_end_with_what_helps(name: str, code: int, told: str, tmp_path: Path) -> None:
    asked = [str(problems_folder() / f"{name}.yaml"), "--as-of", "2026-11-21", "--out", str(tmp_path / "none")]
    found = CliRunner().invoke(main, ["plan", *asked])
    assert found.exit_code == code
    assert told in found.stderr and "Together these are enough, solved:" in found.stderr
    assert "needed" not in found.stderr  # the solver's own figures are said once, as remedies
    assert not (tmp_path / "none").exists()


def test_systems_that_arrive_too_late_are_a_refusal_not_a_failure(tmp_path: Path) -> None:
    path = tmp_path / "late.yaml"
    path.write_text(yaml.safe_dump(CAUSES["lead time"].problem))
    found = CliRunner().invoke(main, ["plan", str(path), "--as-of", "2026-11-21", "--out", str(tmp_path / "none")])
    assert found.exit_code == 5 and "is there within the horizon" in found.stderr
    assert "order 4 months before the horizon starts" in found.stderr
