"""How prices move from the start of the horizon on: the problem's yearly rates over those of the catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from planner.candidates.candidate import ApiOption, Pool, PurchaseOption
from planner.catalog.specs import Catalog
from planner.inputs.problem import Problem

FIGURE = "price_trends."
LINES = {
    "power": "electricity",
    "idle power": "electricity",
    "colocation": "colocation",
    "maintenance": "maintenance",
    "failed parts": "maintenance",
    "staff": "staff",
}
"""Lines of what running an owned system costs, and the trend that each follows."""


def price_trends(problem: Problem, catalog: Catalog) -> dict[str, float]:
    """Rates a year by what they are of; those of 0 are left out."""
    known = {
        name.removeprefix(FIGURE): figure.value for name, figure in catalog.ownership.items() if name.startswith(FIGURE)
    }
    known |= {str(name): rate for name, rate in problem.price_trends.items()}
    return {name: rate for name, rate in known.items() if rate}


def with_trends(pool: Pool, trends: Mapping[str, float]) -> Pool:
    """The pool with what becomes of its prices."""
    if not trends:
        return pool
    return replace(pool, options=tuple(_option(one, trends) for one in pool.options))


def api_with_trend(option: ApiOption, trends: Mapping[str, float]) -> ApiOption:
    """The hosted API with what becomes of its price."""
    return replace(option, trend_per_year=trends.get("api", 0.0))


def _option(option: PurchaseOption, trends: Mapping[str, float]) -> PurchaseOption:
    lines = tuple((line, trends[name]) for line, name in LINES.items() if name in trends)
    owned = option.form in ("owned", "existing")
    return replace(option, trend_per_year=trends.get(option.form, 0.0), line_trends=lines if owned else ())


def trend_notes(problem: Problem) -> Iterator[str]:
    """What the reader must know of prices that are taken to move."""
    for name, rate in problem.price_trends.items():
        if rate:
            moves = f"{'rise' if rate > 0 else 'fall'} by {abs(rate):.3g} of themselves a year"
            yield f"Prices of {name} are taken to {moves} (price_trends.{name})."
