"""How many largest-rate-within-SLO evaluations a second on one core: every model on every GPU, layout and format.

    python benchmarks/max_rate.py

An evaluation is one configuration facing one class of requests: step coefficients, memory, and the bisection for
the largest rate at which TTFT p95, TPOT p95 and memory hold. Loading the catalogue and naming the configurations is
timed apart.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import numpy as np

from planner.candidates.constants import constants_for
from planner.candidates.engine import engine_of
from planner.candidates.layouts import layouts_for
from planner.candidates.links import Fabric
from planner.candidates.operating import largest, limits_for
from planner.candidates.precision import default_formats, precision_for, why_not
from planner.candidates.rows import Replica, rows_from
from planner.candidates.shape import shape_of
from planner.catalog.load import load_catalog
from planner.catalog.specs import Catalog
from planner.demand.types import LengthMix

NODE_GPUS = 8
PROMPT, OUTPUT = 2000.0, 500.0
TTFT_S, TPOT_S = 1.5, 0.05
BLOCK = 8192  # configurations at a time: their columns stay in the processor's caches
REPEATS = 5


def replicas(catalog: Catalog) -> Iterator[Replica]:
    """Every configuration the planner would try in nodes of eight GPUs."""
    k = constants_for(catalog.calibration, "")
    lengths = LengthMix(np.array([PROMPT]), np.array([OUTPUT]), np.ones(1))
    for model in catalog.models.values():
        shape = shape_of(lengths, 0.0, model.attention, k.oversize_request_share)
        for gpu in catalog.gpus.values():
            fabric = Fabric(gpu, gpu.link_domain_gpus)
            formats = [(w, kv) for w in default_formats(model, gpu) for kv in ("bf16", "fp8")]
            usable = [precision_for(model, gpu, *pair) for pair in formats if not why_not(gpu, *pair)]
            for layout in layouts_for(model, fabric, NODE_GPUS, k):
                yield from (Replica(model, fabric, layout, p, shape, 1.0, 1.0) for p in usable)


def best_of(work: Callable[[], object]) -> float:
    """Processor seconds of the fastest of a few repetitions."""
    seconds = []
    for _ in range(REPEATS):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds)


def main() -> None:
    catalog = load_catalog(as_of=datetime.now(tz=UTC).date())
    k = constants_for(catalog.calibration, "")
    start = time.process_time()
    every = list(replicas(catalog))
    rows = rows_from(every, k)
    named = time.process_time() - start
    starts = range(0, len(rows), BLOCK)
    blocks = [rows.take(np.arange(start, min(start + BLOCK, len(rows)))) for start in starts]

    def evaluate() -> None:
        for block in blocks:
            engine = engine_of(block, k)
            limits = {("ttft", 0.95): np.full(len(block), TTFT_S), ("tpot", 0.95): np.full(len(block), TPOT_S)}
            largest(engine, limits_for(engine, limits))

    seconds = best_of(evaluate)
    print(f"{len(rows):,} configurations of {len(catalog.models)} models on {len(catalog.gpus)} GPUs")
    found = f"{seconds:.3f} s to find every largest rate: {len(rows) / seconds:,.0f} a second"
    print(f"{named:.2f} s to name them; {found}")


if __name__ == "__main__":
    main()
