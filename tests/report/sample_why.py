"""Explanations of the sample, made up: what limits it, what flips and moves it, what it has none of, hostile text."""

from __future__ import annotations

from typing import Any

FLEET = ["H100-SXM on_demand", "H100-SXM owned", "H100-SXM reserved_1y", "L4 spot", "together/llama-3.3-70b api"]
CHAT = {"subject": "support-chat demand", "kind": "demand", "unit": "requests/s", "at": 12.0}
CHAT |= {"key": "workloads.support-chat.traffic.requests_per_s"}
TPOT = {"subject": "support-chat TPOT p95", "kind": "slo", "unit": "ms", "at": 40.0}
TPOT |= {"key": "workloads.support-chat.slo.tpot_p95_ms"}
POWER = {"subject": "power <b>on site</b> | =1+1", "kind": "cap", "unit": "kW", "at": 20.0, "key": "limits.power_kw"}
SPOT = {"subject": "spot prices", "kind": "price", "unit": "x", "at": 1.0, "key": "prices.spot"}


def explanations() -> dict[str, Any]:
    """Parts of a plan."""
    return {
        "explained": {
            "objective": 1_000_000.0, "bound": 990_000.0, "fleet": FLEET, "solves": 41, "seconds": 61.0,
            "time_limit_s": 60.0, "notes": ["Explained for the base case, without scenarios."],
            "not_reached": ["what <script>alert(1)</script> is worth"],
        },
        "marginals": [
            POWER | {"step": 11.0, "change": -8_400.0, "least": -9_000.0, "most": -8_400.0, "binding": True,
                     "head_room": 0.0},
            CHAT | {"step": 1.2, "change": 31_000.0, "least": 21_000.0, "most": 41_000.0},
            TPOT | {"step": -4.0, "change": None, "least": None, "most": None, "refusal": "nothing is that fast"},
        ],
        "flips": [
            CHAT | {"way": "up", "same_to": 13.1, "flips_at": 13.2, "tried_to": 13.2, "change": 52_000.0,
                    "fleet": [*FLEET[:4], "H200-SXM on_demand"]},
            SPOT | {"way": "down", "same_to": 0.25, "flips_at": None, "tried_to": 0.25, "change": None, "fleet": []},
        ],
        "swings": [
            TPOT | {"low": 32.0, "high": 48.0, "low_change": None, "high_change": -90_000.0, "within": 10_000.0,
                    "low_refusal": "nothing is that fast"},
            CHAT | {"low": 9.6, "high": 14.4, "low_change": -160_000.0, "high_change": 175_000.0, "within": 10_000.0},
            POWER | {"low": 16.0, "high": 24.0, "low_change": 12_000.0, "high_change": 3_000.0, "within": 10_000.0},
            SPOT | {"low": 0.8, "high": 1.2, "low_change": -2_400.0, "high_change": 2_400.0, "within": 10_000.0},
        ],
        "front": [
            {"factor": 0.5, "objective": None, "bound": None, "refusal": "nothing is <b>that</b> fast"},
            {"factor": 0.7, "objective": 1_240_000.0, "bound": 1_200_000.0, "fleet": FLEET},
            {"factor": 1.0, "objective": 1_000_000.0, "bound": 990_000.0, "fleet": FLEET},
            {"factor": 1.5, "objective": 910_000.0, "bound": 910_000.0, "fleet": FLEET[:3]},
        ],
        "why_not": [
            {"kind": "gpu", "name": "H100-SXM", "verdict": "chosen", "reason": "It is there.",
             "without_usd": 204_000.0},
            {"kind": "gpu", "name": "H200-SXM", "verdict": "too_dear", "reason": "Too dear: it enters below $3.10.",
             "offer": "nebius/us-central1/h200 <1>, on demand", "unit": "USD per GPU-hour", "today": 3.5,
             "enters_low": 3.1, "enters_high": 3.1, "enters_share": 0.886, "forced_usd": 7_300.0},
            {"kind": "gpu", "name": "GB200", "verdict": "dominated", "reason": "Dominated by | one node.",
             "offer": "azure/gb200", "unit": "USD per GPU-hour", "today": 27.0, "enters_low": 0.8, "enters_high": 0.8,
             "enters_share": 0.03, "by": "aws/p5"},
            {"kind": "gpu", "name": "T4", "verdict": "rejected", "reason": "rejected for chat: =needs | 131 GiB"},
            {"kind": "provider", "name": "=1+1 <b>oci</b>", "verdict": "rejected", "reason": "no GPU of it can serve"},
        ],
        "twice": {
            "usd_by_period": [1_100_000.0, 1_090_000.0], "npv_usd": 2_150_000.0, "gap": 0.018,
            "gpus": {"H100-SXM": 96, "L4": 72}, "signed_nodes": 7,
        },
    }  # fmt: skip
