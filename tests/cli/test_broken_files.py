"""On the command line every broken file gets one message and an exit code of 2 to 6, and leaves nothing behind."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from planner.cli import main

SOUND = {
    "title": "Sound",
    "horizon": {"hours": "flat"},
    "workloads": {
        "chat": {
            "model": "llama-3.1-8b",
            "traffic": {"requests_per_s": 2},
            "requests": {"input": 500, "output": 100},
            "slo": {"ttft_p95_ms": 1000, "tpot_p95_ms": 50},
        }
    },
}


def changed(path: str, value: object) -> dict[str, object]:
    """The sound problem with one key set; a new key where there was none."""
    problem = yaml.safe_load(yaml.safe_dump(SOUND))
    *parents, last = path.split(".")
    table = problem
    for key in parents:
        table = table.setdefault(key, {})
    table[last] = value
    return problem


CHAT = "workloads.chat"
BROKEN: dict[str, tuple[dict[str, object], int, str]] = {
    "wrong type": (changed(f"{CHAT}.traffic.requests_per_s", "many"), 2, "requests_per_s"),
    "misspelt key": (changed("horizont", {}), 2, "horizon"),
    "negative rate": (changed(f"{CHAT}.traffic.requests_per_s", -2), 2, "greater than 0"),
    "contradictory slo": (changed(f"{CHAT}.slo", {"ttft_p95_ms": 500, "ttft_p99_ms": 100}), 2, "ttft_p99_ms"),
    "no latency target": (changed(f"{CHAT}.slo", {}), 2, "slo"),
    "no workload": (changed("workloads", {}), 2, "workloads"),
    "workload without anything": (changed(CHAT, {}), 2, "chat"),
    "past horizon": (changed("horizon.start", "2019-01-01"), 2, "past"),
    "growth of the wrong length": (changed(f"{CHAT}.traffic.growth_per_month", [1, 2]), 2, "growth_per_month"),
    "profile of 23 hours": (changed(f"{CHAT}.traffic.profile", [1] * 23), 2, "profile"),
    "unknown profile": (changed(f"{CHAT}.traffic.profile", "azure2024-cnv"), 2, "azure2024-conv"),
    "unknown lengths": (changed(f"{CHAT}.requests", {"lengths": "azure"}), 2, "lengths"),
    "unknown model": (changed(f"{CHAT}.model", "llama-3.1-8c"), 2, "llama-3.1-8b"),
    "unknown gpu": (changed(f"{CHAT}.gpus", ["H100-SMX"]), 2, "H100-SXM"),
    "unknown provider": (changed("supply.rent", {"providers": ["awz"]}), 2, "aws"),
    "unknown region": (changed("supply.rent", {"regions": ["uss"]}), 2, "uss"),
    "unknown system": (changed("supply.own", {"systems": ["dgx-h300"]}), 2, "dgx-h300"),
    "unknown api": (changed("supply.api", [{"provider": "anthropic", "model": "gpt"}]), 2, "gpt"),
    "unknown solver": (changed("solve.solver", "oracle9"), 2, "oracle9"),
    "unknown form": (changed("supply.rent", {"forms": ["lease"]}), 2, "lease"),
    "term beyond the horizon": (changed("supply.rent", {"forms": ["reserved_3y"]}), 2, "36 months"),
    "no supply": (changed("supply", {"rent": None}), 2, "supply"),
    "prefix hit of one": (changed(f"{CHAT}.requests.prefix_hit", 1), 2, "prefix_hit"),
    "infinite": (changed(f"{CHAT}.traffic.requests_per_s", float("inf")), 2, "requests_per_s"),
    "gap above one": (changed("solve.mip_gap", 2), 2, "mip_gap"),
    "missing offers file": (changed("catalog.offers", "nowhere.csv"), 3, "nowhere.csv"),
    "missing price": (changed("supply.rent", {"gpus": ["Ascend-910B"]}), 4, "Ascend-910B"),
    "latency below physics": (changed(f"{CHAT}.slo", {"ttft_p95_ms": 0.01}), 4, "ttft"),
    "context too long": (changed(f"{CHAT}.requests", {"input": 400000, "output": 10}), 4, "context"),
    "nowhere to run": (changed(f"{CHAT}.regions", ["own"]), 2, "own"),
    "no money": (changed("limits.budget", [{"usd_per_period": 1}]), 5, "budget"),
    "no quota": (changed("limits.max_gpus", 0), 5, "max_gpus"),
    "no time": (
        changed(f"{CHAT}.traffic", {"requests_per_s": 900, "profile": "azure2024-conv", "growth_per_month": 0.1})
        | {
            "horizon": {"periods": 12, "blocks": 40},
            "supply": {"rent": {"forms": ["on_demand", "reserved_1y"]}},
            "limits": {"budget": [{"usd_per_period": 1.0e7}], "max_distinct_configurations": 2},
            "solve": {"time_limit_s": 0.01, "mip_gap": 0},
        },
        6,
        "time_limit_s",
    ),
}


def run(tmp_path: Path, path: Path) -> tuple[int, str]:
    out = tmp_path / "out"
    before = sorted(tmp_path.rglob("*"))
    done = CliRunner().invoke(main, ["plan", str(path), "--out", str(out), "--as-of", "2026-11-21"])
    assert sorted(tmp_path.rglob("*")) == before, "something was written"
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert "Traceback" not in done.output
    assert done.output.count("planner: ") == 1
    return done.exit_code, done.output


@pytest.mark.parametrize("name", BROKEN)
def test_broken_problem(name: str, tmp_path: Path) -> None:
    problem, code, word = BROKEN[name]
    path = tmp_path / "broken.yaml"
    path.write_text(yaml.safe_dump(problem), encoding="utf-8")
    given, message = run(tmp_path, path)
    assert given == code
    assert word in message


def big(path: Path) -> None:
    path.write_text("title: big\n" + "# filler\n" * 1_200_000, encoding="utf-8")


def bomb(path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    path.write_text("\n".join(lines), encoding="utf-8")


FILES: dict[str, Callable[[Path], object]] = {
    "ten megabytes": big,
    "alias bomb": bomb,
    "not utf-8": lambda path: path.write_bytes(b"title: caf\xe9"),
    "a folder": lambda path: path.mkdir(),
    "empty": lambda path: path.write_text(""),
    "a list": lambda path: path.write_text("- 1\n"),
    "bad yaml": lambda path: path.write_text("title: [unclosed\n"),
    "not there": lambda path: None,
}


@pytest.mark.parametrize("name", FILES)
def test_broken_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / "problem.yaml"
    FILES[name](path)
    code, message = run(tmp_path, path)
    assert code == 2
    assert "problem.yaml" in message


def test_the_sound_problem_is_sound(tmp_path: Path) -> None:
    path = tmp_path / "sound.yaml"
    path.write_text(yaml.safe_dump(SOUND), encoding="utf-8")
    out = tmp_path / "out"
    done = CliRunner().invoke(main, ["plan", str(path), "--out", str(out), "--as-of", "2026-11-21"])
    assert done.exit_code == 0, done.output
    assert {"plan.json", "report.md", "report.html"} <= {file.name for file in out.iterdir()}
