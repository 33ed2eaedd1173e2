"""What it costs to choose a deployment by prediction.

Deployments of one model at one nominal prompt and answer length compete. At each pair of limits (TPOT, mean
TTFT) the prediction picks the deployment with the largest predicted tokens/s/GPU among its runs predicted to
keep both. Its worth is the largest measured tokens/s/GPU among its runs that really keep both (an operator
finds the load by running it), 0 if none does.

    regret = 1 - worth/best worth of any deployment

averaged over all cases in which at least two deployments keep the limits. Cases in which no deployment is
predicted to keep them are counted apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from planner.accuracy.figures import Array, Figures, Index

TPOT_LIMITS_MS = (10.0, 15.0, 20.0, 30.0, 50.0, 100.0)
TTFT_LIMITS_MS = (500.0, 1000.0, 2000.0, 5000.0, np.inf)


@dataclass(frozen=True)
class Regret:
    """Lost share of the best measured tokens/s/GPU, over `cases`; `silent` cases had no prediction that keeps them."""

    mean: float
    p90: float
    cases: int
    silent: int

    @property
    def if_silence_loses(self) -> float:
        """The mean with every silent case counted as a total loss."""
        every = self.cases + self.silent
        lost = self.silent + (self.mean * self.cases if self.cases else 0.0)
        return lost / every if every else float("nan")


def regret(
    predicted: Figures,
    measured: Figures,
    deployments: Sequence[str],
    contests: Sequence[str],
    ttft_limits_ms: Sequence[float] = TTFT_LIMITS_MS,
) -> Regret:
    """Regret over all contests and limits; `deployments` and `contests` name each run's own."""
    known = np.flatnonzero(predicted.known & measured.known)
    losses: list[float] = []
    silent = 0
    for runs in _contests(known, contests):
        choices = np.unique(np.array(deployments)[runs], return_inverse=True)[1]
        if choices.max() == 0:
            continue
        for loss in _losses(predicted.take(runs), measured.take(runs), choices, ttft_limits_ms):
            if loss is None:
                silent += 1
            else:
                losses.append(loss)
    if not losses:
        return Regret(float("nan"), float("nan"), 0, silent)
    return Regret(float(np.mean(losses)), float(np.quantile(losses, 0.9)), len(losses), silent)


def _contests(known: Index, contests: Sequence[str]) -> Iterator[Index]:
    names = np.array(contests)[known]
    return (known[names == name] for name in dict.fromkeys(names.tolist()))


def _losses(
    predicted: Figures, measured: Figures, choices: Index, ttft_limits_ms: Sequence[float]
) -> Iterator[float | None]:
    """One loss for each pair of limits that at least two deployments keep; None where nothing is predicted to."""
    for tpot, ttft in product(TPOT_LIMITS_MS, ttft_limits_ms):
        worth = _best(measured, choices, tpot, ttft)
        if (worth > 0).sum() < 2:
            continue
        promised = _best(predicted, choices, tpot, ttft)
        yield float(1 - worth[promised.argmax()] / worth.max()) if promised.max() > 0 else None


def _best(figures: Figures, choices: Index, tpot_ms: float, ttft_ms: float) -> Array:
    """Largest tokens/s/GPU of each deployment over its runs within the limits; 0 if there is none."""
    keeps = (figures.tpot_ms <= tpot_ms) & (figures.ttft_mean_ms <= ttft_ms)
    best = np.zeros(int(choices.max()) + 1)
    np.maximum.at(best, choices[keeps], figures.output_tokens_per_s_per_gpu[keeps])
    return best
