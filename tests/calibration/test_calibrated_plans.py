"""Benchmarks in, factors out, plans that use them and say so."""

import dataclasses
import json
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from planner.calibration.calibrate import calibrate
from planner.calibration.points import compare, in_flight
from planner.calibration.run import Run
from planner.candidates.own_ground import constants_sha256
from planner.candidates.predict import closed_points
from planner.catalog.load import load_catalog
from planner.catalog.specs import Catalog
from planner.cli import main
from planner.errors import CatalogError, InputError
from planner.estimate.question import Names, question_from
from planner.pipeline import plan_file
from planner.plan.plan import ConfigRow, Plan
from planner.report.render import write_report

SAMPLES = Path(__file__).parent / "samples"
AS_OF = date(2026, 11, 21)
CELLS = {"model": "llama-3.1-8b", "gpu": "H100-SXM", "tp": "1", "weights": "fp8", "kv": "bf16", "engine": "vllm"}
PROBLEM = """\
title: Calibrated
horizon: {hours: flat, blocks: 1}
workloads:
  chat:
    model: llama-3.1-8b
    traffic: {requests_per_s: %s}
    requests: {input: {mean: 1000, cv: 0}, output: {mean: 200, cv: 0}}
    slo: {tpot_p95_ms: 40, ttft_p95_ms: 2000}
    precision: {weights: [fp8], kv: [bf16]}
    gpus: [H100-SXM]
supply: {rent: {regions: [us], forms: [on_demand]}}
performance: {engine: vllm%s}
"""


@cache
def catalog() -> Catalog:
    return load_catalog(as_of=AS_OF)


def bench(folder: Path, slower: float, clients: tuple[int, ...], name: str = "bench.csv") -> Path:
    """A benchmark of a server whose steps take `slower` times as long as the model says."""
    cells = {**CELLS, "isl": "1000", "osl": "200", "concurrency": "1"}
    question, mistakes = question_from(cells, Names(catalog()))
    assert question is not None, mistakes
    told = closed_points([question.asked] * len(clients), list(clients), catalog())
    rows = [
        {**cells, "concurrency": str(n), "tpot_ms": str(one.tpot_ms * slower)}
        for n, one in zip(clients, told, strict=True)
    ]
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / name


def planned(folder: Path, calibration: str = "", rate: float = 5) -> Plan:
    use = f", calibration: {calibration}" if calibration else ""
    (folder / "problem.yaml").write_text(PROBLEM % (rate, use), encoding="utf-8")
    return plan_file(folder / "problem.yaml", None, AS_OF, None, "test")


def row_of(plan: Plan) -> ConfigRow:
    return next(row for row in plan.configs if (row.tp, row.pp) == (1, 1))


def test_a_slower_server_is_planned_as_slow_as_it_is(tmp_path: Path) -> None:
    bench(tmp_path, 1.3, (1, 2, 4, 8, 16, 32, 64, 128))
    said = calibrate([tmp_path / "bench.csv"], {}, tmp_path / "own.yaml", catalog(), AS_OF)
    assert "8 runs compared, 0 left out." in said and "n 8" in said
    before, after = row_of(planned(tmp_path)), row_of(planned(tmp_path, "own.yaml"))
    assert after.busiest.requests_per_s == pytest.approx(before.busiest.requests_per_s)
    assert 1.2 < after.busiest.tpot_mean_ms / before.busiest.tpot_mean_ms < 1.45  # type: ignore[operator]
    assert after.max_requests_per_s < before.max_requests_per_s / 1.2
    assert (before.calibration, after.warnings) == ("", before.warnings)
    assert (
        after.calibration.startswith("step times taken ×1.2") and "8 own runs of this deployment" in after.calibration
    )


def test_the_plan_and_its_report_say_so(tmp_path: Path) -> None:
    bench(tmp_path, 1.3, (1, 8, 64))
    calibrate([tmp_path / "bench.csv"], {}, tmp_path / "own.yaml", catalog(), AS_OF)
    plan = planned(tmp_path, "own.yaml")
    assert any("factors of performance.calibration (own.yaml, 3 own runs)" in line for line in plan.assumptions)
    source = next(row for row in plan.sources if row.id == "own.yaml")
    assert (source.basis, source.used_for) == (["measured"], ["step times of the performance model"])
    write_report(plan, tmp_path / "report")
    for name in ("report.md", "report.html"):
        assert "Calibrated on own benchmarks" in (tmp_path / "report" / name).read_text(encoding="utf-8")
    assert plan.made.catalog_sha256 != planned(tmp_path).made.catalog_sha256


