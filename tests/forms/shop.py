"""Small problems that can be priced by hand: one GPU a node, one replica a GPU, one request/s a replica, no margins."""

import copy
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from planner.catalog.locate import data_folder
from planner.inputs.load import load_problem
from planner.pipeline import catalog_from, made_for, plan_fleet, sources_for
from planner.plan.checks import check
from planner.plan.plan import Plan

TODAY = date(2026, 12, 1)
OFFERS = "provider,region,instance_type,gpu,gpus,on_demand_usd_per_hour,spot_usd_per_hour\n"
RATES = "gpu,tp,weights,requests_per_s\nH100-SXM,1,fp8,1\nA100-SXM-80GB,1,bf16,1\n"

Problem = dict[str, Any]

PROBLEM: Problem = {
    "title": "By hand",
    "horizon": {"start": "2027-01-01", "periods": 2, "period": "month", "hours": "day", "blocks": 2},
    "workloads": {
        "chat": {
            "model": "llama-3.1-8b",
            "traffic": {"requests_per_s": 2, "profile": [0.5] * 12 + [1.5] * 12},  # 1 by night, 3 by day
            "requests": {"input": 500, "output": 100},
            "slo": {"ttft_p95_ms": 1000, "tpot_p95_ms": 50},
        }
    },
    "supply": {"rent": {"forms": ["on_demand"]}},
    "performance": {"table": "rates.csv"},
    "catalog": {"offers": "offers.csv", "replace_offers": True},
    "limits": {"utilization_cap": 1},
    "solve": {"mip_gap": 0, "time_limit_s": 20, "threads": 1},
}


def problem(**changes: Any) -> Problem:
    """The problem with keys changed; a double underscore steps into a table: horizon__periods=3."""
    found = copy.deepcopy(PROBLEM)
    for path, value in changes.items():
        *tables, last = path.split("__")
        table = found
        for name in tables:
            table = table.setdefault(name, {})
        table[last] = value
    return found


OFFER = "acme,east,n1,H100-SXM,1,2.0,\n"


def write(folder: Path, asked: Problem, offers: str = OFFER, rates: str = RATES, systems: str = "") -> Path:
    """The problem with its offers, measured rates and systems as files; the path of the problem."""
    if systems:
        (folder / "systems.yaml").write_text(systems, encoding="utf-8")
    (folder / "offers.csv").write_text(OFFERS + offers, encoding="utf-8")
    (folder / "rates.csv").write_text(rates, encoding="utf-8")
    path = folder / "problem.yaml"
    path.write_text(yaml.safe_dump(asked), encoding="utf-8")
    return path


def planned(folder: Path, asked: Problem, **files: str) -> Plan:
    """The checked plan of a problem."""
    path = write(folder, asked, **files)
    question = load_problem(path)
    sources = sources_for(question, folder, data_folder(), TODAY, None)
    return plan_fleet(question, catalog_from(sources), folder, made_for(path, sources, "test"))


def money(plan: Plan, term: str) -> float:
    """What a term of the bill adds up to, to the cent."""
    return round(sum(row.usd for row in plan.costs if row.term == term), 2)


def failed(plan: Plan, kind: str, change: Callable[[Any], dict[str, Any]], **match: Any) -> set[str]:
    """Checks that fail once the first matching row of a kind is changed."""
    rows = list(getattr(plan, kind))
    at = next(i for i, row in enumerate(rows) if all(getattr(row, name) == value for name, value in match.items()))
    rows[at] = rows[at].model_copy(update=change(rows[at]))
    return {found.check for found in check(plan.model_copy(update={kind: rows})) if not found.ok}
