"""The sample plan's rows that need no arithmetic: machines, options, configurations, reasons, sources."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

HOSTILE = 'Next half year <script>alert(1)</script> | `rm` *now* "quoted" & [link](javascript:alert(1)) ![i](x)'
FORMULA = '=HYPERLINK("http://example.test") $x_1$ <img src=x onerror=alert(1)>\n# not a heading'

H100 = "aws/us-east-1/p5.48xlarge"
L4 = "gcp/us-central1/g2-standard-48"
OWN = "own/dgx-h100"
CHAT = "llama-3.3-70b/H100-SXM/tp4-pp1/fp8/kv-bf16"
CODE = "qwen3-30b-a3b/H100-SXM/tp2-pp1/fp8/kv-fp8"
NIGHT = "llama-3.1-8b/L4/tp1-pp1/fp8/kv-fp8"
CHAT_RATE, NIGHT_RATE = 5.5, 1.1
CODE_RATE = {"code-completion/bucket-1": 14.0, "code-completion/bucket-2": 6.0}
RATE_PER_YEAR = 0.08
USD_PER_HOUR = {"on_demand": 55.04, "spot": 3.1, "reserved_1y": 34.61, "reserved_3y": 23.77}


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
        "horizon": {"discount_rate_per_year": RATE_PER_YEAR},
        "limits": {"utilization_cap": 0.9, "throughput_margin": 0.1, "demand_margin": 0.0},
    }


def certificate() -> dict[str, Any]:
    return {
        "verdict": "optimal",
        "objective_name": "cost",
        "objective": 702_000.0,
        "bound": 701_740.0,
        "gap": 0.00037,
        "gap_asked": 0.001,
        "time_limit_s": 60.0,
        "build_s": 0.84,
        "solve_s": 12.31,
        "rows": 4210,
        "columns": 9876,
        "integers": 1234,
        "solver": "HiGHS",
        "solver_version": "1.15.1",
        "threads": 2,
        "seed": 1,
    }


def workloads() -> list[dict[str, Any]]:
    common = {"interruptible": False, "availability": None, "regions": [], "deadline_h": None, "prefix_hit": 0.0}
    return [
        common
        | {
            "id": "support-chat",
            "models": ["llama-3.3-70b"],
            "kind": "interactive",
            "availability": 0.999,
            "slo": {"ttft_p95_ms": 1500.0, "tpot_p95_ms": 50.0, "e2e_p99_s": 30.0},
            "regions": ["us"],
            "mean_input_tokens": 1014.2,
            "mean_output_tokens": 246.9,
            "prefix_hit": 0.35,
            "mean_requests_per_s": 12.4,
            "peak_requests_per_s": 40.0,
            "burstiness_cv": 1.1,
        },
        common
        | {
            "id": "code-completion",
            "models": ["qwen3-30b-a3b", "qwen3-32b"],
            "kind": "interactive",
            "slo": {"ttft_p95_ms": 500.0, "tpot_p95_ms": 25.0},
            "mean_input_tokens": 2047.0,
            "mean_output_tokens": 28.3,
            "mean_requests_per_s": 7.9,
            "peak_requests_per_s": 41.25,
            "burstiness_cv": 2.0,
        },
        common
        | {
            "id": "night-summaries",
            "models": ["llama-3.1-8b"],
            "kind": "batch",
            "slo": {},
            "deadline_h": 12.0,
            "interruptible": True,
            "spot_max_share": 1.0,
            "mean_input_tokens": 9000.0,
            "mean_output_tokens": 600.0,
            "mean_requests_per_s": 6.2,
            "peak_requests_per_s": 10.0,
        },
    ]


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
        "usd_per_hour": 0.0,
        "term_months": 0,
        "lead_months": 0.0,
        "upfront_share": 0.0,
        "capex_usd": 0.0,
        "fixed_usd_per_month": 0.0,
        "life_months": 0.0,
        "residual_share": 0.0,
        "age_months": 0.0,
        "usable_share": 1.0,
        "interruptions_per_hour": 0.0,
        "cost_lines": {},
    }
    lines = {"power": 812.0, "colocation": 1989.0, "staff": 2083.33, "maintenance": 1250.0}
    run = {
        "fixed_usd_per_month": sum(lines.values()),
        "cost_lines": lines,
        "usd_per_kwh": 0.1,
        "life_months": 60.0,
        "residual_share": 0.1,
    }
    yield (
        blank
        | run
        | {
            "pool": OWN,
            "form": "existing",
            "age_months": 30.0,
            "max_nodes": 2,
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


def point(rate: float, concurrency: float, ttft: float, tpot: float) -> dict[str, float]:
    return {
        "requests_per_s": rate,
        "concurrency": concurrency,
        "ttft_mean_ms": 0.6 * ttft,
        "ttft_p95_ms": ttft,
        "tpot_mean_ms": 0.8 * tpot,
        "tpot_p95_ms": tpot,
        "e2e_mean_s": 12.3,
        "prefill_utilization": 0.41,
    }


def intervals(label: str, **factors: float) -> dict[str, Any]:
    return {name: {"low_factor": 1 / one, "high_factor": one, "label": label} for name, one in factors.items()}


def configs() -> list[dict[str, Any]]:
    chat = {
        "config": CHAT,
        "demand_class": "support-chat",
        "workload": "support-chat",
        "model": "llama-3.3-70b",
        "gpu": "H100-SXM",
        "tp": 4,
        "pp": 1,
        "weights": "fp8",
        "kv": "bf16",
        "max_requests_per_s": CHAT_RATE,
        "limited_by": "tpot p95",
        "warnings": [],
        "memory": {
            "usable_gib": 71.9,
            "weights_gib": 16.6,
            "activations_gib": 2.1,
            "runtime_gib": 1.8,
            "kv_pool_gib": 51.4,
            "kv_gib_per_request": 0.087,
            "max_concurrency": 590.8,
            "arithmetic": "70.6 G × 1 B ÷ 4 GPUs = 16.6 GiB weights; 79.9 × 0.9 − 16.6 − 2.1 − 1.8 = 51.4 GiB for KV",
        },
        "at_max": point(CHAT_RATE, 88.0, 1210.0, 49.6),
        "busiest": point(5.0, 74.0, 1012.4, 46.1),
        "slo_met": True,
        "spare_replicas": 1,
        "replica_availability": 0.995,
        "latency": {"ttft_p95_ms": 1012.4, "tpot_p95_ms": 46.1, "e2e_p99_s": 24.9},
        "intervals": intervals("errors on dense <models>", ttft=1.6, tpot=1.05, e2e=1.1, throughput=1.1, rate=1.25),
    }
    code = [
        chat
        | {
            "config": CODE,
            "demand_class": name,
            "workload": "code-completion",
            "model": "qwen3-30b-a3b",
            "tp": 2,
            "kv": "fp8",
            "max_requests_per_s": rate,
            "limited_by": "ttft p95",
            "spare_replicas": 0,
            "latency": {"ttft_p95_ms": 471.0 + 10 * rate / 14, "tpot_p95_ms": 11.0},
            "intervals": intervals("wider: fp8 on <H100> | TP2", ttft=2.5, tpot=1.3, e2e=1.3, throughput=1.3, rate=2.0),
            "warnings": ["no measured ground: fp8 on <H100> | TP2 is extrapolated"] if name.endswith("2") else [],
        }
        for name, rate in CODE_RATE.items()
    ]
    night = chat | {
        "config": NIGHT,
        "demand_class": "night-summaries",
        "workload": "night-summaries",
        "model": "llama-3.1-8b",
        "gpu": "L4",
        "tp": 1,
        "kv": "fp8",
        "max_requests_per_s": NIGHT_RATE,
        "limited_by": "kv cache",
        "spare_replicas": 0,
        "latency": {},
        "intervals": {},
        "memory": {
            "usable_gib": 20.2,
            "weights_gib": 8.5,
            "activations_gib": 0.9,
            "runtime_gib": 1.1,
            "kv_pool_gib": 9.7,
            "kv_gib_per_request": 0.61,
            "max_concurrency": 15.9,
            "arithmetic": "8.03 G parameters × 1 byte = 7.5 GiB …",
        },
        "busiest": point(1.0, 14.0, 9000.0, 61.0),
    }
    return [chat, *code, night]


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
        {
            "workload": workload,
            "gpu": gpu,
            "config": f"model/{gpu}/tp2-pp1/fp8/kv-bf16",
            "pool": f"aws/us-east-1/{gpu.lower()}",
            "form": "on_demand",
            "usd_per_hour": 8 * usd,
            "requests_per_s": 4.2,
            "usd_per_million_tokens": usd,
            "chosen": chosen,
            "share_of_requests": part,
        }
        for workload, rows in (("support-chat", chat), ("code-completion", code), ("night-summaries", night))
        for gpu, usd, chosen, part in rows
    ]


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
