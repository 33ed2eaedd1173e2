"""Factors as the YAML file that plans read, and as lines for the terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from planner import __version__
from planner.calibration.points import Comparison
from planner.catalog.own_factors import OwnFactor, Range
from planner.errors import InputError

HEAD = """\
# Written by `planner calibrate`: how much longer steps take than the performance model says, from own benchmarks.
# A factor without a model holds for all deployments of its engine, GPU architecture and weight format.
# Use it with   performance: {engine: …, calibration: %s}
"""


def write_factors(path: Path, factors: Sequence[OwnFactor], constants_sha256: str, files: Sequence[Path]) -> None:
    """Write the file. Raises InputError where it cannot be written."""
    made = {"constants_sha256": constants_sha256, "planner": __version__, "files": [file.name for file in files]}
    lines = [HEAD % path.name + "made:", f"- {_flow(made)}", "factors:", *(f"- {_flow(_row(one))}" for one in factors)]
    try:
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from None


def calibration_text(compared: Comparison, factors: Sequence[OwnFactor], path: Path) -> str:
    """What was found, what was left out, and how to use it."""
    return "\n".join(_lines(compared, factors, path))


def _lines(compared: Comparison, factors: Sequence[OwnFactor], path: Path) -> Iterator[str]:
    yield f"{len(compared.points)} runs compared, {len(compared.left_out)} left out."
    yield from (f"  left out  {text}" for text in compared.left_out)
    for one in factors:
        yield f"  {_name(one):<60}  steps ×{one.value:.3f}  n {one.n}  error left {one.residual:.1%}  {_seen(one)}"
    engine = factors[0].engine
    yield f"Written to {path}. In a problem file: performance: {{engine: {engine}, calibration: {path.name}}}"


def _name(one: OwnFactor) -> str:
    if one.deployment is None:
        return f"{one.engine}, {one.architecture}, {one.weights}: all {one.deployments} deployment(s)"
    made = one.deployment
    cut = "-".join(f"{name}{getattr(made, name)}" for name in ("tp", "pp", "dp", "ep") if getattr(made, name) > 1)
    return f"  {made.model} on {made.gpu} {cut or 'tp1'}, kv {made.kv}"


def _seen(one: OwnFactor) -> str:
    ranges = (("in flight", one.concurrency), ("in", one.input_tokens), ("out", one.output_tokens))
    return "valid for " + ", ".join(f"{low:,.0f}–{high:,.0f} {name}" for name, (low, high) in ranges)


def _row(one: OwnFactor) -> dict[str, object]:
    deployment = {} if one.deployment is None else asdict(one.deployment)
    ranges = {name: _ends(getattr(one, name)) for name in ("concurrency", "input_tokens", "output_tokens")}
    return {
        "engine": one.engine,
        "architecture": one.architecture,
        **deployment,
        "weights": one.weights,
        "value": round(one.value, 4),
        "n": one.n,
        "deployments": one.deployments,
        "residual": round(one.residual, 4),
        **ranges,
        "measured_on": one.measured_on.isoformat() if one.measured_on else None,
    }


def _ends(ends: Range) -> dict[str, float]:
    return {"from": round(ends[0], 2), "to": round(ends[1], 2)}


def _flow(values: Mapping[str, object]) -> str:
    """A YAML flow mapping: JSON is YAML."""
    return json.dumps({name: value for name, value in values.items() if value is not None}, ensure_ascii=False)
