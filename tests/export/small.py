"""A small plan by hand: two quarters, two blocks, every way to run and to pay, and text that wants to break out."""

from __future__ import annotations

from datetime import date
from typing import Any

from planner.plan.plan import Plan

WORK = [24 * day + hour for day in range(5) for hour in range(9, 17)]
REST = sorted(set(range(168)) - set(WORK))
QUARTER_H = 2190.0
HOSTILE = 'chat "x" $(rm -rf /)\n=1+1'
TITLE = "=cmd|' /C calc'!A0 <script>alert(1)</script> | `$(reboot)` *b* \u202e\n- not: yaml"
P5, L4, OWN, B200 = (
    "aws/us-east-1/p5.48xlarge",
    "gcp/us-central1/g2-standard-48",
    "own/dgx-h200",
    "nebius/eu-north1/b200x8",
)
CHAT = "llama-3.3-70b/H100-SXM/tp4-pp1/fp8/kv-fp8"
NIGHT = "llama-3.1-8b/L4/tp1-pp1/fp8/kv-bf16"
BIG = "glm-5/H200-SXM/tp8-pp2/fp8/kv-fp8"
PREFILL, DECODE = "qwen3-235b/B200-SXM/tp4/fp8/kv-fp8/prefill-8", "qwen3-235b/B200-SXM/dp8-ep8/fp8/kv-fp8/decode"
API = "=api/model|1"


def small_plan(**more: Any) -> Plan:
    """The plan; keyword arguments replace its fields."""
    return Plan.model_validate(fields() | more)


def fields() -> dict[str, Any]:
    return {
        "made": made(),
        "problem": {"title": TITLE, "performance": {"engine": None}},
        "certificate": certificate(),
        "periods": [period(0, "2027-Q1", date(2027, 1, 1)), period(1, "2027-Q2", date(2027, 4, 1))],
        "blocks": [
            {"index": 0, "label": "Mon–Fri 09–17", "hours_of_week": WORK},
            {"index": 1, "label": "nights and weekends", "hours_of_week": REST},
        ],
        "clustering_excess": 0.0,
        "workloads": [
            workload(HOSTILE, "llama-3.3-70b", prefix_hit=0.3, burstiness_cv=2.0),
            workload("night-digest", "llama-3.1-8b", kind="batch", slo={}, deadline_h=12.0, interruptible=True),
            workload("agents", "glm-5"),
            workload("split", "qwen3-235b"),
        ],
        "demand": demand(),
        "classes": [
            sizes(f"{HOSTILE}/1", HOSTILE, 500.0, 100.0, 60.0, 2000.0),
            sizes(f"{HOSTILE}/2", HOSTILE, 6000.0, 300.0, 2100.0, 30000.0),
            sizes("night-digest", "night-digest", 4000.0, 200.0, 100.0, 200000.0),
            sizes("agents", "agents", 8000.0, 500.0, 8500.0, 8500.0),
            sizes("split", "split", 3000.0, 900.0, 3900.0, 3900.0),
        ],
        "hourly_demand": hourly(),
        "pools": [
            pool(P5, "H100-SXM", 8),
            pool(L4, "L4", 4),
            pool(OWN, "H200-SXM", 8, provider="own", region="own", instance_type="dgx-h200"),
            pool(B200, "B200-SXM", 8, instance_type='b200 "8" $(HF_TOKEN)'),
        ],
        "options": options(),
        "purchases": [
            purchase(P5, "reserved_1y", (0, 0, 1), 1, (2 * QUARTER_H * 30.0, 2 * QUARTER_H * 30.0)),
            purchase(OWN, "owned", (0, 1, 1), 2, (800_000.0 - 700_000.0 + 3 * 2 * 9000.0, -700_000.0)),
        ],
        "kept": [],
        "capacity": capacity(),
        "configs": configs(),
        "replicas": replicas(),
        "flows": flows(),
        "api_options": [api_option(f"{HOSTILE}/1", 0.001), api_option(f"{HOSTILE}/2", 0.009)],
        "api": [api_call()],
        "costs": costs(),
        "cash": [],
        "workload_costs": [],
        "energy": [],
        "limits": [],
        "rejections": [],
        "runners_up": [],
        "sources": [
            {
                "id": "prices", "title": "=Price | list", "reference": "a page", "as_of": "2026-10-01", "age_days": 61,
                "basis": ["listed"], "used_for": ["prices"],
            }
        ],
        "assumptions": [],
    }  # fmt: skip


