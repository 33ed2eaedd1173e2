"""Capacity blocks: bought when their window starts, serving in it only, paid up front."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from shop import failed, money, planned, problem, write

from planner.cli import main
from planner.errors import InputError

BLOCK = {"provider": "acme", "region": "east", "instance": "n1", "first_period": 2, "usd_per_gpu_hour": 1.2}


def test_by_hand(tmp_path: Path) -> None:
    # night 1 node, day 3: rented 2 x 730 h a month at 2.0; in February a block at 1.2 x 730 h beats a node rented
    # around the clock (2.0 x 730) and one rented by day (2.0 x 365 = 730) does not beat 876
    plan = planned(tmp_path, problem(horizon__discount_rate_per_year=0.1, supply__capacity_blocks=[BLOCK]))
    assert [(row.form, row.period, row.first_period, row.last_period, row.nodes) for row in plan.purchases] == [
        ("capacity_block", 1, 1, 1, 1)
    ]
    assert money(plan, "capacity_block") == 876.00
    assert money(plan, "on_demand") == 2 * 2 * 730.00 + 2 * 2 * 365.00
    assert plan.total_npv_usd == pytest.approx(2920 + (876 + 1460) * 1.1 ** (-1 / 12), abs=0.005)
    assert plan.certificate.objective == pytest.approx(plan.total_npv_usd, rel=1e-6)


def test_a_window_is_paid_in_full_when_it_starts(tmp_path: Path) -> None:
    # two months from January: 2 x 876 in January's cash, in the bill month by month, both worth January's dollars
    window = BLOCK | {"first_period": 1, "periods": 2}
    asked = problem(horizon__periods=3, horizon__discount_rate_per_year=0.1, supply__capacity_blocks=[window])
    plan = planned(tmp_path, asked)
    assert [(row.period, round(row.usd, 2)) for row in plan.cash if row.term == "capacity_block"] == [(0, 1752.00)]
    billed = {row.period: (row.usd, row.npv_usd) for row in plan.costs if row.term == "capacity_block"}
    assert billed == {0: pytest.approx((876, 876)), 1: pytest.approx((876, 876))}
    assert [row.usd_after_horizon for row in plan.purchases] == [pytest.approx(0)]


def test_the_limit_holds_over_all_places(tmp_path: Path) -> None:
    # at 0.9 USD/h (657 a month) three nodes would be bought in place of any that is rented; two may be
    offers = "acme,east,n1,H100-SXM,1,2.0,\nacme,west,n1,H100-SXM,1,2.0,\n"
    block = {"provider": "acme", "gpu": "H100-SXM", "first_period": 1, "usd_per_gpu_hour": 0.9}
    free = planned(tmp_path, problem(supply__capacity_blocks=[block]), offers=offers)
    held = planned(tmp_path, problem(supply__capacity_blocks=[block | {"max_nodes": 2}]), offers=offers)
    assert sum(row.nodes for row in free.purchases) == 3
    assert money(free, "capacity_block") == 1971.00
    assert sum(row.nodes for row in held.purchases) == 2
    (limit,) = [row for row in held.limits if row.limit == "capacity block 1 acme H100-SXM"]
    assert (limit.used, limit.cap, limit.binding) == (2, 2, True)
    assert free.total_usd < held.total_usd
    assert "capacity_blocks_hold" in failed(held, "limits", lambda row: {"used": 1.0}, limit=limit.limit)


def test_blocks_count_against_quotas(tmp_path: Path) -> None:
    quota = {"gpu": "H100-SXM", "provider": "acme", "max_gpus": 3}
    block = BLOCK | {"first_period": 1, "periods": 2, "usd_per_gpu_hour": 0.1}
    plan = planned(tmp_path, problem(supply__quotas=[quota], supply__capacity_blocks=[block]))
    (limit,) = [row for row in plan.limits if row.limit == "quota acme H100-SXM"]
    assert limit.used == 3
    forms = problem(supply__quotas=[quota | {"form": "capacity_block", "max_gpus": 1}], supply__capacity_blocks=[block])
    assert sum(row.nodes for row in planned(tmp_path, forms).purchases) == 1


def test_the_catalogue_knows_prices(tmp_path: Path) -> None:
    # p5.4xlarge has one H100 at 5.191 USD/h in us-east-1; renting costs 9 here
    block = {"provider": "aws", "region": "us-east-1", "instance": "p5.4xlarge", "first_period": 1, "max_nodes": 1}
    plan = planned(tmp_path, problem(supply__capacity_blocks=[block]), offers="acme,east,n1,H100-SXM,1,9.0,\n")
    assert money(plan, "capacity_block") == round(5.191 * 730, 2)
    assert any(source.id == "aws-capacity-blocks" for source in plan.sources)


LIES = {
    "another window": ("purchases", lambda row: {"period": 0, "first_period": 0}),
    "paid as it runs": ("options", lambda row: {"upfront_share": 0.5}),
    "another price": ("options", lambda row: {"usd_per_hour": 1.1}),
    "another term": ("options", lambda row: {"term_months": 2}),
    "another entry": ("options", lambda row: {"block": 1}),
}


@pytest.mark.parametrize("lie", LIES)
def test_the_check_notices(tmp_path: Path, lie: str) -> None:
    plan = planned(tmp_path, problem(supply__capacity_blocks=[BLOCK]))
    kind, change = LIES[lie]
    assert "capacity_blocks_hold" in failed(plan, kind, change, form="capacity_block")


def test_the_check_notices_another_place(tmp_path: Path) -> None:
    plan = planned(tmp_path, problem(supply__capacity_blocks=[BLOCK]))
    assert "capacity_blocks_hold" in failed(plan, "pools", lambda row: {"region": "west"}, id="acme/east/n1/block-1")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"periods": 2}, "ends with period 3, but the horizon has 2"),
        ({"gpu": "H100-SXM"}, "needs either gpu or instance"),
        ({"instance": None}, "needs either gpu or instance"),
        ({"instance": "n2"}, "no node fits 'acme east n2'"),
        ({"provider": "acne"}, "no provider 'acne' — did you mean 'acme'?"),
        ({"instance": None, "gpu": "h100"}, "write 'H100-SXM'"),
        ({"usd_per_gpu_hour": None}, "with a price for blocks; give usd_per_gpu_hour"),
    ],
)
def test_mistakes_are_explained(tmp_path: Path, change: dict[str, object], text: str) -> None:
    with pytest.raises(InputError, match="capacity_blocks") as told:
        planned(tmp_path, problem(supply__capacity_blocks=[BLOCK | change]))
    assert text in str(told.value)


def test_on_the_command_line(tmp_path: Path) -> None:
    path = write(tmp_path, problem(supply__capacity_blocks=[BLOCK]))
    result = CliRunner().invoke(main, ["plan", str(path), "--out", str(tmp_path / "out"), "--as-of", "2026-12-01"])
    assert result.exit_code == 0, result.output
    assert "Buy a capacity block of 1\u00a0×\u00a0n1 (acme east) for 2027-02" in (tmp_path / "out/report.md").read_text(
        encoding="utf-8"
    )
    assert "Capacity block" in (tmp_path / "out/report.html").read_text(encoding="utf-8")
