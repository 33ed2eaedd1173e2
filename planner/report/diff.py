"""What is different between two plans, for a terminal and as Markdown."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from pathlib import Path

from planner.plan.rows.difference import CauseRow, ChangeRow, DifferenceRow
from planner.report import format as f
from planner.report.render import move, page_text
from planner.report.shapes import Cell, Table, number, numbers, text, words

_SECTIONS = {
    "fleet": "Nodes at work at once, at most",
    "purchases": "Signed and bought",
    "configurations": "Replicas at once, at most",
    "cost": "Cost by term",
    "workload cost": "Cost by workload",
    "latency": "Latency",
    "limits": "Limits",
    "demand": "Demand",
    "prices": "Prices that both plans have",
    "question": "The problem",
    "assumptions": "Assumptions that only one plan makes",
    "made": "How they were made",
}
_SHORT = 12
_CENT = 0.005
_KEYS = 4
_EMPTY = Cell("")


def headline(row: DifferenceRow) -> str:
    """One sentence."""
    if not row.changes:
        return "The plans are the same."
    if abs(row.change_usd) < _CENT:
        return f"Both cost {f.money(row.new_npv_usd)}, present value; other things differ."
    share = f" ({f.change(row.change_usd / row.old_npv_usd)})" if row.old_npv_usd else ""
    return (
        f"The new plan costs {f.money(row.new_npv_usd)} instead of {f.money(row.old_npv_usd)}, present value: "
        f"{_signed(row.change_usd)}{share}."
    )


def _signed(usd: float) -> str:
    return ("+" if usd > 0 else "") + f.money(usd)


def causes(row: DifferenceRow) -> Table | None:
    """Which inputs caused how much; None where nothing changed that needs a cause."""
    if not row.causes and abs(row.change_usd) < _CENT:
        return None
    lines = [_cause(one) for one in row.causes]
    left = f.listed(row.residual) if abs(row.residual_usd) >= _CENT else "nothing is left unexplained"
    lines.append((text("Residual"), text(left), _usd(row.residual_usd), _EMPTY, _EMPTY))
    columns = (
        *words("Input", "What of it differs"),
        *numbers("Adds, in order", "Proven between", "Order-free share"),
    )
    total = (text("Together"), _EMPTY, _usd(row.change_usd), _EMPTY, _EMPTY)
    return Table("What caused the change in present value", columns, tuple(lines), total)


def _usd(usd: float) -> Cell:
    return number(_signed(usd), usd)


def _cause(one: CauseRow) -> tuple[Cell, ...]:
    more = len(one.keys) - _KEYS
    keys = ", ".join(one.keys[:_KEYS]) + (f" and {more} more" if more > 0 else "")
    ends = [_signed(end) if math.isfinite(end) else "unknown" for end in (one.low_usd, one.high_usd)]
    free = _EMPTY if one.order_free_usd is None else _usd(one.order_free_usd)
    return text(f.listed(one.groups)), text(keys), _usd(one.in_order_usd), text(" to ".join(ends)), free


def sections(row: DifferenceRow) -> list[Table]:
    """One table for each part of the plan in which something differs."""
    tables = []
    for name, title in _SECTIONS.items():
        lines = tuple(_line(one) for one in row.changes if one.section == name)
        if lines:
            tables.append(Table(title, (*words("What"), *numbers("Old", "New", "Change")), lines))
    return tables


def _line(one: ChangeRow) -> tuple[Cell, ...]:
    cells = [_value(side, one.unit) for side in (one.old, one.new)]
    return text(one.subject), *cells, _moved(one)


def _value(side: float | str | None, unit: str) -> Cell:
    if side is None:
        return text("none", "muted")
    if isinstance(side, str):
        return text(side[:_SHORT] + "…" if len(side) == _HASH else side)
    if unit == "USD":
        return number(f.money(side), side)
    one = unit.removesuffix("s") if side == 1 and unit in ("nodes", "replicas") else unit
    return number(f"{f.figure(side, 5)}{f.NBSP}{one}" if unit else f.figure(side, 5), side)


_HASH = 64


def _moved(one: ChangeRow) -> Cell:
    if not (isinstance(one.old, float | int) and isinstance(one.new, float | int)) or not one.old:
        return _EMPTY
    change = one.new / one.old - 1
    return number(f.change(change), change)


def diff_text(row: DifferenceRow) -> str:
    """Everything as plain text."""
    lines = [headline(row)]
    for table in [*([found] if (found := causes(row)) else []), *sections(row)]:
        lines += ["", table.caption, *_aligned(table)]
    lines += ["", *(f"Note: {note}." for note in _notes(row))] if list(_notes(row)) else []
    return "\n".join(f.printable(line).replace(f.NBSP, " ") for line in lines)


def _notes(row: DifferenceRow) -> Iterator[str]:
    if row.causes:
        yield (
            "groups of inputs were switched from old to new in the order of the table, for which "
            f"{f.plural(row.solves, 'plan')} were solved; the order-free share is the mean over every order (Shapley)"
        )
    if row.prices_usd is not None and abs(row.prices_usd) >= _CENT:
        yield (
            f"read off both plans' own price rows, not solved: the old plan's nodes at the new plan's prices cost "
            f"{_signed(row.prices_usd)}, which is part of the residual"
        )
    yield from row.notes


def _aligned(table: Table) -> list[str]:
    rows = [[column.head for column in table.columns], *([cell.text for cell in one] for one in table.rows)]
    rows += [[cell.text for cell in table.total]] if table.total else []
    widths = [max(len(one[at]) for one in rows) for at in range(len(table.columns))]
    flush = [column.number for column in table.columns]
    return ["  " + "  ".join(_padded(one, widths, flush)).rstrip() for one in rows]


def _padded(row: list[str], widths: list[int], flush: list[bool]) -> list[str]:
    return [
        part.rjust(width) if right else part.ljust(width) for part, width, right in zip(row, widths, flush, strict=True)
    ]


def write_diff(row: DifferenceRow, folder: Path) -> list[Path]:
    """diff.md and diff.json, each replaced whole."""
    tables = [*([found] if (found := causes(row)) else []), *sections(row)]
    page = page_text(
        "diff.md.j2",
        old=row.old,
        new=row.new,
        says=headline(row),
        tables=tables,
        notes=[f"{one}." for one in _notes(row)],
    )
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".diff-") as made:
        (Path(made) / "diff.md").write_text(page, encoding="utf-8", newline="\n")
        (Path(made) / "diff.json").write_text(row.model_dump_json(indent=1) + "\n", encoding="utf-8", newline="\n")
        return move(Path(made), folder)