def made() -> dict[str, Any]:
    return {
        "planner_version": "0.1.0", "command": "planner plan 'a\nb.yaml'; $(reboot)", "problem_file": "a.yaml",
        "problem_sha256": "a" * 64, "catalog_sha256": "b" * 64, "as_of": "2026-12-01",
    }  # fmt: skip


def certificate() -> dict[str, Any]:
    return {
        "verdict": "optimal", "objective_name": "cost", "objective": 1.0, "bound": 1.0, "gap": 0.0, "gap_asked": 0.0,
        "time_limit_s": 1.0, "build_s": 0.0, "solve_s": 0.0, "rows": 1, "columns": 1, "integers": 1, "solver": "HiGHS",
        "solver_version": "1", "threads": 1, "seed": 1,
    }  # fmt: skip


def period(index: int, label: str, start: date | None) -> dict[str, Any]:
    return {"index": index, "label": label, "start": start, "months": 3, "hours": QUARTER_H, "discount": 1.0}


def workload(name: str, model: str, **more: Any) -> dict[str, Any]:
    return {
        "id": name, "models": [model], "kind": "interactive", "slo": {"ttft_p95_ms": 1000.0}, "deadline_h": None,
        "interruptible": False, "availability": None, "regions": [], "mean_input_tokens": 1000.0,
        "mean_output_tokens": 200.0, "prefix_hit": 0.0, "mean_requests_per_s": 1.0, "peak_requests_per_s": 2.0, **more,
    }  # fmt: skip


def sizes(name: str, of: str, *tokens: float) -> dict[str, Any]:
    keys = ("mean_input_tokens", "mean_output_tokens", "shortest_tokens", "longest_tokens")
    return {"demand_class": name, "workload": of, **dict(zip(keys, tokens, strict=True))}


def pool(name: str, gpu: str, gpus: int, **more: Any) -> dict[str, Any]:
    provider, region, instance = [*name.split("/"), ""][:3]
    return {
        "id": name, "provider": provider, "region": region, "instance_type": instance, "gpu": gpu,
        "gpus_per_node": gpus, "kw_per_node": 1.0, **more,
    }  # fmt: skip


def options() -> list[dict[str, Any]]:
    listed = {"source": "prices", "as_of": "2026-10-01", "basis": "listed", "note": ""}
    blank = {
        "usd_per_hour": 0.0, "term_months": 0, "lead_months": 0.0, "upfront_share": 0.0, "capex_usd": 0.0,
        "fixed_usd_per_month": 0.0, "life_months": 0.0, "residual_share": 0.0, "age_months": 0.0, "usable_share": 1.0,
        "interruptions_per_hour": 0.0, "cost_lines": {}, "provenance": listed,
    }  # fmt: skip
    owned = {"capex_usd": 400_000.0, "fixed_usd_per_month": 9000.0, "lead_months": 2.5, "life_months": 60.0}
    return [
        blank | {"pool": P5, "form": "on_demand", "usd_per_hour": 50.0},
        blank | {"pool": P5, "form": "reserved_1y", "usd_per_hour": 30.0, "term_months": 12, "upfront_share": 0.5},
        blank | {"pool": L4, "form": "spot", "usd_per_hour": 1.5, "usable_share": 0.9},
        blank | {"pool": OWN, "form": "owned", **owned},
        blank | {"pool": B200, "form": "on_demand", "usd_per_hour": 40.0, "provenance": None},
    ]


def purchase(
    name: str, form: str, periods: tuple[int, int, int], nodes: int, usd: tuple[float, float]
) -> dict[str, Any]:
    """Periods: signed, first and last in which it serves; dollars: within the horizon and after it."""
    at, first, last = periods
    within, after = usd
    return {
        "pool": name, "form": form, "period": at, "first_period": first, "last_period": last, "nodes": nodes,
        "usd": within, "npv_usd": within, "usd_after_horizon": after, "prepaid_usd": max(0.0, after / 2),
    }  # fmt: skip


