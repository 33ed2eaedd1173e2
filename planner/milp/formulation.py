"""The constraint families as a page: each card once, for docs/formulation.md."""

from __future__ import annotations

from planner.milp import build  # noqa: F401  (its imports register every family)
from planner.milp.model import FAMILIES, Card

MARK = "<!-- Generated from the cards in planner/milp/constraints by planner.milp.formulation.with_families. -->"


def with_families(document: str) -> str:
    """A document whose part after `MARK` is the constraint families as they are now."""
    written, mark, _ = document.partition(MARK)
    if not mark:
        raise ValueError(f"the document has no line {MARK!r}")
    return f"{written}{MARK}\n\n" + "\n\n".join(map(_section, FAMILIES.values())) + "\n"


def _section(card: Card) -> str:
    kind = " It follows from the others and only tightens the relaxation." if card.implied else ""
    return (
        f"### `{card.family}`\n\n{card.says}{kind}\n\n$${card.math}$$\n\n"
        f"For every {card.forall}; both sides in {card.unit}. "
        f"[Code](../planner/milp/constraints/{card.family}.py), [test](../tests/milp/test_{card.family}.py)."
    )
