"""Terms as a problem on disk, with its own offers, discounts, systems and API prices."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from spreadsheet import Terms

from planner.again import Question, question_in

TODAY = date(2026, 12, 1)
SITE = {"usd_per_kwh": 0.1, "pue": 1.5, "average_power_share": 0.5, "colocation_usd_per_kw_month": 20, "life_years": 5}
KW, PRICE, MAINTENANCE = 1.0, 20000.0, 0.03
FREE = {"installation_share": 0, "spares_share": 0, "failures_share_per_year": 0}
API_INPUT, API_OUTPUT = 500, 100


def terms_of(seed: int) -> Terms:
    """Random terms."""
    dice = random.Random(seed)
    months = dice.choice([3, 12])
    periods = dice.choice([4, 5]) if months == 3 else dice.choice([2, 3])
    low = dice.choice([0, 1])
    high = low + dice.choice([1, 2])
    growth = tuple(sorted(dice.choice([1, 1, 2]) for _ in range(periods)))
    staff = dice.choice([0.0, 1200.0, 6000.0])
    network = dice.choice([0.0, 0.15])
    running = KW * 0.5 * 730 * 1.5 * 0.1 + KW * 20 + PRICE * MAINTENANCE / 12 + staff / 8 / 12
    price = dice.choice([0.6, 1.5, 3.0])
    return Terms(
        low=low, high=high, growth=growth, months=months, rate=dice.choice([0.0, 0.1]), on_demand=price,
        spot=round(price * dice.choice([0.3, 0.6, 0.95]), 3), availability=dice.choice([1.0, 0.9, 0.5]),
        discounts={12: dice.choice([0.2, 0.4]), 36: dice.choice([0.45, 0.6])}, upfront=dice.choice([0.0, 1.0]),
        share_inside=dice.choice([0.25, 0.5]) if months * periods >= 18 else 0.25, system=PRICE * (1 + network),
        running=running, life_years=5.0, residual=dice.choice([0.0, 0.2]), lead=dice.choice([0, 3]),
        api=dice.choice([2e-4, 1e-3]), existing=dice.choice([0, 1]),
    )  # fmt: skip


def question_of(folder: Path, x: Terms, **changes: Any) -> Question:
    """The question that asks what the terms say."""
    network = x.system / PRICE - 1
    staff = max(0.0, round((x.running - KW * 0.5 * 730 * 1.5 * 0.1 - KW * 20 - PRICE * MAINTENANCE / 12) * 96, 6))
    site = SITE | FREE | {
        "network_share": round(network, 9), "maintenance_share_per_year": MAINTENANCE, "residual_share": x.residual,
        "staff_usd_per_system_year": staff, "lead_time_months": x.lead,
    }  # fmt: skip
    horizon = x.months * x.periods
    forms = ["on_demand", "spot", *(f for f, term in FORMS.items() if horizon >= x.share_inside * term)]
    asked = {
        "title": "Spreadsheet",
        "horizon": {
            "periods": x.periods, "period": {3: "quarter", 12: "year"}[x.months], "hours": "day", "blocks": 2,
            "discount_rate_per_year": x.rate, "commitment_share_inside": x.share_inside,
        },
        "workloads": {
            "chat": {
                "model": "llama-3.1-8b",
                "traffic": {
                    "requests_per_s": (x.low + x.high) / 2,
                    "profile": [x.low] * 12 + [x.high] * 12,
                    "growth_per_month": list(x.growth),
                },
                "requests": {"input": API_INPUT, "output": API_OUTPUT},
                "slo": {"ttft_p95_ms": 1000, "tpot_p95_ms": 50},
                "interruptible": True,
            }
        },
        "supply": {
            "rent": {"forms": forms},
            "spot": {"availability": x.availability, "restart_minutes": 0},
            "own": {
                "systems": ["box"], "site": site,
                **({"existing": [{"system": "box", "count": x.existing}]} if x.existing else {}),
            },
            "api": [{"provider": "host", "model": "llama"}],
        },
        "performance": {"table": "rates.csv"},
        "catalog": {
            "offers": "offers.csv", "replace_offers": True, "commitments": "commitments.csv", "systems": "systems.yaml",
            "apis": "apis.csv",
        },
        "limits": {"utilization_cap": 1},
        "solve": {"mip_gap": 0, "time_limit_s": 30, "threads": 1},
    }  # fmt: skip
    _write(folder, x)
    path = folder / "problem.yaml"
    path.write_text(yaml.safe_dump(asked), encoding="utf-8")
    question = question_in(path, None, TODAY, "test")
    return question.changed(changes) if changes else question


FORMS = {"reserved_1y": 12, "reserved_3y": 36}


def _write(folder: Path, x: Terms) -> None:
    payment = "all" if x.upfront else "none"
    lines = "".join(f"acme,H100-SXM,{term},{share},{payment}\n" for term, share in x.discounts.items())
    usd = x.api / (API_INPUT + API_OUTPUT) * 1e6
    files = {
        "offers.csv": "provider,region,instance_type,gpu,gpus,on_demand_usd_per_hour,spot_usd_per_hour\n"
        f"acme,east,n1,H100-SXM,1,{x.on_demand},{x.spot}\n",
        "commitments.csv": f"provider,gpu,term_months,discount,payment\n{lines}",
        "apis.csv": "provider,model,our_model,input_usd_per_million,output_usd_per_million\n"
        f"host,llama,llama-3.1-8b,{usd!r},{usd!r}\n",
        "rates.csv": "gpu,tp,weights,requests_per_s\nH100-SXM,1,fp8,1\n",
        "systems.yaml": "systems:\n- {id: box, name: Box, gpu: H100-SXM, gpus: 1, link_domain_gpus: 1, "
        f"power: {{max_kw: 1}}, price: {{usd: {PRICE}, as_of: 2026-11-01}}}}\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
