"""One question on the command line: its answer in words, explained, and as JSON."""

import json
import re
import shlex

import pytest
from click.testing import CliRunner

from planner.cli import main

LINE = "llama-3.3-70b --gpu H100-SXM --tp 4 --weights fp8 --kv fp8 --input 2000 --output 500 --concurrency 64"
ASKED = shlex.split(LINE)
TOO_LARGE = shlex.split("llama-3.1-405b --gpu H100-SXM --tp 8 --input 1000 --output 100 --rate 1")


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, ["estimate", *words])
    return done.exit_code, done.stdout, done.stderr


def test_the_answer_in_words() -> None:
    code, shown, _ = run(*ASKED)
    assert code == 0
    assert "llama-3.3-70b in fp8 with a fp8 KV cache on 4×H100-SXM (TP 4), vllm" in shown
    assert "64 clients; 2,000 tokens in, 500 out" in shown
    for name in ("time to first token", "time per output token", "output tokens/s per GPU", "KV cache holds", "basis"):
        assert name in shown


def test_the_explanation_adds_up() -> None:
    _, shown, _ = run(*ASKED, "--explain")
    step = shown.split("requests decode\n")[1].split("one mean prompt")[0]
    terms = [float(ms) for name, ms in re.findall(r"^  (\w[\w -]*?) +([\d.]+) ms", step, re.M) if name != "together"]
    together = float(re.search(r"together +([\d.]+) ms", step).group(1))
    assert sum(terms) == pytest.approx(together, abs=0.01)
    tpot, riding = re.search(r"time per output token: ([\d.]+) \+ ([\d.]+) ms", shown).groups()
    seen = float(re.search(r"time per output token +([\d.,]+) ms", shown).group(1))
    assert float(tpot) + float(riding) == pytest.approx(seen, abs=0.01)
    gib = [float(number) for number in re.findall(r"^  \w[\w ]+? +([\d.]+) GiB", shown, re.M)]
    assert sum(gib) == pytest.approx(79.65, abs=0.03)


def test_json_has_everything() -> None:
    _, shown, _ = run(*ASKED, "--json")
    told = json.loads(shown)
    assert told["asked"]["model"] == "llama-3.3-70b"
    assert told["asked"]["concurrency"] == 64
    assert told["fits"] is True
    assert told["memory"]["weights_gib"] > 10
    assert {"linear", "attention", "communication", "launch"} <= set(told["terms"])


def test_json_without_an_answer_has_no_figures() -> None:
    told = json.loads(run(*TOO_LARGE, "--json")[1])
    assert (told["fits"], told["tpot_ms"], told["asked"]["concurrency"]) == (False, None, None)
    assert "GiB" in told["reason"]


def test_intervals_enclose_every_figure() -> None:
    told = json.loads(run(*ASKED, "--json")[1])
    for name, (low, high) in told["intervals_80"].items():
        assert low < told[name] < high
    assert set(told["intervals_80"]) == {"ttft_mean_ms", "tpot_ms", "output_tokens_per_s_per_gpu"}
    assert "80 % interval" in run(*ASKED)[1]


def test_guessing_ahead_is_explained() -> None:
    _, shown, _ = run(*ASKED, "--draft-tokens", "3", "--acceptance", "0.8", "--explain")
    assert "3 tokens guessed ahead, each right with 80%: 2.95 tokens a step" in shown
    step, riding = re.search(r"time per output token: ([\d.]+) \+ ([\d.]+) ms .*, for 2.95 tokens", shown).groups()
    seen = float(re.search(r"time per output token +([\d.,]+) ms", shown).group(1))
    assert float(step) + float(riding) == pytest.approx(2.952 * seen, rel=2e-3)
    assert "no guessing ahead was measured" in shown


def test_what_does_not_run_says_why() -> None:
    code, shown, _ = run(*TOO_LARGE)
    assert code == 0
    assert "does not run: needs" in shown
    assert "memory: 79.65 × " in shown


def test_a_rate_gives_queues() -> None:
    words = [*ASKED[:-2], "--rate", "2"]
    _, shown, _ = run(*words)
    assert "2 requests/s;" in shown


def test_all_mistakes_are_named_as_options() -> None:
    code, _, said = run("llama-3.3-71b", "--gpu", "H100-SXM", "--tp", "0", "--weights", "int3")
    assert code == 2
    assert said == (
        "planner: planner estimate: unknown model 'llama-3.3-71b' — did you mean 'llama-3.3-70b'?; "
        "--tp 0 is not between 1 and 1e+09; --concurrency or --rate is missing; "
        "--input is missing; --output is missing\n"
    )
    assert run(*ASKED, "--rate", "2")[0] == 2
    assert run(*ASKED, "--out", "x")[0] == 2


def test_engines_differ_only_if_they_were_measured_apart() -> None:
    shown = [json.loads(run(*ASKED, "--engine", name, "--json")[1]) for name in ("vllm", "sglang", "TensorRT-LLM")]
    assert [told["asked"]["engine"] for told in shown] == ["vllm", "sglang", "trtllm"]
    assert all(3 < told["tpot_ms"] < 100 for told in shown)
