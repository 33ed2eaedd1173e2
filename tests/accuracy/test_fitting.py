"""The fit finds planted constants, stays near its priors without data, and writes nothing else."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from runs import ROOT, catalog, shipped_runs

from planner.accuracy.figures import Figures
from planner.accuracy.fit import Prior, Runs, calibrated, fit, predictor, read_priors, runs_from, soft
from planner.accuracy.refit import write_constants
from planner.errors import CatalogError
from planner.units import MS_PER_S

pytest.importorskip("scipy")
PLANTED = {"bandwidth_efficiency_dense": 0.72, "launch_layer_s": 5.5e-5, "mfu_16bit": 0.62}


def priors(sd: float) -> list[Prior]:
    """The planted constants with priors at their shipped values; `sd` as a share of those."""
    made = []
    for name in PLANTED:
        figure = catalog().calibration[name]
        assert figure.low is not None
        assert figure.high is not None
        made.append(Prior(name, figure.value, sd * figure.value, figure.low, figure.high))
    return made


def planted_runs() -> Runs:
    """Some shipped runs of a dense bf16 model with figures from planted constants."""
    shipped = shipped_runs()
    rows = [row for row, q in enumerate(shipped.questions) if q.asked.model.id == "llama-3.1-8b"][::8]
    runs = runs_from([shipped.questions[row] for row in rows], shipped.measured.take(np.array(rows)))
    planted = calibrated(catalog().calibration, priors(1.0), np.array(list(PLANTED.values())))
    ttft, tpot = predictor(runs, catalog())(planted)
    return replace(runs, measured=Figures(ttft * MS_PER_S, tpot * MS_PER_S, runs.measured.output_tokens_per_s_per_gpu))


def test_planted_constants_are_found() -> None:
    found = fit(planted_runs(), priors(sd=50.0), catalog())
    for name, value in PLANTED.items():
        assert found[name].value == pytest.approx(value, rel=0.01)
    untouched = found.keys() - PLANTED.keys()
    assert all(found[name] == catalog().calibration[name] for name in untouched)


def test_a_firm_prior_holds_against_the_data() -> None:
    found = fit(planted_runs(), priors(sd=1e-4), catalog())
    for name in PLANTED:
        assert found[name].value == pytest.approx(catalog().calibration[name].value, rel=0.01)


def test_soft_residuals_grow_like_a_square_then_like_a_line() -> None:
    z = np.array([1e-3, -1e-3, 1e4])
    assert soft(z)[:2] == pytest.approx(z[:2], rel=1e-5)
    assert soft(z)[2] ** 2 == pytest.approx(2 * 1e4, rel=1e-3)


def test_large_campaigns_do_not_outvote_small_ones() -> None:
    shipped = shipped_runs()
    weights = runs_from(shipped.questions, shipped.measured).weights
    groups = [(q.asked.model.id, q.asked.gpu.id, q.asked.engine, q.asked.weights) for q in shipped.questions]
    sizes = {group: groups.count(group) for group in set(groups)}
    for row in (0, 500, 1500):
        assert weights[row] == pytest.approx((60 / sizes[groups[row]]) ** 0.25)


def test_shipped_priors_are_free_constants_within_bounds() -> None:
    found = read_priors(ROOT / "data" / "calibration" / "priors.csv", catalog().calibration)
    assert len(found) == 31
    for prior in found:
        assert prior.low <= prior.value <= prior.high, prior.id
        assert prior.low <= catalog().calibration[prior.id].value <= prior.high, prior.id
        assert not any(part in prior.id.lower() for part in ("h100", "h200", "b200", "llama", "qwen", "gpt"))


def test_unknown_prior_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "priors.csv"
    path.write_text("id,prior,sd\nluck,1,1\n", encoding="utf-8")
    with pytest.raises(CatalogError, match=r"priors.csv:2: needs a figure of that id"):
        read_priors(path, catalog().calibration)


def test_only_the_fitted_values_are_rewritten(tmp_path: Path) -> None:
    shipped = (ROOT / "data" / "calibration" / "performance.yaml").read_text(encoding="utf-8")
    path = tmp_path / "performance.yaml"
    path.write_text(shipped, encoding="utf-8")
    changed = calibrated(catalog().calibration, priors(1.0), np.array(list(PLANTED.values())))
    write_constants(path, priors(1.0), changed)
    before, after = shipped.splitlines(), path.read_text(encoding="utf-8").splitlines()
    differing = [new for old, new in zip(before, after, strict=True) if old != new]
    assert len(differing) == len(PLANTED)
    for line, (name, value) in zip(sorted(differing), sorted(PLANTED.items()), strict=True):
        assert line.startswith(f"- {{id: {name}, value: {value:.4g}, unit")
    write_constants(path, priors(1.0), catalog().calibration)
    assert path.read_text(encoding="utf-8").count("\n") == shipped.count("\n")


def test_a_constant_that_is_not_there_cannot_be_written(tmp_path: Path) -> None:
    path = tmp_path / "performance.yaml"
    path.write_text("figures:\n", encoding="utf-8")
    with pytest.raises(CatalogError, match="must stand in one line"):
        write_constants(path, priors(1.0), catalog().calibration)
