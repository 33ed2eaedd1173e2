"""`planner diff`: what differs is told, and the causes found by solving again add up to the whole change."""

import json
import shutil
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from planner.again import Question, question_in
from planner.catalog.locate import data_folder, problems_folder
from planner.cli import main
from planner.compare.attribute import Asker, Worth, in_order, order_free
from planner.compare.diff import Facts, difference
from planner.compare.groups import ORDER, Side, differences, group_of, leaves_of, mixed
from planner.errors import CatalogError
from planner.inputs.keys import all_keys
from planner.plan.plan import Plan
from planner.plan.rows.difference import DifferenceRow
from planner.plan.store import load_plan, write_plan
from planner.report.diff import diff_text

RATE = "workloads.chat.traffic.requests_per_s"
TPOT = "workloads.chat.slo.tpot_p95_ms"
HERE = Facts(None, None)
PLAIN = {"title", "question", "currency", "alternatives"}


def diff(old: Plan, new: Plan, solves: int = 16, facts: Facts = HERE) -> DifferenceRow:
    return difference(("old", old), ("new", new), facts, solves, lambda _: None)


def changed(question: Question, changes: Mapping[str, Any]) -> Plan:
    return question.changed(changes).answered()


def adds_up(row: DifferenceRow) -> None:
    assert sum(one.in_order_usd for one in row.causes) + row.residual_usd == pytest.approx(row.change_usd)
    free = [one.order_free_usd for one in row.causes]
    if row.causes and None not in free:
        told = sum(usd for usd in free if usd is not None)
        assert told == pytest.approx(sum(one.in_order_usd for one in row.causes))
    for one in row.causes:
        assert one.low_usd - 1e-6 <= one.in_order_usd <= one.high_usd + 1e-6


def test_every_key_of_a_problem_has_a_group_or_changes_no_plan() -> None:
    found = {key.path: group_of(key.path, {"*"}) for key in all_keys()}
    assert {path[0] for path, group in found.items() if group is None} <= PLAIN | {"workloads", "supply", "limits"}
    leaves = {path for path in found if not any(other[: len(path)] == path and other != path for other in found)}
    assert {path[0] for path in leaves if found[path] is None} == {"title", "question", "currency", "alternatives"}
    assert set(found.values()) - {None} == set(ORDER)


def test_the_same_plan_differs_in_nothing(plan: Plan) -> None:
    row = diff(plan, plan)
    assert (row.changes, row.causes, row.residual_usd) == ([], [], 0)
    assert diff_text(row).startswith("The plans are the same.")


@pytest.mark.parametrize(
    ("group", "changes"),
    [
        ("demand", {RATE: 45}),
        ("latency and service promises", {TPOT: 16}),
        ("models and performance", {"limits.throughput_margin": 0.2}),
        ("prices", {"prices": {"on_demand": 1.2}}),
        ("supply choices", {"supply.rent.gpus": ["H100-SXM", "L4"]}),
        ("limits", {"limits.budget": [], "limits.max_gpus": 2}),
        ("horizon", {"horizon.periods": 2}),
    ],
)
def test_one_changed_input_gets_all_of_it(
    group: str, changes: Mapping[str, Any], plan: Plan, question: Question
) -> None:
    new = changed(question, changes)
    row = diff(plan, new)
    assert [one.groups for one in row.causes] == [[group]]
    assert row.change_usd == pytest.approx(new.total_npv_usd - plan.total_npv_usd)
    assert abs(row.change_usd) > 1
    assert row.causes[0].in_order_usd == pytest.approx(row.change_usd)
    assert row.causes[0].order_free_usd == pytest.approx(row.change_usd)
    assert row.residual_usd == pytest.approx(0, abs=1e-6)
    told = {one.subject for one in row.changes if one.section == "question"}
    assert told <= {key for key in row.causes[0].keys} or group == "limits"  # noqa: C416


def test_several_causes_add_up_and_agree_with_plans_made_apart(plan: Plan, question: Question) -> None:
    changes: dict[str, Any] = {RATE: 36, TPOT: 30, "prices": {"on_demand": 1.1}}
    row = diff(plan, changed(question, changes))
    adds_up(row)
    assert [one.groups for one in row.causes] == [["demand"], ["latency and service promises"], ["prices"]]
    assert row.solves == 8
    steps = [plan.total_npv_usd, *(changed(question, dict(list(changes.items())[:n])).total_npv_usd for n in (1, 2, 3))]
    apart = [after - before for before, after in pairwise(steps)]
    assert [one.in_order_usd for one in row.causes] == pytest.approx(apart)
    assert "Together" in diff_text(row)


