"""`planner whatif`: every variant is what planning the changed file gives, and all mistakes are told at once."""

import csv
import json
import re
import xml.etree.ElementTree as ET
from io import StringIO
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from planner.again import Question, question_in
from planner.cli import main
from planner.compare.changes import changes_in, points_in
from planner.compare.whatif import side_by_side
from planner.errors import InputError
from planner.plan.checks import check
from planner.plan.plan import Plan
from planner.plan.store import load_plan
from planner.plan.variant import Variant
from planner.report.whatif import sweep_figures, sweep_svg, whatif_csv, whatif_text

RATE = "workloads.chat.traffic.requests_per_s"
TPOT = "workloads.chat.slo.tpot_p95_ms"
DAY = ["--as-of", "2026-11-21"]


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["whatif", *words, *DAY])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def records(folder: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO((folder / "whatif.csv").read_text(encoding="utf-8"))))


def test_pairs_have_yamls_types() -> None:
    text = "a.b=2, c.d=x1.5,e=[1, 2],f={g: h=1, i: 2},j='k, l=3',m=true,n=,o=1e3"
    assert changes_in(text) == {
        "a.b": 2, "c.d": "x1.5", "e": [1, 2], "f": {"g": "h=1", "i": 2}, "j": "k, l=3", "m": True, "n": None, "o": 1e3
    }  # fmt: skip


@pytest.mark.parametrize("text", ["", "a", "=1", "a=[1", "a=1,a=2", "a={b: 1, b: 2}"])
def test_what_is_no_pair_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=re.escape(f"--set {text!r}")):
        changes_in(text)


def test_points_are_even_or_by_even_factors() -> None:
    assert [point.changes for point in points_in("a.b=10:40:4")[1]] == [{"a.b": n} for n in (10, 20, 30, 40)]
    assert [point.changes["a"] for point in points_in("a=1:1000:4:log")[1]] == [1, 10, 100, 1000]
    assert [point.changes["a"] for point in points_in("a=x1:x2:3")[1]] == ["x1", "x1.5", "x2"]
    assert [point.at for point in points_in("a=4:1:4")[1]] == [4, 3, 2, 1]
    assert all(isinstance(point.changes["a"], int) for point in points_in("a=8:64:8")[1])


@given(first=st.floats(0.001, 1e6), last=st.floats(0.001, 1e6), points=st.integers(2, 50), log=st.booleans())
def test_sweeps_reach_both_ends_and_stay_between(first: float, last: float, points: int, log: bool) -> None:
    _, found = points_in(f"k={first!r}:{last!r}:{points}{':log' if log else ''}")
    values = [point.at for point in found]
    assert len(values) == points
    assert values[0] == pytest.approx(first, rel=1e-11)
    assert values[-1] == pytest.approx(last, rel=1e-11)
    assert values == sorted(values, reverse=first > last)


@pytest.mark.parametrize(
    "text", ["a", "a=1:2", "a=1:2:1", "a=1:2:51", "a=1:2:x", "a=0:2:3:log", "a=1:2:3:cubic", "a=x1:2:3", "a=nan:1:2"]
)
def test_what_is_no_sweep_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=re.escape(f"--sweep {text!r}")):
        points_in(text)


def test_variants_are_what_planning_the_changed_file_gives(chat_file: Path, tmp_path: Path) -> None:
    code, text = run(
        str(chat_file), "--set", f"{RATE}=x2,limits.budget=[]", "--sweep", f"{TPOT}=20:60:2", "--out", str(tmp_path)
    )
    assert code == 0, text
    rows = records(tmp_path)
    assert [row["kind"] for row in rows] == ["base", "set", "sweep", "sweep"]
    for row in rows:
        plan = load_plan(tmp_path / row["plan"])
        assert all(finding.ok for finding in check(plan))
        assert plan.total_npv_usd == float(row["npv_usd"])
        written = yaml.safe_load(chat_file.read_text(encoding="utf-8"))
        for key, value in json.loads(row["changes"]).items():
            table, last = written, key.split(".")
            for part in last[:-1]:
                table = table[part]
            table[last[-1]] = 60 if value == "x2" else value
        by_hand = tmp_path / "by-hand.yaml"
        by_hand.write_text(yaml.safe_dump(written), encoding="utf-8")
        again = question_in(by_hand, None, plan.made.as_of, "by hand").answered()
        assert again.total_npv_usd == pytest.approx(plan.total_npv_usd)
        assert again.problem["workloads"] == plan.problem["workloads"]
        assert [(one.pool, one.on_demand_nodes) for one in again.capacity] == [
            (one.pool, one.on_demand_nodes) for one in plan.capacity
        ]
    assert float(rows[1]["npv_change"]) == pytest.approx(float(rows[1]["npv_usd"]) / float(rows[0]["npv_usd"]) - 1)
    page = (tmp_path / "whatif.md").read_text(encoding="utf-8")
    assert "![Cost and GPUs against workloads.chat.slo.tpot" in page
    svg = ET.parse(tmp_path / "charts" / "sweep-1.svg").getroot()
    assert svg.tag.endswith("svg")


