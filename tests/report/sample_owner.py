"""A real plan that owns: boxes bought with a loan, one of them sold when demand halves, and a room to run them in."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import yaml

from planner.catalog.locate import data_folder
from planner.inputs.load import load_problem
from planner.pipeline import catalog_from, made_for, plan_fleet, sources_for
from planner.plan.plan import Plan

TODAY = date(2026, 12, 1)
USD_PER_KWH = 0.1
KWH_A_YEAR = 3 * 0.5 * 730 * 1.5 * 12
"""Of one box: 3 kW, half of it drawn on average, at a PUE of 1.5."""
FILES = {
    "systems.yaml": """systems:
- {id: box, name: Box, gpu: H100-SXM, gpus: 2, link_domain_gpus: 2, power: {max_kw: 3},
   price: {usd: 20000, as_of: 2026-11-01}}
""",
    "offers.csv": """provider,region,instance_type,gpu,gpus,on_demand_usd_per_hour,spot_usd_per_hour
acme,east,n1,H100-SXM,1,60.0,
""",
    "rates.csv": "gpu,tp,weights,requests_per_s\nH100-SXM,1,fp8,1\n",
}
PROBLEM = {
    "title": "Boxes",
    "horizon": {"start": "2027-01-01", "periods": 3, "period": "year", "hours": "flat", "blocks": 1}
    | {"discount_rate_per_year": 0.1},
    "workloads": {
        "chat": {
            "model": "llama-3.1-8b",
            "team": "Support",
            "traffic": {"requests_per_s": 4, "growth_per_month": [1, 1, 0.5]},
            "requests": {"input": 500, "output": 100},
            "slo": {"ttft_p95_ms": 1000, "tpot_p95_ms": 50},
        }
    },
    "supply": {
        "rent": {"forms": ["on_demand"]},
        "own": {
            "systems": ["box"],
            "may_resell": True,
            "loan": {"share": 0.5, "rate_per_year": 0.06, "years": 4},
            "tax": {"rate": 0.25},
            "site": {"usd_per_kwh": USD_PER_KWH, "pue": 1.5, "average_power_share": 0.5, "lead_time_months": 0},
        },
    },
    "performance": {"table": "rates.csv"},
    "catalog": {"offers": "offers.csv", "replace_offers": True, "systems": "systems.yaml"},
    "limits": {"utilization_cap": 1},
    "solve": {"mip_gap": 0, "time_limit_s": 20, "threads": 1},
}


def owner_plan(folder: Path) -> Plan:
    """The checked plan."""
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    path = folder / "boxes.yaml"
    path.write_text(yaml.safe_dump(PROBLEM), encoding="utf-8")
    question = load_problem(path)
    sources = sources_for(question, folder, data_folder(), TODAY, None)
    return plan_fleet(question, catalog_from(sources), folder, made_for(path, sources, "test"))
