"""How many requests arrive and in which hours, whichever way the problem says it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from planner.catalog.specs import Catalog
from planner.demand.promise import Targets, request_time_s
from planner.demand.shapes import FLAT, weekly_shape
from planner.demand.types import Array, LengthMix
from planner.inputs.problem import Batch, Traffic, Workload
from planner.units import HOURS_PER_DAY, SECONDS_PER_HOUR

SECONDS_PER_DAY = HOURS_PER_DAY * SECONDS_PER_HOUR


@dataclass(frozen=True)
class Arrivals:
    """Requests of one workload in the typical week at the start of the horizon."""

    requests_per_s: float  # weekly mean
    shape: Array  # 168 hours, mean 1
    burstiness_cv: float
    growth_per_month: float | list[float]
    note: str


def arrivals_of(
    name: str, workload: Workload, lengths: LengthMix, targets: Targets, catalog: Catalog, base: Path
) -> Arrivals:
    """Arrivals of a workload; batch work comes evenly over all hours."""
    if workload.traffic is not None:
        traffic = workload.traffic
        rate, said = _rate_of_traffic(traffic, lengths, targets)
        shape = weekly_shape(traffic.profile, catalog, base, f"workloads.{name}.traffic.profile")
        peak = f"; its busiest hour is {shape.max():.3g} times the mean" if shape.max() > 1 else ""
        note = f"{name}: {said}{peak}."
        return Arrivals(rate, shape, traffic.burstiness_cv, traffic.growth_per_month, note)
    assert workload.batch is not None, "a workload has traffic or batch"
    rate, said = _rate_of_batch(workload.batch, lengths)
    poisson = Traffic.model_fields["burstiness_cv"].default
    return Arrivals(rate, FLAT, poisson, workload.batch.growth_per_month, f"{name}: {said}, evenly over all hours.")


def _rate_of_traffic(traffic: Traffic, lengths: LengthMix, targets: Targets) -> tuple[float, str]:
    """Weekly mean rate [requests/s] and how it follows from what was said."""
    if traffic.users is not None and traffic.requests_per_user_per_hour is not None:
        users, habit = traffic.users, traffic.requests_per_user_per_hour
        rate = users * habit / SECONDS_PER_HOUR
        return rate, f"{users:,.6g} users x {habit:,.6g} requests/h / 3600 = {rate:.4g} requests/s on average"
    if traffic.concurrent_requests is not None:
        seconds, arithmetic = request_time_s(targets, lengths.mean_output)
        rate = traffic.concurrent_requests / seconds
        said = (
            f"{traffic.concurrent_requests:g} concurrent requests that take their target time ({arithmetic}) "
            f"are {rate:.4g} requests/s by Little's law; faster answers would mean more requests"
        )
        return rate, said
    assert traffic.requests_per_s is not None, "traffic says how many requests arrive"
    return traffic.requests_per_s, f"{traffic.requests_per_s:.4g} requests/s on average"


def _rate_of_batch(batch: Batch, lengths: LengthMix) -> tuple[float, str]:
    if batch.requests_per_day is not None:
        rate = batch.requests_per_day / SECONDS_PER_DAY
        return rate, f"{batch.requests_per_day:,.6g} requests a day are {rate:.4g} requests/s"
    assert batch.input_tokens_per_day is not None, "batch says how much work arrives"
    rate = batch.input_tokens_per_day / lengths.mean_input / SECONDS_PER_DAY
    said = (
        f"{batch.input_tokens_per_day:.4g} input tokens a day / {lengths.mean_input:.6g} each are {rate:.4g} requests/s"
    )
    return rate, said
