"""`solve.fidelity` from the problem file to the report: whole plans, proven bounds, and words for both."""

from pathlib import Path

import pytest
from shop import OFFER, planned, problem, write

from planner.cli import main
from planner.inputs.load import load_problem
from planner.plan.checks import check
from planner.report.render import write_report

SPOT = "acme,east,n1,H100-SXM,1,2.0,\nacme,east,n4,H100-SXM,4,7.0,\n"


@pytest.mark.parametrize("fidelity", ["replicas", "nodes", "core", "auto"])
def test_the_plan_by_hand_whatever_is_sought(tmp_path: Path, fidelity: str) -> None:
    # 1 req/s by night and 3 by day at 1 req/s a node of 2 USD/h: 4 node-hours of 12 each a day, 365/12 days, 2 months
    plan = planned(tmp_path, problem(solve__fidelity=fidelity))
    assert plan.total_usd == pytest.approx((1 + 3) * 12 * 2.0 * 365 / 12 * 2)
    assert plan.certificate.objective == pytest.approx(plan.total_npv_usd)
    assert plan.certificate.bound == pytest.approx(plan.total_npv_usd)
    assert plan.certificate.fidelity == ("replicas" if fidelity in ("replicas", "auto") else "core")
    assert all(finding.ok for finding in check(plan))


def test_a_mix_of_nodes_is_whole_and_checked(tmp_path: Path) -> None:
    asked = problem(solve__fidelity="core", workloads__chat__traffic__requests_per_s=9.3)
    plan = planned(tmp_path, asked, offers=SPOT)
    assert all(finding.ok for finding in check(plan))
    assert plan.certificate.bound <= plan.certificate.objective * (1 + 1e-9)
    finest = planned(tmp_path, problem(workloads__chat__traffic__requests_per_s=9.3), offers=SPOT)
    assert plan.certificate.objective >= finest.certificate.bound * (1 - 1e-9)


@pytest.mark.parametrize(("fidelity", "said"), [("replicas", False), ("nodes", True), ("core", True)])
def test_the_report_says_what_was_sought(tmp_path: Path, fidelity: str, said: bool) -> None:
    budget = [{"kind": "opex", "usd_per_period": 1e6}]  # couples blocks: the one model, at any fidelity
    write_report(planned(tmp_path, problem(solve__fidelity=fidelity, limits__budget=budget)), tmp_path / "out")
    for name in ("report.md", "report.html"):
        text = (tmp_path / "out" / name).read_text(encoding="utf-8")
        assert (f"solve.fidelity: {fidelity}" in text) == said
        assert ("Whole numbers sought in" in text) == said


def test_a_claimed_bound_above_the_plan_is_noticed(tmp_path: Path) -> None:
    plan = planned(tmp_path, problem(solve__fidelity="core"))
    better = plan.certificate.model_copy(update={"bound": plan.certificate.objective * 1.1})
    assert not all(finding.ok for finding in check(plan.model_copy(update={"certificate": better})))


def test_other_solvers_search_for_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, problem(solve__fidelity="core", solve__solver="cbc"), offers=OFFER)
    with pytest.raises(SystemExit) as left:
        main(["plan", str(path)])
    assert left.value.code == 2
    assert "solve.fidelity: 'core' needs solver: highs" in capsys.readouterr().err


def test_the_default_is_the_finest(tmp_path: Path) -> None:
    assert load_problem(write(tmp_path, problem())).solve.fidelity == "replicas"
