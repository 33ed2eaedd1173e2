"""Numbers and dates as words. All rounding of a report happens here, and it is honest.

A share is "100 %" only if it is one and "0 %" only if it is zero, within a billionth; a gap is rounded
up, never down; what is not a finite number prints as "n/a" and never as a figure.
"""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import date

NOT_A_NUMBER = "n/a"
NBSP = "\u00a0"
MINUS = "\u2212"
_MILLION = 1_000_000
_WHOLE = 1e-9
_NO_TEXT = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def money(usd: float) -> str:
    """Dollars: whole from a hundred up, cents below."""
    return _money(usd, 0 if abs(usd) >= 99.995 or usd == 0 else 2)


def unit_price(usd: float) -> str:
    """A price of one unit: cents, more digits where it is below ten cents."""
    if not math.isfinite(usd) or usd == 0 or abs(usd) >= 0.0995:
        return _money(usd, 2)
    return _money(usd, min(8, 1 - math.floor(math.log10(abs(usd)))))


def money_short(usd: float) -> str:
    """Dollars for a heading: "$1.23 million" from a million up, else as `money`."""
    if not math.isfinite(usd) or abs(usd) < _MILLION:
        return money(usd)
    return f"{_money(usd / _MILLION, 2)}{NBSP}million"


def _money(usd: float, digits: int) -> str:
    if not math.isfinite(usd):
        return NOT_A_NUMBER
    text = f"${abs(usd):,.{digits}f}"
    nothing = not any(digit in "123456789" for digit in text)
    return text if usd >= 0 or nothing else MINUS + text


def count(value: float) -> str:
    """A whole number of things; a fraction keeps one digit."""
    if not math.isfinite(value):
        return NOT_A_NUMBER
    if abs(value - round(value)) < _WHOLE:
        return f"{round(value):,}"
    return f"{value:,.1f}"


def figure(value: float, digits: int = 3) -> str:
    """Significant digits without exponent: 12.3, 1,234, 0.0123."""
    if not math.isfinite(value):
        return NOT_A_NUMBER
    if value == 0:
        return "0"
    places = digits - 1 - math.floor(math.log10(abs(value)))
    text = f"{round(value, places):,.{max(0, min(places, 10))}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", MINUS)


def share(value: float) -> str:
    """A share in per cent: exact at 0 and 1, otherwise never rounded onto them."""
    if not math.isfinite(value):
        return NOT_A_NUMBER
    if min(abs(value), abs(value - 1)) < _WHOLE:
        return f"{round(value):.0%}".replace("%", f"{NBSP}%")
    if 0 < value < 0.001:
        return f"<0.1{NBSP}%"
    if 0.999 < value < 1:
        return f">99.9{NBSP}%"
    digits = 1 if abs(value) < 0.0995 or 0.99 <= value < 1.01 else 0
    return f"{value * 100:,.{digits}f}{NBSP}%".replace("-", MINUS)


def exact_share(value: float) -> str:
    """A share somebody asked for, with every digit they gave: 99.99 %."""
    return f"{value * 100:.10g}{NBSP}%" if math.isfinite(value) else NOT_A_NUMBER


def change(value: float) -> str:
    """A relative difference with its sign: "+38 %", "−4.0 %", "same"."""
    if not math.isfinite(value):
        return NOT_A_NUMBER
    if abs(value) < 0.0005:
        return "same"
    return ("+" if value > 0 else "") + share(value)


def gap(value: float) -> str:
    """A proof gap in per cent, rounded up so that it is never better than it is."""
    if not math.isfinite(value):
        return NOT_A_NUMBER
    if value <= _WHOLE:
        return f"0{NBSP}%"
    percent = value * 100
    digits = max(0, 1 - math.floor(math.log10(percent)))
    up = math.ceil(round(percent * 10**digits, 6)) / 10**digits
    return f"{up:.{digits}f}".rstrip("0").rstrip(".") + f"{NBSP}%" if digits else f"{up:,.0f}{NBSP}%"


def by_at_most(value: float) -> str:
    """How far a bound lies away: "by at most 3.2 %", also where no bound was found at all."""
    return f"by at most {gap(value)}" if math.isfinite(value) else "by how much is not known"


def gap_text(value: float) -> str:
    """What a proof gap means: "proven within 0.04 %", "proven optimal"."""
    if not math.isfinite(value):
        return "nothing proven"
    return "proven optimal" if value <= _WHOLE else f"proven within {gap(value)}"


def rate(requests_per_s: float) -> str:
    """Requests per second."""
    return f"{figure(requests_per_s)}{NBSP}requests/s"


def gib(value: float) -> str:
    """Memory [GiB]."""
    return f"{figure(value) if abs(value) < 100 else f'{value:,.1f}'}{NBSP}GiB"


def milliseconds(value: float) -> str:
    """A latency; from ten seconds up in seconds."""
    if not math.isfinite(value):
        return NOT_A_NUMBER
    if abs(value) >= 10_000:
        return f"{figure(value / 1000)}{NBSP}s"
    return f"{figure(value) if abs(value) < 100 else count(round(value))}{NBSP}ms"


def seconds(value: float) -> str:
    """A duration [s]."""
    return f"{figure(value)}{NBSP}s"


def tokens(value: float) -> str:
    """Tokens: whole."""
    return count(round(value)) if math.isfinite(value) else NOT_A_NUMBER


def tokens_millions(millions: float) -> str:
    """Token volumes given in millions, in the unit that reads best."""
    for size, unit in ((1e6, "trillion"), (1e3, "billion")):
        if math.isfinite(millions) and abs(millions) >= size:
            return f"{figure(millions / size)}{NBSP}{unit}"
    return f"{figure(millions)}{NBSP}million"


def day(value: date | None) -> str:
    """1 January 2027."""
    return "undated" if value is None else f"{value.day}{NBSP}{value:%B}{NBSP}{value.year}"


def age(days: int | None) -> str:
    """Age of a figure in days."""
    return "unknown" if days is None else plural(days, "day")


def plural(number: int, noun: str) -> str:
    """1 day, 2 days."""
    return f"{number:,}{NBSP}{noun if number == 1 else noun + 's'}"


def listed(words: list[str]) -> str:
    """a, b and c."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def plain(text: str) -> str:
    """Text from outside on one line, without control, surrogate and direction characters."""
    return re.sub(r"[ \t\r\n\f\v]+", " ", printable(text)).strip(" ")


def printable(text: str) -> str:
    """The same text with a space for every character that no document may hold."""
    return "".join(" " if unicodedata.category(char) in _NO_TEXT else char for char in text)
