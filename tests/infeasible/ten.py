"""Ten questions without any fleet, each for another cause, and what the answer must name."""

from dataclasses import dataclass
from typing import Any

CHAT: dict[str, Any] = {
    "model": "llama-3.3-70b",
    "traffic": {"requests_per_s": 12},
    "requests": {"input": 1800, "output": 320},
    "slo": {"ttft_p95_ms": 1500, "tpot_p95_ms": 50},
    "precision": {"weights": ["fp8"], "kv": ["fp8"]},
}
SMALL: dict[str, Any] = {**CHAT, "model": "llama-3.1-8b", "precision": {"weights": ["bf16"]}}
FLAT = {"hours": "flat", "blocks": 1}
SITE = {"usd_per_kwh": 0.12, "lead_time_months": 0}


@dataclass(frozen=True)
class Cause:
    """A problem, and words that the conflict and some remedy must hold."""

    problem: dict[str, Any]
    named: str
    remedy: str


def asked(workload: dict[str, Any], supply: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A problem of one workload."""
    solve = {"time_limit_s": 30}
    return {"title": "None", "workloads": {"chat": workload}, "supply": supply, "horizon": FLAT, "solve": solve, **more}


H100 = {"providers": ["aws"], "regions": ["us"], "gpus": ["H100-SXM"]}
OWN = {"systems": ["dgx-h100"], "site": SITE}
CAUSES = {
    "memory": Cause(
        asked({**CHAT, "model": "llama-3.1-405b", "traffic": {"requests_per_s": 0.5},
               "precision": {"weights": ["bf16"]}, "slo": {"ttft_p95_ms": 60000, "tpot_p95_ms": 500}},
              {"rent": {"gpus": ["T4", "L4", "A10G", "L40S"]}}),
        "weight formats of chat", "allow int4 weights for chat",
    ),
    "ttft": Cause(
        asked({**CHAT, "slo": {"ttft_p95_ms": 60, "tpot_p95_ms": 50}}, {"rent": H100}),
        "TTFT p95 of chat: 60 ms", "relax TTFT p95 of chat from 60 to",
    ),
    "quota": Cause(
        asked(CHAT, {"rent": H100, "quotas": [{"provider": "aws", "gpu": "H100-SXM", "max_gpus": 2}]}),
        "quota aws H100-SXM: 2 GPUs", "raise the quota aws H100-SXM from 2 to",
    ),
    "budget": Cause(
        asked(CHAT, {"rent": H100}, limits={"budget": [{"kind": "total", "usd_per_period": 1000}]}),
        "budget total: 1,000 USD a month", "raise the total budget from 1,000 to",
    ),
    "power": Cause(
        asked(CHAT, {"rent": None, "own": OWN}, limits={"power_kw": 5}),
        "limits.power_kw: 5 kW", "raise limits.power_kw from 5 to",
    ),
    "region": Cause(
        asked({**SMALL, "regions": ["uk"]}, {"rent": {"providers": ["lambda"]}}),
        "chat may run in uk only", "allow eu",
    ),
    "precision": Cause(
        asked({**CHAT, "precision": {"weights": ["fp8"], "min_weight_bits": 16}}, {"rent": H100}),
        "precision floor of chat: 16 bits", "allow weights of 8 bits",
    ),
    "lead time": Cause(
        asked(CHAT, {"rent": None, "own": {"systems": ["dgx-h100"], "site": {**SITE, "lead_time_months": 4}}},
              horizon={"periods": 3, "period": "month", **FLAT}),
        "lead time of owned systems: 4 months", "order 4 months before",
    ),
    "compliance": Cause(
        asked({**CHAT, "compliance": ["hipaa"]}, {"rent": H100, "compliance": {"aws": ["soc2"]}}),
        "compliance of chat: hipaa", "show that aws has hipaa",
    ),
    "availability": Cause(
        asked({**CHAT, "traffic": {"requests_per_s": 9.5}, "availability": 0.99999},
              {"rent": H100, "quotas": [{"gpu": "H100-SXM", "max_gpus": 8}]}),
        "availability of chat: 99.999 %", "availability of chat instead of 99.999 %",
    ),
}  # fmt: skip

PAIRS = {
    "quota and budget": Cause(
        asked(CHAT, {"rent": H100, "quotas": [{"provider": "aws", "gpu": "H100-SXM", "max_gpus": 2}]},
              limits={"budget": [{"kind": "total", "usd_per_period": 1000}]}),
        "quota aws H100-SXM: 2 GPUs", "raise the total budget from 1,000 to",
    ),
    "power and purchases": Cause(
        asked(CHAT, {"rent": None, "own": OWN},
              limits={"power_kw": 5, "budget": [{"kind": "capex", "usd_per_period": 1000}]}),
        "limits.power_kw: 5 kW", "raise the capex budget from 1,000 to",
    ),
}  # fmt: skip
"""Each of two caps forbids every fleet by itself: only both together can be the remedy."""
