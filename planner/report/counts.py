"""Where the counts come from: GPUs = replicas × layout on whole nodes, and what each part of them is for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import ceil

from planner.plan.plan import ConfigRow, FlowRow, PoolRow
from planner.report import format as f
from planner.report.lookup import Lookup, where_is

_WHOLE = 1e-6
_PARTS = {"bare": "the load", "needed": "head-room", "spares": "redundancy", "more": "the rest"}
"""What replicas are for, in the order they are counted; `needed` holds `bare`."""


@dataclass(frozen=True)
class Counted:
    """The nodes of one pool at their busiest: the sum, and a line on each part of it."""

    headline: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class _Run:
    """Replicas of one configuration of one workload in a slot."""

    look: Lookup
    config: ConfigRow
    flows: tuple[FlowRow, ...]
    replicas: int

    @cached_property
    def load(self) -> float:
        """Replicas that the load keeps as busy as they may be."""
        return sum(row.requests_per_s / self._rate(row) for row in self.flows)

    def _rate(self, row: FlowRow) -> float:
        return self.look.configs[row.config, row.demand_class].max_requests_per_s

    @cached_property
    def bare(self) -> int:
        """Replicas for the same load without margins, each as busy as its SLO allows."""
        return _up(self.load * _margins(self.look, self.config))

    @cached_property
    def needed(self) -> int:
        return _up(self.load)

    @cached_property
    def spares(self) -> int:
        """Of the replicas, those for the availability target."""
        return max(0, min(self.config.spare_replicas, self.replicas - self.needed))

    @property
    def more(self) -> int:
        """Replicas that neither load nor spares ask for."""
        return max(0, self.replicas - self.needed - self.spares)


def _up(number: float) -> int:
    return ceil(number - _WHOLE)


def _margins(look: Lookup, config: ConfigRow) -> float:
    """What of a replica's largest rate within its SLO is planned with, over what demand is raised by."""
    limits = look.problem("limits")
    slower = 0.0 if config.basis == "measured" else limits["throughput_margin"]
    return float(limits["utilization_cap"] * (1 - slower) / (1 + limits["demand_margin"]))


def counts(look: Lookup) -> tuple[Counted, ...]:
    """One entry a pool and kind of capacity that runs anything, in the order of the pools."""
    found = []
    for pool in look.plan.pools:
        for kind in ("firm", "spot"):
            slot = _busiest(look, pool.id, kind)
            if slot is not None:
                found.append(_counted(look, pool, kind, slot))
    return tuple(found)


def _nodes(look: Lookup, pool: str, kind: str) -> dict[tuple[int, int], int]:
    rows = [row for row in look.plan.capacity if row.pool == pool]
    if kind == "spot":
        return {(row.period, row.block): row.spot_nodes for row in rows}
    return {(row.period, row.block): row.committed_nodes + row.on_demand_nodes for row in rows}


def _busiest(look: Lookup, pool: str, kind: str) -> tuple[int, int] | None:
    """The first period and block with most nodes, and of those with most GPUs in use."""
    used: dict[tuple[int, int], int] = {}
    for row in look.plan.replicas:
        if (row.pool, row.kind) == (pool, kind) and row.replicas:
            slot = row.period, row.block
            used[slot] = used.get(slot, 0) + row.replicas * look.configs[row.config, _class(look, row.config)].gpus
    nodes = _nodes(look, pool, kind)
    return max(used, key=lambda slot: (nodes.get(slot, 0), used[slot], -slot[0], -slot[1]), default=None)


def _class(look: Lookup, config: str) -> str:
    """Some demand class that a configuration serves: its layout is the same for all."""
    return next(name for one, name in look.configs if one == config)


def _counted(look: Lookup, pool: PoolRow, kind: str, slot: tuple[int, int]) -> Counted:
    runs = list(_runs(look, pool.id, kind, slot))
    nodes = _nodes(look, pool.id, kind).get(slot, 0)
    lines = [line for run in runs for line in _run_lines(look, run)]
    return Counted(
        _headline(look, (pool, kind), runs, nodes, slot), (*lines, *_node_lines(look, (pool, kind), runs, nodes))
    )


def _runs(look: Lookup, pool: str, kind: str, slot: tuple[int, int]) -> Iterator[_Run]:
    for row in look.plan.replicas:
        if (row.pool, row.kind, row.period, row.block) == (pool, kind, *slot) and row.replicas:
            flows = tuple(
                one
                for one in look.plan.flows
                if (one.pool, one.kind, one.period, one.block, one.config) == (pool, kind, *slot, row.config)
                and look.workload_of[one.demand_class] == row.workload
            )
            served = flows[0].demand_class if flows else _class(look, row.config)
            yield _Run(look, look.configs[row.config, served], flows, row.replicas)


def _headline(look: Lookup, place: tuple[PoolRow, str], runs: list[_Run], nodes: int, slot: tuple[int, int]) -> str:
    pool, kind = place
    parts = [f"{run.replicas:,} × {_layout(run.config)} for {run.config.workload}" for run in runs]
    used, have = sum(run.replicas * run.config.gpus for run in runs), nodes * pool.gpus_per_node
    whole = f"{f.plural(used, 'GPU')} = {' + '.join(parts)}"
    free = f", {have - used:,} of {have:,} GPUs free" if have > used else ""
    spot = ", spot" if kind == "spot" else ""
    when = f"{look.periods[slot[0]].label}, {look.blocks[slot[1]].label}"
    where = f"{f.plural(nodes, 'node')} of {f.plural(pool.gpus_per_node, 'GPU')}"
    return f"{pool.instance_type} ({where_is(pool)}{spot}), {when}: {whole}, on {where}{free}."


