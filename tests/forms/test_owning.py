"""Owned systems by hand, to the cent: declining value, resale, whole persons, electricity of GPUs at work."""

from pathlib import Path

import pytest
from boxes import BOX, DEAR, RUNNING, SITE, YEARS, flat, owning
from click.testing import CliRunner
from shop import failed, money, planned, problem, write

from planner.cli import main
from planner.errors import InputError
from planner.plan.plan import Plan


def test_declining_value(tmp_path: Path) -> None:
    # one box: 24,000 USD, worth 24,000 x 0.8 after a year; by the straight line it would be 24,000 - 21,600 / 5
    straight = owning(tmp_path, **flat(2))
    declining = owning(tmp_path, {"depreciation": "declining", "depreciation_rate_per_year": 0.2}, **flat(2))
    assert money(straight, "owned_value_left") == -19680.00
    assert money(declining, "owned_value_left") == -19200.00
    assert money(declining, "owned_purchase") == 24000.00
    assert money(declining, "owned_running") == round(12 * RUNNING, 2)
    assert any("falls by a share of itself each year" in line for line in declining.assumptions)


def test_value_never_falls_below_the_residual_share(tmp_path: Path) -> None:
    plan = owning(tmp_path, {"depreciation": "declining", "depreciation_rate_per_year": 0.9}, **flat(2, 1, 1))
    assert money(plan, "owned_value_left") == -2400.00  # 24,000 x 0.1 ** 2 = 240 would be less


def test_the_catalogue_has_a_rate(tmp_path: Path) -> None:
    plan = owning(tmp_path, {"depreciation": "declining"}, **flat(2))
    assert money(plan, "owned_value_left") == round(-24000 * 0.72, 2)
    assert any("depreciation_rate_per_year 0.28" in line for line in plan.assumptions)
    assert not any("depreciation_rate_per_year" in line for line in owning(tmp_path, **flat(2)).assumptions)


def test_a_box_is_sold_when_demand_halves(tmp_path: Path) -> None:
    # two boxes in the first year, one in the second: one is sold for 19,680 after 12 months, the other is worth
    # 15,360 after 24; only the kept one runs in the second year
    plan = owning(tmp_path, supply__own__may_resell=True, horizon__discount_rate_per_year=0.1, **flat(4, 1, 0.5))
    assert [(row.pool, row.ordered, row.period, row.nodes, row.usd) for row in plan.sales] == [
        ("own/box", 0, 1, 1, pytest.approx(19680))
    ]
    assert money(plan, "owned_purchase") == 48000.00
    assert money(plan, "owned_resale") == -19680.00
    assert money(plan, "owned_value_left") == -15360.00
    assert money(plan, "owned_running") == round(3 * 12 * RUNNING, 2)
    year = 12 * RUNNING
    npv = 48000 + 2 * year + (year - 19680) / 1.1 - 15360 / 1.21
    assert plan.total_npv_usd == pytest.approx(npv, abs=0.005)
    assert plan.certificate.objective == pytest.approx(npv, rel=1e-6)
    assert [(row.period, round(row.usd, 2)) for row in plan.cash if row.kind == "capex"] == [
        (0, 48000.00),
        (1, -19680.00),
    ]
    assert [row.committed_nodes for row in plan.capacity] == [2, 1]
    assert [round(row.usd, 2) for row in plan.purchases] == [round(plan.total_usd, 2)]


def test_reselling_is_never_dearer(tmp_path: Path) -> None:
    for growth in ((1, 1), (1, 0.5), (1, 2)):
        kept = owning(tmp_path, **flat(4, *growth))
        sold = owning(tmp_path, supply__own__may_resell=True, **flat(4, *growth))
        assert sold.total_npv_usd <= kept.total_npv_usd + 0.01


def existing(tmp_path: Path, count: int, **changes: object) -> Plan:
    lot = [{"system": "box", "count": count, "age_months": 12}]
    return owning(tmp_path, supply__own__systems=[], supply__own__existing=lot, **changes)


def test_existing_systems_are_sold_at_their_age(tmp_path: Path) -> None:
    # one of three, worth 19,680 each, is needed; two are sold at once, and the kept one is worth 15,360 a year later
    plan = existing(tmp_path, 3, supply__own__may_resell=True, **flat(2))
    assert [(row.form, row.ordered, row.period, row.nodes) for row in plan.sales] == [("existing", None, 0, 2)]
    assert money(plan, "existing_resale") == -39360.00
    assert money(plan, "existing_value_left") == -15360.00
    assert money(plan, "existing_running") == round(12 * RUNNING, 2)
    assert money(plan, "existing_value_at_start") == 3 * 19680.00
    assert plan.total_usd == pytest.approx(12 * RUNNING + 19680 - 15360)
    assert {row.workload: round(row.usd, 2) for row in plan.workload_costs} == {"chat": round(plan.total_usd, 2)}
    assert [round(row.usd, 2) for row in plan.cash if row.kind == "capex"] == [-39360.00]
    without = existing(tmp_path, 3, **flat(2))
    assert (money(without, "existing_resale"), money(without, "existing_value_left"), without.sales) == (0, 0, [])