def test_what_has_no_plan_alone_waits_for_another(plan: Plan, question: Question) -> None:
    """Three times the demand breaks the budget; at a quarter of the price it does not."""
    new = changed(question, {RATE: 90, "prices": {"on_demand": 0.25}})
    row = diff(plan, new)
    adds_up(row)
    assert [one.groups for one in row.causes] == [["prices"], ["demand"]]
    assert [one.order_free_usd for one in row.causes] == [None, None]
    assert "no order-free share: with demand new there is no plan (no fleet satisfies all limits)" in row.notes


def test_few_plans_join_causes(plan: Plan, question: Question) -> None:
    new = changed(question, {RATE: 36, TPOT: 30, "prices": {"on_demand": 1.1}})
    row = diff(plan, new, solves=3)
    adds_up(row)
    assert [one.groups for one in row.causes] == [["demand"], ["latency and service promises", "prices"]]
    assert row.solves == 3
    nothing = diff(plan, new, solves=0)
    assert (nothing.causes, nothing.solves) == ([], 0)
    assert nothing.residual == ["no cause was looked for"]
    assert nothing.residual_usd == pytest.approx(new.total_npv_usd - plan.total_npv_usd)


def test_a_workload_more_is_demand(plan: Plan, question: Question) -> None:
    more = question.problem.model_dump(mode="json", exclude_unset=True)["workloads"]["chat"]
    second = {**more, "traffic": {"requests_per_s": 5}}
    new = changed(question, {"workloads": {"chat": more, "second": second}})
    row = diff(plan, new)
    assert [one.groups for one in row.causes] == [["demand"]]
    assert any(one.subject.startswith("second: ") for one in row.changes if one.section == "configurations")


def dearer(data: Path, plan: Plan, factor: float) -> None:
    """The shipped facts with every on-demand price of the plan's providers times a factor."""
    shutil.copytree(data_folder(), data)
    offers = data / "prices" / "offers.csv"
    head, *lines = offers.read_text(encoding="utf-8").splitlines()
    place = head.split(",").index("on_demand_usd_per_hour")
    made = []
    for line in lines:
        cells = line.split(",")
        if cells[0] in {pool.provider for pool in plan.pools} and cells[place]:
            cells[place] = str(float(cells[place]) * factor)
        made.append(",".join(cells))
    offers.write_text("\n".join([head, *made]) + "\n", encoding="utf-8")


def test_new_prices_are_a_cause_where_both_days_are_there(plan: Plan, chat_file: Path, tmp_path: Path) -> None:
    dearer(tmp_path / "data", plan, 1.25)
    new = question_in(chat_file, tmp_path / "data", plan.made.as_of, "again").answered()
    row = diff(plan, new, facts=Facts(data_folder(), tmp_path / "data"))
    assert [(one.groups, one.keys) for one in row.causes] == [(["prices"], ["facts: offers"])]
    assert row.causes[0].in_order_usd == pytest.approx(row.change_usd)
    assert row.prices_usd is None
    changes = [one for one in row.changes if one.section == "prices"]
    assert changes
    assert all(float(one.new or 0) == pytest.approx(1.25 * float(one.old or 0)) for one in changes)


def test_old_facts_that_are_gone_are_residual_and_said_so(plan: Plan, chat_file: Path, tmp_path: Path) -> None:
    """The plan's own nodes cost a quarter more: read off the price rows, it is the whole residual here."""
    dearer(tmp_path / "data", plan, 1.25)
    question = question_in(chat_file, tmp_path / "data", plan.made.as_of, "again")
    new = question.changed({RATE: 36}).answered()
    row = diff(plan, new, facts=Facts(None, tmp_path / "data"))
    adds_up(row)
    assert [one.groups for one in row.causes] == [["demand"]]
    same_day = question.answered().total_npv_usd
    assert row.causes[0].in_order_usd == pytest.approx(new.total_npv_usd - same_day)
    assert row.residual_usd == pytest.approx(same_day - plan.total_npv_usd)
    assert row.prices_usd == pytest.approx(0.25 * plan.total_npv_usd)
    assert any("the facts that the old plan (as of" in note for note in row.notes)
    assert any("no longer there" in word for word in row.residual)
    assert "read off both plans' own price rows" in diff_text(row)


