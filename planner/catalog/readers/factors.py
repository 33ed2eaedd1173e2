"""The file that `planner calibrate` writes."""

from __future__ import annotations

from pathlib import Path

from planner.catalog.own_factors import Deployment, OwnFactor, OwnFactors, Range
from planner.catalog.readers.context import Context
from planner.catalog.readers.rows import Row, yaml_rows

ENGINES = ("vllm", "sglang", "trtllm")
LEAST, MOST = 0.2, 5.0  # a factor beyond says that the benchmark is not what the model was told it is


def read_factors(path: Path, context: Context) -> OwnFactors:
    """Factors and what they are relative to; mistakes are noted in the context."""
    made = yaml_rows(path, "made", context.mistakes)
    constants = made[0].text("constants_sha256") if made else ""
    factors = tuple(_factor(row, context) for row in yaml_rows(path, "factors", context.mistakes))
    return OwnFactors(path.name, constants, factors)


def _factor(row: Row, context: Context) -> OwnFactor:
    value = row.number("value")
    if not LEAST <= value <= MOST:
        row.wrong(f"value must lie between {LEAST:g} and {MOST:g} (got {value:g})")
    weights = row.text("weights")
    factor = OwnFactor(
        engine=row.choice("engine", ENGINES),
        architecture=row.text("architecture"),
        weights=weights,
        value=value,
        n=row.whole("n"),
        residual=row.number("residual", zero=True),
        concurrency=_range(row, "concurrency"),
        input_tokens=_range(row, "input_tokens"),
        output_tokens=_range(row, "output_tokens"),
        measured_on=row.day("measured_on"),
        deployment=_deployment(row, weights, context) if row.has("model") else None,
        deployments=row.whole("deployments", 1),
    )
    row.finish()
    return factor


def _deployment(row: Row, weights: str, context: Context) -> Deployment:
    return Deployment(
        model=row.text("model"),
        gpu=context.gpu(row),
        tp=row.whole("tp"),
        pp=row.whole("pp"),
        dp=row.whole("dp"),
        ep=row.whole("ep"),
        weights=weights,
        kv=row.text("kv"),
    )


def _range(row: Row, key: str) -> Range:
    """`{from: 1, to: 64}`."""
    part = row.part(key)
    low, high = part.number("from"), part.number("to")
    if high < low:
        part.wrong(f"runs from {low:g} down to {high:g}")
    part.finish()
    return low, high
