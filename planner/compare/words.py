"""Numbers in findings."""

from __future__ import annotations


def figure(value: float, digits: int = 4) -> str:
    """So many significant digits, never an exponent for large numbers: 12.35, 1,234, 1,234,567."""
    return f"{value:,.0f}" if abs(value) >= 10 ** (digits - 1) else f"{value:,.{digits}g}"
