"""The model as a PuLP problem: for every solver PuLP speaks, and to write LP and MPS files.

A name is the family, the key as far as file formats bear it, and a number: PuLP rewrites the characters of
names, so without the number two keys could meet in one name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulp

from planner.milp.model import Model, Term
from planner.milp.solution import Key

_LONGEST = 100  # of a name, for the LP format
_UNFIT = re.compile(r"[^A-Za-z0-9.]+")


@dataclass(frozen=True)
class PulpProblem:
    """A `pulp.LpProblem` and its variables in the order of the model's columns."""

    lp: Any
    variables: Sequence[Any]


def pulp_problem(m: Model) -> PulpProblem:
    """The same columns, rows and objective in PuLP's objects."""
    lp = pulp.LpProblem(m.name, pulp.LpMinimize)
    variables = [
        lp.add_variable(
            _name(column.family, column.key, number),
            0,
            column.upper,
            pulp.LpInteger if column.integer else pulp.LpContinuous,
        )
        for number, column in enumerate(m.columns)
    ]
    lp.setObjective(_expression(variables, m.cost))
    for number, row in enumerate(m.rows):
        expression = _expression(variables, row.terms)
        compare = {">=": expression.__ge__, "<=": expression.__le__, "==": expression.__eq__}[row.sense]
        lp.addConstraint(compare(row.side), _name(row.family, row.key, number))
    return PulpProblem(lp, variables)


def _name(family: str, key: Key, number: int) -> str:
    """Of a long key the start and the end, where workload and time are."""
    fit = _UNFIT.sub("_", "_".join(map(str, key)))
    half = (_LONGEST - len(f"{family}____{number:06d}")) // 2
    short = fit if len(fit) <= 2 * half else fit[:half] + fit[-half:]
    return f"{family}__{short}__{number:06d}"


def _expression(variables: Sequence[Any], terms: Sequence[Term]) -> Any:
    pairs = [(variables[position], coefficient) for position, coefficient in terms]
    from_list = getattr(pulp.LpAffineExpression, "from_list", None)  # PuLP 4; in PuLP 3 the constructor takes the list
    return from_list(pairs) if from_list else pulp.LpAffineExpression(pairs)
