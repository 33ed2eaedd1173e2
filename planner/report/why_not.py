"""Why not X: one answer as text, all of them as a table."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from planner.plan.plan import WhyNotRow
from planner.report import format as f
from planner.report.lookup import FORMS, Lookup
from planner.report.shapes import Cell, Table, number, numbers, text, words

VERDICTS = {
    "as_good": "as good as the plan",
    "too_dear": "too dear",
    "dominated": "something else always serves as much for less",
    "useless": "not even for free",
    "open": "could serve",
    "rejected": "cannot be had or does not work",
    "chosen": "in the plan",
}
KINDS = {
    "gpu": "GPU type",
    "form": "purchase form",
    "provider": "provider",
    "precision": "number format",
    "cache": "KV-cache format",
    "model": "model",
}
_NEAR = ("as_good", "too_dear", "open")
_FAR = ("dominated", "useless")
_SHOWN = 12
_LARGE = 1000.0
_WIDTH = 100


def why_not_text(row: WhyNotRow) -> str:
    """One answer on screen."""
    head = f"{named(row)} ({KINDS[row.kind]}): {VERDICTS[row.verdict]}."
    lines = [head, textwrap.fill(row.reason, _WIDTH, initial_indent="  ", subsequent_indent="  ")]
    lines += [f"  - {line}" for line in row.details[:_SHOWN]]
    if len(row.details) > _SHOWN:
        lines.append(f"  … and {len(row.details) - _SHOWN} more (--json shows all)")
    return "\n".join(lines)


@dataclass(frozen=True)
class WhyNot:
    """What the plan has none of: what a price away from it, and folded away what is further off."""

    near: Table | None
    folded: tuple[Table, ...]


def why_not_view(look: Lookup) -> WhyNot:
    """Everything that somebody asked about; nothing where nobody did."""
    near = _priced(look, "Why not something else", _NEAR)
    far = _priced(look, "Something else always serves as much for less, or it would not help even for free", _FAR)
    return WhyNot(near, tuple(table for table in (far, _rejected(look)) if table))


def _priced(look: Lookup, caption: str, verdicts: tuple[str, ...]) -> Table | None:
    """Why, what it costs today, and at which price it would enter."""
    columns = (*words("Not in the plan", "What it is", "Why"), *numbers("Price today", "Enters below", "Of today's"))
    lines = tuple(_line(row) for row in look.plan.why_not if row.verdict in verdicts)
    return Table(caption, columns, lines) if lines else None


def _rejected(look: Lookup) -> Table | None:
    """What cannot be had or does not work, and why."""
    rows = _together([row for row in look.plan.why_not if row.verdict == "rejected"])
    lines = tuple((text(named(row)), text(KINDS[row.kind]), text(_sentence(row.reason))) for row in rows)
    columns = words("Not in the plan", "What it is", "Why")
    return Table("What cannot be had or does not work", columns, lines) if lines else None


def _together(rows: list[WhyNotRow]) -> list[WhyNotRow]:
    """Things of one kind and for one reason on one line."""
    groups: dict[tuple[str, str], list[WhyNotRow]] = {}
    for row in rows:
        groups.setdefault((row.kind, row.reason), []).append(row)
    return [
        ones[0] if len(ones) == 1 else ones[0].model_copy(update={"name": ", ".join(map(named, ones))})
        for ones in groups.values()
    ]


def named(row: WhyNotRow) -> str:
    """The name as a reader knows it."""
    return FORMS.get(row.name, row.name) if row.kind == "form" else row.name


def _sentence(reason: str) -> str:
    """A reason with a capital, unless it begins with a name."""
    return reason[0].upper() + reason[1:] if reason.split(" ")[0].isalpha() else reason


def _price(usd: float) -> str:
    """A machine's in whole dollars, an hour's or a token's in cents."""
    return f.money(usd) if usd >= _LARGE else f.unit_price(usd)


def _line(row: WhyNotRow) -> tuple[Cell, ...]:
    nothing = text("–", "muted")
    today, low, share = row.today, row.enters_low, row.enters_share
    unit = row.unit.removeprefix("USD ")
    return (
        text(named(row)),
        text(KINDS[row.kind]),
        text(_sentence(row.reason)),
        nothing if today is None else number(f"{_price(today)} {unit}", today),
        nothing if low is None else number(_price(low), low),
        nothing if share is None else number(f.share(min(share, 1.0)), min(share, 1.0)),
    )
