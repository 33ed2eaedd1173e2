"""What was asked, with every default filled in, and the demand that follows from it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from planner.catalog.names import find_model
from planner.demand.types import DemandClass, LengthMix
from planner.plan.case import Case
from planner.plan.plan import BlockRow, DemandRow, HourlyDemandRow, PeriodRow, WorkloadRow
from planner.units import MS_PER_S


def period_rows(case: Case) -> list[PeriodRow]:
    """The planning periods."""
    return [
        PeriodRow(
            index=one.index, label=one.label, start=one.start, months=one.months, hours=one.hours, discount=one.discount
        )
        for one in case.periods
    ]


def block_rows(case: Case) -> list[BlockRow]:
    """The typical-hour blocks."""
    return [BlockRow(index=one.index, label=one.label, hours_of_week=list(one.hours_of_week)) for one in case.blocks]


def workload_rows(case: Case) -> list[WorkloadRow]:
    """The workloads as planned."""
    return [_workload(case, name) for name in case.problem.workloads]


def demand_rows(case: Case) -> list[DemandRow]:
    """Planned and expected demand by class, period and block."""
    return [
        DemandRow(
            demand_class=one.id,
            workload=one.workload,
            period=period.index,
            block=block.index,
            planned_requests_per_s=float(one.planned_requests_per_s[period.index, block.index]),
            mean_requests_per_s=float(one.mean_requests_per_s[period.index, block.index]),
        )
        for one in case.demand.classes
        for period in case.periods
        for block in case.blocks
    ]


def hourly_demand_rows(case: Case) -> list[HourlyDemandRow]:
    """Planned demand hour by hour of the typical week."""
    return [
        HourlyDemandRow(
            demand_class=one.id,
            workload=one.workload,
            period=period.index,
            requests_per_s=[float(rate) for rate in one.hourly_requests_per_s[period.index]],
        )
        for one in case.demand.classes
        for period in case.periods
    ]


def merged_lengths(parts: Sequence[tuple[LengthMix, float]]) -> LengthMix:
    """One length distribution of several, weighted by how many requests each brings."""
    total = sum(weight for _, weight in parts)
    return LengthMix(
        input_tokens=np.concatenate([mix.input_tokens for mix, _ in parts]),
        output_tokens=np.concatenate([mix.output_tokens for mix, _ in parts]),
        share=np.concatenate([mix.share * (weight / total) for mix, weight in parts]),
    )


def week_mean(case: Case, demand_class: DemandClass, period: int) -> float:
    """Expected requests/s of a class over a typical week of a period."""
    weeks = [block.week_share for block in case.blocks]
    return float(demand_class.mean_requests_per_s[period] @ weeks)


def slo_fields(demand_class: DemandClass) -> dict[str, float]:
    """A class's targets under the names of the problem file: {"ttft_p95_ms": 1500}."""
    return {target_field(*target): target_value(target[0], seconds) for target, seconds in demand_class.slo.items()}


def target_field(metric: str, percentile: float) -> str:
    """("ttft", 0.95) → "ttft_p95_ms"; whole requests count in seconds."""
    return f"{metric}_p{round(100 * percentile)}_{'s' if metric == 'e2e' else 'ms'}"


def target_value(metric: str, seconds: float) -> float:
    """Seconds in the unit of the target's field."""
    return seconds if metric == "e2e" else seconds * MS_PER_S


def _workload(case: Case, name: str) -> WorkloadRow:
    asked, classes = case.problem.workloads[name], case.classes_of(name)
    first = classes[0]
    mix = merged_lengths([(one.lengths, week_mean(case, one, 0)) for one in classes])
    hourly = sum(one.hourly_requests_per_s for one in classes)
    return WorkloadRow(
        id=name,
        models=[_model_id(case, model) for model in asked.model_any_of or [asked.model or ""]],
        kind="interactive" if first.batch_deadline_h is None else "batch",
        slo=slo_fields(first),
        deadline_h=first.batch_deadline_h,
        interruptible=asked.interruptible,
        availability=asked.availability_target,
        regions=list(asked.regions),
        mean_input_tokens=mix.mean_input,
        mean_output_tokens=mix.mean_output,
        prefix_hit=first.prefix_hit,
        mean_requests_per_s=sum(week_mean(case, one, 0) for one in classes),
        peak_requests_per_s=float(np.max(hourly)),
        spot_max_share=asked.spot_max_share if asked.interruptible else 0.0,
        burstiness_cv=first.burstiness_cv,
        split_buckets=asked.requests.split_buckets,
        min_quality=asked.min_quality,
        min_mean_quality=asked.min_mean_quality,
        min_weight_bits=asked.precision.min_weight_bits,
        compliance=list(asked.compliance),
    )


def _model_id(case: Case, name: str) -> str:
    """The catalogue's id of a model, or the name as it was asked for (a config.json, a model only an API has)."""
    model = find_model(case.catalog, name)
    return model.id if model else name