def capacity() -> list[dict[str, Any]]:
    def row(name: str, at: tuple[int, int], *nodes: int) -> dict[str, Any]:
        fields = ("committed_nodes", "on_demand_nodes", "spot_nodes")
        return {"pool": name, "period": at[0], "block": at[1], **dict(zip(fields, nodes, strict=True))}

    return [
        row(P5, (0, 0), 1, 1, 0), row(P5, (0, 1), 1, 0, 0), row(P5, (1, 0), 1, 1, 0), row(P5, (1, 1), 1, 0, 0),
        row(L4, (0, 1), 0, 0, 2), row(L4, (1, 1), 0, 0, 2),
        row(OWN, (1, 0), 2, 0, 0), row(OWN, (1, 1), 2, 0, 0),
        row(B200, (0, 0), 0, 2, 0), row(B200, (0, 1), 0, 2, 0), row(B200, (1, 0), 0, 2, 0), row(B200, (1, 1), 0, 2, 0),
    ]  # fmt: skip


SERVING = {"prefill_chunk_tokens": 8192.0, "memory_utilisation": 0.9, "max_running_requests": 1024.0}


def configs() -> list[dict[str, Any]]:
    def row(config: str, name: str, of: str, model: str, **more: Any) -> dict[str, Any]:
        concurrency = more.pop("concurrency", 20.0)
        point = {"requests_per_s": 5.0, "concurrency": concurrency, "e2e_mean_s": 30.0}
        serving = SERVING | {"repository": f"org/{model}", "native_format": "bf16", "max_context": 131072}
        return {
            "config": config, "demand_class": name, "workload": of, "model": model, "pp": 1, "weights": "fp8",
            "kv": "fp8", "max_requests_per_s": 6.0, "limited_by": "tpot p95", "warnings": [], "memory": memory(),
            "at_max": point, "busiest": point, "slo_met": True, "spare_replicas": 0, "serving": serving, **more,
        }  # fmt: skip

    own = SERVING | {"repository": "zai-org/GLM-5-FP8", "native_format": "fp8", "max_context": 200000}
    odd = SERVING | {"repository": "evil/$(rm -rf ~)'\"", "native_format": "bf16", "max_context": 4096}
    chat = {"gpu": "H100-SXM", "tp": 4, "spare_replicas": 1}
    return [
        row(CHAT, f"{HOSTILE}/1", HOSTILE, "llama-3.3-70b", **chat),
        row(CHAT, f"{HOSTILE}/2", HOSTILE, "llama-3.3-70b", **chat, max_requests_per_s=2.0),
        row(NIGHT, "night-digest", "night-digest", "llama-3.1-8b", gpu="L4", tp=1, kv="bf16", serving=odd),
        row(BIG, "agents", "agents", "glm-5", gpu="H200-SXM", tp=8, pp=2, nodes=2, serving=own),
        row(PREFILL, "split", "split", "qwen3-235b", gpu="B200-SXM", tp=4, role="prefill", group="g"),
        row(DECODE, "split", "split", "qwen3-235b", gpu="B200-SXM", tp=1, dp=8, ep=8, role="decode", group="g"),
    ]  # fmt: skip


def memory() -> dict[str, Any]:
    return {
        "usable_gib": 70.0, "weights_gib": 20.0, "activations_gib": 1.0, "runtime_gib": 2.0, "kv_pool_gib": 47.0,
        "kv_gib_per_request": 1.0, "max_concurrency": 47.0, "arithmetic": "by hand",
    }  # fmt: skip


def replicas() -> list[dict[str, Any]]:
    def row(of: str, config: str, name: str, at: tuple[int, int], count: int, **more: Any) -> dict[str, Any]:
        slot = {"period": at[0], "block": at[1], "replicas": count}
        return {"workload": of, "config": config, "pool": name, "kind": "firm", **slot, **more}

    return [
        *(row(HOSTILE, CHAT, P5, (t, b), count) for t in (0, 1) for b, count in ((0, 4), (1, 2))),
        *(row("night-digest", NIGHT, L4, (t, 1), 8, kind="spot") for t in (0, 1)),
        *(row("agents", BIG, OWN, (1, b), 1) for b in (0, 1)),
        *(row("split", PREFILL, B200, (t, b), 2, role="prefill") for t in (0, 1) for b in (0, 1)),
        *(row("split", DECODE, B200, (t, b), 1, role="decode") for t in (0, 1) for b in (0, 1)),
    ]


