"""Did you mean …? for keys and values of the problem file."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def closest(name: str, known: Iterable[str]) -> str:
    """The known word most like `name`, or "" where none is near."""
    by_lower = {word.lower(): word for word in known}
    near = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[near[0]] if near else ""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The question to append to a message about `name`; "" where no known word is near."""
    near = closest(name, known)
    return f" — did you mean {near!r}?" if near else ""
