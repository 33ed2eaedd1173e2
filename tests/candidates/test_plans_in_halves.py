"""Prefill and decode pools from a problem file to the report, and what the checks make of a lie about them."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from planner.cli import main
from planner.pipeline import plan_file
from planner.plan.checks import check
from planner.plan.plan import Plan
from planner.plan.store import load_plan

AS_OF = date(2026, 11, 21)
PROBLEM = """
title: Long prompts
horizon: {{periods: 1, period: month, hours: flat, blocks: 1}}
workloads:
  chat:
    model: llama-3.3-70b
    traffic: {{requests_per_s: 40}}
    requests: {{input: 4000, output: 300}}
    slo: {{ttft_p95_ms: 1000, tpot_p95_ms: 25, e2e_p95_s: 40}}
    precision: {{weights: [fp8], kv: [fp8]}}
    serving: {serving}
    {more}
supply: {{rent: {{forms: [on_demand], gpus: [H100-SXM, H200-SXM], providers: [nebius]}}}}
solve: {{time_limit_s: 20, mip_gap: 0}}
"""


def planned(folder: Path, serving: str, more: str = "") -> Plan:
    path = folder / f"{serving}.yaml"
    path.write_text(PROBLEM.format(serving=serving, more=more), encoding="utf-8")
    return plan_file(path, None, AS_OF, None, "test")


@pytest.fixture(scope="module")
def halved(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return planned(tmp_path_factory.mktemp("halved"), "disaggregated", "availability: critical")


def test_command_line_to_report(tmp_path: Path) -> None:
    path = tmp_path / "halves.yaml"
    path.write_text(PROBLEM.format(serving="disaggregated", more=""), encoding="utf-8")
    done = CliRunner().invoke(main, ["plan", str(path), "--as-of", str(AS_OF), "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    for page in ("report.md", "report.html"):
        text = (tmp_path / "out" / page).read_text("utf-8")
        assert "prefill only" in text
        assert "decode only" in text
        assert "hands each prompt" in text
        assert "joined by 50 GB/s" in text
    plan = load_plan(tmp_path / "out" / "plan.json")
    assert {row.role for row in plan.replicas} == {"prefill", "decode"}
    for role in ("prefill", "decode"):
        assert sum(row.requests_per_s for row in plan.flows if row.role == role) == pytest.approx(40)


def test_the_freer_way_is_never_dearer(tmp_path: Path) -> None:
    usd = {serving: planned(tmp_path, serving).total_usd for serving in ("aggregated", "disaggregated", "both")}
    assert usd["both"] <= min(usd["aggregated"], usd["disaggregated"]) * (1 + 1e-9)
    assert usd["both"] < usd["aggregated"]


def test_each_half_answers_for_its_targets(halved: Plan) -> None:
    for row in halved.configs:
        assert set(row.latency) == ({"ttft_p95_ms"} if row.role == "prefill" else {"tpot_p95_ms", "e2e_p95_s"})
        assert row.slo_met
        if row.role == "prefill":
            assert row.transfer_ms == pytest.approx(655.36e6 / (50e9 * 0.7 * row.gpus) * 1e3, rel=1e-3)
            assert row.latency["ttft_p95_ms"] == pytest.approx(row.busiest.ttft_p95_ms)


def test_both_halves_have_spares_for_the_root_of_the_target(halved: Plan) -> None:
    assert all(row.spare_replicas >= 1 for row in halved.configs if row.role == "prefill")
    (told,) = [finding.detail for finding in check(halved) if finding.check == "spares_suffice"]
    assert "asked 99.99500%" in told


def scaled(role: str) -> Callable[[Plan], Plan]:
    def lie(plan: Plan) -> Plan:
        flows = [
            row.model_copy(update={"requests_per_s": row.requests_per_s * 0.999}) if row.role == role else row
            for row in plan.flows
        ]
        return plan.model_copy(update={"flows": flows})

    return lie


def slower(field: str, value: float) -> Callable[[Plan], Plan]:
    def lie(plan: Plan) -> Plan:
        rows = [
            row.model_copy(update={"latency": row.latency | {field: value}}) if field in row.latency else row
            for row in plan.configs
        ]
        return plan.model_copy(update={"configs": rows})

    return lie


def few_spares(plan: Plan) -> Plan:
    """Enough only for replicas that fail less often than these."""
    return plan.model_copy(
        update={"configs": [row.model_copy(update={"replica_availability": 0.98}) for row in plan.configs]}
    )


@pytest.mark.parametrize(
    ("lie", "failing"),
    [
        (scaled("prefill"), {"halves_balance"}),
        (scaled("decode"), {"halves_balance", "demand_is_served", "energy_use_adds_up"}),  # whose shares go by requests
        (slower("e2e_p95_s", 41.0), {"slo_holds"}),
        (slower("ttft_p95_ms", 1100.0), {"slo_holds"}),
        (few_spares, {"spares_suffice"}),
    ],
)
def test_a_lie_about_halves_is_noticed(halved: Plan, lie: Callable[[Plan], Plan], failing: set[str]) -> None:
    assert [finding.check for finding in check(halved) if not finding.ok] == []
    assert {finding.check for finding in check(lie(halved)) if not finding.ok} == failing
