"""The model container: variable and row families with our own keys over one PuLP problem.

LP names are a family and a number, never a key: PuLP rewrites the characters of names, so two keys
could meet in one name. The keys stay here, beside their variables and rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pulp

from planner.milp.solution import Key

Variable = Any  # pulp.LpVariable
Expression = Any  # pulp.LpAffineExpression
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


def total(terms: Iterable[Term]) -> Expression:
    """Sum of coefficient times variable, as a PuLP expression; equal variables are added up."""
    merged: dict[Variable, float] = {}
    for variable, coefficient in terms:
        merged[variable] = merged.get(variable, 0.0) + coefficient
    pairs = [(variable, coefficient) for variable, coefficient in merged.items() if coefficient]
    from_list = getattr(pulp.LpAffineExpression, "from_list", None)  # PuLP 4; in PuLP 3 the constructor takes the list
    return from_list(pairs) if from_list else pulp.LpAffineExpression(pairs)


@dataclass(frozen=True)
class Column:
    """One variable: its family, our key, bounds (upper None: none) and whether it is integer."""

    family: str
    key: Key
    upper: float | None
    integer: bool
    variable: Variable


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
    """Families and keys over one `pulp.LpProblem`; rows state two sides and are never empty.

    `relaxed` names limits that may be breached: each gets one variable `breach[limit]`, in the unit of
    its rows. With `may_fall_short`, demand may be left unserved by `short[stream, t, b]`.
    """

    name: str
    relaxed: frozenset[str] = frozenset()
    may_fall_short: bool = False
    lp: Any = field(init=False)
    columns: list[Column] = field(init=False, default_factory=list)
    rows: list[Row] = field(init=False, default_factory=list)
    cost: list[Term] = field(init=False, default_factory=list)
    families: dict[str, dict[Key, Variable]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.lp = pulp.LpProblem(self.name, pulp.LpMinimize)

    def define(self, family: str, key: Key, *, upper: float | None = None, integer: bool = True) -> Variable:
        """A new variable between 0 and `upper`."""
        kind = pulp.LpInteger if integer else pulp.LpContinuous
        variable = self.lp.add_variable(f"{family}__{len(self.columns):06d}", 0, upper, kind)
        self.columns.append(Column(family, key, upper, integer, variable))
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
            breach = self.family("breach").get((limit,)) or self.define("breach", (limit,), integer=False)
            kept.append((breach, -1.0))
        self._row(family, key, kept, "<=", side)

    def equal(self, family: str, key: Key, terms: Iterable[Term], side: float) -> None:
        """Require `terms == side`."""
        self._row(family, key, list(terms), "==", side)

    def short(self, key: Key, coefficient: float = 1.0) -> Iterator[Term]:
        """Demand left unserved, where that is allowed."""
        if self.may_fall_short:
            yield self.family("short").get(key) or self.define("short", key, integer=False), coefficient

    def minimise(self, terms: Iterable[Term]) -> None:
        """Set the objective."""
        self.cost = list(terms)
        self.lp.setObjective(total(self.cost))

    def _row(self, family: str, key: Key, terms: list[Term], sense: Sense, side: float) -> None:
        if family not in FAMILIES:
            raise KeyError(f"{family} has no card")
        expression = total(terms)
        merged = list(expression.items())
        if not merged:
            raise ValueError(f"{family}{list(key)} has no variable in it: nothing can satisfy it")
        compare = {">=": expression.__ge__, "<=": expression.__le__, "==": expression.__eq__}[sense]
        self.lp.addConstraint(compare(side), f"{family}__{len(self.rows):06d}")
        self.rows.append(Row(family, key, merged, sense, side))
