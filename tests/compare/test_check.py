"""`planner check`: a plan holds while nothing changes; each change that matters is named, with its size."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from planner.again import Question, question_of
from planner.catalog.locate import data_folder
from planner.cli import main
from planner.compare.check import holds
from planner.compare.demand import on_blocks_of
from planner.compare.diff import Facts, difference
from planner.demand.build import build_demand
from planner.errors import InputError
from planner.plan.plan import Plan
from planner.plan.rows.holds import HoldsRow, StillRow
from planner.plan.store import load_plan, write_plan

REPORTS = Path(__file__).parents[2] / "reports"
RATE = "workloads.chat.traffic.requests_per_s"


def failed(still: StillRow) -> dict[tuple[str, str], str]:
    return {(one.topic, one.subject): one.text for one in still.findings if not one.ok}


def told(still: StillRow, topic: str) -> list[HoldsRow]:
    return [one for one in still.findings if one.topic == topic]


def stored(start: str) -> Plan:
    return load_plan(next(REPORTS.glob(f"{start}*")) / "plan.json")


@pytest.mark.parametrize("start", ["01", "02", "03", "04", "05", "06", "07", "08", "11"])
def test_a_stored_plan_holds_on_its_own_day_at_its_own_cost(start: str) -> None:
    plan = stored(start)
    still = holds(plan, question_of(plan, None, None, "check"))
    assert still.holds, failed(still)
    assert still.now_usd == pytest.approx(plan.total_usd, rel=1e-9)
    assert still.now_npv_usd == pytest.approx(plan.total_npv_usd, rel=1e-9)


@pytest.mark.parametrize("start", ["02", "04"])
def test_demand_on_the_plans_own_blocks_is_the_plans_own(start: str) -> None:
    plan = stored(start)
    question = question_of(plan, None, None, "check")
    made = build_demand(question.problem, question.catalog, question.base)
    laid = on_blocks_of(plan, made)
    for one, other in zip(made.classes, laid.classes, strict=True):
        assert np.allclose(one.planned_requests_per_s, other.planned_requests_per_s)
        assert np.allclose(one.mean_requests_per_s, other.mean_requests_per_s)


def test_a_price_that_breaks_the_budget_is_told(plan: Plan, question: Question) -> None:
    dearer = holds(plan, question.changed({"prices": {"on_demand": 1.5}}))
    assert dearer.holds
    assert dearer.now_usd == pytest.approx(1.5 * plan.total_usd)
    broken = holds(plan, question.changed({"prices": {"on_demand": 2}}))
    assert list(failed(broken)) == [("limits", "budget total")]
    assert f"{2 * plan.total_usd:,.6g} of 10,000 USD" in failed(broken)["limits", "budget total"]
    assert len([one for one in told(broken, "prices") if "+100.0%" in one.text]) == len(plan.capacity) + 1


def test_more_demand_is_short_by_what_the_replicas_cannot_take(plan: Plan, question: Question) -> None:
    most = {one.config: one.max_requests_per_s for one in plan.configs}
    room = sum(row.replicas * most[row.config] for row in plan.replicas)
    within = holds(plan, question.changed({RATE: room * 0.999}))
    assert within.holds, failed(within)
    beyond = failed(holds(plan, question.changed({RATE: 60})))
    assert set(beyond) == {("capacity", "chat"), ("slo", "chat")}
    assert f"short by {60 - room:,.3g} of 60 requests/s" in beyond["capacity", "chat"]


def test_room_on_the_same_nodes_is_told(question: Question) -> None:
    """Eight GPUs a node, one of them in use: more replicas fit."""
    one_kind = {"supply.rent.gpus": ["H100-SXM"], "limits.budget": [], RATE: 10}
    big = question.changed(one_kind)
    catalog = replace(big.catalog, offers={k: v for k, v in big.catalog.offers.items() if v.gpus == 8})
    big = replace(big, catalog=catalog)
    plan = big.answered()
    used = sum(row.replicas for row in plan.replicas)
    assert used < 8
    text = failed(holds(plan, big.changed({RATE: f"x{(used + 1) / used * 1.5:.3f}"})))["capacity", "chat"]
    assert text.endswith("the same nodes have room for the replicas that are missing")
    assert "room" not in failed(holds(plan, big.changed({RATE: "x40"})))["capacity", "chat"]


def test_a_slower_model_misses_targets(plan: Plan, question: Question) -> None:
    figures = dict(question.catalog.calibration)
    for name in ("bandwidth_efficiency_dense", "bandwidth_efficiency_kv", "mfu_16bit", "mfu_8bit"):
        figures[name] = replace(figures[name], value=0.6 * figures[name].value)
    slower = failed(holds(plan, replace(question, catalog=replace(question.catalog, calibration=figures))))
    assert {("capacity", "chat"), ("slo", "chat")} <= set(slower)
    assert "instead of 40" in slower["slo", "chat"] or "queues grow" in slower["slo", "chat"]


def test_a_tighter_target_is_named_with_what_is_reached(plan: Plan, question: Question) -> None:
    reached = max(one.latency["tpot_p95_ms"] for one in plan.configs)
    missed = failed(holds(plan, question.changed({"workloads.chat.slo.tpot_p95_ms": reached * 0.9})))
    assert f"TPOT p95 {reached:,.4g} instead of {reached * 0.9:,.4g} ms" in missed["slo", "chat"]


def test_an_offer_that_is_gone_or_forbidden_is_told(plan: Plan, question: Question) -> None:
    used = sorted({row.pool for row in plan.capacity})
    offers = {name: one for name, one in question.catalog.offers.items() if name not in used}
    gone = holds(plan, replace(question, catalog=replace(question.catalog, offers=offers)))
    assert [one.subject for one in told(gone, "offers")] == [f"{pool} on_demand" for pool in used]
    assert gone.now_usd == pytest.approx(plan.total_usd)
    gpus = sorted({one.gpu for one in offers.values()} - {row.gpu for row in plan.pools})
    barred = failed(holds(plan, question.changed({"supply.rent.gpus": gpus})))
    assert all("no longer allows it" in barred["offers", f"{pool} on_demand"] for pool in used)
    assert "short by 30 of 30" in barred["capacity", "chat"]


def test_a_format_that_may_no_longer_be_used_is_told(plan: Plan, question: Question) -> None:
    only = failed(holds(plan, question.changed({"workloads.chat.precision": {"weights": ["bf16"]}})))
    assert "no longer works" in only["offers", "chat"]
    assert "short by 30 of 30" in only["capacity", "chat"]


def test_limits_are_held_against_what_is_used(plan: Plan, question: Question) -> None:
    gpus = sum(row.on_demand_nodes for row in plan.capacity)
    assert holds(plan, question.changed({"limits.max_gpus": gpus})).holds
    assert list(failed(holds(plan, question.changed({"limits.max_gpus": gpus - 1})))) == [("limits", "max_gpus")]
    quota = {"provider": "aws", "gpu": plan.pools[0].gpu, "max_gpus": 0}
    assert list(failed(holds(plan, question.changed({"supply.quotas": [quota]})))) == [
        ("limits", f"quota aws {plan.pools[0].gpu}")
    ]


def test_spares_that_become_due_are_missing(plan: Plan, question: Question) -> None:
    assert ("capacity", "chat") in failed(holds(plan, question.changed({"workloads.chat.availability": "critical"})))


def test_a_loss_that_must_be_survived_is_told_apart(plan: Plan, question: Question) -> None:
    lost = failed(holds(plan, question.changed({"limits.survive_loss_of": "provider"})))
    assert list(lost) == [("resilience", "chat")]
    assert lost["resilience", "chat"].endswith("if a provider is lost")


def test_batch_and_spot_are_held_too() -> None:
    plan = stored("04")
    question = question_of(plan, None, None, "check")
    more = failed(holds(plan, question.changed({"workloads.classification.batch.requests_per_day": "x2"})))
    told = re.search(
        r"short by ([\d.]+) of 138\.9 requests/s in month 1 on average", more["capacity", "classification"]
    )
    assert told and float(told[1]) == pytest.approx(138.9 / 2, rel=0.01)  # planned for half of it, hardly more
    firm = {"workloads.classification.interruptible": False, "workloads.classification.spot_max_share": 1.0}
    assert failed(holds(plan, question.changed(firm)))["offers", "classification"] == "may no longer run on spot"


def test_existing_systems_that_are_gone_are_told() -> None:
    own = question_of(stored("05"), None, None, "check").changed({"workloads.easy.traffic.requests_per_s": "x4"})
    plan = own.answered()
    kept = max(row.nodes for row in plan.kept)
    assert kept > 1
    fewer = own.changed({"supply.own.existing.0.count": kept - 1})
    assert f"{kept} are kept, {kept - 1} exist" in failed(holds(plan, fewer)).values()


def test_a_tampered_plan_is_told(plan: Plan, question: Question) -> None:
    cheaper = [row.model_copy(update={"usd": row.usd / 2}) for row in plan.costs]
    found = failed(holds(plan.model_copy(update={"costs": cheaper}), question))
    assert ("plan", "cost_adds_up") in found
    torn = [row.model_copy(update={"pool": "nowhere"}) for row in plan.capacity]
    still = holds(plan.model_copy(update={"capacity": torn}), question)
    assert {one.topic for one in still.findings} == {"plan"}
    assert still.now_usd is None
    assert not still.holds


def test_another_horizon_is_refused(plan: Plan, question: Question) -> None:
    with pytest.raises(InputError, match="another horizon"):
        holds(plan, question.changed({"horizon.periods": 3}))


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["check", *words])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def test_on_the_command_line(plan: Plan, plan_file: Path, chat_file: Path, tmp_path: Path) -> None:
    code, text = run(str(plan_file), "--as-of", "2026-11-21")
    assert code == 0
    assert text.rstrip().endswith("The plan holds, as of 2026-11-21.")
    changed = tmp_path / "changed.yaml"
    changed.write_text(chat_file.read_text().replace("requests_per_s: 30", "requests_per_s: 60"), encoding="utf-8")
    code, text = run(str(plan_file), "--problem", str(changed), "--as-of", "2026-11-21")
    assert code == 1
    assert "FAILS  capacity chat: short by" in text
    code, text = run(str(plan_file), "--problem", str(changed), "--as-of", "2026-11-21", "--json")
    shown: dict[str, Any] = json.loads(text)
    assert code == 1
    assert shown["holds"] is False
    assert shown["planned_usd"] == pytest.approx(plan.total_usd)


def test_todays_prices_come_from_the_given_folder(plan: Plan, plan_file: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(data_folder(), data)
    offers = data / "prices" / "offers.csv"
    pool = plan.pools[0]
    name = f"{pool.provider},{pool.region},{pool.geography},{pool.instance_type},"
    lines = offers.read_text(encoding="utf-8").splitlines()
    place = next(at for at, line in enumerate(lines) if line.startswith(name))
    cells = lines[place].split(",")
    cells[8] = str(round(float(cells[8]) * 1.1, 6))
    lines[place] = ",".join(cells)
    offers.write_text("\n".join(lines) + "\n", encoding="utf-8")
    code, text = run(str(plan_file), "--data", str(data), "--as-of", "2026-11-21")
    assert code == 0
    assert f"{pool.id} on_demand: " in text
    assert "(+10.0%)" in text


@pytest.mark.parametrize("broken", ["{", '{"format": 1}', "[]", ""])
def test_what_is_no_plan_is_a_mistake_of_the_asker(broken: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(broken, encoding="utf-8")
    code, text = run(str(path))
    assert code == 2
    assert text.startswith("planner: ")
    assert run(str(tmp_path / "nowhere.json"))[0] == 2


def test_a_problem_that_is_wrong_is_refused_whole(plan_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text("title: x\nworkloads: {}\nlimitz: 1\n", encoding="utf-8")
    code, text = run(str(plan_file), "--problem", str(path))
    assert code == 2
    assert "limitz" in text
    assert "workloads" in text


def test_stored_plans_are_read_back_for_checking(plan: Plan, tmp_path: Path) -> None:
    write_plan(plan, tmp_path / "p.json")
    assert run(str(tmp_path / "p.json"), "--as-of", "2026-11-21")[0] == 0


ROBUST = {
    "supply.rent.forms": ["on_demand", "reserved_1y"],
    "horizon.periods": 4,
    "horizon.period": "quarter",
    "limits.budget": [],
}


def test_a_plan_decided_for_all_scenarios_is_checked_and_compared(question: Question) -> None:
    base = question.changed(ROBUST).problem.model_dump(mode="json", exclude_unset=True)
    scenarios = {"low": {"set": {RATE: "x0.4"}}}
    plans = [
        Question(
            type(question.problem).model_validate({**base, "scenarios": scenarios, "robust": {"objective": aim}}),
            question.base,
            question.catalog,
            question.made,
        ).answered()
        for aim in ("worst_cost", "expected")
    ]
    for plan in plans:
        still = holds(plan, question_of(plan, None, None, "check"))
        assert still.holds, failed(still)
        assert still.now_npv_usd == pytest.approx(plan.total_npv_usd)
    row = difference(("old", plans[0]), ("new", plans[1]), Facts(None, None), 16, lambda _: None)
    assert sum(one.in_order_usd for one in row.causes) + row.residual_usd == pytest.approx(row.change_usd)
    assert [one.groups for one in row.causes] == [["scenarios"]]
    assert row.residual_usd == pytest.approx(0, abs=1e-6)