def test_no_plan_says_why_in_its_line(chat_file: Path, tmp_path: Path) -> None:
    code, text = run(str(chat_file), "--sweep", "limits.max_gpus=0:3:2", "--out", str(tmp_path))
    assert code == 0
    rows = records(tmp_path)
    assert [bool(row["plan"]) for row in rows] == [True, False, True]
    assert "max_gpus: 0 GPUs" in rows[1]["refusal"]
    assert "max_gpus: 0 GPUs" in text
    assert not (tmp_path / "plan-2.json").exists()
    assert "1 of 2 points have no plan" in (tmp_path / "whatif.md").read_text(encoding="utf-8")


def test_the_problems_scenarios_stand_beside(question: Question, plan: Plan) -> None:
    written = question.problem.model_dump(mode="json", exclude_unset=True)
    more = {"scenarios": {"twice": {"set": {RATE: "x2", "limits.budget": []}}, "none": {"set": {"limits.max_gpus": 0}}}}
    problem = type(question.problem).model_validate(written | more)
    heard: list[str] = []
    asked = Question(problem, question.base, question.catalog, question.made)
    found = side_by_side(asked, [], [], heard.append)
    assert [(one.name, one.kind) for one in found] == [
        ("base case", "base"),
        ("twice", "scenario"),
        ("none", "scenario"),
    ]
    assert len(heard) == 3
    assert found[0].plan is not None
    assert found[1].plan is not None
    assert found[0].plan.total_npv_usd == pytest.approx(plan.total_npv_usd)
    doubled = question.changed({RATE: 60, "limits.budget": []}).answered()
    assert found[1].plan.total_npv_usd == pytest.approx(doubled.total_npv_usd)
    assert found[2].refusal.startswith("no fleet satisfies all limits")


def test_every_mistake_is_told_at_once(chat_file: Path, tmp_path: Path) -> None:
    code, text = run(
        str(chat_file), "--set", "workloads.chat.trafic.requests_per_s=1", "--set", f"limits.max_gpu=1,{TPOT}=-3",
        "--sweep", f"{TPOT}=a:1:2", "--set", "workloads.chat.model=llama-9", "--out", str(tmp_path / "out"),
    )  # fmt: skip
    assert code == 2
    assert text.count("planner: ") == 1
    for said in ("did you mean 'traffic'", "did you mean 'max_gpus'", "greater than 0", "'a' is no number", "llama-9"):
        assert said in text
    assert not (tmp_path / "out").exists()


def test_nothing_to_compare_is_refused(chat_file: Path, tmp_path: Path) -> None:
    code, text = run(str(chat_file), "--out", str(tmp_path / "out"))
    assert code == 2
    assert "nothing to compare" in text
    assert run(str(tmp_path / "nowhere.yaml"), "--set", "a=1")[0] == 2


def test_too_many_variants_are_refused(chat_file: Path) -> None:
    sweeps = [word for at in range(5) for word in ("--sweep", f"{TPOT}={20 + at}:60:50")]
    code, text = run(str(chat_file), *sweeps)
    assert code == 2
    assert "251 variants are asked for, at most 200" in text


def test_a_shorter_table_leaves_no_old_files(chat_file: Path, tmp_path: Path) -> None:
    run(str(chat_file), "--sweep", f"{TPOT}=30:60:2", "--out", str(tmp_path))
    run(str(chat_file), "--set", f"{TPOT}=60", "--out", str(tmp_path))
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == [
        "plan-1.json",
        "plan-2.json",
        "whatif.csv",
        "whatif.md",
    ]


def test_words_stay_words(plan: Plan) -> None:
    evil = [Variant("=cmd|'/c calc'!A1", "set", {"a": 1}, plan), Variant("<script>|x", "set", {}, None, "+1\n@2")]
    rows = list(csv.reader(StringIO(whatif_csv(evil))))
    assert rows[1][2].startswith("'=")
    assert rows[2][-1].startswith("'+")
    assert "<script>|x" in whatif_text(evil)


def test_a_picture_of_nothing_but_refusals_is_drawn() -> None:
    points = [Variant(f"k={at}", "sweep", {"k": at}, None, "no", sweep="k <b>", at=at) for at in (1.0, 10.0, 100.0)]
    (figure,) = sweep_figures(points)
    assert figure.says == "No point has a plan."
    assert ET.fromstring(sweep_svg(figure)).tag.endswith("svg")
