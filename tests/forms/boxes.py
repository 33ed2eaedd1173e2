"""Boxes of two GPUs that may be bought where renting is dear: the owned systems that tests price by hand."""

from pathlib import Path

import pytest
from shop import planned, problem

from planner.plan.checks import check
from planner.plan.plan import Plan

BOX = """systems:
- id: box
  name: Box
  gpu: H100-SXM
  gpus: 2
  link_domain_gpus: 2
  power: {max_kw: 3}
  price: {usd: 20000, as_of: 2026-11-01}
"""
SITE = {  # a box costs 24,000 USD with network, and 3 x 0.5 x 730 x 1.5 x 0.1 = 164.25 USD a month to run
    "usd_per_kwh": 0.1, "pue": 1.5, "average_power_share": 0.5, "colocation_usd_per_kw_month": 0,
    "staff_usd_per_system_year": 0, "network_share": 0.2, "installation_share": 0, "spares_share": 0,
    "maintenance_share_per_year": 0, "life_years": 5,
    "residual_share": 0.1, "lead_time_months": 0,
}  # fmt: skip
RUNNING = 164.25
DEAR = "acme,east,n1,H100-SXM,1,60.0,\n"
YEARS = {"horizon__hours": "flat", "horizon__blocks": 1, "horizon__period": "year"}


def owning(tmp_path: Path, site: dict[str, object] | None = None, **changes: object) -> Plan:
    """The plan where boxes may be bought and renting is dear; a `site` figure of None is left out."""
    figures = {name: value for name, value in (SITE | (site or {})).items() if value is not None}
    asked = problem(**{"supply__own__systems": ["box"], "supply__own__site": figures, **YEARS, **changes})
    asked["catalog"]["systems"] = "systems.yaml"
    return planned(tmp_path, asked, offers=DEAR, systems=BOX)


def flat(requests_per_s: float, *growth: float) -> dict[str, object]:
    traffic = {"requests_per_s": requests_per_s, **({"growth_per_month": list(growth)} if growth else {})}
    return {"workloads__chat__traffic": traffic, "horizon__periods": len(growth) or 1}


def sound(plan: Plan) -> Plan:
    """The plan, its checks and its objective agreed with."""
    assert [found.detail for found in check(plan) if not found.ok] == []
    assert plan.certificate.objective == pytest.approx(plan.total_npv_usd, rel=1e-6)
    return plan


def paid(plan: Plan, term: str) -> list[tuple[int, float]]:
    """(period, USD) of a term of the bill, to the cent."""
    return [(row.period, round(row.usd, 2)) for row in plan.costs if row.term == term and abs(row.usd) > 0.005]


def cash(plan: Plan, kind: str) -> list[tuple[int, float]]:
    """(period, USD) of payments of a kind, to the cent."""
    return [(row.period, round(row.usd, 2)) for row in plan.cash if row.kind == kind]
