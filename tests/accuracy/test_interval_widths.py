"""The shipped intervals hold what they promise on runs whose model the fit never saw."""

from pathlib import Path

import numpy as np
import pytest
from runs import ROOT, catalog, figures, shipped_runs

from planner.accuracy.figures import Figures
from planner.accuracy.held_out import read_held_out
from planner.accuracy.widths import kinds_of, log_errors, measured_widths, width, write_widths
from planner.candidates.constants import constants_for
from planner.candidates.ground import Use, ground_of
from planner.candidates.intervals import interval_for
from planner.candidates.predict import replica_for
from planner.errors import CatalogError

CROWDED_ABOVE = 128


@pytest.fixture(scope="module")
def left_out() -> Figures:
    found = read_held_out(ROOT / "data", shipped_runs().ids)
    assert found
    return found.figures["model"]


def test_a_width_holds_four_fifths_of_errors_on_both_sides() -> None:
    errors = np.log(np.array([0.5, 0.9, 0.95, 1.0, 1.02, 1.04, 1.06, 1.08, 1.10, 1.6]))
    factor = width(errors)
    assert np.sum((errors >= -np.log(factor)) & (errors <= np.log(factor))) == 8
    assert width(errors) == pytest.approx(width(-errors))


def test_an_answers_time_is_as_uncertain_as_throughput() -> None:
    found = log_errors(figures((100, 11, 90)), figures((100, 10, 100)))
    assert found["tpot"][0] == pytest.approx(np.log(1.1))
    assert found["e2e"][0] == pytest.approx(-found["throughput"][0]) == pytest.approx(np.log(100 / 90))


def test_shipped_factors_are_those_of_the_stored_left_out_predictions(left_out: Figures) -> None:
    known = catalog().calibration
    assert known["interval_crowded_above"].value == CROWDED_ABOVE
    widths = measured_widths(shipped_runs(), left_out, CROWDED_ABOVE)
    assert len(widths) > 20
    for name, value in widths.items():
        assert known[name].value == pytest.approx(value, abs=0.0051), name


def test_shipped_intervals_hold_four_in_five_left_out_runs(left_out: Figures) -> None:
    measured, known = shipped_runs(), catalog().calibration
    errors = log_errors(left_out, measured.measured)
    k = {engine: constants_for(known, engine) for engine in ("vllm", "sglang", "trtllm")}
    grounds = [
        ground_of(
            replica_for(q.asked, catalog(), k[q.asked.engine]),
            Use(q.asked.engine, 0.0, q.concurrency or 0.0),
            catalog(),
        )
        for q in measured.questions
    ]
    assert all(not ground.doubts for ground in grounds), "a measured run stands on measured ground"
    for quantity in ("tpot", "throughput", "ttft", "e2e"):
        half = np.log([interval_for(ground, quantity, known).high_factor for ground in grounds])
        held = np.mean(np.abs(errors[quantity]) <= half)
        assert 0.79 <= held <= 0.83, (quantity, held)


def test_widths_of_other_models_hold_three_in_four_runs_of_a_new_one(left_out: Figures) -> None:
    measured = shipped_runs()
    models = np.array([question.asked.model.id for question in measured.questions])
    kinds = kinds_of(measured, CROWDED_ABOVE)
    for quantity, errors in log_errors(left_out, measured.measured).items():
        held = []
        for model in dict.fromkeys(models.tolist()):
            for kind in ("dense", "moe"):
                others, mine = (errors[kinds[kind][(models[kinds[kind]] == model) == same]] for same in (False, True))
                held += (np.abs(mine) <= np.log(width(others))).tolist()
        assert np.mean(held) >= 0.75, (quantity, np.mean(held))


def test_widths_are_written_into_their_own_lines(tmp_path: Path) -> None:
    file = tmp_path / "intervals.yaml"
    file.write_text("figures:\n- {id: a, value: 1.13, unit: factor, note: kept}\n- {id: b.c, value: 2, unit: x}\n")
    write_widths(file, {"a": 1.2345})
    assert (
        file.read_text()
        == "figures:\n- {id: a, value: 1.23, unit: factor, note: kept}\n- {id: b.c, value: 2, unit: x}\n"
    )
    with pytest.raises(CatalogError, match="bxc must stand in one line"):
        write_widths(file, {"bxc": 1.0})