def _layout(config: ConfigRow) -> str:
    """ "TP4 × PP2" and so on: the GPUs of one replica."""
    parts = [("TP", config.tp), ("PP", config.pp), ("DP", config.dp)]
    told = [f"{name}{size}" for name, size in parts if size > 1] or ["TP1"]
    half = "" if config.role == "aggregated" else f" ({config.role})"
    return " × ".join(told) + half


def _run_lines(look: Lookup, run: _Run) -> Iterator[str]:
    """Load to replicas, margins, spares and the rest; then why a replica has more than one GPU."""
    name = f"{run.config.workload}, {_layout(run.config)}"
    counted = f"{_load(run)} → {f.plural(run.needed, 'replica')}"
    if run.needed > run.bare:
        counted += f", of which {run.needed - run.bare:,} for head-room ({_head_room(look, run.config)})"
    if run.spares:
        target = next(one.availability for one in look.plan.workloads if one.id == run.config.workload)
        asked = f" of {f.exact_share(target)}" if target else ""
        counted += f", + {f.plural(run.spares, 'spare')} for the availability{asked}"
    if run.more:
        counted += f", + {run.more:,} {_what_more(look, run)}"
    yield f"{name}: {counted}."
    if run.config.gpus > 1:
        yield f"{name}: {_why_so_large(look, run.config)}"


def _load(run: _Run) -> str:
    if len(run.flows) == 1:
        (flow,) = run.flows
        return f"{f.rate(flow.requests_per_s)} ÷ {f.figure(run._rate(flow))} each = {f.figure(run.load)}"
    return f"{len(run.flows)} sizes of request together = {f.figure(run.load)}"


def _head_room(look: Lookup, config: ConfigRow) -> str:
    limits = look.problem("limits")
    parts = [f"utilisation cap of {f.share(limits['utilization_cap'])}"]
    if limits["throughput_margin"] and config.basis == "predicted":
        parts.append(f"throughput margin of {f.share(limits['throughput_margin'])}")
    if limits["demand_margin"]:
        parts.append(f"demand margin of {f.share(limits['demand_margin'])}")
    return f.listed(parts)


def _what_more(look: Lookup, run: _Run) -> str:
    loss = look.problem("limits").get("survive_loss_of")
    asked = look.plan.problem["workloads"][run.config.workload]
    if loss and asked.get("traffic") and asked.get("survives_loss", True):
        return f"to survive the loss of a {loss}"
    return "on nodes that are there anyway"


def _why_so_large(look: Lookup, config: ConfigRow) -> str:
    """What the next smaller layout lacks, as the search for configurations found it, or the memory says."""
    for gpus in range(config.gpus - 1, 0, -1):
        subject = f"{config.model} {config.weights} on {gpus}×{config.gpu}"
        for row in look.plan.rejections:
            if (row.workload, row.subject) == (config.workload, subject) and row.reason in {"memory", "slo"}:
                enough = "1 is" if gpus == 1 else f"{gpus} are"
                return f"{config.gpus} GPUs a replica because {enough} not enough: {row.detail}."
    if (memory := config.memory) is not None:
        weights, room = (
            memory.weights_gib * config.gpus,
            memory.usable_gib - memory.activations_gib - memory.runtime_gib,
        )
        if weights > room:
            return (
                f"{config.gpus} GPUs a replica: {f.gib(weights)} of weights, of which one {config.gpu} holds "
                f"{f.gib(room)}."
            )
    return f"{config.gpus} GPUs a replica for speed or cost: one holds the weights."


def _node_lines(look: Lookup, place: tuple[PoolRow, str], runs: list[_Run], nodes: int) -> Iterator[str]:
    """What each node beyond the first is for."""
    pool, kind = place
    share = look.options[pool.id, "spot"].usable_share if kind == "spot" else 1.0
    spans = [run for run in runs if run.config.nodes > 1]
    for run in spans:
        yield (
            f"{run.config.workload}: each replica spans {run.config.nodes} whole nodes, as its {run.config.gpus} GPUs "
            f"are more than one node's {pool.gpus_per_node}."
        )
    if nodes < 2 or spans:
        return

    steps = {part: sum(getattr(run, part) * run.config.gpus for run in runs) for part in _PARTS}
    at, used, told = 0, 0, []
    for part, what in _PARTS.items():
        used = steps[part] if part == "needed" else used + steps[part]
        fitting = _up(used / pool.gpus_per_node)
        told.append((fitting - at, what))
        at = fitting
    ready = _up(used / (pool.gpus_per_node * share))
    told += [(ready - at, f"interruptions, as {f.share(share)} of spot counts")] if share < 1 else []
    told.append((nodes - max(at, ready), "whole nodes that stay, or that no replica fills"))
    yield f"{f.plural(nodes, 'node')}: {' + '.join(f'{count:,} for {what}' for count, what in told if count > 0)}."
