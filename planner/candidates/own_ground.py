"""The user's own measurements at work: which factor holds for a configuration, and where it was never measured.

    step time = modelled step time × step_time_factor of the architecture (shipped) × own factor

All parts of a step scale together, so TPOT at a given number of decoding requests scales by the factor,
and prefill and capacity follow through the model.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import fields

from planner.candidates.candidate import OperatingPoint, ReplicaConfig
from planner.candidates.constants import Constants, step_time_factor
from planner.candidates.shape import Shape
from planner.catalog.own_factors import Deployment, OwnFactor, Range
from planner.catalog.specs import Catalog, Figure


def time_factor_of(catalog: Catalog, config: ReplicaConfig) -> float:
    """What the modelled step time of a configuration is multiplied by."""
    own = own_factor(catalog, config)
    return step_time_factor(catalog.calibration, catalog.gpus[config.gpu]) * (own.value if own else 1.0)


def own_factor(catalog: Catalog, config: ReplicaConfig) -> OwnFactor | None:
    """The factor of the user's calibration for a configuration, None where there is none."""
    if catalog.own_factors is None:
        return None
    architecture = catalog.gpus[config.gpu].architecture
    return catalog.own_factors.factor_for(config.engine, architecture, deployment_of(config))


def deployment_of(config: ReplicaConfig) -> Deployment:
    """A configuration without its engine and its node."""
    return Deployment(config.model, config.gpu, config.tp, config.pp, config.dp, config.ep, config.weights, config.kv)


def calibration_words(own: OwnFactor | None) -> str:
    """What was done to a configuration's steps, for readers; "" where nothing was."""
    if own is None:
        return ""
    others = "another deployment" if own.deployments == 1 else f"{own.deployments} other deployments"
    ground = "this deployment" if own.deployment else f"{others} of its engine, GPU architecture and weight format"
    runs = "own run" if own.n == 1 else "own runs"
    left = f"TPOT is then {own.residual:.1%} off on them"
    return f"step times taken ×{own.value:.3f}, from {own.n} {runs} of {ground}; {left}"


def out_of_range(own: OwnFactor | None, shape: Shape, at: OperatingPoint) -> Iterator[str]:
    """Where a configuration is used beyond what the factor was measured for."""
    if own is None:
        return
    used = (
        ("requests in flight", at.concurrency, own.concurrency),
        ("prompt tokens", shape.mean_prompt, own.input_tokens),
        ("output tokens", shape.mean_output, own.output_tokens),
    )
    beyond = [f"{value:,.0f} {name} ({_said(seen)} measured)" for name, value, seen in used if _outside(value, seen)]
    if beyond:
        yield f"own calibration extrapolated: planned for {', '.join(beyond)}"


def constants_sha256(calibration: Mapping[str, Figure]) -> str:
    """Fingerprint of the constants a calibration is relative to."""
    matter = {field.name for field in fields(Constants)} | {"step_time_factor"}
    used = sorted((name, figure.value) for name, figure in calibration.items() if name.split(".")[0] in matter)
    text = "\n".join(f"{name} {value!r}" for name, value in used)
    return hashlib.sha256(text.encode()).hexdigest()


def calibration_notes(catalog: Catalog) -> Iterator[str]:
    """Sentences for the plan's assumptions."""
    own = catalog.own_factors
    if own is None:
        return
    runs = sum(one.n for one in own.factors if one.deployment is None)
    yield f"Step times are multiplied by the factors of performance.calibration ({own.file}, {runs} own runs)."
    if own.constants_sha256 != constants_sha256(catalog.calibration):
        yield (
            f"{own.file} was fitted beside other constants of the performance model than are in use now: "
            "run `planner calibrate` again."
        )


def _outside(value: float, seen: Range) -> bool:
    return not seen[0] * 0.999 <= value <= seen[1] * 1.001


def _said(seen: Range) -> str:
    return f"{seen[0]:,.0f}" if seen[0] == seen[1] else f"{seen[0]:,.0f} to {seen[1]:,.0f}"
