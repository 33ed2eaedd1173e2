"""Intervals by hand: what they rest on, what widens them, and that own benchmarks narrow them."""

from dataclasses import replace
from datetime import date
from functools import cache
from math import exp, hypot, log
from pathlib import Path

import pytest
from workbench import fixed, generated, question

from planner.candidates.constants import constants_for
from planner.candidates.ground import Ground, Use, ground_of
from planner.candidates.intervals import QUANTITIES, WIDER, interval_for, intervals_for
from planner.candidates.predict import Asked, replica_for
from planner.catalog.load import load_catalog
from planner.catalog.specs import Catalog
from planner.errors import CatalogError

VLLM = Use("vllm")


@cache
def catalog() -> Catalog:
    return load_catalog(as_of=date(2026, 11, 21))


def ground(model: str = "llama-3.3-70b", gpu: str = "H100-SXM", use: Use = VLLM, **changes: object) -> Ground:
    facts = catalog()
    asked = Asked(facts.models[model], facts.gpus[gpu], 4, 1, 1, 1, "fp8", "fp8", use.engine, 1000, 500)
    replica = replica_for(replace(asked, **changes), facts, constants_for(facts.calibration, use.engine))  # type: ignore[arg-type]
    return ground_of(replica, use, facts)


def factor(name: str) -> float:
    return catalog().calibration[name].value


def high(where: Ground, quantity: str) -> float:
    return interval_for(where, quantity, catalog().calibration).high_factor  # type: ignore[arg-type]


def conditions(where: Ground) -> set[str]:
    return {doubt.condition for doubt in where.doubts}


@pytest.mark.parametrize("engine", ["", "vllm", "sglang", "trtllm"])
def test_measured_ground_has_the_width_of_its_kind_under_its_engine(engine: str) -> None:
    for model, family in (("llama-3.3-70b", "dense"), ("deepseek-v3", "moe")):
        here = ground(model, use=Use(engine))
        assert not here.doubts
        for quantity in QUANTITIES:
            found = interval_for(here, quantity, catalog().calibration)
            own = catalog().calibration.get(f"interval.{quantity}.{family}.{engine}")
            assert engine == "" or own is not None or quantity.startswith("capacity")
            base = own.value if own else factor(f"interval.{quantity}.{family}")
            assert found.high_factor == pytest.approx(base)
            assert found.low_factor == pytest.approx(1 / found.high_factor)
            assert not found.label.startswith(WIDER)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"gpu": "MI300X"}, {"other_vendor"}),
        ({"gpu": "L40S"}, {"gpu", "host_link"}),
        ({"gpu": "L40S", "tp": 2}, {"gpu"}),
        ({"weights": "int4"}, {"format"}),
        ({"weights": "bf16/int8/int4"}, {"format"}),
        ({"use": Use("sglang"), "weights": "mxfp4"}, {"engine_format"}),
        ({"use": Use("vllm"), "weights": "mxfp4"}, set()),
        ({"use": Use(""), "weights": "mxfp4"}, set()),
        ({"pp": 2}, {"pipeline"}),
        ({"use": Use("vllm", weight_share=0.81)}, {"starved"}),
        ({"use": Use("vllm", weight_share=0.79)}, set()),
        ({"model": "gemma-3-1b", "tp": 1}, {"small_model"}),
    ],
)
def test_what_was_never_measured_is_named(where: dict[str, object], expected: set[str]) -> None:
    assert conditions(ground(**where)) == expected  # type: ignore[arg-type]


def test_errors_never_measured_add_up_as_independent_ones() -> None:
    here = ground(gpu="L40S")
    step = hypot(log(factor("interval_widening.gpu")), log(factor("interval_widening.host_link")))
    expected = exp(hypot(log(factor("interval.tpot.dense.vllm")), step))
    assert high(here, "tpot") == pytest.approx(expected)
    carried = factor("interval_sensitivity.capacity_tpot") * step
    assert high(here, "capacity_tpot") == pytest.approx(
        exp(hypot(log(factor("interval.capacity_tpot.dense.vllm")), carried))
    )
    label = interval_for(here, "tpot", catalog().calibration).label
    assert label.startswith(WIDER) and "L40S" in label and "crosses PCIe" in label


