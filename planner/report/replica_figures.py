"""Pictures of replicas: latency against every target, and where each GiB of a GPU goes."""

from __future__ import annotations

from collections import Counter

from planner.report import format as f
from planner.report.configurations import RANGE, config_name, layout
from planner.report.lookup import Lookup
from planner.report.shapes import Figure
from planner.report.targets import latency_range, latency_span, target_name, target_text


def latency_figure(look: Lookup) -> Figure | None:
    """Every latency target of the plan, as a share of what is allowed."""
    targets = {workload.id: workload.slo for workload in look.plan.workloads}
    rows: list[dict[str, float | str]] = []
    often = Counter((row.demand_class, row.gpu) for row in look.plan.configs if row.latency)
    for config in look.plan.configs:
        alone = often[config.demand_class, config.gpu] == 1
        replica = config.gpu if alone else f"{config.gpus}{f.NBSP}×{f.NBSP}{config.gpu} {layout(config)}"
        for target, predicted in config.latency.items():
            asked = targets[config.workload][target]
            label = f"{target_text(target, predicted)} of {target_text(target, asked)}"
            name = f.plain(f"{config.demand_class}, {replica}: {target_name(target)}")
            low, high = latency_span(config, target) or (predicted, predicted)
            ends = latency_range(config, target)
            spread = f", {RANGE} {ends}" if ends else ""
            tip = f"{name}: {label} ({f.share(predicted / asked)}){spread}"
            shares = {"share": predicted / asked, "low": low / asked, "high": high / asked}
            rows.append({"name": name, "label": label, "form": _tone(predicted, asked), "tip": tip} | shares)
    if not rows:
        return None
    worst = max(rows, key=lambda row: float(row["share"]))
    ranged = any(row["low"] != row["high"] for row in rows)
    thin = " Thin lines: where the truth lies four times in five." if ranged else ""
    says = f"The line is the target.{thin} Closest to it, as expected: {worst['name']}, {worst['label']}."
    return Figure("latency", "Latency at the busiest hour, as a share of the target", says, "latency", tuple(rows))


def _tone(predicted: float, asked: float) -> str:
    return "over" if predicted > asked else "owned"


def memory_figure(look: Lookup) -> Figure | None:
    """Where each GiB of one GPU goes, for each configuration."""
    rows: list[dict[str, float | str]] = []
    for name, row in {config_name(row): row for row in look.plan.configs}.items():
        memory = row.memory
        if memory is None or row.busiest.concurrency is None:
            continue
        in_use = min(memory.kv_pool_gib, row.busiest.concurrency / row.dp * memory.kv_gib_per_request)
        parts = {
            "weights": memory.weights_gib,
            "activations": memory.activations_gib,
            "runtime": memory.runtime_gib,
            "kv": in_use,
            "free": max(0.0, memory.kv_pool_gib - in_use),
        }
        for order, (part, gib) in enumerate(parts.items()):
            tip = f"{f.plain(name)}, {MEMORY_PARTS[part]}: {f.gib(gib)}"
            rows.append({"name": f.plain(name), "part": part, "order": order, "gib": gib, "tip": tip})
    if not rows:
        return None
    says = "Weights, activations, runtime, KV cache in use at the busiest hour, and KV cache free."
    return Figure("memory", "Memory of one GPU of each replica", says, "memory", tuple(rows))


MEMORY_PARTS = {
    "weights": "Weights",
    "activations": "Activations",
    "runtime": "Runtime",
    "kv": "KV cache, busiest hour",
    "free": "KV cache, free",
}