def test_mixing_takes_each_group_from_its_side(plan: Plan, question: Question) -> None:
    new = changed(question, {RATE: 45, TPOT: 30})
    catalog = question.catalog
    sides = [Side(leaves_of(one.problem), catalog) for one in (plan, new)]
    groups = differences(sides[0], sides[1])
    assert mixed(*sides, switched=())[0] == plan.problem
    assert mixed(*sides, switched=list(groups))[0] == new.problem
    half, _ = mixed(*sides, switched=["demand"])
    assert half["workloads"]["chat"]["traffic"] == new.problem["workloads"]["chat"]["traffic"]
    assert half["workloads"]["chat"]["slo"] == plan.problem["workloads"]["chat"]["slo"]


class Told(Asker):
    """Answers from a table."""

    def __init__(self, worths: Mapping[frozenset[str], float | None]) -> None:
        self.worths, self.refusals, self.known, self.most = worths, {}, {}, 99

    def worth(self, switched: Any) -> Worth | None:
        usd = self.worths[frozenset(switched)]
        return None if usd is None else Worth(usd, usd - 1)


def test_shares_by_hand() -> None:
    """a adds 10, b adds 20, together 6 more: each gets half of that in every order on average."""
    table = {frozenset(): 100.0, frozenset("a"): 110.0, frozenset("b"): 120.0, frozenset("ab"): 136.0}
    asker = Told(table)
    assert order_free(asker, ["a", "b"]) == {"a": pytest.approx(13), "b": pytest.approx(23)}
    assert [one.in_order_usd for one in in_order(asker, {"a": [], "b": []})] == [10, 26]
    assert [(one.low_usd, one.high_usd) for one in in_order(asker, {"a": [], "b": []})] == [(9, 11), (25, 27)]
    missing = Told({**table, frozenset("a"): None})
    assert order_free(missing, ["a", "b"]) is None
    assert [one.groups for one in in_order(missing, {"a": [], "b": []})] == [["b"], ["a"]]
    both = Told({**table, frozenset("a"): None, frozenset("b"): None})
    assert [(one.groups, one.in_order_usd) for one in in_order(both, {"a": [], "b": []})] == [(["a", "b"], 36)]
    assert in_order(Told({**table, frozenset("ab"): None}), {"a": [], "b": []}) == []


def test_stored_plans_of_the_gallery_compare(tmp_path: Path) -> None:
    file = next(problems_folder().glob("11*"))
    old = load_plan(Path(__file__).parents[2] / "reports" / file.stem / "plan.json")
    new = (
        question_in(file, None, old.made.as_of, f"planner plan {file}")
        .changed({"limits.demand_margin": 0.5})
        .answered()
    )
    old = old.model_copy(update={"made": old.made.model_copy(update={"command": new.made.command})})
    row = diff(old, new)
    adds_up(row)
    assert [one.groups for one in row.causes] == [["demand"]]
    assert {one.section for one in row.changes} >= {"fleet", "cost", "demand", "question"}
    lost = new.model_copy(update={"made": new.made.model_copy(update={"command": "planner plan nowhere/11.yaml"})})
    with pytest.raises(CatalogError, match=r"new plan's question cannot be asked again: .*offers\.csv"):
        diff(old, lost)


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["diff", *words])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def test_on_the_command_line(plan_file: Path, question: Question, tmp_path: Path) -> None:
    evil = question.problem.model_copy(update={"title": "<b>|x"})
    new = Question(evil, question.base, question.catalog, question.made).changed({RATE: 45}).answered()
    write_plan(new, tmp_path / "new.json")
    code, text = run(str(plan_file), str(tmp_path / "new.json"), "--out", str(tmp_path / "out"))
    assert code == 0
    assert "Adds, in order" in text
    page = (tmp_path / "out" / "diff.md").read_text(encoding="utf-8")
    assert "**What caused the change in present value**" in page
    stored = DifferenceRow.model_validate_json((tmp_path / "out" / "diff.json").read_bytes())
    adds_up(stored)
    code, text = run(str(plan_file), str(tmp_path / "new.json"), "--json", "--solves", "0")
    assert code == 0
    assert json.loads(text)["causes"] == []


def test_what_is_no_plan_is_refused(plan_file: Path, tmp_path: Path) -> None:
    (tmp_path / "no.json").write_text("{}", encoding="utf-8")
    code, text = run(str(plan_file), str(tmp_path / "no.json"))
    assert code == 2
    assert "no.json" in text
    assert run(str(tmp_path / "nowhere.json"), str(plan_file))[0] == 2