def test_every_doubt_widens_every_quantity() -> None:
    sure = ground()
    for gpu, changes in (("MI300X", {}), ("H100-SXM", {"pp": 2}), ("H100-SXM", {"weights": "int4"})):
        doubtful = ground(gpu=gpu, **changes)
        for quantity in QUANTITIES:
            assert high(doubtful, quantity) > high(sure, quantity) * 1.01


def test_crowded_replicas_and_attention_ranks_have_their_own_widths() -> None:
    crowded = ground(use=Use("vllm", concurrency=129))
    assert high(crowded, "ttft") == pytest.approx(factor("interval.ttft.crowded"))
    assert high(crowded, "capacity_tpot") == pytest.approx(factor("interval.capacity_tpot.dense.vllm"))
    ranks = ground("deepseek-v3", tp=1, dp=8, ep=8, use=Use("vllm", concurrency=129))
    assert ranks.kind == "attention_dp"
    assert high(ranks, "tpot") == pytest.approx(factor("interval.tpot.attention_dp")), "the wider of two kinds counts"


def test_own_benchmarks_dispel_doubts_and_never_widen() -> None:
    own = Use("vllm", weight_share=0.85, own_points=3)
    assert conditions(ground(gpu="MI300X", use=own)) == {"starved"}
    assert conditions(ground(gpu="MI300X", use=replace(own, own_points=2))) == {"starved", "other_vendor"}
    plain = replace(own, weight_share=0.0)
    for model in ("llama-3.3-70b", "deepseek-v3"):
        for quantity in QUANTITIES:
            assert high(ground(model, use=plain), quantity) <= high(ground(model), quantity)
    assert high(ground("deepseek-v3", use=plain), "tpot") == pytest.approx(factor("interval.tpot.own"))


def test_a_rate_is_as_uncertain_as_what_limits_it() -> None:
    here, known = ground(), catalog().calibration
    for limit, quantity in (("tpot p95", "capacity_tpot"), ("e2e p99", "capacity_tpot"), ("ttft p95", "capacity_ttft"),
                            ("kv cache", "throughput"), ("prefill queue", "throughput")):  # fmt: skip
        assert intervals_for(here, limit, known)["rate"] == interval_for(here, quantity, known)  # type: ignore[arg-type]
    assert set(intervals_for(here, "kv cache", known)) == {"ttft", "tpot", "e2e", "throughput", "rate"}


def test_a_missing_figure_is_named() -> None:
    known = {name: figure for name, figure in catalog().calibration.items() if "interval.tpot.dense" not in name}
    with pytest.raises(CatalogError, match=r"interval\.tpot\.dense"):
        interval_for(ground(), "tpot", known)


def test_the_documented_table_is_the_shipped_one() -> None:
    text = (Path(__file__).parents[2] / "docs" / "intervals.md").read_text(encoding="utf-8")
    names = {
        "TPOT": "tpot",
        "tokens/s/GPU, end to end": "throughput",
        "mean TTFT": "ttft",
        "largest rate, TPOT or end to end binds": "capacity_tpot",
        "largest rate, TTFT binds": "capacity_ttft",
    }
    kinds = ("dense", "moe", "attention_dp", "crowded", "own")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| ")
    ]
    found = {names[head]: cells for head, *cells in rows if head in names}
    assert set(found) == set(names.values())
    for quantity, cells in found.items():
        for kind, cell in zip(kinds, cells, strict=True):
            if cell:
                assert float(cell) == factor(f"interval.{quantity}.{kind}"), (quantity, kind)


def test_every_planned_rate_carries_its_intervals_and_its_doubts() -> None:
    nodes = {"gpus": ["H100-SXM", "L40S", "MI300X"]}
    found = generated(question("llama-3.1-8b", rent=nodes), fixed(1000, 200))
    assert {config.gpu for config in found.configs.values()} == set(nodes["gpus"])
    for (name, _), rate in found.rates.items():
        assert set(rate.intervals) == {"ttft", "tpot", "e2e", "throughput", "rate"}
        unsure = any("no measured ground" in line or "starved" in line for line in rate.warnings)
        assert unsure == rate.intervals["rate"].label.startswith(WIDER), name
        if found.configs[name].gpu != "H100-SXM":
            assert rate.intervals["tpot"].high_factor > factor("interval.tpot.dense")
