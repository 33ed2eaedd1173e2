"""Is everybody who serves good enough: models by score, formats by width, providers by compliance?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from planner.plan.plan import Finding
from planner.plan.proofs.book import RELATIVE, Book, finding
from planner.plan.proofs.caps import Used, verdict

Slot = tuple[str, int, int]  # workload, period, block


def suppliers_are_accepted(book: Book) -> Finding:
    """No request is served below a floor of its workload, or by a provider without a tag that it asks for."""
    served = {(book.workload_of[row.demand_class], row.config, row.pool) for row in book.plan.flows}
    sent = {(row.api, row.demand_class) for row in book.plan.api}
    models = {row.config: row for row in book.plan.configs}
    wrong: list[str] = []
    for workload, config, pool in sorted(served):
        row, asked = models[config], _asked(book, workload)
        bits, floor = int("".join(filter(str.isdigit, row.weights))), asked.get("precision", {}).get("min_weight_bits")
        if floor is not None and bits < floor:
            wrong.append(f"{workload} on {config}: {bits} bits a weight, at least {floor:g} asked")
        wrong += _too_poor(asked, f"{workload} on {config}", row.quality, row.model)
        wrong += _not_shown(book, workload, book.pools[pool].provider)
    for option in book.plan.api_options:
        if (option.api, option.demand_class) in sent:
            workload = book.workload_of[option.demand_class]
            wrong += _too_poor(_asked(book, workload), f"{workload} on {option.api}", option.quality)
            wrong += _not_shown(book, workload, option.provider)
    return finding("suppliers_are_accepted", wrong, f"{len(served) + len(sent)} suppliers, all accepted")


def mean_quality_holds(book: Book) -> Finding:
    """The mean score over the requests of every block, as far below the best model's as the floor allows."""
    return verdict(book, "mean_quality_holds", list(_losses(book)), "below the best score")


def _losses(book: Book) -> Iterator[Used]:
    parts: dict[Slot, list[tuple[float, float]]] = defaultdict(list)
    for flow in book.plan.finished:
        score = book.configs[flow.config, flow.demand_class].quality or 0.0
        slot = book.workload_of[flow.demand_class], flow.period, flow.block
        parts[slot].append((flow.requests_per_s, score))
    options = {(row.api, row.demand_class): row.quality or 0.0 for row in book.plan.api_options}
    for sent in book.plan.api:
        slot = book.workload_of[sent.demand_class], sent.period, sent.block
        parts[slot].append((sent.requests_per_s, options[sent.api, sent.demand_class]))
    for name in book.workloads:
        asked = _asked(book, name)
        floor = asked.get("min_mean_quality")
        if floor is not None:
            best = max(asked["model_quality"].values())
            means = [_mean(part) for (workload, _, _), part in parts.items() if workload == name]
            yield f"min_mean_quality {name}", best - min(means, default=best), best - floor, None


def _mean(part: list[tuple[float, float]]) -> float:
    return sum(rate * score for rate, score in part) / sum(rate for rate, _ in part)


def _too_poor(asked: dict[str, Any], where: str, score: float | None, model: str = "") -> Iterator[str]:
    floors = [floor for floor in (asked.get("min_quality"), asked.get("min_mean_quality")) if floor is not None]
    told = asked.get("model_quality", {})
    if floors and (score is None or score not in told.values() or told.get(model, score) != score):
        yield f"{where}: scored {score}, the problem says {told.get(model, 'otherwise')}"
    least = asked.get("min_quality")
    if least is not None and (score or 0.0) < least * (1 - RELATIVE):
        yield f"{where}: scores {score}, at least {least:g} asked"


def _not_shown(book: Book, workload: str, provider: str) -> Iterator[str]:
    has = book.asked("supply").get("compliance", {}).get(provider, [])
    lacks = [tag for tag in _asked(book, workload).get("compliance", []) if tag not in has]
    if lacks:
        yield f"{workload} at {provider}: {len(lacks)} tags not shown ({', '.join(lacks)})"


def _asked(book: Book, workload: str) -> dict[str, Any]:
    asked: dict[str, Any] = book.asked("workloads").get(workload, {})
    return asked
