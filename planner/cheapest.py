"""One model, one steady rate, one latency target: the shortest question as a `Problem`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from planner import __version__
from planner.inputs.load import problem_from
from planner.pipeline import catalog_from, fingerprint, plan_fleet, second_model, sources_for
from planner.plan.plan import Made, Plan

SLO_OPTIONS = ("ttft_p95_ms", "tpot_p95_ms", "e2e_p95_s")


def cheapest_plan(model: str, asked: Mapping[str, Any], *, data: Path | None, as_of: date, command: str) -> Plan:
    """The plan for `planner cheapest`; `asked` holds the command's options by name."""
    second = second_model(asked.get("performance"))
    question = cheapest_question(model, asked)
    problem = problem_from(question, "planner cheapest")
    sources = sources_for(problem, Path(), data, as_of, None)
    made = Made(
        planner_version=__version__,
        command=command,
        problem_file="",
        problem_sha256=hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest(),
        catalog_sha256=fingerprint(sources),
        as_of=as_of,
    )
    return plan_fleet(problem, catalog_from(sources), Path(), made, second)


def cheapest_question(model: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The problem file that says what the options say: one flat hour, exact optimum."""
    rent: dict[str, Any] = {n: list(asked[n]) for n in ("forms", "providers", "regions", "gpus") if asked.get(n)}
    if asked.get("worst_basis"):
        rent["worst_basis"] = asked["worst_basis"]
    workload: dict[str, Any] = {
        "model": model,
        "traffic": {"requests_per_s": asked["rate"]},
        "requests": {"input": asked["input_tokens"], "output": asked["output_tokens"]},
        "slo": {name: asked[name] for name in SLO_OPTIONS if asked.get(name) is not None},
        "interruptible": "spot" in asked.get("forms", ()),
    }
    if formats := {name: list(asked[name]) for name in ("weights", "kv") if asked.get(name)}:
        workload["precision"] = formats
    performance = {name: asked[name] for name in ("engine", "calibration") if asked.get(name)}
    return {
        "title": f"Cheapest way to serve {model}",
        "horizon": {"hours": "flat", "blocks": 1},
        "workloads": {"requests": workload},
        "supply": {"rent": rent},
        "performance": performance,
        "solve": {"mip_gap": 0.0},
    }
