"""Every constraint family is built, has a card and has a test file."""

from importlib import import_module
from pathlib import Path

import pytest

import planner.milp.build as contents
from planner.milp.model import FAMILIES, Model

FOLDER = Path(contents.__file__).parent / "constraints"
FILES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")
SOURCE = Path(contents.__file__).read_text(encoding="utf-8")


@pytest.mark.parametrize("family", FILES)
def test_family_is_built_carded_and_tested(family: str) -> None:
    module = import_module(f"planner.milp.constraints.{family}")
    assert callable(getattr(module, f"define_{family}"))
    assert f"    define_{family}(m, p)" in SOURCE
    assert (Path(__file__).parent / f"test_{family}.py").exists()
    card = FAMILIES[family]
    assert card.says.endswith(".")
    assert all((card.math, card.forall, card.unit))


def test_no_card_without_a_file() -> None:
    assert sorted(FAMILIES) == FILES


@pytest.mark.parametrize("family", FILES)
def test_every_family_has_a_bites_test(family: str) -> None:
    text = (Path(__file__).parent / f"test_{family}.py").read_text(encoding="utf-8")
    assert "assert_bites(" in text
    assert f'"{family}")' in text


def test_a_row_without_variables_is_refused() -> None:
    m = Model("empty")
    with pytest.raises(ValueError, match="nothing can satisfy it"):
        m.at_least("serve_demand", ("chat", 0, 0), [], 1.0)
    with pytest.raises(KeyError, match="has no card"):
        m.at_least("serve_nobody", (), [(m.define("x", ()), 1.0)], 1.0)


def test_equal_variables_are_added_up_and_keys_kept() -> None:
    m = Model("sum")
    x = m.define("x", ("a/b",))
    m.at_most("fill_nodes", ("a-b",), [(x, 1.0), (x, 2.0)], 6.0)
    (row,) = m.rows
    assert row.terms == [(x, 3.0)]
    assert row.key == ("a-b",)
    assert m.columns[0].key == ("a/b",)
