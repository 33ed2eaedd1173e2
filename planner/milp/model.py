"""The model container: variable and row families with our own keys; a variable is the number of its column.

Nothing here knows a solver: `arrays` hands the model to HiGHS in process, `bridge` to PuLP and whatever it speaks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from planner.milp.solution import Key

Variable = int  # position of the column
Term = tuple[Variable, float]
Sense = Literal[">=", "<=", "=="]


@dataclass(frozen=True)
class Card:
    """What a constraint family says, once for the reader and once for the documentation."""

    family: str
    says: str
    math: str
    forall: str
    unit: str
    implied: bool = False
    """True where the family follows from the others and only tightens the relaxation."""


FAMILIES: dict[str, Card] = {}


def constraint(
    *, says: str, math: str, forall: str, unit: str, implied: bool = False
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register the card of `define_<family>`; the family's name is the function's."""

    def register(define: Callable[..., None]) -> Callable[..., None]:
        family = define.__name__.removeprefix("define_")
        FAMILIES[family] = Card(family, says, math, forall, unit, implied)
        return define

    return register


def merged(terms: Iterable[Term]) -> list[Term]:
    """The terms with equal variables added up and zeros left out."""
    found: dict[Variable, float] = {}
    for variable, coefficient in terms:
        found[variable] = found.get(variable, 0.0) + coefficient
    return [(variable, coefficient) for variable, coefficient in found.items() if coefficient]


@dataclass(frozen=True)
class Column:
    """One variable: its family, our key, bounds (upper None: none) and whether it is integer."""

    family: str
    key: Key
    upper: float | None
    integer: bool


@dataclass(frozen=True)
class Row:
    """One constraint as two sides: `terms sense side`."""

    family: str
    key: Key
    terms: list[Term]
    sense: Sense
    side: float


@dataclass
class Model:
    """Families and keys; rows state two sides and are never empty.

    `relaxed` names limits that may be breached: each gets one variable `breach[limit]`, in the unit of
    its rows. With `may_fall_short`, demand may be left unserved by `short[stream, t, b]`.
    """

    name: str
    relaxed: frozenset[str] = frozenset()
    may_fall_short: bool = False
    columns: list[Column] = field(init=False, default_factory=list)
    rows: list[Row] = field(init=False, default_factory=list)
    cost: list[Term] = field(init=False, default_factory=list)
    families: dict[str, dict[Key, Variable]] = field(init=False, default_factory=dict)

    def define(self, family: str, key: Key, *, upper: float | None = None, integer: bool = True) -> Variable:
        """A new variable between 0 and `upper`."""
        variable = len(self.columns)
        self.columns.append(Column(family, key, upper, integer))
        self.families.setdefault(family, {})[key] = variable
        return variable

    def family(self, name: str) -> Mapping[Key, Variable]:
        """Variables of a family by key; empty where the instance has none."""
        return self.families.get(name, {})

    def at_least(self, family: str, key: Key, terms: Iterable[Term], side: float) -> None:
        """Require `terms >= side`."""
        self._row(family, key, list(terms), ">=", side)

    def at_most(self, family: str, key: Key, terms: Iterable[Term], side: float, limit: str = "") -> None:
        """Require `terms <= side`; a relaxed `limit` may be breached by one amount in all its rows."""
        kept = list(terms)
        if limit in self.relaxed:
            breach = self.family("breach").get((limit,))
            breach = self.define("breach", (limit,), integer=False) if breach is None else breach
            kept.append((breach, -1.0))
        self._row(family, key, kept, "<=", side)

    def equal(self, family: str, key: Key, terms: Iterable[Term], side: float) -> None:
        """Require `terms == side`."""
        self._row(family, key, list(terms), "==", side)

    def short(self, key: Key, coefficient: float = 1.0) -> Iterator[Term]:
        """Demand left unserved, where that is allowed."""
        if self.may_fall_short:
            short = self.family("short").get(key)
            yield self.define("short", key, integer=False) if short is None else short, coefficient

    def minimise(self, terms: Iterable[Term]) -> None:
        """Set the objective."""
        self.cost = merged(terms)

    def _row(self, family: str, key: Key, terms: list[Term], sense: Sense, side: float) -> None:
        if family not in FAMILIES:
            raise KeyError(f"{family} has no card")
        kept = merged(terms)
        if not kept:
            raise ValueError(f"{family}{list(key)} has no variable in it: nothing can satisfy it")
        self.rows.append(Row(family, key, kept, sense, side))