def flows() -> list[dict[str, Any]]:
    def row(name: str, config: str, place: str, at: tuple[int, int], rate: float, **more: Any) -> dict[str, Any]:
        slot = {"period": at[0], "block": at[1], "requests_per_s": rate}
        return {"demand_class": name, "config": config, "pool": place, "kind": "firm", **slot, **more}

    return [
        *(row(f"{HOSTILE}/1", CHAT, P5, (t, b), rate) for t in (0, 1) for b, rate in ((0, 9.0), (1, 3.0))),
        *(row(f"{HOSTILE}/2", CHAT, P5, (t, b), rate) for t in (0, 1) for b, rate in ((0, 2.0), (1, 1.0))),
        *(row("night-digest", NIGHT, L4, (t, 1), 30.0, kind="spot") for t in (0, 1)),
        *(row("agents", BIG, OWN, (1, b), 4.0) for b in (0, 1)),
        *(row("split", PREFILL, B200, (t, b), 5.0, role="prefill") for t in (0, 1) for b in (0, 1)),
        *(row("split", DECODE, B200, (t, b), 5.0, role="decode") for t in (0, 1) for b in (0, 1)),
    ]


def demand() -> list[dict[str, Any]]:
    rates = {
        (f"{HOSTILE}/1", HOSTILE): ((9.0, 3.0), (9.0, 3.0)),
        (f"{HOSTILE}/2", HOSTILE): ((3.0, 1.0), (2.0, 1.0)),
        ("night-digest", "night-digest"): ((20.0, 20.0), (20.0, 20.0)),
        ("agents", "agents"): ((0.0, 0.0), (4.0, 4.0)),
        ("split", "split"): ((5.0, 5.0), (5.0, 5.0)),
    }
    return [
        {
            "demand_class": name, "workload": of, "period": t, "block": b, "planned_requests_per_s": rate,
            "mean_requests_per_s": rate / 1.1,
        }
        for (name, of), periods in rates.items() for t, blocks in enumerate(periods) for b, rate in enumerate(blocks)
    ]  # fmt: skip


def hourly() -> list[dict[str, Any]]:
    """Each class's planned rate in every hour; the chat needs half of it before ten."""
    found = []
    for row in demand():
        if row["block"] == 0:
            rest = next(
                other["planned_requests_per_s"] for other in demand()
                if (other["demand_class"], other["period"], other["block"]) == (row["demand_class"], row["period"], 1)
            )  # fmt: skip
            busy = row["planned_requests_per_s"]
            chat = row["workload"] == HOSTILE
            rates = [(busy / 2 if chat and h % 24 == 9 else busy) if h in WORK else rest for h in range(168)]
            found.append({k: row[k] for k in ("demand_class", "workload", "period")} | {"requests_per_s": rates})
    return found


def api_call() -> dict[str, Any]:
    """A third of the long requests of busy hours."""
    return {
        "demand_class": f"{HOSTILE}/2", "api": API, "period": 0, "block": 0, "requests_per_s": 1.0,
        "usd_per_request": 0.009,
    }  # fmt: skip


def api_option(name: str, usd: float) -> dict[str, Any]:
    listed = {"source": "prices", "as_of": None, "basis": "listed", "note": ""}
    return {
        "api": API, "provider": "=api", "model": "model", "demand_class": name, "usd_per_request": usd,
        "usd_per_million_tokens": 1.0, "provenance": listed, "max_share": 0.5,
    }  # fmt: skip


def costs() -> list[dict[str, Any]]:
    busy_h = QUARTER_H * len(WORK) / 168
    bill = [
        *(("on_demand", P5, t, 50.0 * busy_h) for t in (0, 1)),
        *(("reserved_1y", P5, t, 30.0 * QUARTER_H) for t in (0, 1)),
        *(("spot", L4, t, 1.5 * 2 * (QUARTER_H - busy_h)) for t in (0, 1)),
        ("spot_start_up", L4, 0, 12.0),
        ("owned_purchase", OWN, 0, 800_000.0),
        ("owned_running", OWN, 1, 3 * 2 * 9000.0),
        ("owned_value_left", OWN, 1, -700_000.0),
        *(("on_demand", B200, t, 40.0 * 2 * QUARTER_H) for t in (0, 1)),
        ("api", API, 0, 0.009 * busy_h * 3600 / 1.1),
        ("unserved", "agents", 0, 77.0),
    ]
    return [{"term": term, "subject": name, "period": t, "usd": usd, "npv_usd": usd} for term, name, t, usd in bill]
