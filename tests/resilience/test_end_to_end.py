"""From a small problem file through the command line: what is asked, planned, checked and told."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from planner.cli import main
from planner.plan.checks import check
from planner.plan.plan import Plan

BASE = """\
title: Small
horizon: {{periods: 1, period: month, blocks: 2}}
workloads:
  chat:
    model: llama-3.1-8b
    traffic: {{requests_per_s: 6, profile: azure2024-conv}}
    requests: {{input: 900, output: 250{buckets}}}
    slo: {{ttft_p95_ms: 1000, tpot_p95_ms: 50}}
{chat}
  bulk:
    model: llama-3.1-8b
    traffic: {{requests_per_s: 8}}
    requests: {{input: 600, output: 300}}
    slo: {{ttft_p95_ms: 2000, tpot_p95_ms: 80}}
    survives_loss: false
{bulk}
supply:
  rent: {{providers: [aws, gcp], forms: [on_demand], gpus: [L4, L40S]}}
limits: {limits}
solve: {{mip_gap: 0.0}}
"""


def planned(folder: Path, limits: str, chat: str = "", bulk: str = "", buckets: str = "") -> tuple[Plan, str]:
    """The plan of the small problem and its report."""
    path = folder / "small.yaml"
    path.write_text(BASE.format(limits=limits, chat=chat, bulk=bulk, buckets=buckets), encoding="utf-8")
    out = folder / "out"
    done = CliRunner().invoke(main, ["plan", str(path), "--as-of", "2026-11-21", "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "⚠ Check failed" not in (out / "report.md").read_text()
    plan = Plan.model_validate_json((out / "plan.json").read_bytes())
    assert [f.detail for f in check(plan) if not f.ok] == []
    html = (out / "report.html").read_text()
    text = (out / "report.md").read_text()
    assert ("left unserved" in html.lower()) == ("left unserved" in text.lower())
    return plan, text


def failed(plan: Plan) -> set[str]:
    return {finding.check for finding in check(plan) if not finding.ok}


def asked(plan: Plan, **limits: object) -> Plan:
    problem = json.loads(json.dumps(plan.problem))
    problem["limits"] |= limits
    return plan.model_copy(update={"problem": problem})


def test_without_any_of_it_nothing_is_told(tmp_path: Path) -> None:
    plan, text = planned(tmp_path, "{}")
    assert not plan.unserved and not plan.excess and not plan.standby
    assert not re.search("What is left unserved|Left unserved|Caps broken|any one", text)
    assert sum(row.kg for row in plan.carbon) > 0 and "kg CO2e" in text


def test_a_provider_may_be_lost(tmp_path: Path) -> None:
    plan, text = planned(tmp_path, "{survive_loss_of: provider}")
    assert {row.provider for row in plan.pools} == {"aws", "gcp"}
    assert re.search(r"When any one provider is lost, .* 100.% of the planned demand of chat", text)
    mine = next(i for i, row in enumerate(plan.replicas) if row.workload == "chat")
    fewer = [row.model_copy(update={"replicas": 0}) if i == mine else row for i, row in enumerate(plan.replicas)]
    assert "losses_are_survived" in failed(plan.model_copy(update={"replicas": fewer}))
    moved = [row.model_copy(update={"provider": "aws"}) for row in plan.pools]
    assert "losses_are_survived" in failed(plan.model_copy(update={"pools": moved}))


def test_sizes_that_share_replicas_are_routed_anew(tmp_path: Path) -> None:
    plan, _ = planned(tmp_path, "{survive_loss_of: provider, surviving_share: 0.6}", buckets=", buckets: 2")
    assert {row.lost for row in plan.standby} == {"aws", "gcp"}
    pools = {row.id: row.provider for row in plan.pools}
    assert all(pools[row.pool] != row.lost for row in plan.standby)
    less = [row.model_copy(update={"requests_per_s": 0.5 * row.requests_per_s}) for row in plan.standby]
    assert failed(plan.model_copy(update={"standby": less})) == {"losses_are_survived"}
    more = [row.model_copy(update={"requests_per_s": 9.0 * row.requests_per_s}) for row in plan.standby]
    assert failed(plan.model_copy(update={"standby": more})) == {"losses_are_survived"}
    faster = [row.model_copy(update={"max_requests_per_s": 99.0}) for row in plan.standby]
    assert failed(plan.model_copy(update={"standby": faster})) == {"losses_are_survived"}


@pytest.mark.parametrize("loss", ["zone, zones_per_region: 3", "region"])
def test_zones_and_regions_may_be_lost(tmp_path: Path, loss: str) -> None:
    plan, _ = planned(tmp_path, f"{{survive_loss_of: {loss}}}")
    assert failed(asked(plan, survive_loss_of="provider")) <= {"losses_are_survived"}


def test_providers_share_the_gpu_hours(tmp_path: Path) -> None:
    plan, text = planned(tmp_path, "{provider_shares: [{provider: gcp, min_share: 0.3, max_share: 0.6}]}")
    rows = {row.limit: row for row in plan.limits if row.limit.startswith("share of gcp")}
    assert 0.3 <= rows["share of gcp at least"].used <= 0.6
    assert rows["share of gcp at least"].at_least and "share of gcp at least" in text
    tighter = [{"provider": "gcp", "min_share": 0.3, "max_share": rows["share of gcp at most"].used - 0.01}]
    assert failed(asked(plan, provider_shares=tighter)) == {"provider_shares_hold"}
    told = [row.model_copy(update={"used": 0.45}) if row.at_least else row for row in plan.limits]
    assert failed(plan.model_copy(update={"limits": told})) == {"provider_shares_hold"}


PRICED = ("    unserved_usd_per_1k_requests: 9", "    unserved_usd_per_1k_requests: 5\n    priority: 2")


def test_a_shortage_is_left_unserved_by_priority(tmp_path: Path) -> None:
    plan, text = planned(tmp_path, "{max_gpus: 1}", *PRICED)
    left = {row.workload for row in plan.unserved}
    assert "bulk" in left
    cost = sum(row.usd for row in plan.costs if row.term == "unserved")
    price = {"chat": 9.0, "bulk": 5.0}
    assert cost == pytest.approx(sum(price[row.workload] * row.requests / 1000 for row in plan.unserved))
    assert not [row for row in plan.cash if row.term == "unserved"]
    assert "What is left unserved" in text and "Left unserved: " in text
    half = [row.model_copy(update={"requests_per_s": row.requests_per_s / 2}) for row in plan.unserved]
    assert "unserved_is_allowed" in failed(plan.model_copy(update={"unserved": half}))
    turned = json.loads(json.dumps(plan.problem))
    turned["workloads"]["bulk"]["max_unserved_share"] = 0.01
    assert "unserved_is_allowed" in failed(plan.model_copy(update={"problem": turned}))


def test_priorities_are_checked(tmp_path: Path) -> None:
    plan, _ = planned(tmp_path, "{max_gpus: 1}", *PRICED)
    turned = json.loads(json.dumps(plan.problem))
    turned["workloads"]["chat"]["priority"], turned["workloads"]["bulk"]["priority"] = 2, 1
    assert failed(plan.model_copy(update={"problem": turned})) == {"unserved_is_allowed"}


SOFT = "{carbon_kg_per_period: 10, carbon_excess_usd_per_kg: 0.2, max_gpus: 0, gpus_excess_usd_per_gpu_hour: 0.1, "
SOFT += "budget: [{kind: total, usd_per_period: 100, excess_usd_per_usd: 0.5}]}"


def test_caps_are_broken_for_their_price(tmp_path: Path) -> None:
    plan, text = planned(tmp_path, SOFT)
    assert {row.limit for row in plan.excess} == {"carbon_kg_per_period", "max_gpus", "budget total"}
    paid = sum(row.usd for row in plan.cash)
    budget = next(row for row in plan.excess if row.limit == "budget total")
    assert budget.excess == pytest.approx(paid - 100) and budget.usd == pytest.approx((paid - 100) * 0.5)
    carbon = next(row for row in plan.excess if row.limit == "carbon_kg_per_period")
    assert carbon.usd == pytest.approx((plan.carbon[0].kg - 10) * 0.2)
    assert sum(row.usd for row in plan.costs if row.term == "excess") == pytest.approx(sum(r.usd for r in plan.excess))
    assert "Caps broken for their price" in text and "exceeded for $" in text
    less = [row.model_copy(update={"excess": row.excess - 1}) for row in plan.excess]
    assert failed(plan.model_copy(update={"excess": less})) == {"excess_adds_up"}
    assert "max_gpus_holds" in failed(asked(plan, gpus_excess_usd_per_gpu_hour=None))


def test_carbon_is_capped_and_minimised(tmp_path: Path) -> None:
    free, _ = planned(tmp_path, "{}")
    kg = free.carbon[0].kg
    less, _ = planned(tmp_path, f"{{carbon_kg_per_period: {0.7 * kg:.3f}}}")
    assert less.carbon[0].kg <= 0.7 * kg + 1e-6
    assert less.total_usd >= free.total_usd - 1e-6
    lied = [row.model_copy(update={"kg": row.kg - 1}) for row in less.carbon]
    assert failed(less.model_copy(update={"carbon": lied})) == {"carbon_adds_up"}
    assert failed(asked(less, carbon_kg_per_period=0.3 * kg)) == {"carbon_holds"}
    path = tmp_path / "small.yaml"
    path.write_text(path.read_text() + "objective: carbon\n", encoding="utf-8")
    done = CliRunner().invoke(main, ["plan", str(path), "--as-of", "2026-11-21", "--out", str(tmp_path / "green")])
    assert done.exit_code == 0, done.output
    green = Plan.model_validate_json((tmp_path / "green" / "plan.json").read_bytes())
    assert green.certificate.objective == pytest.approx(green.carbon[0].kg, rel=1e-6)
    assert green.carbon[0].kg <= less.carbon[0].kg + 1e-6


def test_a_misspelt_provider_is_no_silent_share(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    limits = "{provider_shares: [{provider: awz, max_share: 0.5}]}"
    path.write_text(BASE.format(limits=limits, chat="", bulk="", buckets=""), encoding="utf-8")
    done = CliRunner().invoke(main, ["plan", str(path), "--as-of", "2026-11-21", "--out", str(tmp_path / "out")])
    assert done.exit_code == 2
    assert "did you mean 'aws'" in done.output


@pytest.mark.parametrize("window", ["", ", first_period: 1"])
def test_a_quota_is_broken_for_its_price(tmp_path: Path, window: str) -> None:
    limits = "{}\nsolve: {mip_gap: 0.001}"
    quotas = "".join(
        f"\n    - {{gpu: {gpu}, max_gpus: 0, excess_usd_per_gpu_hour: 0.01{window}}}" for gpu in ("L4", "L40S")
    )
    text = BASE.replace("solve: {{mip_gap: 0.0}}\n", "").replace("limits:", "  quotas:{quotas}\nlimits:")
    path = tmp_path / "small.yaml"
    path.write_text(text.format(limits=limits, quotas=quotas, chat="", bulk="", buckets=""), encoding="utf-8")
    done = CliRunner().invoke(main, ["plan", str(path), "--as-of", "2026-11-21", "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    plan = Plan.model_validate_json((tmp_path / "out" / "plan.json").read_bytes())
    assert [f.detail for f in check(plan) if not f.ok] == []
    gpus = {row.id: row.gpus_per_node for row in plan.pools}
    week = {row.index: len(row.hours_of_week) / 168 for row in plan.blocks}
    hours = sum(row.on_demand_nodes * gpus[row.pool] * 730 * week[row.block] for row in plan.capacity)
    assert sum(row.usd for row in plan.excess) == pytest.approx(0.01 * hours)
