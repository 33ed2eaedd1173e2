"""GPUs in use stay within the limit on all of them together."""

from __future__ import annotations

from collections.abc import Iterator

from planner.milp.expressions import less_excess, nodes
from planner.milp.instance import Instance, Kind, Pool
from planner.milp.model import Model, Term, constraint


@constraint(
    says="GPUs of all nodes, rented and owned together, stay within max_gpus in every hour.",
    math=r"\sum_{p,k} g_p\, N_{pktb} \le G",
    forall="period t, block b, where max_gpus is given",
    unit="GPUs",
)
def define_respect_gpu_limit(m: Model, p: Instance) -> None:
    if p.gpu_limit is None:
        return
    for t, b in p.time.slots:
        held = [term for pool in p.pools.values() for term in _gpus(m, pool, t, b)]
        if held:
            held += less_excess(m, p.gpu_limit, t, b)
            m.at_most("respect_gpu_limit", (t, b), held, p.limits[p.gpu_limit].value, p.gpu_limit)


def _gpus(m: Model, pool: Pool, t: int, b: int) -> Iterator[Term]:
    kinds: tuple[Kind, ...] = ("firm", "spot") if "spot" in pool.rentals else ("firm",)
    for kind in kinds:
        for node, count in nodes(m, pool, kind, t, b):
            yield node, count * pool.gpus
