"""CPU hosts and unified memory: plain rooflines that stay within what was seen of them."""

from datetime import date

import pytest

from planner.candidates.constants import constants_for
from planner.candidates.ground import Use, ground_of
from planner.candidates.intervals import interval_for
from planner.candidates.predict import Asked, Predicted, closed_points, replica_for, why_senseless
from planner.catalog.load import load_catalog
from planner.catalog.specs import Catalog

CATALOG: Catalog = load_catalog(as_of=date(2026, 11, 21))
SERVERS = [name for name, gpu in CATALOG.gpus.items() if gpu.kind == "cpu"]


def asked(gpu: str, weights: str, model: str = "llama-2-7b") -> Asked:
    return Asked(CATALOG.models[model], CATALOG.gpus[gpu], 1, 1, 1, 1, weights, "bf16", "vllm", 512, 256)


def alone(gpu: str, weights: str, model: str = "llama-2-7b") -> Predicted:
    """One user at a time."""
    return closed_points([asked(gpu, weights, model)], [1.0], CATALOG)[0]


@pytest.mark.parametrize("server", SERVERS)
def test_a_7b_model_in_4_bits_runs_on_a_server_cpu_as_fast_as_was_seen(server: str) -> None:
    assert 15 <= 1000 / alone(server, "int4").tpot_ms <= 40


@pytest.mark.parametrize("server", SERVERS)
def test_the_interval_of_a_cpu_spans_what_was_seen(server: str) -> None:
    replica = replica_for(asked(server, "int4"), CATALOG, constants_for(CATALOG.calibration, "vllm"))
    ground = ground_of(replica, Use("vllm"), CATALOG)
    assert [doubt.condition for doubt in ground.doubts] == ["cpu", "format"]
    interval, speed = interval_for(ground, "tpot", CATALOG.calibration), 1000 / alone(server, "int4").tpot_ms
    assert speed / interval.high_factor < 20 and speed * interval.high_factor > 30


@pytest.mark.parametrize(("model", "weights", "seen"), [("llama-2-7b", "int4", 89.0), ("llama-3.2-3b", "fp16", 73.3)])
def test_unified_memory_runs_a_model_within_a_quarter_of_what_was_seen(model: str, weights: str, seen: float) -> None:
    """M2 Ultra: 89 tokens/s in 4 bits (apache/tvm 15985), 73.3 in fp16 of a "llama 3B" (llama.cpp 10238)."""
    assert 1000 / alone("Apple-M2-Ultra", weights, model).tpot_ms == pytest.approx(seen, rel=0.25)


@pytest.mark.parametrize("host", [*SERVERS, "Apple-M2-Ultra"])
def test_fewer_bits_answer_faster_and_no_faster_than_memory_is_read(host: str) -> None:
    gpu, model = CATALOG.gpus[host], CATALOG.models["llama-2-7b"]
    formats = {"fp16" if gpu.kind == "unified" else "bf16": 2.0, "int4": 0.5}
    speeds = [1000 / alone(host, weights).tpot_ms for weights in formats]
    assert speeds == sorted(speeds)
    for speed, weight_bytes in zip(speeds, formats.values(), strict=True):
        assert speed < gpu.bandwidth_gb_per_s * 1e9 / (model.attention_parameters * weight_bytes)


def test_hosts_that_nothing_joins_make_no_replica() -> None:
    two = Asked(
        CATALOG.models["llama-2-7b"], CATALOG.gpus["Apple-M2-Ultra"], 2, 1, 1, 1, "fp16", "bf16", "vllm", 512, 256
    )
    assert "nothing joins 2" in why_senseless(two)
    assert not closed_points([two], [1.0], CATALOG)[0].fits
