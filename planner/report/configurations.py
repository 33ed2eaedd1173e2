"""A configuration in the words of an engineer, and how many replicas of it there are."""

from __future__ import annotations

from collections import defaultdict

from planner.plan.plan import ConfigRow, ReplicaRow
from planner.report import format as f
from planner.report.lookup import Lookup

RANGE = "80 % range"


def config_name(row: ConfigRow) -> str:
    """A configuration as an engineer says it: "8 × H100-SXM, TP4 × PP2, fp8, KV fp8"."""
    formats = f"weights {row.weights}, KV {row.kv}"
    return f"{row.model} on {row.gpus}{f.NBSP}×{f.NBSP}{row.gpu}, {layout(row)}, {formats}{half(row)}"


def replica_name(row: ConfigRow) -> str:
    """The same without number formats: "llama-3.3-70b on 8 × H100-SXM, TP4 × PP2"."""
    return f"{row.model} on {row.gpus}{f.NBSP}×{f.NBSP}{row.gpu}, {layout(row)}{half(row)}"


def layout(row: ConfigRow) -> str:
    """ "TP4 × PP2", and what else is shared out."""
    return f"TP{row.tp}" + (f"{f.NBSP}×{f.NBSP}PP{row.pp}" if row.pp > 1 else "") + shared_out(row) + spanned(row)


def half(row: ConfigRow | ReplicaRow) -> str:
    """ ", prefill only" where a replica serves half of each request."""
    return "" if row.role == "aggregated" else f", {row.role} only"


def shared_out(row: ConfigRow) -> str:
    """ " × DP8, EP8" where attention or experts are shared out."""
    data = f"{f.NBSP}×{f.NBSP}DP{row.dp}" if row.dp > 1 else ""
    return data + (f", EP{row.ep}" if row.ep > 1 else "")


def spanned(row: ConfigRow) -> str:
    """ " over 2 nodes" where one replica spans several."""
    return f" over {row.nodes}{f.NBSP}nodes" if row.nodes > 1 else ""


def replica_range(look: Lookup, workload: str, config: str) -> tuple[int, int]:
    """Fewest and most replicas of a configuration in any block, over all pools."""
    rows = [row for row in look.plan.replicas if (row.workload, row.config) == (workload, config)]
    return fewest_and_most(look, rows)


def fewest_and_most(look: Lookup, rows: list[ReplicaRow]) -> tuple[int, int]:
    """Fewest and most of these replicas together in any block."""
    counts: dict[tuple[int, int], int] = defaultdict(int)
    for row in rows:
        counts[row.period, row.block] += row.replicas
    slots = len(look.periods) * len(look.blocks)
    least = min(counts.values(), default=0) if len(counts) == slots else 0
    return least, max(counts.values(), default=0)
