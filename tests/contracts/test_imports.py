"""The layers: who may import whom, and which third-party library lives where."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "planner"
ARITHMETIC = "invest.arithmetic"  # pure functions of money: all may use them, whoever may not use the rest of invest
LEAVES = {"errors", "units", ARITHMETIC}
FACTS_AND_QUESTIONS = LEAVES | {"inputs", "catalog"}
WORK = FACTS_AND_QUESTIONS | {"demand", "candidates"}
MAY_IMPORT = {
    "errors": set(),
    "units": set(),
    ARITHMETIC: set(),
    "inputs": LEAVES,
    "catalog": LEAVES,
    "demand": FACTS_AND_QUESTIONS,
    "candidates": FACTS_AND_QUESTIONS | {"demand"},
    "opinion": LEAVES | {"catalog", "candidates"},
    "estimate": LEAVES | {"catalog", "candidates", "opinion"},
    "calibration": FACTS_AND_QUESTIONS - {"inputs"} | {"demand", "candidates", "estimate"},
    "milp": WORK,
    "plan": WORK | {"milp", "estimate", "opinion"},
    "report": LEAVES | {"plan"},
    "export": LEAVES | {"plan"},
    "scenarios": WORK | {"milp"},
    "pipeline": WORK | {"milp", "plan", "opinion", "scenarios"},
    "pareto": WORK | {"pipeline", "milp", "plan"},
    "cheapest": WORK | {"pipeline", "plan"},
    "again": WORK | {"pipeline", "plan"},
    "explain": WORK | {"again", "pipeline", "milp", "plan"},
    "formulation_page": WORK | {"pipeline", "milp"},
    "invest": WORK | {"again", "explain", "pipeline", "milp", "plan"},
    "gallery": WORK | {"again", "explain", "invest", "pipeline", "plan", "report"},
    "accuracy": WORK | {"estimate", "report"},
    "value": WORK | {"again", "invest", "plan", "report"},
    "compare": WORK | {"again", "pipeline", "milp", "plan"},
    "cli": WORK
    | {
        "again",
        "compare",
        "explain",
        "export",
        "accuracy",
        "calibration",
        "estimate",
        "milp",
        "plan",
        "report",
        "pipeline",
        "cheapest",
        "gallery",
        "invest",
        "pareto",
        "value",
    },
}
ONLY_IN = {
    "pulp": {"milp"},
    "highspy": {"milp"},
    "yaml": {"inputs", "catalog", "export"},
    "pandas": {"catalog", "plan", "cli"},
    "jinja2": {"report"},
    "altair": {"report"},
    "vl_convert": {"report"},
    "xlsxwriter": {"report"},
    "click": {"cli"},
    "aiconfigurator": {"opinion"},
    "scipy": {"accuracy"},
}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "_shipped" not in path.parts)


def layer_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return ARITHMETIC if path == PACKAGE / "invest" / "arithmetic.py" else first.removesuffix(".py")


def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_module_imports_only_what_its_layer_may(path: Path) -> None:
    layer = layer_of(path)
    if layer in {"__init__", "__main__"}:
        return
    for name in imports_of(path):
        parts = name.split(".")
        if parts[0] == "planner" and len(parts) > 1 and parts[1] not in {layer, "__version__"}:
            imported = ARITHMETIC if name.startswith(f"planner.{ARITHMETIC}") else parts[1]
            assert imported in MAY_IMPORT[layer], f"{layer} may not import planner.{imported}"
            if layer == "plan" and parts[1] == "milp":
                assert parts[2] == "solution", "of milp, plan may read only milp.solution"
        if parts[0] in ONLY_IN:
            assert layer in ONLY_IN[parts[0]], f"{parts[0]} belongs to {sorted(ONLY_IN[parts[0]])}"


def test_checks_trust_nobody() -> None:
    names = imports_of(PACKAGE / "plan" / "checks.py")
    assert not [n for n in names if n.startswith(("planner.milp", "planner.candidates", "planner.catalog", "pulp"))]


def test_report_reads_the_plan_alone() -> None:
    for path in (PACKAGE / "report").rglob("*.py"):
        assert not [n for n in imports_of(path) if n.startswith("planner.plan.") and ".assemble" in n]


def test_the_rules_can_fail(tmp_path: Path) -> None:
    bad = tmp_path / "bad.py"
    bad.write_text("from planner.milp.solve import solve\nimport pulp\n")
    assert imports_of(bad) == {"planner.milp.solve.solve", "pulp"}
