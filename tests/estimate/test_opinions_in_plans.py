"""Plans ask AIConfigurator too: about what they run, at the load it runs at, and only where they are told to."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import planner.plan.opinions
from planner.candidates.candidate import ReplicaConfig
from planner.catalog.load import load_catalog
from planner.cli import main
from planner.demand.types import LengthMix
from planner.estimate.answers import answers
from planner.estimate.question import Names, question_from
from planner.opinion.library import INSTALL, Opinion
from planner.pipeline import plan_file
from planner.plan.opinions import Load
from planner.plan.plan import OpinionRow, Plan, PointRow
from planner.plan.store import load_plan, write_plan

AS_OF = date(2026, 11, 21)
PROBLEM = """
title: A chat and its night work
horizon: {hours: flat, blocks: 1}
workloads:
  chat:
    model: llama-3.1-70b
    traffic: {requests_per_s: 9}
    requests: {input: 1200, output: 300, prefix_hit: 0.25, buckets: 2}
    slo: {ttft_p95_ms: 2000, tpot_p95_ms: 50}
    precision: {weights: [fp8], kv: [fp8]}
  night:
    model: qwen3-8b
    batch: {requests_per_day: 86400, deadline_h: 24}
    requests: {input: 2000, output: 200}
supply:
  rent: {providers: [aws, lambda], gpus: [H100-SXM, H200-SXM, L40S]}
performance: {engine: sglang}
"""


class FakeLibrary:
    """Covers one model on two GPU types, counts what it is asked, and is slower than any replica can be."""

    version = "0.12.0"
    models = ("meta-llama/Meta-Llama-3.1-70B",)
    systems = ("h100_sxm", "h200_sxm")
    asked: list[Mapping[str, Any]]

    def __init__(self) -> None:
        type(self).asked = []

    def estimate(self, question: Mapping[str, Any]) -> Opinion:
        self.asked.append(question)
        return Opinion(self.version, 300.0, 900.0, 1.0)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> type[FakeLibrary]:
    monkeypatch.setattr(planner.plan.opinions, "Library", FakeLibrary)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return FakeLibrary


def planned(folder: Path, second: str | None = "aiconfigurator", text: str = "") -> Plan:
    (folder / "problem.yaml").write_text(text or PROBLEM)
    return plan_file(folder / "problem.yaml", None, AS_OF, None, "test", second)


def of(plan: Plan, workload: str, chosen: bool = True) -> list[OpinionRow]:
    return [row for row in plan.opinions if (row.workload, row.chosen) == (workload, chosen)]


def test_it_is_asked_about_every_chosen_configuration_as_it_runs(fake: type[FakeLibrary], tmp_path: Path) -> None:
    plan = planned(tmp_path)
    chats = [row for row in plan.configs if row.workload == "chat"]
    assert chats
    assert {row.config for row in of(plan, "chat")} == {row.config for row in chats}
    assert {name for row in of(plan, "chat") for name in row.demand_classes} == {row.demand_class for row in chats}
    asked = {(one["tp_size"], one["batch_size"], one["isl"], one["osl"]): one for one in fake.asked}
    for row in of(plan, "chat"):
        told = next(one for one in chats if one.config == row.config and one.demand_class in row.demand_classes)
        assert row.clients == max(1, round(told.busiest.requests_per_s * (told.busiest.e2e_mean_s or 0)))
        one = asked[told.tp, row.clients, round(row.input_tokens), round(row.output_tokens)]
        assert (one["gemm_quant_mode"], one["kvcache_quant_mode"]) == (told.weights, told.kv) == ("fp8", "fp8")
        assert (one["backend_name"], row.engine) == ("sglang", "sglang")
        assert one["prefix"] == round(row.input_tokens * 0.25)
        assert row.theirs is not None
        assert (row.theirs.tpot_ms, row.version, row.reason) == (900.0, "0.12.0", "")


def test_the_reason_is_kept_where_it_has_no_answer(fake: type[FakeLibrary], tmp_path: Path) -> None:
    rows = of(planned(tmp_path), "night")
    assert rows
    for row in rows:
        assert row.theirs is None
        assert "does not cover" in row.reason
        assert row.ours is not None, "ours is told all the same"


def test_ours_is_our_answer_to_the_very_same_question(fake: type[FakeLibrary], tmp_path: Path) -> None:
    plan, catalog = planned(tmp_path), load_catalog(as_of=AS_OF)
    for row in of(plan, "chat"):
        config = next(one for one in plan.configs if one.config == row.config)
        cells = {name: str(getattr(config, name)) for name in ("model", "gpu", "tp", "pp", "weights", "kv")} | {
            "isl": str(row.input_tokens), "osl": str(row.output_tokens), "concurrency": str(row.clients),
            "engine": "sglang", "prefix_hit": "0.25", "fixed_lengths": "no",
        }  # fmt: skip
        question, mistakes = question_from(cells, Names(catalog))
        assert question, mistakes
        answer = answers([question], catalog)[0]
        assert row.ours is not None
        assert row.ours.tpot_ms == pytest.approx(answer.predicted.tpot_ms)
        assert row.ours.ttft_mean_ms == pytest.approx(answer.predicted.ttft_mean_ms)
        assert row.intervals["tpot_ms"].high_factor == pytest.approx(answer.intervals["tpot"].high_factor)


def test_the_load_is_the_plans_own(fake: type[FakeLibrary], tmp_path: Path) -> None:
    """Little's law: as many clients as requests are in the replica make about the throughput that the plan has."""
    plan = planned(tmp_path)
    for row in of(plan, "night"):
        config = next(one for one in plan.configs if one.config == row.config)
        per_gpu = config.busiest.requests_per_s * row.output_tokens / config.gpus
        assert row.ours is not None
        assert row.ours.output_tokens_per_s_per_gpu == pytest.approx(per_gpu, rel=0.35)


