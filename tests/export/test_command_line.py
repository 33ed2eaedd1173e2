"""`planner export`: every format of a stored plan, and its refusals."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from small import small_plan

from planner.cli import main
from planner.cli.export import FORMATS as OFFERED
from planner.export.write import FORMATS
from planner.plan.store import write_plan


def test_all_formats_are_offered() -> None:
    assert list(FORMATS) == OFFERED


@pytest.mark.parametrize("name", FORMATS)
def test_writes_and_names_its_files(name: str, tmp_path: Path) -> None:
    write_plan(small_plan(), tmp_path / "plan.json")
    done = CliRunner().invoke(main, ["export", str(tmp_path / "plan.json"), "--to", name])
    assert done.exit_code == 0, done.output
    written = [Path(line) for line in done.output.splitlines()]
    assert written
    assert all(path.is_file() and path.is_relative_to(tmp_path / "export" / name) for path in written)


def refusal(tmp_path: Path, *more: str, **changes: object) -> str:
    write_plan(small_plan(**changes), tmp_path / "plan.json")
    done = CliRunner().invoke(main, ["export", str(tmp_path / "plan.json"), *more])
    assert done.exit_code != 0
    return done.output


def test_refusals(tmp_path: Path) -> None:
    assert "is not MODEL=REPOSITORY" in refusal(tmp_path, "--to", "vllm", "--checkpoint", "nonsense")
    assert "the plan runs no gpt-2" in refusal(tmp_path, "--to", "vllm", "--checkpoint", "gpt-2=a/b")
    assert "only hosted APIs" in refusal(tmp_path, "--to", "kubernetes", replicas=[], flows=[])
    assert "does not say how" in refusal(tmp_path, "--to", "vllm", configs=[])
    assert "none of its pools" in refusal(tmp_path, "--to", "vllm", pools=[])
