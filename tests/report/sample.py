"""A plan built by hand: two quarters, eight blocks, three workloads, every form of capacity, hostile text."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import sample_rows as rows_of
from sample_finance import KWH, energy_use, statements
from sample_rows import CHAT, CHAT_RATE, CODE, CODE_RATE, H100, L4, NIGHT, NIGHT_RATE, OWN, RATE_PER_YEAR, USD_PER_HOUR
from sample_why import explanations

from planner.plan.plan import Plan

QUARTER_H = 2190.0
BLOCKS = {
    "Mon–Fri 00–07": (range(5), range(7)),
    "Mon–Fri 07–09": (range(5), range(7, 9)),
    "Mon–Fri 09–12": (range(5), range(9, 12)),
    "Mon–Fri 12–14": (range(5), range(12, 14)),
    "Mon–Fri 14–18": (range(5), range(14, 18)),
    "Mon–Fri 18–24": (range(5), range(18, 24)),
    "Sat–Sun 00–09": (range(5, 7), range(9)),
    "Sat–Sun 09–24": (range(5, 7), range(9, 24)),
}
CHAT_LOAD = (4.0, 14.0, 30.0, 26.0, 32.0, 12.0, 3.0, 9.0)
"""Planned requests/s in the first quarter; the second has a quarter more."""
CODE_LOAD = {
    "code-completion/bucket-1": (1.0, 9, 24, 20, 26, 6, 0.5, 2),
    "code-completion/bucket-2": (0.2, 2, 6, 5, 7, 1.5, 0.1, 0.5),
}
NIGHT_LOAD = 8.0
GROWTH = (1.0, 1.25)
LATER, AT_THE_END = (1 + RATE_PER_YEAR) ** -0.25, (1 + RATE_PER_YEAR) ** -0.5
SLOTS = list(product(range(2), range(8)))


def block_hours(block: int) -> list[int]:
    days, clock = list(BLOCKS.values())[block]
    return [24 * day + hour for day in days for hour in clock]


def hours(block: int) -> float:
    return QUARTER_H * len(block_hours(block)) / 168


def chat_replicas(t: int, b: int) -> int:
    return -int(-own_chat(t, b) // CHAT_RATE) + 1


def own_chat(t: int, b: int) -> float:
    """What is not sent to the API."""
    return CHAT_LOAD[b] * GROWTH[t] - api_chat(t, b)


def api_chat(t: int, b: int) -> float:
    return 4.0 if b == 4 else 0.0


def code_replicas(t: int, b: int) -> int:
    load = sum(CODE_LOAD[name][b] * GROWTH[t] / CODE_RATE[name] for name in CODE_LOAD)
    return -int(-load // 1)


def h100_nodes(t: int, b: int) -> int:
    return -(-(4 * chat_replicas(t, b) + 2 * code_replicas(t, b)) // 8)


def spot_nodes(t: int, b: int) -> int:
    return 3 if b in (0, 5, 6, 7) else 1


def sample_plan(**changes: Any) -> Plan:
    """The plan; `changes` replaces whole parts of it."""
    parts: dict[str, Any] = {
        "made": rows_of.made(),
        "problem": rows_of.problem(),
        "certificate": rows_of.certificate(),
        "periods": [
            {"index": 0, "label": "2027-Q1", "start": "2027-01-01", "months": 3, "hours": QUARTER_H, "discount": 1.0},
            {
                "index": 1,
                "label": "2027-Q2",
                "start": "2027-04-01",
                "months": 3,
                "hours": QUARTER_H,
                "discount": LATER,
            },
        ],
        "blocks": [{"index": i, "label": name, "hours_of_week": block_hours(i)} for i, name in enumerate(BLOCKS)],
        "clustering_excess": 0.0312,
        "workloads": rows_of.workloads(),
        "demand": list(demand()),
        "hourly_demand": list(hourly_demand()),
        "pools": rows_of.pools(),
        "options": list(rows_of.options()),
        "purchases": purchases(),
        "kept": [{"pool": OWN, "period": 0, "nodes": 2}, {"pool": OWN, "period": 1, "nodes": 1}],
        "capacity": list(capacity()),
        "configs": rows_of.configs(),
        "replicas": list(replicas()),
        "flows": list(flows()),
        "api_options": rows_of.api_options(),
        "api_quotes": [
            {
                "workload": "code-completion",
                "api": "deepinfra/<qwen> | coder",
                "provider": "deepinfra",
                "model": "<qwen> | coder",
                "usd_per_million_tokens": 0.21,
                "provenance": rows_of.api_options()[0]["provenance"],
            }
        ],
        "api": [
            {
                "demand_class": "support-chat",
                "api": "together/llama-3.3-70b",
                "period": t,
                "block": b,
                "requests_per_s": api_chat(t, b),
                "usd_per_request": 0.00187,
            }
            for t, b in SLOTS
            if api_chat(t, b)
        ],
        "costs": costs(),
        "cash": cash(),
        "workload_costs": workload_costs(),
        "statements": list(statements(costs(), cash())),
        "energy": [{"period": t, "kwh": kwh} for t, kwh in enumerate(KWH)],
        "energy_use": energy_use(),
        "limits": rows_of.limits(),
        "rejections": rows_of.rejections(),
        "runners_up": rows_of.runners_up(),
        "sources": rows_of.sources(),
        "assumptions": [
            "Prices of long commitments are charged for every hour of the term that lies in the horizon, used or not.",
            "Arrivals inside an hour have a coefficient of variation of 1.1 <b>as asked</b>.",
            "| a | table | that must stay text |",
        ],
        "findings": [
            {"check": "cost_adds_up", "ok": True, "detail": "re-added 1,234,567.00 USD, claimed the same"},
            {"check": "demand_is_served", "ok": True, "detail": "48 class-blocks, none short"},
            {"check": "replicas_fit_nodes", "ok": True, "detail": "at most 28 of 32 GPUs in use"},
        ],
    }
    return Plan.model_validate(parts | explanations() | changes)


def loads() -> dict[str, tuple[str, tuple[float, ...]]]:
    """Demand class → its workload and planned requests/s by block in the first quarter."""
    return {
        "support-chat": ("support-chat", CHAT_LOAD),
        **{name: ("code-completion", load) for name, load in CODE_LOAD.items()},
        "night-summaries": ("night-summaries", (NIGHT_LOAD,) * 8),
    }


def demand() -> Iterator[dict[str, Any]]:
    for (name, (workload, load)), (t, b) in product(loads().items(), SLOTS):
        planned = load[b] * GROWTH[t]
        yield {
            "demand_class": name,
            "workload": workload,
            "period": t,
            "block": b,
            "planned_requests_per_s": planned,
            "mean_requests_per_s": 0.88 * planned,
        }


def hourly_demand() -> Iterator[dict[str, Any]]:
    for (name, (workload, load)), t in product(loads().items(), range(2)):
        week = [0.0] * 168
        for b in range(8):
            own = block_hours(b)
            for place, hour in enumerate(own):
                dip = 0.0 if workload == "night-summaries" else 0.25 * (place % 3) / 2
                week[hour] = load[b] * GROWTH[t] * (1 - dip)
        yield {"demand_class": name, "workload": workload, "period": t, "requests_per_s": week}


def purchases() -> list[dict[str, Any]]:
    one, three = (USD_PER_HOUR[form] * QUARTER_H * 2 for form in ("reserved_1y", "reserved_3y"))
    return [
        {
            "pool": H100,
            "form": "reserved_1y",
            "period": 0,
            "first_period": 0,
            "last_period": 1,
            "nodes": 1,
            "usd": one,
            "npv_usd": 0.99 * one,
            "usd_after_horizon": one,
        },
        {
            "pool": H100,
            "form": "reserved_3y",
            "period": 0,
            "first_period": 0,
            "last_period": 1,
            "nodes": 1,
            "usd": three,
            "npv_usd": three,
            "usd_after_horizon": 5 * three,
            "prepaid_usd": 2.5 * three,
        },
        {
            "pool": OWN,
            "form": "owned",
            "period": 0,
            "first_period": 1,
            "last_period": 1,
            "nodes": 1,
            "usd": 33_253.0,
            "npv_usd": 40_100.0,
            "usd_after_horizon": -315_150.0,
        },
    ]


def capacity() -> Iterator[dict[str, Any]]:
    for t, b in SLOTS:
        own = 2
        yield {"pool": OWN, "period": t, "block": b, "committed_nodes": own, "on_demand_nodes": 0, "spot_nodes": 0}
        more = max(0, h100_nodes(t, b) - own - 2)
        yield {"pool": H100, "period": t, "block": b, "committed_nodes": 2, "on_demand_nodes": more, "spot_nodes": 0}
        yield {
            "pool": L4,
            "period": t,
            "block": b,
            "committed_nodes": 0,
            "on_demand_nodes": 0,
            "spot_nodes": spot_nodes(t, b),
        }


def replicas() -> Iterator[dict[str, Any]]:
    for t, b in SLOTS:
        at = {"period": t, "block": b}
        yield {"workload": "support-chat", "config": CHAT, "pool": OWN, "kind": "firm", "replicas": 1, **at}
        if more := chat_replicas(t, b) - 1:
            yield {"workload": "support-chat", "config": CHAT, "pool": H100, "kind": "firm", "replicas": more, **at}
        yield {
            "workload": "code-completion",
            "config": CODE,
            "pool": H100,
            "kind": "firm",
            "replicas": code_replicas(t, b),
            **at,
        }
        yield {
            "workload": "night-summaries",
            "config": NIGHT,
            "pool": L4,
            "kind": "spot",
            "replicas": 4 * spot_nodes(t, b),
            **at,
        }


def flows() -> Iterator[dict[str, Any]]:
    for t, b in SLOTS:
        at = {"period": t, "block": b}
        chat, fleet = own_chat(t, b), chat_replicas(t, b)
        for pool, here in ((OWN, 1), (H100, fleet - 1)):
            if here:
                yield {
                    "demand_class": "support-chat",
                    "config": CHAT,
                    "pool": pool,
                    "kind": "firm",
                    "requests_per_s": chat * here / fleet,
                    **at,
                }
        for name, load in CODE_LOAD.items():
            yield {
                "demand_class": name,
                "config": CODE,
                "pool": H100,
                "kind": "firm",
                "requests_per_s": load[b] * GROWTH[t],
                **at,
            }
        yield {
            "demand_class": "night-summaries",
            "config": NIGHT,
            "pool": L4,
            "kind": "spot",
            "requests_per_s": 0.93 * NIGHT_RATE * 4 * spot_nodes(t, b),
            **at,
        }


def costs() -> list[dict[str, Any]]:
    rows = []
    for t, discount in enumerate((1.0, LATER)):
        rented = sum(USD_PER_HOUR["on_demand"] * hours(b) * max(0, h100_nodes(t, b) - 4) for b in range(8))
        spot = sum(USD_PER_HOUR["spot"] * hours(b) * spot_nodes(t, b) for b in range(8))
        api = sum(api_chat(t, b) * 0.88 * 3600 * hours(b) * 0.00187 for b in range(8))
        amounts = [
            ("existing_running", OWN, 6134.33 * 3 * (2 - t)),
            ("on_demand", H100, rented),
            ("spot", L4, spot),
            ("api", "together/llama-3.3-70b", api),
            ("reserved_1y", H100, USD_PER_HOUR["reserved_1y"] * QUARTER_H),
            ("reserved_3y", H100, USD_PER_HOUR["reserved_3y"] * QUARTER_H),
        ]
        amounts += (
            [("owned_purchase", OWN, 330_000.0)]
            if t == 0
            else [("owned_value_left", OWN, -315_150.0), ("owned_running", OWN, 18_403.0)]
        )
        rows += [
            {"term": term, "subject": who, "period": t, "usd": usd, "npv_usd": usd * worth(term, discount)}
            for term, who, usd in amounts
        ]
    return rows


def worth(term: str, discount: float) -> float:
    """What a dollar of a period is worth: half of the three years is paid when signed, value left counts at the end."""
    return {"reserved_3y": (1 + discount) / 2, "owned_value_left": AT_THE_END}.get(term, discount)


def cash() -> list[dict[str, Any]]:
    rows = []
    for row in costs():
        if row["term"] == "owned_value_left":
            continue
        kind = "capex" if row["term"] == "owned_purchase" else "opex"
        rows.append(
            {"kind": kind, "subject": row["subject"], "term": row["term"], "period": row["period"], "usd": row["usd"]}
        )
    rows.append({"kind": "opex", "subject": H100, "term": "reserved_3y", "period": 0, "usd": 260_000.0})
    return rows


def workload_costs() -> list[dict[str, Any]]:
    total = {t: sum(row["usd"] for row in costs() if row["period"] == t) for t in range(2)}
    split = {
        "support-chat": (0.58, 98_000.0),
        "code-completion": (0.24, 110_000.0),
        "night-summaries": (0.09, 520_000.0),
        "(idle committed capacity)": (0.09, 0.0),
    }
    named = {
        "support-chat": {"model": "llama-3.3-70b", "team": "Support <b>", "cost_centre": "47|11"},
        "code-completion": {"model": "qwen3-30b-a3b", "team": "=Engineering"},
        "night-summaries": {"model": "llama-3.1-8b"},
    }
    return [
        {"workload": name, "period": t, "usd": part * total[t], "million_tokens": tokens * GROWTH[t]}
        | named.get(name, {})
        for t in range(2)
        for name, (part, tokens) in split.items()
    ]
