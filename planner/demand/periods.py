"""The planning periods: labels, dates, hours and discount factors; and how demand grows over them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.demand.types import Array, Period
from planner.inputs.problem import Horizon
from planner.units import HOURS_PER_MONTH, MONTHS_PER_PERIOD

MONTHS_PER_YEAR = 12


@dataclass(frozen=True)
class Growth:
    """Multipliers on the demand at the start, one a period."""

    planned: Array  # of the period's highest month: what capacity must hold
    mean: Array  # over the period's months: what is expected to arrive


def periods_of(horizon: Horizon) -> tuple[Period, ...]:
    """The periods in order; money paid in one is discounted from its start."""
    months = MONTHS_PER_PERIOD[horizon.period]
    return tuple(
        Period(
            index=index,
            label=_label(horizon, index),
            start=horizon.period_start(index),
            months=months,
            hours=months * HOURS_PER_MONTH,
            discount=(1 + horizon.discount_rate_per_year) ** (-index * months / MONTHS_PER_YEAR),
        )
        for index in range(horizon.periods)
    )


def growth_over(growth: float | list[float], horizon: Horizon) -> Growth:
    """Compound growth from month to month, (1 + g)^m in month m from 0; a list gives each period's multiplier."""
    if isinstance(growth, list):
        factors = np.array(growth, dtype=float)
        return Growth(planned=factors, mean=factors)
    months = np.arange(horizon.months).reshape(horizon.periods, MONTHS_PER_PERIOD[horizon.period])
    by_month = (1.0 + growth) ** months
    return Growth(planned=by_month.max(axis=1), mean=by_month.mean(axis=1))


def _label(horizon: Horizon, index: int) -> str:
    """2027-01, 2027-Q1 and 2027 on calendar borders, 2027-02…2027-04 off them, "quarter 2" without dates."""
    start, end = horizon.period_start(index), horizon.period_start(index + 1)
    if start is None or end is None:
        return f"{horizon.period} {index + 1}"
    months = MONTHS_PER_PERIOD[horizon.period]
    if start.day != 1:
        return f"{start} + {months} {'month' if months == 1 else 'months'}"
    if months == 1:
        return f"{start:%Y-%m}"
    if (start.month - 1) % months == 0:
        return f"{start.year}" if months == MONTHS_PER_YEAR else f"{start.year}-Q{(start.month + 2) // 3}"
    last = start.year * MONTHS_PER_YEAR + start.month + months - 2
    return f"{start:%Y-%m}…{last // MONTHS_PER_YEAR}-{last % MONTHS_PER_YEAR + 1:02d}"
