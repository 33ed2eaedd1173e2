"""docs/formulation.md shows the constraint families as the code states them."""

from pathlib import Path

from fleets import EXACT, clock, pool, question, runs, stream

from planner.formulation_page import examples, page
from planner.milp.arrays import arrays_from
from planner.milp.build import build
from planner.milp.formulation import formulation_of, row_text
from planner.milp.highs import solve_arrays
from planner.milp.instance import Limit
from planner.milp.model import FAMILIES

EXAMPLES = Path(__file__).parents[2] / "docs" / "formulation"
PAGE = Path(__file__).parents[2] / "docs" / "formulation.md"


def test_page_is_in_sync() -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert written == page(written, EXAMPLES), "regenerate it: see the end of the page's introduction"


def test_every_family_has_a_heading_and_files() -> None:
    written = PAGE.read_text(encoding="utf-8")
    for family in FAMILIES:
        assert f"### `{family}`" in written
        assert (PAGE.parents[1] / "planner" / "milp" / "constraints" / f"{family}.py").is_file()
        assert (PAGE.parents[1] / "tests" / "milp" / f"test_{family}.py").is_file()


def test_every_family_has_a_real_row() -> None:
    written = PAGE.read_text(encoding="utf-8")
    models = [m for _, m in examples(EXAMPLES)]
    for family in FAMILIES:
        rows = [(m, row) for m in models for row in m.rows if row.family == family]
        assert any(row_text(m, row) in written for m, row in rows), family


def test_every_model_with_a_row_there_has_a_solution_at_least_in_fractions() -> None:
    for source, m in examples(EXAMPLES):
        assert solve_arrays(arrays_from(m).relaxed(), EXACT).status == "optimal", source


def test_a_problem_is_shown_with_a_real_row_of_each_of_its_families() -> None:
    time = clock(periods=2, blocks=3)
    p = question(
        time,
        [stream("chat", [[4.0, 3.0, 2.0], [8.0, 6.0, 4.0]])],
        [pool("acme/b", time, gpus=8, on_demand=3.5, reserved_1y=2.0)],
        [runs("chat", "acme/b", 1.5, gpus=2, spares=1)],
        limits={"max_gpus": Limit(64, "GPUs")},
        gpu_limit="max_gpus",
    )
    page = formulation_of(p, "Two periods")
    m = build(p)
    for family in FAMILIES:
        there = [row for row in m.rows if row.family == family]
        assert (f"### `{family}`" in page) == bool(there)
        if there:
            assert any(row_text(m, row) in page for row in there)
            assert f"{len(there):,} rows here" in page
    assert "serve_demand[chat, 1, 0]:\n    +1.5 working[chat, chat/tp2, acme/b, firm, 1, 0]\n  >= 8" in page
    assert "Periods: 0 = period 1; 1 = period 2." in page
    assert f"{len(m.columns):,} decisions" in page
    assert "| `on_demand` | 6 | yes | 0 ≤ `on_demand[acme/b, 0, 0]` |" in page