def test_out_of_range_is_said(tmp_path: Path) -> None:
    bench(tmp_path, 1.1, (1, 2))
    calibrate([tmp_path / "bench.csv"], {}, tmp_path / "own.yaml", catalog(), AS_OF)
    warnings = row_of(planned(tmp_path, "own.yaml")).warnings
    assert any(
        text.startswith("own calibration extrapolated: planned for") and "requests in flight (1 to 2 measured)" in text
        for text in warnings
    )
    assert not any("prompt tokens" in text for text in warnings), "lengths are as measured"


@pytest.mark.parametrize(
    ("model", "gpu", "tp"), [("llama-3.1-8b", "H100", 1), ("deepseek-r1", "H200", 8), ("gpt-oss-120b", "B200", 1)]
)
def test_a_factor_on_steps_is_the_same_factor_on_tpot(model: str, gpu: str, tp: int) -> None:
    """Why the ratio of measured and predicted TPOT at one load is all a fit needs."""
    cells = {"model": model, "gpu": gpu, "tp": str(tp), "isl": "1000", "osl": "300", "concurrency": "1"}
    question, _ = question_from(cells, Names(catalog()))
    assert question is not None
    clients = [1, 8, 64, 256]
    plain, slow = (
        closed_points([dataclasses.replace(question.asked, time_factor=factor)] * 4, clients, catalog())
        for factor in (1.0, 1.3)
    )
    ratios = [late.tpot_ms / early.tpot_ms for early, late in zip(plain, slow, strict=True)]
    assert ratios == pytest.approx([1.3] * 4, rel=0.005)


def test_enough_own_runs_narrow_the_intervals(tmp_path: Path) -> None:
    bench(tmp_path, 1.1, (1, 8, 64))
    calibrate([tmp_path / "bench.csv"], {}, tmp_path / "own.yaml", catalog(), AS_OF)
    before, after = row_of(planned(tmp_path)).intervals["ttft"], row_of(planned(tmp_path, "own.yaml")).intervals["ttft"]
    assert after.high_factor <= before.high_factor


def test_other_engines_and_formats_stay_as_they_were(tmp_path: Path) -> None:
    bench(tmp_path, 1.3, (1, 8, 64))
    calibrate([tmp_path / "bench.csv"], {"engine": "sglang"}, tmp_path / "own.yaml", catalog(), AS_OF)
    assert row_of(planned(tmp_path, "own.yaml")).max_requests_per_s == row_of(planned(tmp_path)).max_requests_per_s


def test_a_calibration_beside_other_constants_is_called_stale(tmp_path: Path) -> None:
    bench(tmp_path, 1.1, (1, 8))
    path = tmp_path / "own.yaml"
    calibrate([tmp_path / "bench.csv"], {}, path, catalog(), AS_OF)
    stale = "run `planner calibrate` again"
    assert not any(stale in line for line in planned(tmp_path, "own.yaml").assumptions)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(constants_sha256(catalog().calibration), "0" * 64), encoding="utf-8")
    assert any(stale in line for line in planned(tmp_path, "own.yaml").assumptions)


def test_the_file_can_be_read_back_as_written(tmp_path: Path) -> None:
    files = [SAMPLES / name for name in ("vllm.json", "inferencex.json", "own.csv")]
    said = calibrate(files, {}, tmp_path / "own.yaml", catalog(), AS_OF)
    assert "left out  " in said and "speculative decoding" in said and "node was shared" in said
    own = load_catalog(overlays={"calibration": tmp_path / "own.yaml"}, as_of=AS_OF).own_factors
    assert own is not None and own.constants_sha256 == constants_sha256(catalog().calibration)
    groups = [(one.engine, one.architecture, one.weights, one.n) for one in own.factors if one.deployment is None]
    assert groups == [("sglang", "Hopper", "fp8", 1), ("vllm", "Hopper", "fp8", 3), ("vllm", "Hopper", "mxfp4", 1)]
    deepseek = own.factors[1].deployment
    assert deepseek is not None and (deepseek.tp, deepseek.dp, deepseek.ep) == (1, 8, 8)
    assert all(0.5 < one.value < 2 for one in own.factors)


def test_a_broken_file_is_refused_with_its_line(tmp_path: Path) -> None:
    bench(tmp_path, 1.1, (1, 8))
    path = tmp_path / "own.yaml"
    calibrate([tmp_path / "bench.csv"], {}, path, catalog(), AS_OF)
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace('"engine": "vllm"', '"engine": "vlm"', 1).replace('"n": 2', '"n": -2'), encoding="utf-8"
    )
    with pytest.raises(CatalogError) as error:
        planned(tmp_path, "own.yaml")
    assert "own.yaml:7: engine must be one of vllm, sglang, trtllm (got 'vlm')" in str(error.value)
    assert "n must be more than zero" in str(error.value)