def test_runners_up_are_asked_about_on_gpus_that_are_not_chosen(fake: type[FakeLibrary], tmp_path: Path) -> None:
    plan = planned(tmp_path)
    for workload in ("chat", "night"):
        used = {row.gpu for row in plan.runners_up if row.workload == workload and row.chosen}
        ways = {row.config: row.gpu for row in plan.runners_up if row.workload == workload}
        asked = [ways[row.config] for row in of(plan, workload, chosen=False)]
        assert not used & set(asked)
        assert len(asked) == len(set(asked)) == min(3, len(set(ways.values()) - used))
    assert any(not row.chosen for row in plan.opinions)


def test_a_figure_is_apart_exactly_beyond_the_interval(fake: type[FakeLibrary], tmp_path: Path) -> None:
    row = of(planned(tmp_path), "chat")[0]
    assert row.ours is not None
    assert row.apart("tpot_ms"), "nothing decodes a token in 900 ms"
    edge = row.ours.tpot_ms * row.intervals["tpot_ms"].high_factor
    for value, apart in ((edge * 0.999, False), (edge * 1.001, True)):
        theirs = row.ours.model_copy(update={"tpot_ms": value})
        assert row.model_copy(update={"theirs": theirs}).apart("tpot_ms") is apart
    assert not row.model_copy(update={"theirs": None}).apart("tpot_ms")


def test_asking_changes_nothing_else_and_nothing_is_asked_twice(fake: type[FakeLibrary], tmp_path: Path) -> None:
    plan = planned(tmp_path)
    assert fake.asked
    again = planned(tmp_path)
    assert fake.asked == [], "a new library, the same cache file"
    assert again.opinions == plan.opinions
    without = planned(tmp_path, second=None)
    assert without.opinions == []
    assert (without.configs, without.costs, without.replicas) == (plan.configs, plan.costs, plan.replicas)


def test_a_plan_keeps_opinions_in_its_file_and_says_nothing_of_none(fake: type[FakeLibrary], tmp_path: Path) -> None:
    plan = planned(tmp_path)
    write_plan(plan, tmp_path / "plan.json")
    assert load_plan(tmp_path / "plan.json") == plan
    write_plan(plan.model_copy(update={"opinions": []}), tmp_path / "none.json")
    assert "opinions" not in json.loads((tmp_path / "none.json").read_text())
    assert load_plan(tmp_path / "none.json").opinions == []