def test_whole_persons(tmp_path: Path) -> None:
    # 4 boxes need two persons of 60,000 USD at three boxes each; 3 boxes one
    persons = {"staff_usd_per_system_year": None, "systems_per_person": 3, "usd_per_person_year": 60000}
    assert money(owning(tmp_path, persons, **flat(6)), "owned_staff") == 60000.00
    plan = owning(tmp_path, persons, **flat(8))
    assert money(plan, "owned_staff") == 120000.00
    assert plan.certificate.objective == pytest.approx(plan.total_npv_usd, rel=1e-6)
    assert all("staff" not in row.cost_lines for row in plan.options)
    assert "cost_adds_up" in failed(plan, "costs", lambda row: {"usd": row.usd / 2}, term="owned_staff")


def test_a_step_of_staff_can_turn_the_choice(tmp_path: Path) -> None:
    # the fourth box would need a second person: two GPUs are rented instead, at 1.50 USD/h for 8760 h each
    persons = {"staff_usd_per_system_year": None, "systems_per_person": 3, "usd_per_person_year": 60000}
    figures = {name: value for name, value in (SITE | persons).items() if value is not None}
    asked = problem(supply__own__systems=["box"], supply__own__site=figures, **YEARS, **flat(8))
    asked["catalog"]["systems"] = "systems.yaml"
    plan = planned(tmp_path, asked, offers="acme,east,n1,H100-SXM,1,1.5,\n", systems=BOX)
    assert money(plan, "owned_staff") in (0.0, 60000.00)
    assert money(plan, "on_demand") > 0


def test_electricity_by_the_gpus_at_work(tmp_path: Path) -> None:
    # idle 3 x 0.25 kW, a GPU at work 3 x 0.75 / 2 kW, at 1.5 x 0.1 USD/kWh; 1 replica by night, 3 by day
    site = {"average_power_share": None, "idle_power_share": 0.25}
    traffic = {"requests_per_s": 2, "profile": [0.5] * 12 + [1.5] * 12}
    hours = {"horizon__hours": "day", "horizon__blocks": 2, "horizon__periods": 1}
    plan = owning(tmp_path, site, workloads__chat__traffic=traffic, **hours)
    assert money(plan, "owned_running") == round(2 * 12 * 3 * 0.25 * 730 * 0.15, 2)
    assert money(plan, "owned_power") == round((1 + 3) * 4380 * 1.125 * 0.15, 2)
    assert plan.certificate.objective == pytest.approx(plan.total_npv_usd, rel=1e-6)
    assert {row.replicas for row in plan.replicas} == {1, 3}
    assert "cost_adds_up" in failed(plan, "costs", lambda row: {"usd": row.usd + 1}, term="owned_power")


LIES = {
    "another price": ("sales", lambda row: {"usd": row.usd + 1}),
    "more than there were": ("sales", lambda row: {"nodes": 3}),
    "too early": ("sales", lambda row: {"period": 0}),
}


@pytest.mark.parametrize("lie", LIES)
def test_the_check_notices(tmp_path: Path, lie: str) -> None:
    plan = owning(tmp_path, supply__own__may_resell=True, **flat(4, 1, 0.5))
    kind, change = LIES[lie]
    assert "sales_hold" in failed(plan, kind, change)


@pytest.mark.parametrize(
    ("site", "text"),
    [
        ({"systems_per_person": 3, "usd_per_person_year": 1}, "two ways to say the same"),
        ({"idle_power_share": 0.2}, "two ways to say the same"),
        ({"staff_usd_per_system_year": None, "systems_per_person": 3}, "together; add the other"),
        ({"depreciation_rate_per_year": 0.2}, "no effect without depreciation: declining"),
    ],
)
def test_mistakes_are_explained(tmp_path: Path, site: dict[str, object], text: str) -> None:
    with pytest.raises(InputError, match=text):
        owning(tmp_path, site, **flat(2))


def test_on_the_command_line(tmp_path: Path) -> None:
    site = {name: value for name, value in SITE.items() if name not in {"average_power_share"}}
    site |= {"idle_power_share": 0.25, "depreciation": "declining", "depreciation_rate_per_year": 0.2}
    asked = problem(**YEARS, **flat(4, 1, 0.5), supply__own={"systems": ["box"], "may_resell": True, "site": site})
    asked["catalog"]["systems"] = "systems.yaml"
    path = write(tmp_path, asked, offers=DEAR, systems=BOX)
    result = CliRunner().invoke(main, ["plan", str(path), "--out", str(tmp_path / "out"), "--as-of", "2026-12-01"])
    assert result.exit_code == 0, result.output
    for name in ("report.md", "report.html"):
        told = (tmp_path / "out" / name).read_text(encoding="utf-8").replace("\u00a0", " ")
        assert "sell 1 × box on 1 January 2028 for $19,200" in told
        assert "Bought and sold again" in told
        assert "Electricity of GPUs at work" in told
        assert "draws 25% of its maximum power when idle" in told
