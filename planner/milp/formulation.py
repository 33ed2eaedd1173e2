"""The constraint families as a page: each card once, with one real row of a problem beside it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from planner.milp.build import build
from planner.milp.instance import Instance
from planner.milp.model import FAMILIES, Card, Model, Row
from planner.milp.prune import prune
from planner.milp.solution import Key

MARK = "<!-- Generated from the cards in planner/milp/constraints by planner.formulation_page.page. -->"
_SHOWN_TERMS = 6


def with_families(document: str, examples: Mapping[str, Model]) -> str:
    """A document whose part after `MARK` is the constraint families as they are now.

    Each has a row of the first of `examples`, models by where they come from, that has one.
    """
    written, mark, _ = document.partition(MARK)
    if not mark:
        raise ValueError(f"the document has no line {MARK!r}")
    sections = (f"{_section(card)}\n\n{_from_examples(card.family, examples)}" for card in FAMILIES.values())
    return f"{written}{MARK}\n\n" + "\n\n".join(sections) + "\n"


def _from_examples(family: str, examples: Mapping[str, Model]) -> str:
    for source, m in examples.items():
        if rows := [row for row in m.rows if row.family == family]:
            return f"{source}: {_example(m, rows)}"
    raise ValueError(f"no example has a row of {family}")


def formulation_of(p: Instance, title: str) -> str:
    """The mathematics of one problem as Markdown: its sizes, decisions, objective and one real row a family.

    The model is the one that is solved: what pruning leaves out is not in it.
    """
    small = prune(p)
    m = build(small)
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in m.rows:
        rows[row.family].append(row)
    there = [_section(FAMILIES[family]) + "\n\n" + _example(m, rows[family]) for family in FAMILIES if family in rows]
    absent = ", ".join(f"`{family}`" for family in FAMILIES if family not in rows)
    parts = [
        f"# The optimisation problem of “{title}”",
        f"{len(m.columns):,} decisions, {sum(column.integer for column in m.columns):,} of them whole numbers, under "
        f"{len(m.rows):,} constraints. Pruning by exchange left {len(small.deployments):,} of "
        f"{len(p.deployments):,} deployments and {len(small.pools):,} of {len(p.pools):,} pools; "
        "the optimum is the same.",
        "## Keys\n\n" + _keys(small),
        "## Decisions\n\n" + _decisions(m),
        "## Objective\n\n" + _objective(m, small),
        "## Constraints",
        *there,
        f"Not in this problem: {absent}." if absent else "Every family of the formulation is in this problem.",
    ]
    return "\n\n".join(parts) + "\n"


def _section(card: Card) -> str:
    kind = " It follows from the others and only tightens the relaxation." if card.implied else ""
    return (
        f"### `{card.family}`\n\n{card.says}{kind}\n\n$${card.math}$$\n\n"
        f"For every {card.forall}; both sides in {card.unit}. "
        f"[Code](../planner/milp/constraints/{card.family}.py), [test](../tests/milp/test_{card.family}.py)."
    )


def _example(m: Model, rows: list[Row]) -> str:
    """How many rows there are, and the one of middle length with its real numbers."""
    middle = sorted(rows, key=lambda row: len(row.terms))[len(rows) // 2]
    return f"{len(rows):,} rows here; one of them:\n\n```text\n{row_text(m, middle)}\n```"


def row_text(m: Model, row: Row) -> str:
    """A row with its key, terms and side; of a long one the first terms."""
    shown = [_term(m, variable, coefficient) for variable, coefficient in row.terms[:_SHOWN_TERMS]]
    left = len(row.terms) - len(shown)
    more = [f"… {left} more terms"] if left else []
    return "\n".join([f"{_named(row.family, row.key)}:", *(f"    {line}" for line in [*shown, *more])]) + (
        f"\n  {row.sense} {row.side:,.6g}"
    )


def _term(m: Model, variable: int, coefficient: float) -> str:
    column = m.columns[variable]
    return f"{coefficient:+,.6g} {_named(column.family, column.key)}"


def _named(family: str, key: Key) -> str:
    return f"{family}[{', '.join(map(str, key))}]"


def _keys(p: Instance) -> str:
    """What the numbers in keys stand for; names stand for themselves."""
    lines = ["Numbers at the end of a key are the period, and the block where there is one; the rest are names."]
    for what, labels in (("Periods", p.time.period_labels), ("Blocks", p.time.block_labels)):
        lines.append(f"{what}: " + "; ".join(f"{number} = {label}" for number, label in enumerate(labels)) + ".")
    return "\n\n".join(lines)


def _decisions(m: Model) -> str:
    """Each family of variables: how many there are, and one of them with its bounds."""
    counts = Counter(column.family for column in m.columns)
    lines = ["| Family | Variables | Whole numbers | One of them |", "|---|---:|---|---|"]
    for family, count in counts.items():
        one = next(column for column in m.columns if column.family == family)
        most = "" if one.upper is None else f" ≤ {one.upper:,.6g}"
        whole = "yes" if one.integer else "no"
        lines.append(f"| `{family}` | {count:,} | {whole} | 0 ≤ `{_named(family, one.key)}`{most} |")
    return "\n".join(lines)


def _objective(m: Model, p: Instance) -> str:
    """What is minimised, in turn, and a real coefficient of each family in the first goal."""
    goals = ", then ".join(p.goals)
    first: dict[str, tuple[int, float]] = {}
    for variable, coefficient in m.cost:
        first.setdefault(m.columns[variable].family, (variable, coefficient))
    terms = "\n".join(_term(m, variable, coefficient) for variable, coefficient in first.values())
    return f"Minimised: {goals}. The first goal has {len(m.cost):,} terms; one a family:\n\n```text\n{terms}\n```"
