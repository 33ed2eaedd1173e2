"""What a user's own benchmarks say of the performance model: by how much steps really take longer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

Range = tuple[float, float]


@dataclass(frozen=True)
class Deployment:
    """One model, cut and quantised one way, on one GPU type."""

    model: str
    gpu: str
    tp: int
    pp: int
    dp: int
    ep: int
    weights: str
    kv: str


@dataclass(frozen=True)
class OwnFactor:
    """Step times of a deployment, or of all that share engine, GPU architecture and weight format, times `value`."""

    engine: str
    architecture: str
    weights: str
    value: float
    n: int  # measured points behind it
    residual: float  # typical relative error of TPOT that is left, as a share
    concurrency: Range  # what was measured, from the smallest to the largest
    input_tokens: Range
    output_tokens: Range
    measured_on: date | None = None
    deployment: Deployment | None = None  # None: the whole group
    deployments: int = 1  # measured in the group


@dataclass(frozen=True)
class OwnFactors:
    """A calibration file as read: its factors, and the constants they are relative to."""

    file: str
    constants_sha256: str
    factors: tuple[OwnFactor, ...]

    def factor_for(self, engine: str, architecture: str, deployment: Deployment) -> OwnFactor | None:
        """The deployment's own factor where it was measured, else that of its group."""
        group = [
            one
            for one in self.factors
            if (one.engine, one.architecture, one.weights) == (engine, architecture, deployment.weights)
        ]
        exact = next((one for one in group if one.deployment == deployment), None)
        return exact or next((one for one in group if one.deployment is None), None)
