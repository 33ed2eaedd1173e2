"""The time the plan covers."""

from calendar import monthrange
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from planner.inputs.base import Mistake, Mistakes, NoBool, Strict, rule, said
from planner.units import HOURS_PER_DAY, HOURS_PER_WEEK, MONTHS_PER_PERIOD

HOURS_TOLD_APART = {"flat": 1, "day": HOURS_PER_DAY, "week": HOURS_PER_WEEK}


def written_date(value: Any) -> Any:
    """Refuse numbers: 2027 or 20270101 is no date but would count as seconds since 1970."""
    if isinstance(value, int | float):
        raise said(f"must be a date like 2027-01-01 (got {value})")
    return value


class Horizon(Strict):
    """The time the plan covers: equal periods, each made of typical-hour blocks."""

    start: Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 12, 31)), BeforeValidator(written_date)] | None = (
        None
    )
    """First day of the first period; absent means undated periods 1, 2 and so on."""
    periods: Annotated[int, Field(ge=1, le=60), NoBool] = 1
    """Number of periods."""
    period: Literal["month", "quarter", "year"] = "month"
    """Length of one period (730, 2190 or 8760 h)."""
    hours: Literal["flat", "day", "week"] = "week"
    """Resolution inside a period: one hour for all, hours of the day, or hours of the week."""
    blocks: Annotated[int, Field(ge=1, le=168), NoBool] = 8
    """Typical-hour blocks the hours are clustered into, 1 with `hours: flat`; from 3 on the peak hour is exact."""
    discount_rate_per_year: Annotated[float, Field(ge=0, le=1), NoBool] = 0.0
    """Discount rate for the net present value [1/year]."""
    commitment_share_inside: Annotated[float, Field(ge=0, le=1), NoBool] = 0.5
    """A reservation is offered only in periods where at least this share of its term lies inside the horizon."""

    @model_validator(mode="before")
    @classmethod
    def _one_block_where_flat(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("hours") == "flat" and "blocks" not in data:
            return {**data, "blocks": 1}
        return data

    @model_validator(mode="after")
    def _not_all_in_the_past(self, info: ValidationInfo) -> Self:
        """Compare with the day named `as_of` in the validation context, where there is one."""
        as_of: date | None = (info.context or {}).get("as_of")
        end = self.period_start(self.periods)
        if as_of is not None and end is not None and end <= as_of:
            raise said(f"ended on {end}, which lies in the past on {as_of}; move start, or say --as-of an earlier day")
        return self

    @rule
    def blocks_fit_the_hours(self) -> Mistakes:
        if self.blocks > (most := HOURS_TOLD_APART[self.hours]):
            text = f"is {self.blocks}, but hours: {self.hours} tells only {most} apart; lower it to at most {most}"
            yield Mistake(("blocks",), text)

    @property
    def months(self) -> int:
        """Length of the whole horizon [months]."""
        return self.periods * MONTHS_PER_PERIOD[self.period]

    def period_start(self, index: int) -> date | None:
        """First day of period `index` from 0, or of the time after the last one; None where undated."""
        if self.start is None:
            return None
        months = self.start.year * 12 + self.start.month - 1 + index * MONTHS_PER_PERIOD[self.period]
        year, month = months // 12, months % 12 + 1
        return date(year, month, min(self.start.day, monthrange(year, month)[1]))
