"""The purchase list as Markdown for people and as CSV for spreadsheets."""

from __future__ import annotations

import csv
from io import StringIO

from planner.export.deployments import Fleet
from planner.export.escape import cell, markdown
from planner.export.files import File
from planner.export.orders import SECTIONS, Line, Orders, due_after, orders_of
from planner.export.provenance import heading
from planner.plan.plan import Plan

COLUMNS = (
    "section", "by", "by_note", "who", "action", "subject", "quantity", "unit", "serves", "terms", "unit_price",
    "unit_price_of", "total_usd", "after_horizon_usd", "source", "source_title", "basis", "price_as_of",
    "price_age_days", "note",
)  # fmt: skip
_HEADS = ("By", "Who", "What", "Quantity", "Serves", "Terms", "Unit price", "Total", "Price from")
_NUMBERS = ("Quantity", "Unit price", "Total")


def purchase_files(fleet: Fleet) -> list[File]:
    """`purchase-list.md` and `purchase-list.csv`."""
    orders = orders_of(fleet.plan)
    return [File("purchase-list.md", page(orders)), File("purchase-list.csv", table(orders))]


def page(orders: Orders) -> str:
    """Markdown: a table for each kind of action, and the sum of all."""
    plan = orders.plan
    parts = [f"# Purchase list: {markdown(str(plan.problem.get('title') or plan.made.problem_file))}", _lead(orders)]
    for section in SECTIONS:
        lines = [line for line in orders.lines if line.section == section]
        if lines:
            parts += [f"## {section}", _table(plan, lines), *_notes(lines)]
    parts.append(
        f"**Total within the horizon: {_usd(orders.usd)}.** It is the sum of every cost of the plan, undiscounted."
        + (
            f" Beyond the horizon {_usd(due_after(orders.lines))} more falls due or was prepaid."
            if due_after(orders.lines)
            else ""
        )
    )
    parts.append("Roles are placeholders: put names in their place. Prices are before tax.")
    parts += [f"_{markdown(line)}_" for line in heading(plan)]
    return "\n\n".join(parts) + "\n"


def table(orders: Orders) -> str:
    """CSV: one line each, numbers as numbers, text never a formula."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for line in orders.lines:
        writer.writerow([cell(value) for value in _cells(orders.plan, line)])
    return text.getvalue()


def _lead(orders: Orders) -> str:
    dated = [line for line in orders.lines if line.section == SECTIONS[0]]
    if not dated:
        return "Nothing is to be signed or bought: everything is rented as it runs."
    first = dated[0]
    when = first.by.isoformat() if first.by else first.by_words
    what = f"{first.action} {first.quantity:g} {first.unit} of {first.subject}"
    return f"{len(dated)} to sign or order. First, by {markdown(when)}: {markdown(what)}."


def _table(plan: Plan, lines: list[Line]) -> str:
    marks = ["--:" if head in _NUMBERS else "---" for head in _HEADS]
    rows = [_HEADS, marks, *(_row(plan, line) for line in lines)]
    total = [""] * len(_HEADS)
    total[_HEADS.index("What")], total[_HEADS.index("Total")] = (
        "**Sum**",
        f"**{_usd(sum(line.usd for line in lines))}**",
    )
    return "\n".join(f"| {' | '.join(row)} |" for row in [*rows, total])


def _row(plan: Plan, line: Line) -> list[str]:
    when = " ".join(word for word in (line.by.isoformat() if line.by else "", line.by_words) if word)
    price = (
        "–"
        if line.unit_price is None
        else f"{_price(line.unit_price)} {markdown(line.price_unit.removeprefix('USD '))}"
    )
    return [
        markdown(when) or "–",
        markdown(line.who),
        markdown(f"{line.action} {line.subject}"),
        markdown(f"{line.quantity:,.12g} {line.unit}"),
        markdown(line.serves),
        markdown(line.terms),
        price,
        _usd(line.usd),
        _source(plan, line),
    ]


def _notes(lines: list[Line]) -> list[str]:
    said = [
        f"- {markdown(f'{line.action} {line.subject}, {line.serves}')}: {markdown(line.note)}"
        for line in lines
        if line.note
    ]
    return ["\n".join(said)] if said else []


def _source(plan: Plan, line: Line) -> str:
    _, title, basis, as_of, age = _origin(plan, line)
    if not basis:
        return "–"
    dated = f"{as_of}, {age} days old" if as_of else "undated"
    return markdown(f"{title}; {basis}; {dated}")


def _origin(plan: Plan, line: Line) -> tuple[str, str, str, str, int | None]:
    """Source id, title, basis, date and age in days of a line's price."""
    found = line.provenance
    if found is None:
        return "", "", "", "", None
    titles = {source.id: source.title for source in plan.sources}
    age = (plan.made.as_of - found.as_of).days if found.as_of else None
    return found.source, titles.get(found.source, found.source), found.basis, str(found.as_of or ""), age


def _cells(plan: Plan, line: Line) -> list[str | float | int | None]:
    source, title, basis, as_of, age = _origin(plan, line)
    return [
        line.section, line.by.isoformat() if line.by else "", line.by_words, line.who, line.action, line.subject,
        line.quantity, line.unit, line.serves, line.terms, line.unit_price, line.price_unit, line.usd, line.usd_after,
        source, title, basis, as_of, age, line.note,
    ]  # fmt: skip


def _usd(usd: float) -> str:
    """Whole dollars, cents below a hundred."""
    digits = 0 if abs(usd) >= 100 else 2
    return f"{'−' if usd < 0 else ''}\\${abs(usd):,.{digits}f}"


def _price(usd: float) -> str:
    return f"\\${usd:,.2f}" if usd >= 1 else f"\\${usd:.4g}"
