"""The command starts at once: what a command needs is imported when it runs."""

import json
import subprocess
import sys
from importlib import import_module
from pkgutil import iter_modules

import pytest

import planner.cli
from planner.cli.group import MODULES, main
from planner.inputs.keys import tables
from planner.plan.plan import Row

HEAVY = ("numpy", "pandas", "pydantic", "pulp", "highspy", "jinja2", "altair", "yaml", "aiconfigurator")


CHEAPEST = [
    "cheapest",
    "llama-3.1-8b",
    "--rate",
    "3",
    "--input",
    "900",
    "--output",
    "150",
    "--tpot-p95-ms",
    "50",
    "--as-of",
    "2026-11-21",
]


def modules(code: str) -> set[str]:
    code += "\nimport sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def loaded(code: str) -> set[str]:
    return {name.split(".")[0] for name in modules(code)}


def test_help_loads_nothing_heavy() -> None:
    found = modules("from planner.cli import main\nmain(['plan', '--help'], standalone_mode=False)")
    assert "click" in found
    assert not {name.split(".")[0] for name in found} & set(HEAVY)
    assert _in("planner.cli", found) == {"group", "options", "plan"}


def test_every_command_is_listed_and_registers_from_the_module_that_is_said() -> None:
    for found in iter_modules(planner.cli.__path__):
        import_module(f"planner.cli.{found.name}")
    said = {name: f"planner.cli.{module}" for name, module in MODULES.items()}
    assert said == {name: command.callback.__module__ for name, command in main.commands.items()}


def test_a_misspelt_command_is_told_the_nearest() -> None:
    done = subprocess.run([sys.executable, "-m", "planner", "cheapst"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "No such command 'cheapst'" in done.stderr
    assert "cheapest" in done.stderr.splitlines()[-1].replace("cheapst", "")


@pytest.mark.parametrize("heavy", ["pulp", "highspy", "jinja2", "altair"])
def test_an_estimate_loads_neither_solver_nor_charts(heavy: str) -> None:
    line = ["estimate", "llama-3.1-8b", "--gpu", "H100-SXM", "--input", "1000", "--output", "100", "--concurrency", "8"]
    assert heavy not in loaded(f"from planner.cli import main\nmain({line!r}, standalone_mode=False)")


def test_a_small_question_loads_neither_other_solvers_nor_what_large_ones_need() -> None:
    found = modules(f"from planner.cli import main\nmain({CHEAPEST!r}, standalone_mode=False)")
    assert {"highspy", "planner.milp.solve"} <= found
    idle = {"pulp", "jinja2", "altair", "pandas", "scipy", "numpy.ma", "concurrent.futures"}
    idle |= {f"planner.catalog.{name}" for name in ("huggingface", "integrity", "readers.factors")}
    large = ("core", "search", "diagnose", "start", "scenarios", "alternatives", "decouple")
    idle |= {f"planner.milp.{name}" for name in large}
    assert not found & idle
    assert _in("planner.cli", found) == {"cheapest", "group", "options"}
    assert _in("planner.report", found) == {
        "cheapest", "configurations", "deeds", "format", "lookup", "proven", "targets",
    }  # fmt: skip
    assert not _in("planner.explain", found) | _in("planner.export", found) | _in("planner.compare", found)


def _in(package: str, found: set[str]) -> set[str]:
    return {name.removeprefix(f"{package}.") for name in found if name.startswith(f"{package}.")}


def test_models_are_built_and_their_docstrings_read_only_when_asked() -> None:
    code = "from planner.inputs.problem import Problem\nfrom planner.plan.plan import Plan\n"
    code += "assert not Problem.__pydantic_complete__ and not Plan.__pydantic_complete__\n"
    code += "from planner.inputs.docstrings import _docstrings\nassert _docstrings.cache_info().currsize == 0"
    assert "planner.inputs.docstrings" in modules(code)


def test_annotations_of_models_need_not_be_compiled_again() -> None:
    models = {*tables(), *_below(Row)}
    texts = {
        f"{one.__module__}.{one.__name__}"
        for one in models
        for key in vars(one).get("__annotations__", {}).values()
        if isinstance(key, str)
    }
    assert len(models) > 80 and not texts


def _below(model: type) -> set[type]:
    return {model, *(deep for one in model.__subclasses__() for deep in _below(one))}


def test_the_solver_says_nothing_of_its_own_on_stdout() -> None:
    line = [sys.executable, "-m", "planner", *CHEAPEST, "--json"]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["certificate"]["solver"] == "highs"
