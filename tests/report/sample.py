"""A plan built by hand: two quarters, eight blocks, three workloads, every form of capacity, hostile text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import product
from typing import Any

from planner.plan.plan import Plan

HOSTILE = 'Next half year <script>alert(1)</script> | `rm` *now* "quoted" & [link](javascript:alert(1)) ![i](x)'
FORMULA = '=HYPERLINK("http://example.test") $x_1$ <img src=x onerror=alert(1)>\n# not a heading'

H100 = "aws/us-east-1/p5.48xlarge"
L4 = "gcp/us-central1/g2-standard-48"
OWN = "own/dgx-h100"
CHAT = "llama-3.3-70b/H100-SXM/tp4-pp1/fp8/kv-bf16"
CODE = "qwen3-30b-a3b/H100-SXM/tp2-pp1/fp8/kv-fp8"
NIGHT = "llama-3.1-8b/L4/tp1-pp1/fp8/kv-fp8"

QUARTER_H = 2190.0
BLOCKS = {
    "Mon–Fri 00–07": (range(5), range(0, 7)),
    "Mon–Fri 07–09": (range(5), range(7, 9)),
    "Mon–Fri 09–12": (range(5), range(9, 12)),
    "Mon–Fri 12–14": (range(5), range(12, 14)),
    "Mon–Fri 14–18": (range(5), range(14, 18)),
    "Mon–Fri 18–24": (range(5), range(18, 24)),
    "Sat–Sun 00–09": (range(5, 7), range(0, 9)),
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
SLOTS = list(product(range(2), range(8)))
CHAT_RATE, NIGHT_RATE = 5.5, 1.1
CODE_RATE = {"code-completion/bucket-1": 14.0, "code-completion/bucket-2": 6.0}
USD_PER_HOUR = {"on_demand": 55.04, "spot": 3.1, "reserved_1y": 34.61, "reserved_3y": 23.77}


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


def committed(t: int) -> int:
    """Two reserved nodes, and an owned one that arrives in the second quarter beside an old one."""
    return 2 + t


def spot_nodes(t: int, b: int) -> int:
    return 3 if b in (0, 5, 6, 7) else 1


def sample_plan(**changes: Any) -> Plan:
    """The plan; `changes` replaces whole parts of it."""
    parts: dict[str, Any] = {
        "made": made(),
        "problem": problem(),
        "certificate": certificate(),
        "periods": [
            {"index": 0, "label": "2027-Q1", "start": "2027-01-01", "months": 3, "hours": QUARTER_H, "discount": 1.0},
            {
                "index": 1,
                "label": "2027-Q2",
                "start": "2027-04-01",
                "months": 3,
                "hours": QUARTER_H,
                "discount": 0.9809,
            },
        ],
        "blocks": [{"index": i, "label": name, "hours_of_week": block_hours(i)} for i, name in enumerate(BLOCKS)],
        "clustering_excess": 0.0312,
        "workloads": workloads(),
        "demand": list(demand()),
        "hourly_demand": list(hourly_demand()),
        "pools": pools(),
        "options": list(options()),
        "purchases": purchases(),
        "kept": [{"pool": OWN, "period": 0, "nodes": 2}, {"pool": OWN, "period": 1, "nodes": 1}],
        "capacity": list(capacity()),
        "configs": configs(),
        "replicas": list(replicas()),
        "flows": list(flows()),
        "api_options": api_options(),
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
        "energy": [{"period": 0, "kwh": 98_123.4}, {"period": 1, "kwh": 121_456.7}],
        "limits": limits(),
        "rejections": rejections(),
        "runners_up": runners_up(),
        "sources": sources(),
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
    return Plan.model_validate(parts | changes)


def made() -> dict[str, Any]:
    return {
        "planner_version": "0.1.0",
        "command": "planner plan 'problems/half year | ``ticks``.yaml' --as-of 2026-12-01",
        "problem_file": "half year.yaml",
        "problem_sha256": "a" * 64,
        "catalog_sha256": "b" * 64,
        "as_of": "2026-12-01",
    }


def problem() -> dict[str, Any]:
    return {
        "title": HOSTILE,
        "question": FORMULA,
        "limits": {"utilization_cap": 0.9, "throughput_margin": 0.1, "demand_margin": 0.0},
    }


def certificate() -> dict[str, Any]:
    return {
        "verdict": "optimal", "objective_name": "cost", "objective": 702_000.0, "bound": 701_740.0, "gap": 0.00037,
        "gap_asked": 0.001, "time_limit_s": 60.0, "build_s": 0.84, "solve_s": 12.31, "rows": 4210, "columns": 9876,
        "integers": 1234, "solver": "HiGHS", "solver_version": "1.15.1", "threads": 2, "seed": 1,
    }  # fmt: skip


def workloads() -> list[dict[str, Any]]:
    common = {"interruptible": False, "availability": None, "regions": [], "deadline_h": None, "prefix_hit": 0.0}
    return [
        common
        | {
            "id": "support-chat", "models": ["llama-3.3-70b"], "kind": "interactive", "availability": 0.999,
            "slo": {"ttft_p95_ms": 1500.0, "tpot_p95_ms": 50.0, "e2e_p99_s": 30.0}, "regions": ["us"],
            "mean_input_tokens": 1014.2, "mean_output_tokens": 246.9, "prefix_hit": 0.35,
            "mean_requests_per_s": 12.4, "peak_requests_per_s": 40.0, "burstiness_cv": 1.1,
        },
        common
        | {
            "id": "code-completion", "models": ["qwen3-30b-a3b", "qwen3-32b"], "kind": "interactive",
            "slo": {"ttft_p95_ms": 500.0, "tpot_p95_ms": 25.0}, "mean_input_tokens": 2047.0, "mean_output_tokens": 28.3,
            "mean_requests_per_s": 7.9, "peak_requests_per_s": 41.25, "burstiness_cv": 2.0,
        },
        common
        | {
            "id": "night-summaries", "models": ["llama-3.1-8b"], "kind": "batch", "slo": {}, "deadline_h": 12.0,
            "interruptible": True, "spot_max_share": 1.0, "mean_input_tokens": 9000.0, "mean_output_tokens": 600.0,
            "mean_requests_per_s": 6.2, "peak_requests_per_s": 10.0,
        },
    ]  # fmt: skip


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
            "demand_class": name, "workload": workload, "period": t, "block": b,
            "planned_requests_per_s": planned, "mean_requests_per_s": 0.88 * planned,
        }  # fmt: skip


def hourly_demand() -> Iterator[dict[str, Any]]:
    for (name, (workload, load)), t in product(loads().items(), range(2)):
        week = [0.0] * 168
        for b in range(8):
            own = block_hours(b)
            for place, hour in enumerate(own):
                dip = 0.0 if workload == "night-summaries" else 0.25 * (place % 3) / 2
                week[hour] = load[b] * GROWTH[t] * (1 - dip)
        yield {"demand_class": name, "workload": workload, "period": t, "requests_per_s": week}


def pools() -> list[dict[str, Any]]:
    return [
        {
            "id": OWN,
            "provider": "own",
            "region": "own",
            "instance_type": "dgx-h100",
            "gpu": "H100-SXM",
            "gpus_per_node": 8,
            "kw_per_node": 10.2,
            "geography": "own",
        },
        {
            "id": H100,
            "provider": "aws",
            "region": "us-east-1",
            "instance_type": "p5.48xlarge",
            "gpu": "H100-SXM",
            "gpus_per_node": 8,
            "kw_per_node": 8.4,
            "geography": "us",
        },
        {
            "id": L4,
            "provider": "gcp",
            "region": "us-central1",
            "instance_type": "g2-standard-48",
            "gpu": "L4",
            "gpus_per_node": 4,
            "kw_per_node": 0.6,
            "geography": "us",
        },
    ]


def options() -> Iterator[dict[str, Any]]:
    blank = {
        "usd_per_hour": 0.0, "term_months": 0, "lead_months": 0.0, "upfront_share": 0.0, "capex_usd": 0.0,
        "fixed_usd_per_month": 0.0, "life_months": 0.0, "residual_share": 0.0, "age_months": 0.0, "usable_share": 1.0,
        "interruptions_per_hour": 0.0, "cost_lines": {},
    }  # fmt: skip
    lines = {"electricity": 812.0, "colocation": 1989.0, "staff": 2083.33, "maintenance": 1250.0}
    run = {"fixed_usd_per_month": sum(lines.values()), "cost_lines": lines, "life_months": 60.0, "residual_share": 0.1}
    yield (
        blank
        | run
        | {
            "pool": OWN,
            "form": "existing",
            "age_months": 30.0,
            "provenance": origin("ownership", "assumed", "our planning range"),
        }
    )
    yield (
        blank
        | run
        | {
            "pool": OWN,
            "form": "owned",
            "capex_usd": 330_000.0,
            "lead_months": 3.0,
            "provenance": origin("dgx-quote", "secondary", "a reseller's <quote>"),
        }
    )
    for form, term, upfront in (("reserved_1y", 12, 0.0), ("reserved_3y", 36, 0.5)):
        yield blank | {
            "pool": H100,
            "form": form,
            "usd_per_hour": USD_PER_HOUR[form],
            "term_months": term,
            "upfront_share": upfront,
            "provenance": origin("aws-plans", "listed"),
        }
    yield blank | {
        "pool": H100,
        "form": "on_demand",
        "usd_per_hour": USD_PER_HOUR["on_demand"],
        "provenance": origin("aws-prices", "listed"),
    }
    yield blank | {
        "pool": L4,
        "form": "spot",
        "usd_per_hour": USD_PER_HOUR["spot"],
        "usable_share": 0.88,
        "interruptions_per_hour": 0.04,
        "provenance": origin("gcp-spot", "observed"),
    }
    yield blank | {"pool": L4, "form": "on_demand", "usd_per_hour": 5.2, "provenance": None}


def origin(source: str, basis: str, note: str = "") -> dict[str, Any]:
    return {"source": source, "as_of": "2026-11-03" if basis != "assumed" else None, "basis": basis, "note": note}


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


def point(rate: float, concurrency: float, ttft: float, tpot: float) -> dict[str, float]:
    return {
        "requests_per_s": rate, "concurrency": concurrency, "ttft_mean_ms": 0.6 * ttft, "ttft_p95_ms": ttft,
        "tpot_mean_ms": 0.8 * tpot, "tpot_p95_ms": tpot, "e2e_mean_s": 12.3, "prefill_utilization": 0.41,
    }  # fmt: skip


def configs() -> list[dict[str, Any]]:
    chat = {
        "config": CHAT, "demand_class": "support-chat", "workload": "support-chat", "model": "llama-3.3-70b", "gpu": "H100-SXM",
        "tp": 4, "pp": 1, "weights": "fp8", "kv": "bf16", "max_requests_per_s": CHAT_RATE, "limited_by": "tpot p95", "warnings": [],
        "memory": {
            "usable_gib": 71.9, "weights_gib": 16.6, "activations_gib": 2.1, "runtime_gib": 1.8, "kv_pool_gib": 51.4,
            "kv_gib_per_request": 0.087, "max_concurrency": 590.8,
            "arithmetic": "70.6 G parameters × 1 byte ÷ 4 GPUs = 16.6 GiB weights; 80 GiB × 0.90 − 16.6 − 2.1 − 1.8 = 51.4 GiB for KV",
        },
        "at_max": point(CHAT_RATE, 88.0, 1210.0, 49.6), "busiest": point(5.0, 74.0, 1012.4, 46.1), "slo_met": True,
        "spare_replicas": 1, "replica_availability": 0.995,
        "latency": {"ttft_p95_ms": 1012.4, "tpot_p95_ms": 46.1, "e2e_p99_s": 24.9},
    }  # fmt: skip
    code = [
        chat
        | {
            "config": CODE, "demand_class": name, "workload": "code-completion", "model": "qwen3-30b-a3b", "tp": 2, "kv": "fp8",
            "max_requests_per_s": rate, "limited_by": "ttft p95", "spare_replicas": 0,
            "latency": {"ttft_p95_ms": 471.0 + 10 * rate / 14, "tpot_p95_ms": 11.0},
            "warnings": ["no measured ground: fp8 on <H100> | TP2 is extrapolated"] if name.endswith("2") else [],
        }
        for name, rate in CODE_RATE.items()
    ]  # fmt: skip
    night = chat | {
        "config": NIGHT, "demand_class": "night-summaries", "workload": "night-summaries", "model": "llama-3.1-8b", "gpu": "L4",
        "tp": 1, "kv": "fp8", "max_requests_per_s": NIGHT_RATE, "limited_by": "kv cache", "spare_replicas": 0, "latency": {},
        "memory": {
            "usable_gib": 20.2, "weights_gib": 8.5, "activations_gib": 0.9, "runtime_gib": 1.1, "kv_pool_gib": 9.7,
            "kv_gib_per_request": 0.61, "max_concurrency": 15.9, "arithmetic": "8.03 G parameters × 1 byte = 7.5 GiB …",
        },
        "busiest": point(1.0, 14.0, 9000.0, 61.0),
    }  # fmt: skip
    return [chat, *code, night]


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


def api_options() -> list[dict[str, Any]]:
    return [
        {
            "api": "together/llama-3.3-70b",
            "provider": "together",
            "model": "llama-3.3-70b",
            "demand_class": "support-chat",
            "usd_per_request": 0.00187,
            "usd_per_million_tokens": 0.88,
            "provenance": origin("api-prices", "observed"),
            "max_share": 0.5,
        },
        {
            "api": "other/llama-3.3-70b",
            "provider": "other | <i>",
            "model": "llama-3.3-70b",
            "demand_class": "support-chat",
            "usd_per_request": 0.0031,
            "usd_per_million_tokens": 1.46,
            "provenance": origin("api-prices", "derived"),
        },
    ]


def costs() -> list[dict[str, Any]]:
    rows = []
    for t, discount in enumerate((1.0, 0.9809)):
        rented = sum(USD_PER_HOUR["on_demand"] * hours(b) * max(0, h100_nodes(t, b) - 4) for b in range(8))
        spot = sum(USD_PER_HOUR["spot"] * hours(b) * spot_nodes(t, b) for b in range(8))
        api = sum(api_chat(t, b) * 0.88 * 3600 * hours(b) * 0.00187 for b in range(8))
        amounts = [
            ("existing_running", OWN, 6134.33 * 3 * (2 - t)), ("on_demand", H100, rented), ("spot", L4, spot),
            ("api", "together/llama-3.3-70b", api), ("reserved_1y", H100, USD_PER_HOUR["reserved_1y"] * QUARTER_H),
            ("reserved_3y", H100, USD_PER_HOUR["reserved_3y"] * QUARTER_H),
        ]  # fmt: skip
        amounts += (
            [("owned_purchase", OWN, 330_000.0)]
            if t == 0
            else [("owned_value_left", OWN, -315_150.0), ("owned_running", OWN, 18_403.0)]
        )
        rows += [
            {"term": term, "subject": who, "period": t, "usd": usd, "npv_usd": usd * discount}
            for term, who, usd in amounts
        ]
    return rows


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
    return [
        {"workload": name, "period": t, "usd": part * total[t], "million_tokens": tokens * GROWTH[t]}
        for t in range(2)
        for name, (part, tokens) in split.items()
    ]


def limits() -> list[dict[str, Any]]:
    return [
        {"limit": "quota aws H100-SXM", "unit": "GPUs", "cap": 64.0, "used": 48.0, "period": None, "binding": False},
        {"limit": "budget capex", "unit": "USD", "cap": 400_000.0, "used": 330_000.0, "period": 0, "binding": False},
        {"limit": "budget capex", "unit": "USD", "cap": 400_000.0, "used": 0.0, "period": 1, "binding": False},
        {"limit": "power kW on site", "unit": "kW", "cap": 20.4, "used": 20.4, "period": 1, "binding": True},
        {"limit": "buy <nothing> | of b200", "unit": "nodes", "cap": 0.0, "used": 0.0, "period": None, "binding": True},
    ]


def rejections() -> list[dict[str, Any]]:
    small = [
        {
            "workload": "support-chat",
            "subject": f"llama-3.3-70b bf16 on 1×{gpu}",
            "gpu": gpu,
            "reason": "memory",
            "detail": f"needs 141.1 GB weights, {gib} GiB usable",
        }
        for gpu, gib in (
            ("L4", 20.2),
            ("A10G", 20.1),
            ("L40S", 42.1),
            ("A100-SXM-40GB", 35.6),
            ("T4", 13.1),
            ("V100-SXM2-16GB", 14.0),
        )
    ]
    return [
        *small,
        {
            "workload": "support-chat",
            "subject": "llama-3.3-70b fp8 on 2×A100-SXM-80GB",
            "gpu": "A100-SXM-80GB",
            "reason": "precision",
            "detail": "A100 does not compute fp8",
        },
        {
            "workload": "code-completion",
            "subject": "qwen3-32b fp8 on 1×L40S",
            "gpu": "L40S",
            "reason": "slo",
            "detail": "TTFT p95 is 1,240 ms at one request in flight, 500 ms asked | <b>",
        },
        {
            "workload": "night-summaries",
            "subject": "p6-b200.48xlarge in us-east-1",
            "gpu": "",
            "reason": "excluded",
            "detail": "not among the GPUs of the problem",
        },
    ]


def runners_up() -> list[dict[str, Any]]:
    chat = [
        ("H100-SXM", 1.21, True, 1.0),
        ("H200-SXM", 1.38, False, 1.0),
        ("B200", 1.66, False, 1.0),
        ("A100-SXM-80GB", 2.05, False, 1.0),
        ("L40S", 3.9, False, 1.0),
    ]
    code = [("H100-SXM", 0.31, True, 1.0), ("L40S", 0.29, False, 0.82), ("L4", 0.44, False, 0.61)]
    night = [("L4", 0.041, True, 1.0), ("T4", 0.062, False, 1.0), ("A10G", 0.071, False, 1.0)]
    return [
        {"workload": workload, "gpu": gpu, "config": f"model/{gpu}/tp2-pp1/fp8/kv-bf16", "pool": f"aws/us-east-1/{gpu.lower()}", "form": "on_demand",
         "usd_per_hour": 8 * usd, "requests_per_s": 4.2, "usd_per_million_tokens": usd, "chosen": chosen, "share_of_requests": part}
        for workload, rows in (("support-chat", chat), ("code-completion", code), ("night-summaries", night))
        for gpu, usd, chosen, part in rows
    ]  # fmt: skip


def sources() -> list[dict[str, Any]]:
    rows = [
        (
            "aws-prices",
            "AWS price list",
            "AWS price list, us-east-1, JSON offer file",
            date(2026, 11, 3),
            28,
            ["listed"],
            ["price aws/us-east-1/p5.48xlarge on demand"],
        ),
        (
            "gcp-spot",
            "GCP spot snapshot",
            "https://example.test/spot?x=1&y=<2>",
            date(2026, 11, 3),
            28,
            ["observed"],
            ["price gcp/us-central1/g2-standard-48 spot"],
        ),
        (
            "dgx-quote",
            "Reseller quote",
            "a quote by e-mail",
            date(2025, 6, 1),
            548,
            ["secondary", "derived"],
            ["price own/dgx-h100"],
        ),
        (
            "ownership",
            "Planning assumptions",
            "data/ownership.yaml",
            None,
            None,
            ["assumed"],
            ["running costs of owned systems"],
        ),
        (
            "gpu-sheets",
            "Datasheets",
            "vendor pages",
            date(2025, 2, 11),
            658,
            ["listed"],
            ["memory and speed of H100-SXM, L4"],
        ),
    ]
    return [
        {
            "id": i,
            "title": title,
            "reference": reference,
            "as_of": as_of,
            "age_days": age,
            "basis": basis,
            "used_for": used,
        }
        for i, title, reference, as_of, age, basis, used in rows
    ]
