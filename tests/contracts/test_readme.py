"""The README does not lie: its commands exist, run as written, and its links lead somewhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from planner.cli import main
from planner.cli.catalog import catalog
from planner.cli.group import MODULES
from planner.inputs.load import problem_from

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
COMMANDS = [line for kind, text in BLOCKS if kind == "sh" for line in text.splitlines() if line.startswith("planner ")]
QUICK = [line for line in COMMANDS if not line.startswith("planner gallery")]


@pytest.mark.parametrize("command", sorted(MODULES))
def test_every_command_is_shown(command: str) -> None:
    assert f"planner {command}" in README


@pytest.mark.parametrize("name", sorted(catalog.commands))
def test_every_listing_is_shown(name: str) -> None:
    assert f"planner catalog {name}" in README


@pytest.mark.parametrize("line", QUICK)
def test_command_runs_as_written(line: str, tmp_path: Path) -> None:
    for folder in ("problems", "reports"):
        (tmp_path / folder).mkdir()
    for source in (ROOT / "problems").iterdir():
        (tmp_path / "problems" / source.name).symlink_to(source)
    stored = "reports/01-cheapest-chat-70b"
    (tmp_path / stored).mkdir(parents=True)
    (tmp_path / stored / "plan.json").write_bytes((ROOT / stored / "plan.json").read_bytes())
    words = line.split()[1:]
    done = subprocess.run(
        [sys.executable, "-m", "planner", *words], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_first_problem_is_valid() -> None:
    text = next(text for kind, text in BLOCKS if kind == "yaml")
    problem_from(yaml.safe_load(text), "README.md")


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)#]+)\)", README))
def test_link_leads_somewhere(target: str) -> None:
    assert target.startswith("http") or (ROOT / target).exists()


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"\bmake (\w+)\b", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_help_is_written_for_every_command() -> None:
    for path in [[], *([name] for name in MODULES), *(["catalog", name] for name in catalog.commands)]:
        shown = CliRunner().invoke(main, [*path, "--help"])
        assert shown.exit_code == 0
        assert len(shown.output.splitlines()) > 3
