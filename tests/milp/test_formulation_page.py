"""docs/formulation.md shows the constraint families as the code states them."""

from pathlib import Path

from planner.milp.formulation import with_families
from planner.milp.model import FAMILIES

PAGE = Path(__file__).parents[2] / "docs" / "formulation.md"


def test_page_is_in_sync() -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert written == with_families(written), "regenerate it: see the end of the page's introduction"


def test_every_family_has_a_heading_and_files() -> None:
    written = PAGE.read_text(encoding="utf-8")
    for family in FAMILIES:
        assert f"### `{family}`" in written
        assert (PAGE.parents[1] / "planner" / "milp" / "constraints" / f"{family}.py").is_file()
        assert (PAGE.parents[1] / "tests" / "milp" / f"test_{family}.py").is_file()