def test_a_measured_rate_leaves_nothing_to_compare(fake: type[FakeLibrary], tmp_path: Path) -> None:
    table = "workload,gpu,tp,weights,kv,requests_per_s,ttft_p95_ms,tpot_p95_ms\nchat,H100-SXM,4,fp8,fp8,3,900,30\n"
    (tmp_path / "mine.csv").write_text(table)
    text = PROBLEM.replace("{engine: sglang}", "{engine: sglang, table: mine.csv}").replace(", buckets: 2", "")
    rows = of(planned(tmp_path, text=text), "chat")
    assert rows
    assert {(row.ours, row.theirs, row.clients) for row in rows} == {(None, None, None)}
    assert all("measured" in row.reason for row in rows)


def test_replicas_that_span_nodes_are_not_asked_about() -> None:
    config = ReplicaConfig("c", "llama-3.1-70b", "H100-SXM", 8, 2, "fp8", "fp8")
    lengths = LengthMix(np.array([1000.0]), np.array([100.0]), np.ones(1))
    load = Load(config, (), lengths, PointRow(requests_per_s=2.0, e2e_mean_s=5.0), True)
    assert (load.clients, load.unasked) == (10, "")
    assert "span several nodes" in replace(load, config=replace(config, node_gpus=8)).unasked
    ranks = replace(config, tp=2, pp=1, dp=4)
    assert replace(load, config=ranks).clients == 8, "10 requests on 4 ranks: 2 each"
    idle = replace(load, point=PointRow(requests_per_s=0.01, e2e_mean_s=5.0))
    assert idle.clients == 1


CHEAPEST = "cheapest llama-3.1-70b --rate 3 --input 1000 --output 300 --tpot-p95-ms 50 --gpu H100-SXM --weights fp8"


def test_cheapest_says_what_it_says(fake: type[FakeLibrary]) -> None:
    told = CliRunner().invoke(main, [*CHEAPEST.split(), "--performance", "aiconfigurator"])
    assert told.exit_code == 0, told.output
    assert "AIConfigurator 0.12.0 was asked about 1 chosen configuration on vllm" in told.output.replace("\u00a0", " ")
    assert "TPOT mean 900 ms against" in told.output
    assert [one["backend_name"] for one in fake.asked] == ["vllm"], "no engine is named: it has no general constants"


def test_plan_writes_it_into_the_report_and_the_command(fake: type[FakeLibrary], tmp_path: Path) -> None:
    (tmp_path / "problem.yaml").write_text(PROBLEM)
    line = ["plan", str(tmp_path / "problem.yaml"), "--as-of", str(AS_OF), "--out", str(tmp_path / "out")]
    told = CliRunner().invoke(main, [*line, "--performance", "aiconfigurator"])
    assert told.exit_code == 0, told.output
    plan = load_plan(tmp_path / "out" / "plan.json")
    assert plan.made.command.endswith("--performance aiconfigurator")
    assert "Second opinion: AIConfigurator 0.12.0" in (tmp_path / "out" / "report.md").read_text()
    again = CliRunner().invoke(main, ["report", str(tmp_path / "out" / "plan.json"), "--out", str(tmp_path / "again")])
    assert again.exit_code == 0, again.output
    for name in ("report.md", "report.html", "plan.json"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "out" / name).read_bytes()


@pytest.mark.parametrize("line", [CHEAPEST, "plan problem.yaml"])
def test_where_it_is_missing_nothing_is_solved(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "problem.yaml").write_text(PROBLEM)
    monkeypatch.chdir(tmp_path)
    for name in ("aiconfigurator", "aiconfigurator.cli.api"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setattr("planner.pipeline.optimise", lambda *_: pytest.fail("solved before it was looked for"))
    told = CliRunner().invoke(main, [*line.split(), "--performance", "aiconfigurator"])
    assert told.exit_code == 2
    assert INSTALL in told.output
    assert not (tmp_path / "reports").exists()


def test_it_is_not_imported_unless_asked_for() -> None:
    code = (
        f"import sys; from planner.cli import main; main({CHEAPEST.split()!r}, standalone_mode=False); "
        "print([name for name in sys.modules if name.startswith(('aiconfigurator', 'planner.opinion'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