def test_what_files_leave_out_is_asked_for_all_at_once(tmp_path: Path) -> None:
    files = [SAMPLES / name for name in ("guidellm.json", "aiperf.json")]
    with pytest.raises(InputError) as error:
        calibrate(files, {}, tmp_path / "own.yaml", catalog(), AS_OF)
    said = str(error.value)
    assert said.startswith("3 of 3 runs say too little:") and said.count("gpu is missing") == 3
    assert "--gpu" in said and not (tmp_path / "own.yaml").exists()
    assert "3 runs compared" in calibrate(files, {"gpu": "H100"}, tmp_path / "own.yaml", catalog(), AS_OF)


def test_what_does_not_fit_is_left_out_and_nothing_left_is_an_error() -> None:
    run = Run("here", {**CELLS, "model": "llama-3.1-405b", "weights": "bf16"}, 1000, 200, 100, 20, clients=4)
    with pytest.raises(InputError, match=r"no run can be compared:\n  here: needs .* GiB of weights"):
        compare([run], {}, catalog())
    good = Run("there", CELLS, 1000, 200, 100, 20, clients=4)
    found = compare([run, good], {}, catalog())
    assert [one.where for one in found.points] == ["there"] and found.left_out[0].startswith("here: needs")


def test_a_load_needs_a_rate_and_latencies_or_clients() -> None:
    assert in_flight(Run("", {}, 1000, 101, 50, 10, requests_per_s=2)) == pytest.approx(2 * 1.05)
    assert in_flight(Run("", {}, 1000, 101, 50, 10, requests_per_s=0.1)) == 1
    assert in_flight(Run("", {}, 1000, 101, None, 10, requests_per_s=2)) is None
    assert in_flight(Run("", {}, 1000, 101, 50, 10, requests_per_s=2, clients=7)) == 7


def test_the_command(tmp_path: Path) -> None:
    out = tmp_path / "calibration.yaml"
    done = CliRunner().invoke(
        main, ["calibrate", str(SAMPLES / "vllm.json"), "--out", str(out), "--as-of", AS_OF.isoformat()]
    )
    assert done.exit_code == 0, done.output
    assert "1 runs compared" in done.output and f"calibration: {out.name}" in done.output
    assert json.loads(out.read_text(encoding="utf-8").splitlines()[4][2:])["files"] == ["vllm.json"]
    none = CliRunner().invoke(main, ["calibrate", str(tmp_path / "none.json")])
    assert none.exit_code == 2 and "cannot be read" in none.output


def test_a_plan_says_which_engine_it_takes(tmp_path: Path) -> None:
    assert "Replicas are taken to run vLLM (performance.engine)." in planned(tmp_path).assumptions
    text = (PROBLEM % (5, "")).replace("performance: {engine: vllm}\n", "")
    (tmp_path / "problem.yaml").write_text(text, encoding="utf-8")
    plan = plan_file(tmp_path / "problem.yaml", None, AS_OF, None, "test")
    assert any(line.startswith("No engine is named") for line in plan.assumptions)


def test_engines_differ(tmp_path: Path) -> None:
    rates = {}
    for engine in ("vllm", "sglang", "trtllm"):
        (tmp_path / "problem.yaml").write_text((PROBLEM % (5, "")).replace("vllm", engine), encoding="utf-8")
        rates[engine] = row_of(plan_file(tmp_path / "problem.yaml", None, AS_OF, None, "test")).max_requests_per_s
    assert len(set(rates.values())) == 3


def test_cheapest_takes_a_calibration_too(tmp_path: Path) -> None:
    calibrate([bench(tmp_path, 1.3, (1, 8, 64))], {}, tmp_path / "own.yaml", catalog(), AS_OF)
    asked = ["cheapest", "llama-3.1-8b", "--rate", "5", "--input", "1000", "--output", "200", "--tpot-p95-ms", "40"]
    asked += ["--gpu", "H100", "--weights", "fp8", "--engine", "vllm", "--json"]
    found = [
        json.loads(CliRunner().invoke(main, [*asked, *more]).stdout)["configs"][0]["max_requests_per_s"]
        for more in ([], ["--calibration", str(tmp_path / "own.yaml")])
    ]
    assert found[1] < found[0] / 1.1
    refused = CliRunner().invoke(main, [*asked[:-3], "--calibration", "own.yaml"])
    assert refused.exit_code == 2 and "performance.engine: is missing" in refused.output
