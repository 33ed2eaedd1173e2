"""The closed forms against a step-by-step simulation with the same step times, at rising load.

    python benchmarks/step_simulation.py

The simulator is the one of tests/candidates/test_step_simulation.py: Poisson arrivals, first come first served,
chunked prefill beside decoding. Deviations are closed form over simulation, minus one, averaged over seeds; the
largest rate is the one within TTFT p95 of 1 s and TPOT p95 of 50 ms.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "candidates"))

from test_step_simulation import OUTPUT, PROMPT, simulate
from workbench import engine, fixed, replica

from planner.candidates.operating import at_rate, largest, limits_for, points

REPLICAS = {
    "llama-3.3-70b fp8 on 4×H100": ("llama-3.3-70b", "H100-SXM", (4, 1), ("fp8", "bf16")),
    "llama-3.1-8b bf16 on L40S": ("llama-3.1-8b", "L40S", (1, 1), ("bf16", "bf16")),
    "gpt-oss-120b mxfp4 on H100": ("gpt-oss-120b", "H100-SXM", (1, 1), ("mxfp4", "bf16")),
    "deepseek-v3 fp8 on 8×H200": ("deepseek-v3", "H200-SXM", (8, 1), ("fp8", "bf16")),
}
LOADS = (0.3, 0.5, 0.7, 0.9)
SEEDS = (1, 2, 3)


def main() -> None:
    print(f"{'replica':<30} load  TPOT mean  TTFT mean  TTFT p95")
    for name, (model, gpu, layout, formats) in REPLICAS.items():
        ready = engine([replica(model, gpu, layout, formats, fixed(PROMPT, OUTPUT))])
        targets = {("ttft", 0.95): np.array([1.0]), ("tpot", 0.95): np.array([0.05])}
        best, _ = largest(ready, limits_for(ready, targets))
        for load in LOADS:
            rate = float(best.rate[0]) * load
            told = points(ready, at_rate(ready, np.array([rate])))[0]
            runs = [simulate(ready, rate, seed) for seed in SEEDS]
            ttft, tpot = (np.concatenate(parts) * 1e3 for parts in zip(*runs, strict=True))
            off = (
                told.tpot_mean_ms / tpot.mean(),
                told.ttft_mean_ms / ttft.mean(),
                told.ttft_p95_ms / np.quantile(ttft, 0.95),
            )
            print(f"{name:<30} {load:.1f} " + "  ".join(f"{value - 1:+9.1%}" for value in off))


if __name__ == "__main__":
    main()
