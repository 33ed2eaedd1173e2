"""80 % intervals: how far the truth may lie from a prediction, from errors on models left out of the fit.

    truth in [value / w, value x w]        ln w = sqrt(ln(base)^2 + sensitivity^2 x sum(ln(widening)^2))

`base` is the factor that held 80 % of the left-out runs of such replicas under the same engine, of all engines where
none is named (data/calibration/intervals.yaml). Each
thing that was never measured about a replica adds an error of step time, independent of the others; where a
latency target binds, an error of step time is a larger one of the rate.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, hypot, log
from typing import Literal, get_args

from planner.candidates.candidate import Interval
from planner.candidates.ground import Ground
from planner.catalog.specs import Figure
from planner.errors import CatalogError

Quantity = Literal["ttft", "tpot", "e2e", "throughput", "capacity_tpot", "capacity_ttft"]
"""Latencies; tokens/s at a given concurrency; the largest rate within a target for TPOT or end to end, and for TTFT."""

QUANTITIES: tuple[Quantity, ...] = get_args(Quantity)
RATE_LIMITED_BY: Mapping[str, Quantity] = {"tpot": "capacity_tpot", "e2e": "capacity_tpot", "ttft": "capacity_ttft"}
KINDS = {
    "dense": "dense models",
    "moe": "mixtures of experts",
    "attention_dp": "attention data parallelism",
    "own": "deployments set right by three of their own runs",
    "crowded": "runs with many requests in flight",
}
WIDER = "wider: "


def interval_for(ground: Ground, quantity: Quantity, calibration: Mapping[str, Figure]) -> Interval:
    """The interval of one predicted number. Raises CatalogError where a figure it needs is missing."""
    kinds = f"interval.{quantity}.{ground.kind}"
    bases: dict[str, Figure] = {ground.kind: calibration.get(f"{kinds}.{ground.engine}") or _figure(calibration, kinds)}
    if ground.crowded and (crowded := calibration.get(f"interval.{quantity}.crowded")):
        bases["crowded"] = crowded
    kind: str = max(bases, key=lambda name: bases[name].value)
    if ground.own_points:
        bases["own"] = _figure(calibration, f"interval.{quantity}.own")
        kind = min(kind, "own", key=lambda name: bases[name].value)
    extra = (log(_figure(calibration, f"interval_widening.{doubt.condition}").value) for doubt in ground.doubts)
    sensitivity = _figure(calibration, f"interval_sensitivity.{quantity}").value
    width = exp(hypot(log(bases[kind].value), *(sensitivity * one for one in extra)))
    return Interval(1 / width, width, _label(ground, kind))


def intervals_for(ground: Ground, limited_by: str, calibration: Mapping[str, Figure]) -> dict[str, Interval]:
    """Intervals of all that is said of a replica: latencies, throughput, and "rate", its largest rate.

    A rate that memory or the engine limits is as uncertain as throughput, one that a target limits far more.
    """
    told: tuple[Quantity, ...] = ("ttft", "tpot", "e2e", "throughput")
    found: dict[str, Interval] = {name: interval_for(ground, name, calibration) for name in told}
    return found | {"rate": interval_for(ground, RATE_LIMITED_BY.get(limited_by.split()[0], "throughput"), calibration)}


def _label(ground: Ground, kind: str) -> str:
    if ground.doubts:
        return WIDER + "; ".join(doubt.text for doubt in ground.doubts)
    return f"errors on {KINDS[kind]}, their model left out of the fit"


def _figure(calibration: Mapping[str, Figure], name: str) -> Figure:
    if name not in calibration:
        raise CatalogError(f"data/calibration/intervals.yaml lacks: {name}")
    return calibration[name]
