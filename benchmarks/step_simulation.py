"""The closed forms against a step-by-step simulation with the same step times, at rising load.

    python benchmarks/step_simulation.py

The simulator is the one of tests/candidates/test_step_simulation.py: Poisson arrivals, first come first served,
chunked prefill beside decoding, 200,000 requests or more (with 4,000 its own TTFT p95 is off by up to 5 %, with
50,000 its mean TPOT by up to 1 %). Deviations are closed form over simulation, minus one, for six replicas, four pairs
of lengths and three loads; the largest rate is the one within TTFT p95 of 1 s and TPOT p95 of 50 ms. Takes ten minutes.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "candidates"))

from test_step_simulation import LENGTHS, PLACES, errors

MORE_PLACES = [
    ("deepseek-v3", "H200-SXM", 8, "fp8"),
    ("gemma-3-27b", "A100-SXM-80GB", 2, "bf16"),
]
LOADS = (0.3, 0.6, 0.9)
SERVED = 200_000
TPOT_WITHIN, TTFT_WITHIN = 0.03, 0.10


def main() -> None:
    found = []
    print(f"{'replica':<36} {'lengths':>9} load  TPOT mean   TPOT p95  TTFT mean   TTFT p95")
    for place in (*PLACES, *MORE_PLACES):
        model, gpu, tp, weights = place
        for prompt, output in LENGTHS:
            for load in LOADS:
                off = errors(place, (prompt, output), load, SERVED)
                found.append(off)
                told = "  ".join(f"{value:+9.1%}" for value in off)
                print(f"{f'{model} {weights} {tp}×{gpu}':<36} {f'{prompt}/{output}':>9} {load:.1f}  {told}", flush=True)
    tpot, _, _, ttft = np.abs(np.array(found)).T
    print(f"TPOT mean within {TPOT_WITHIN:.0%} in {(tpot <= TPOT_WITHIN).sum()} of {len(tpot)}, worst {tpot.max():.1%}")
    print(f"TTFT p95 within {TTFT_WITHIN:.0%} in {(ttft <= TTFT_WITHIN).sum()} of {len(ttft)}, worst {ttft.max():.1%}")


if __name__ == "__main__":
    main()
