"""What one must believe for buying to win, from the turning points."""

from __future__ import annotations

from collections.abc import Sequence

from planner.plan.rows.investment import BreakEvenRow


def believe(rows: Sequence[BreakEvenRow], *, wins: bool) -> str:
    """One sentence; each condition holds while all else is as it is in the problem."""
    conditions = [text for row in rows if (text := condition(row))]
    firm = [row.subject for row in rows if row.buys == ("always" if wins else "never")]
    if wins:
        told = f"Buying wins if you believe that {_and(conditions)}" if conditions else "Buying wins"
        return told + (f"; {_and(firm)} may be anything that was looked at." if firm else ".")
    if not conditions:
        return "Renting wins, and no single figure that was looked at turns it."
    one = "if you believe any one of these" if len(conditions) > 1 else "if you believe"
    told = f"Renting wins as asked; buying would win {one}: {'; '.join(conditions)}"
    return told + (f". No {_or(firm)} that was looked at turns it alone." if firm else ".")


def condition(row: BreakEvenRow) -> str:
    """What buying needs of one figure: "electricity stays under 0.31 USD/kWh"; "" where it does not turn."""
    if row.turns_at is None or row.buys not in ("above", "below"):
        return ""
    value, above = row.turns_at, row.buys == "above"
    return {
        "utilisation": f"the systems are needed {value:.0%} of the hours or {_more(above)}",
        "volume": f"at {_end(above)} {_figure(value)} tokens a day arrive",
        "horizon": f"they are needed for {value:g} months or {_more(above)}",
        "electricity": f"electricity stays {_side(above)} {_figure(value)} USD/kWh",
        "hardware": f"the {row.subject} stays {_side(above)} {_figure(value)} {row.unit}",
        "resale": f"a system is still worth {value:.0%} of its price at the end of its life",
        "cloud": f"rented GPUs cost at {_end(above)} {value:.2f} times today's prices",
        "decline": _decline(value, above),
    }[row.id]


def _decline(value: float, above: bool) -> str:
    if value >= 0:
        return f"cloud prices rise at {_end(above)} {value:.1%} a year"
    return f"cloud prices fall {'less' if above else 'more'} than {-value:.1%} a year"


def _more(above: bool) -> str:
    return "more" if above else "less"


def _end(above: bool) -> str:
    return "least" if above else "most"


def _side(above: bool) -> str:
    return "over" if above else "under"


def _figure(value: float) -> str:
    """Three digits that count, with thousands apart."""
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.0f}" if abs(rounded) >= 100 else f"{rounded:g}"


def _and(parts: Sequence[str]) -> str:
    return _joined(parts, "and")


def _or(parts: Sequence[str]) -> str:
    return _joined(parts, "or")


def _joined(parts: Sequence[str], word: str) -> str:
    return ", ".join(parts[:-1]) + (f" {word} " if len(parts) > 1 else "") + parts[-1] if parts else ""
