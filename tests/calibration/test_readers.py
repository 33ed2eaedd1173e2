"""Each tool's own file format: what ran, what was sent, what was measured."""

from pathlib import Path

import pytest

from planner.calibration.points import in_flight
from planner.calibration.read import read_runs
from planner.calibration.run import Run
from planner.errors import InputError

SAMPLES = Path(__file__).parent / "samples"
LLAMA = "meta-llama/Llama-3.1-8B-Instruct"


def runs(name: str) -> list[Run]:
    return read_runs(SAMPLES / name)


def figures(run: Run) -> tuple[float | None, ...]:
    return (run.isl, run.osl, run.ttft_ms, run.tpot_ms, in_flight(run))


def test_vllm_bench_serve() -> None:
    (run,) = runs("vllm.json")
    assert run.cells == {"engine": "vllm", "model": LLAMA, "gpu": "H100", "tp": "1", "weights": "fp8"}
    assert figures(run) == (1024, 512, 171.2, 8.91, 32)


def test_sglang_bench_serving() -> None:
    closed, open_, guessed = runs("sglang.jsonl")
    assert closed.cells == {
        "engine": "sglang", "model": "Qwen/Qwen2.5-32B-Instruct", "tp": "4", "pp": "1", "ep": "1",
        "weights": "fp8", "kv": "auto",
    }  # fmt: skip
    assert figures(closed) == (1024, 512, 121.8, 11.52, 16)
    assert in_flight(open_) == pytest.approx(3.98 * (131.0 + 511 * 13.7) / 1000), "Little's law"
    assert in_flight(open_) == pytest.approx(28.4, rel=0.01), "as the tool counted itself"
    assert (closed.left_out, open_.left_out, guessed.left_out) == ("", "", "speculative decoding")


def test_sglang_with_attention_data_parallelism(tmp_path: Path) -> None:
    """tp_size counts every rank there; without DP attention dp_size means several replicas."""
    text = (SAMPLES / "sglang.jsonl").read_text(encoding="utf-8").splitlines()[0]
    shared = text.replace('"dp_size": 1', '"dp_size": 4').replace('attention": false', 'attention": true')
    (tmp_path / "a.jsonl").write_text(shared, encoding="utf-8")
    (run,) = read_runs(tmp_path / "a.jsonl")
    assert (run.cells["tp"], run.cells["dp"], run.cells["n_gpus"], run.left_out) == ("4", "4", "4", "")
    (tmp_path / "a.jsonl").write_text(text.replace('"dp_size": 1', '"dp_size": 4'), encoding="utf-8")
    assert read_runs(tmp_path / "a.jsonl")[0].left_out.startswith("several replicas")


def test_guidellm() -> None:
    closed, open_ = runs("guidellm.json")
    assert closed.cells == open_.cells == {"model": LLAMA}
    assert figures(closed) == (1000, 512, 61.0, 7.81, 8), "inter-token latency is our TPOT"
    assert open_.clients is None
    assert in_flight(open_) == pytest.approx(4.0 * (70.0 + 500 * 9.06) / 1000)


def test_aiperf() -> None:
    (run,) = runs("aiperf.json")
    assert run.cells == {"model": LLAMA}
    assert figures(run) == (550, 248, 88.8, 9.4, 32)


def test_genai_perf() -> None:
    (run,) = runs("genai_perf.json")
    assert (run.cells["model"], *figures(run)) == (LLAMA, 550, 250, 31.9, 6.42, 1)


def test_inferencex() -> None:
    plain, guessed, shared = runs("inferencex.json")
    assert plain.cells == {
        "model": "openai/gpt-oss-120b", "gpu": "h200", "engine": "vllm", "weights": "fp4", "tp": "2", "ep": "1",
    }  # fmt: skip
    assert figures(plain) == pytest.approx((921.6, 921.6, 142.1, 12.02, 64)), "seconds; 0.8 to 1.0 of nominal lengths"
    assert (guessed.left_out, shared.left_out) == ("speculative decoding", "")
    assert (shared.cells["tp"], shared.cells["dp"], shared.cells["n_gpus"]) == ("8", "8", "8")


def test_own_csv() -> None:
    first, second, flagged = runs("own.csv")
    assert figures(first) == (1000, 300, 25, 5.6, 1)
    assert (second.cells["gpu"], second.cells["engine"], flagged.left_out) == ("H100", "vllm", "node was shared")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.json", '{"hello": 1}', "is no result of vllm bench serve, sglang.bench_serving, GuideLLM"),
        ("a.json", "[1, 2]", "entry 1: is no result of"),
        ("a.json", "{}\n{oops", "line 2: is neither JSON nor a line of JSON lines"),
        ("a.csv", "model,gpu\nllama,H100\n", "has no column tpot_ms"),
        ("a.json", None, "cannot be read: No such file"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, name: str, text: str | None, said: str) -> None:
    if text is not None:
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_runs(tmp_path / name)
    assert said in str(error.value)
