"""Quotas that hold for a time: stock that arrives later, or runs out."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from shop import failed, money, planned, problem, write

from planner.cli import main
from planner.errors import InfeasibleError, InputError

TWO = "acme,east,n1,H100-SXM,1,2.0,\nbeta,east,n1,A100-SXM-80GB,1,3.0,\n"
SCARCE = {"gpu": "H100-SXM", "max_gpus": 1}


def test_stock_arrives_in_the_second_month(tmp_path: Path) -> None:
    # night 1 node, day 3: in January two of the day's are dear ones, in February all are cheap
    plan = planned(tmp_path, problem(supply__quotas=[SCARCE | {"last_period": 1}]), offers=TWO)
    assert money(plan, "on_demand") == 730 * 2 + 365 * 2 * 3 + 2 * 730 * 2
    (limit,) = [row for row in plan.limits if row.limit.startswith("quota")]
    assert (limit.limit, limit.used, limit.period, limit.binding) == ("quota H100-SXM to period 1", 1, 0, True)
    assert "quotas_hold" in failed(plan, "limits", lambda row: {"used": 3.0}, limit=limit.limit)


def test_stock_runs_out_and_comes_back(tmp_path: Path) -> None:
    quotas = [SCARCE | {"last_period": 1}, {"gpu": "H100-SXM", "max_gpus": 2, "first_period": 2}]
    plan = planned(tmp_path, problem(supply__quotas=quotas), offers=TWO)
    assert {row.limit: row.used for row in plan.limits if row.limit.startswith("quota")} == {
        "quota H100-SXM to period 1": 1, "quota H100-SXM from period 2": 2,
    }  # fmt: skip


def test_a_longer_scarcity_is_never_cheaper(tmp_path: Path) -> None:
    costs = [
        planned(tmp_path, problem(horizon__periods=3, supply__quotas=[SCARCE | {"last_period": last}]), offers=TWO)
        for last in (1, 2, 3)
    ]
    totals = [plan.total_usd for plan in costs]
    assert totals == sorted(totals) and totals[0] < totals[-1]


def test_the_diagnosis_names_it(tmp_path: Path) -> None:
    with pytest.raises(InfeasibleError, match="quota H100-SXM in period 2: 1 GPUs, 3 needed"):
        planned(tmp_path, problem(supply__quotas=[SCARCE | {"first_period": 2, "last_period": 2}]))


@pytest.mark.parametrize(
    ("quotas", "text"),
    [
        ([SCARCE | {"first_period": 2, "last_period": 1}], "comes before first_period"),
        ([SCARCE | {"first_period": 3}], "never holds"),
        ([SCARCE | {"last_period": 2}, SCARCE | {"first_period": 2}], "limits the same GPUs as quotas.0"),
    ],
)
def test_mistakes_are_explained(tmp_path: Path, quotas: list[dict[str, object]], text: str) -> None:
    with pytest.raises(InputError, match=text):
        planned(tmp_path, problem(supply__quotas=quotas))


def test_on_the_command_line(tmp_path: Path) -> None:
    path = write(tmp_path, problem(supply__quotas=[SCARCE | {"last_period": 1}]), offers=TWO)
    result = CliRunner().invoke(main, ["plan", str(path), "--out", str(tmp_path / "out"), "--as-of", "2026-12-01"])
    assert result.exit_code == 0, result.output
    assert "quota H100-SXM to period 1" in (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
