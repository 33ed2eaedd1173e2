"""The command starts at once: what a command needs is imported when it runs."""

import subprocess
import sys

import pytest

HEAVY = ("numpy", "pandas", "pydantic", "pulp", "highspy", "jinja2", "altair", "yaml", "aiconfigurator")


def loaded(code: str) -> set[str]:
    code += "\nimport sys; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def test_help_loads_nothing_heavy() -> None:
    found = loaded("from planner.cli import main\nmain(['plan', '--help'], standalone_mode=False)")
    assert "click" in found
    assert not found & set(HEAVY)


@pytest.mark.parametrize("heavy", ["pulp", "highspy", "jinja2", "altair"])
def test_an_estimate_loads_neither_solver_nor_charts(heavy: str) -> None:
    line = ["estimate", "llama-3.1-8b", "--gpu", "H100-SXM", "--input", "1000", "--output", "100", "--concurrency", "8"]
    assert heavy not in loaded(f"from planner.cli import main\nmain({line!r}, standalone_mode=False)")
