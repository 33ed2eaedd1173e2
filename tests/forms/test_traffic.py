"""Egress and storage of rented nodes by hand, to the cent."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from shop import failed, money, planned, problem, write
from test_owning import BOX, SITE

from planner.candidates.storage import stored_weights_gib
from planner.catalog.load import load_catalog
from planner.cli import main
from planner.errors import InputError
from planner.plan.plan import Plan

DAY = {"horizon__periods": 1}
REQUESTS = 2 * 3600 * 730  # a month's, at 2 requests/s on average
GIB = REQUESTS * 100 * 200 / 2**30  # 100 output tokens of 200 bytes


def test_egress_of_every_output_token(tmp_path: Path) -> None:
    rent = {"supply__rent__egress_usd_per_gib": 0.09, "supply__rent__egress_bytes_per_token": 200}
    plan = planned(tmp_path, problem(**DAY, **rent))
    assert money(plan, "egress") == round(GIB * 0.09, 2) == 8.81
    assert money(plan, "on_demand") == 2920.00
    assert plan.certificate.objective == pytest.approx(plan.total_npv_usd, rel=1e-6)
    assert "cost_adds_up" in failed(plan, "configs", lambda row: {"mean_output_tokens": 90.0})


def test_a_margin_of_demand_sends_nothing(tmp_path: Path) -> None:
    rent = {"supply__rent__egress_usd_per_gib": 0.09, "supply__rent__egress_bytes_per_token": 200}
    plan = planned(tmp_path, problem(**DAY, **rent, limits__demand_margin=0.3))
    assert money(plan, "egress") == 8.81


def test_storage_of_the_replicas_that_are_on(tmp_path: Path) -> None:
    # llama-3.1-8b in fp8 is stored once for each replica: 1 by night and 3 by day, 2 on average
    plan = planned(tmp_path, problem(**DAY, supply__rent__storage_usd_per_gib_month=0.08))
    (row,) = {(row.config, row.stored_gib) for row in plan.configs}
    assert row[1] == pytest.approx((8.03e9 - 1.05e9 + 2 * 1.05e9) / 2**30, rel=0.01)  # embeddings stay 16-bit
    assert money(plan, "storage") == round(2 * row[1] * 0.08, 2)
    assert plan.certificate.objective == pytest.approx(plan.total_npv_usd, rel=1e-6)
    assert "cost_adds_up" in failed(plan, "configs", lambda row: {"stored_gib": row.stored_gib + 1})


def test_stored_weights_follow_the_format() -> None:
    from shop import TODAY

    models = load_catalog(as_of=TODAY).models
    llama = models["llama-3.1-8b"]
    assert stored_weights_gib(llama, "bf16") == llama.native_weights_gib
    assert stored_weights_gib(llama, "int4") < stored_weights_gib(llama, "fp8") < stored_weights_gib(llama, "bf16")
    assert stored_weights_gib(llama, "bf16/fp8/fp8") > stored_weights_gib(llama, "fp8")


def owned_or_rented(tmp_path: Path, usd: float) -> Plan:
    """A box of two GPUs is there; 3 requests/s need a third, and answers from rented nodes cost `usd` a GiB."""
    asked = problem(
        **DAY,
        horizon__hours="flat",
        horizon__blocks=1,
        workloads__chat__traffic={"requests_per_s": 2.5},
        supply__rent__egress_usd_per_gib=usd,
        supply__rent__egress_bytes_per_token=200,
        supply__own={"existing": [{"system": "box", "count": 1}], "site": SITE},
    )
    asked["catalog"]["systems"] = "systems.yaml"
    return planned(tmp_path, asked, systems=BOX)


def test_only_what_rented_nodes_send_is_paid(tmp_path: Path) -> None:
    # the owned replicas serve all they can, 2 requests/s; the rented one sends the other half request/s
    plan = owned_or_rented(tmp_path, 1.0)
    assert {row.pool: round(row.requests_per_s, 6) for row in plan.flows} == {
        "acme/east/n1": 0.5, "own/box/existing": 2.0,
    }  # fmt: skip
    assert money(plan, "egress") == round(0.5 * 3600 * 730 * 100 * 200 / 2**30, 2)
    assert plan.certificate.objective == pytest.approx(plan.total_npv_usd, rel=1e-6)


def test_dearer_egress_is_never_cheaper(tmp_path: Path) -> None:
    totals = [owned_or_rented(tmp_path, usd).total_usd for usd in (0.0, 0.5, 1.0)]
    assert totals == sorted(totals) and totals[0] < totals[-1]


def test_egress_needs_a_size(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="needs egress_bytes_per_token"):
        planned(tmp_path, problem(supply__rent__egress_usd_per_gib=0.09))


def test_on_the_command_line(tmp_path: Path) -> None:
    rent = {"egress_usd_per_gib": 0.09, "egress_bytes_per_token": 200, "storage_usd_per_gib_month": 0.08}
    asked = problem(**DAY, **{f"supply__rent__{name}": value for name, value in rent.items()})
    path = write(tmp_path, asked)
    result = CliRunner().invoke(main, ["plan", str(path), "--out", str(tmp_path / "out"), "--as-of", "2026-12-01"])
    assert result.exit_code == 0, result.output
    for name in ("report.md", "report.html"):
        told = (tmp_path / "out" / name).read_text(encoding="utf-8")
        assert "Network egress" in told and "Storage of weights" in told
        assert "Prices exclude tax and support." in told
        assert "output tokens of 200 bytes at 0.09 USD/GiB" in told


def test_workloads_that_run_the_same_configuration_each_pay(tmp_path: Path) -> None:
    rent = {"supply__rent__egress_usd_per_gib": 0.09, "supply__rent__egress_bytes_per_token": 200}
    asked = problem(**DAY, **rent)
    asked["workloads"]["help"] = asked["workloads"]["chat"] | {"requests": {"input": 500, "output": 50}}
    plan = planned(tmp_path, asked)
    assert money(plan, "egress") == round(1.5 * GIB * 0.09, 2)
    assert plan.certificate.objective == pytest.approx(plan.total_npv_usd, rel=1e-6)
