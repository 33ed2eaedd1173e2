"""How much arrives and when: interactive traffic with its hour shape, or deferrable batch work."""

from typing import Annotated

from pydantic import AfterValidator, Field, Tag

from planner.inputs.base import (
    CsvFile,
    Mistake,
    Mistakes,
    Name,
    NoBool,
    NonNegative,
    Positive,
    Strict,
    by_shape,
    rule,
    said,
    written,
)
from planner.units import HOURS_PER_DAY, HOURS_PER_WEEK


def weekly_shape(weights: list[float]) -> list[float]:
    """24 hours of a day or 168 of a week, not all zero."""
    if len(weights) not in {HOURS_PER_DAY, HOURS_PER_WEEK}:
        raise said(f"has {len(weights)} weights; give 24 (hours of a day) or 168 (hours of a week, Monday first)")
    if not any(weights):
        raise said("has only zeros; at least one hour needs a weight above 0")
    return weights


Growth = Annotated[
    Annotated[float, Field(gt=-1, le=5), NoBool, Tag("<number>")]
    | Annotated[list[Annotated[float, Field(gt=0, le=1e6), NoBool]], Tag("<list>")],
    by_shape("number", "list"),
]
Profile = Annotated[
    Annotated[Name, Tag("<text>")]
    | Annotated[list[NonNegative], AfterValidator(weekly_shape), Tag("<list>")]
    | Annotated[CsvFile, Tag("<table>")],
    by_shape("text", "list", "table"),
]


class Traffic(Strict):
    """How many requests arrive, and when. Give exactly one of the three ways to say how many."""

    requests_per_s: Annotated[float, Field(gt=0, le=1e6), NoBool] | None = None
    """Mean arrival rate over a typical week at the start of the horizon [requests/s]."""
    users: Annotated[float, Field(gt=0, le=1e10), NoBool] | None = None
    """Active users at the weekly mean; needs `requests_per_user_per_hour`."""
    requests_per_user_per_hour: Annotated[float, Field(gt=0, le=1e5), NoBool] | None = None
    """Requests one active user sends in an hour [requests/h]."""
    concurrent_requests: Annotated[float, Field(gt=0, le=1e7), NoBool] | None = None
    """Requests in flight at the weekly mean; turned into a rate by Little's law at the SLO's latency."""
    profile: Profile = "flat"
    """Hour shape: a named one (`planner catalog profiles`), 24 or 168 weights (Monday 00:00 first), or a CSV."""
    burstiness_cv: Annotated[float, Field(ge=0, le=20), NoBool] = 1.0
    """Coefficient of variation of inter-arrival times inside an hour; 1 is Poisson."""
    growth_per_month: Growth = 0.0
    """Compound growth a month (0.06 is 6 %), or a list with one demand multiplier for each period."""
    forecast_error: Annotated[float, Field(ge=0, le=2), NoBool] = 0.0
    """Standard deviation of the true demand over its forecast; raises planned demand to `limits.demand_confidence`."""

    @rule
    def one_way_to_say_how_many(self) -> Mistakes:
        ways = written(self, "requests_per_s", "users", "concurrent_requests")
        if not ways:
            yield Mistake((), "does not say how many requests arrive; add requests_per_s, users or concurrent_requests")
        if len(ways) > 1:
            yield Mistake((), f"says how many requests arrive in {len(ways)} ways ({', '.join(ways)}); keep one")

    @rule
    def users_and_their_habits(self) -> Mistakes:
        users, habit = "users", "requests_per_user_per_hour"
        if written(self, users) and not written(self, habit):
            yield Mistake((habit,), "is missing; users needs it: how many requests one active user sends in an hour")
        if written(self, habit) and not written(self, users):
            yield Mistake((habit,), "has no effect without users; add users or remove it")


class Batch(Strict):
    """Deferrable work: it must be done within a deadline, not within milliseconds."""

    requests_per_day: Annotated[float, Field(gt=0, le=1e11), NoBool] | None = None
    """Requests that arrive each day, evenly [requests/day]; or give `input_tokens_per_day`."""
    input_tokens_per_day: Positive | None = None
    """Prompt tokens that arrive each day; divided by the mean input length."""
    deadline_h: Annotated[float, Field(ge=1, le=168), NoBool] = 24.0
    """Every request is finished at most this long after it arrives [h]."""
    growth_per_month: Growth = 0.0
    """Compound growth a month (0.06 is 6 %), or a list with one demand multiplier for each period."""
    forecast_error: Annotated[float, Field(ge=0, le=2), NoBool] = 0.0
    """Standard deviation of the true demand over its forecast; raises planned demand to `limits.demand_confidence`."""

    @rule
    def one_way_to_say_how_much(self) -> Mistakes:
        ways = written(self, "requests_per_day", "input_tokens_per_day")
        if not ways:
            yield Mistake((), "does not say how much work arrives; add requests_per_day or input_tokens_per_day")
        if len(ways) > 1:
            yield Mistake((), "says how much work arrives in 2 ways (requests_per_day, input_tokens_per_day); keep one")
