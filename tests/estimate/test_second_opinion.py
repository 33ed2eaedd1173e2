"""AIConfigurator as a second opinion: what it is asked, what is kept, and what is said where it is not installed."""

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from math import isnan
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from planner.catalog.load import load_catalog
from planner.catalog.specs import Catalog
from planner.cli import main
from planner.estimate.answers import answers
from planner.estimate.question import Names, Question, question_from
from planner.estimate.second_opinion import COMPARED, OPINION_COLUMNS, disagreements, opinion_cells, opinion_lines
from planner.opinion.ask import arguments_for
from planner.opinion.kept import second_opinions
from planner.opinion.library import INSTALL, Library, Opinion

ASKED = {"gpu": "H100-SXM", "isl": "1000", "osl": "500", "concurrency": "64", "engine": "vllm"}


@cache
def catalog() -> Catalog:
    return load_catalog(as_of=date(2026, 11, 21))


class FakeLibrary:
    """Covers two models and two GPU types, and counts what it is asked."""

    version = "0.12.0"
    models = ("meta-llama/Meta-Llama-3.1-70B", "deepseek-ai/DeepSeek-V3", "openai/gpt-oss-120b")
    systems = ("a100_sxm", "b200_sxm", "h100_sxm")

    def __init__(self) -> None:
        self.asked: list[Mapping[str, Any]] = []

    def estimate(self, question: Mapping[str, Any]) -> Opinion:
        self.asked.append(question)
        return Opinion(self.version, 100.0, 20.0, 1000.0)


def question(model: str = "llama-3.1-70b", **changes: str) -> Question:
    found, mistakes = question_from(ASKED | {"model": model} | changes, Names(catalog()))
    assert found, mistakes
    return found


def asked_of(**changes: str) -> Any:
    asked = question(**changes)
    return arguments_for(asked.asked, asked.concurrency, catalog(), FakeLibrary())  # type: ignore[arg-type]


def opinions(questions: list[Question], library: Any, cache_file: Path | None = None) -> list[Opinion]:
    return second_opinions([(one.asked, one.concurrency) for one in questions], catalog(), library, cache_file)


def test_formats_and_layout_are_passed_exactly() -> None:
    dense = asked_of(tp="4", weights="fp8", kv="fp8", prefix_hit="0.25")
    assert dense == {
        "model_path": "meta-llama/Meta-Llama-3.1-70B", "system_name": "h100_sxm", "backend_name": "vllm", "isl": 1000,
        "osl": 500, "prefix": 250, "batch_size": 64, "tp_size": 4, "pp_size": 1, "attention_dp_size": 1,
        "gemm_quant_mode": "fp8", "kvcache_quant_mode": "fp8",
    }  # fmt: skip
    experts = asked_of(model="deepseek-v3", dp="8", ep="8")
    assert (experts["batch_size"], experts["moe_ep_size"], experts["moe_tp_size"]) == (8, 8, 1), "clients of one rank"
    assert (experts["gemm_quant_mode"], experts["moe_quant_mode"]) == ("fp8_block", "fp8_block")
    hopper, blackwell = (asked_of(model="gpt-oss-120b", tp="2", gpu=gpu) for gpu in ("H100-SXM", "B200-SXM"))
    assert (hopper["gemm_quant_mode"], hopper["moe_quant_mode"]) == ("bfloat16", "w4a16_mxfp4")
    assert blackwell["moe_quant_mode"] == "w4a8_mxfp4_mxfp8"
    assert asked_of(gpu="A100-SXM-80GB", tp="4")["system_name"] == "a100_sxm"


def test_a_model_of_the_same_architecture_is_covered() -> None:
    assert asked_of(model="llama-3.3-70b", tp="4")["model_path"] == "meta-llama/Meta-Llama-3.1-70B"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"model": "qwen3-8b"}, "does not cover qwen3-8b"),
        ({"gpu": "MI300X", "tp": "4"}, "does not cover MI300X"),
        ({"concurrency": "", "requests_per_s": "2"}, "not for a request rate"),
        ({"draft_tokens": "2"}, "guessing ahead"),
        ({"model": "deepseek-v3", "weights": "int8", "tp": "8"}, "no int8 weights"),
    ],
)
def test_what_it_cannot_be_asked_is_said_and_costs_nothing(changes: dict[str, str], said: str) -> None:
    library = FakeLibrary()
    opinion = opinions([question(**changes)], library)[0]
    assert said in opinion.reason
    assert isnan(opinion.tpot_ms)
    assert not library.asked


def test_answers_are_kept_and_a_broken_cache_is_rebuilt(tmp_path: Path) -> None:
    cache_file, library = tmp_path / "deep" / "cache.json", FakeLibrary()
    both = [question(tp="4"), question(tp="8"), question(tp="4")]
    first = opinions(both, library, cache_file)
    assert len(library.asked) == 2, "the same question twice is asked once"
    assert opinions(both, library, cache_file) == first
    assert len(library.asked) == 2
    for broken in ("{broken", "[1]", '{"a": 1}', '{"a": {"b": 2}}'):
        cache_file.write_text(broken)
        assert opinions(both, library, cache_file) == first
        assert len(json.loads(cache_file.read_text())) == 2


def test_where_nothing_can_be_kept_the_answer_is_given_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    assert opinions([question(tp="4")], FakeLibrary(), tmp_path / "file" / "cache.json")[0].tpot_ms == 20.0


def test_disagreement_is_what_lies_outside_our_interval() -> None:
    answer = answers([question(tp="4", weights="fp8")], catalog())[0]
    told = answer.predicted
    same = Opinion("1", told.ttft_mean_ms, told.tpot_ms, told.output_tokens_per_s_per_gpu)
    assert disagreements(answer, same) == []
    assert "within our intervals" in opinion_lines(answer, same)[-1]
    edge = told.tpot_ms * answer.intervals["tpot"].high_factor
    assert disagreements(answer, replace(same, tpot_ms=edge * 0.999)) == []
    apart = disagreements(answer, replace(same, tpot_ms=edge * 1.001))
    assert len(apart) == 1 and apart[0].startswith("tpot_ms ")
    cells = opinion_cells(answer, replace(same, tpot_ms=edge * 1.001))
    assert len(cells) == len(OPINION_COLUMNS) == len(COMPARED) + 1
    assert cells[-1] == apart[0]
    assert opinion_cells(answer, Opinion("1", reason="not covered")) == ["", "", "", "not covered"]


def test_without_the_library_the_command_that_installs_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("aiconfigurator", "aiconfigurator.cli.api"):
        monkeypatch.setitem(sys.modules, name, None)
    line = "estimate llama-3.1-70b --gpu H100-SXM --tp 4 --input 1000 --output 500 --concurrency 8"
    told = CliRunner().invoke(main, [*line.split(), "--performance", "aiconfigurator"])
    assert told.exit_code == 2
    assert INSTALL in told.output
    assert CliRunner().invoke(main, line.split()).exit_code == 0, "it is not needed otherwise"


def test_the_real_library_answers_where_it_is_installed() -> None:
    pytest.importorskip("aiconfigurator")
    opinion = opinions([question("qwen3-32b", tp="2", weights="bf16")], Library())[0]
    assert 5 < opinion.tpot_ms < 100, opinion.reason
