"""Launch commands: options that exist, values that are allowed, figures of the plan, and nothing a shell would run."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from schemas_of import read
from small import fields, small_plan

from planner.export.commands import command_files
from planner.export.deployments import Fleet
from planner.export.write import export

EXTRA = {"--nnodes", "--node-rank", "--master-addr", "--master-port", "--dist-init-addr"}


def commands(fleet: Fleet) -> dict[str, dict[str, Any]]:
    file = next(file for file in command_files(fleet) if file.path == "commands.json")
    return {one["name"]: one for one in json.loads(file.text)["commands"]}


def options(command: dict[str, Any]) -> dict[str, str | None]:
    return {one["flag"]: one["value"] for one in command["explained"]}


def with_engine(engine: str) -> Fleet:
    return Fleet(small_plan(problem={"title": "t", "performance": {"engine": engine}}))


def check(fleet: Fleet) -> None:
    for command in commands(fleet).values():
        known = read("engines")[command["engine"].lower()]
        given = [word for word in command["argv"] if word.startswith("--")]
        assert set(given) | {word for word in command.get("each_node_adds", []) if word.startswith("--")} <= set(
            known["options"]
        )
        assert len(given) == len(set(given))
        for flag, value in options(command).items():
            assert (value is None) == (flag in known["switches"]), flag
            assert flag not in known["choices"] or value in known["choices"][flag], f"{flag} {value}"
        assert all(one["why"] for one in command["explained"])


@pytest.mark.parametrize("engine", ["vllm", "sglang"])
def test_options_exist_and_values_are_allowed(engine: str) -> None:
    fleet = with_engine(engine)
    check(fleet)
    assert {one["engine"].lower() for one in commands(fleet).values()} == {engine}


def test_stored_plans(stored: Fleet) -> None:
    check(stored)


def test_vllm_figures(fleet: Fleet) -> None:
    chat = options(next(one for name, one in commands(fleet).items() if name.startswith("chat")))
    assert chat["--tensor-parallel-size"] == "4"
    assert chat["--quantization"] == "fp8_per_tensor"  # published in bf16
    assert chat["--kv-cache-dtype"] == "fp8"
    assert chat["--gpu-memory-utilization"] == "0.9"
    # 20 at once with arrivals of variation 2: 20 + 3·√(20·(1 + 4)/2) = 41.2; the cache holds 47
    assert chat["--max-num-seqs"] == "42"
    assert chat["--max-model-len"] == "60416"  # 2 × 30,000 in steps of 1,024
    assert "--enable-prefix-caching" in chat
    agents = options(next(one for name, one in commands(fleet).items() if name.startswith("agents")))
    assert "--quantization" not in agents  # published in fp8
    assert "--enable-prefix-caching" not in agents
    assert agents["--pipeline-parallel-size"] == "2"


def test_halves_have_their_roles(fleet: Fleet) -> None:
    found = commands(fleet)
    known = read("engines")["vllm"]
    for role, kv_role in (("prefill", "kv_producer"), ("decode", "kv_consumer")):
        half = next(one for one in found.values() if one["role"] == role)
        said = json.loads(options(half)["--kv-transfer-config"] or "")
        assert said == {"kv_connector": "NixlConnector", "kv_role": kv_role}
        assert said["kv_role"] in known["kv_roles"]
        assert said["kv_connector"] in known["kv_connectors"]
    decode = next(one for one in found.values() if one["role"] == "decode")
    assert options(decode)["--data-parallel-size"] == "8"
    assert "--enable-expert-parallel" in options(decode)
    # 20 at once over 8 groups: 2.5 + 3·√2.5 = 7.2 each, but the cache of a group holds 47 / 8
    assert options(decode)["--max-num-seqs"] == "5"
    sglang = next(one for one in commands(with_engine("sglang")).values() if one["role"] == "decode")
    assert options(sglang)["--disaggregation-mode"] == "decode"
    assert options(sglang)["--tp-size"] == "8"  # attention groups lie within SGLang's tensor-parallel group
    assert options(sglang)["--attn-dp-size"] == "8"
    assert options(sglang)["--max-running-requests"] == "40"


def test_sglang_leaves_what_activations_need(fleet: Fleet) -> None:
    chat = next(one for name, one in commands(with_engine("sglang")).items() if name.startswith("chat"))
    assert options(chat)["--mem-fraction-static"] == "0.861"  # (20 + 47) / 70 × 0.9


def test_a_checkpoint_of_ones_own(plan: Any) -> None:
    found = commands(Fleet(plan, {"llama-3.3-70b": "me/llama-fp8"}))
    chat = next(one for name, one in found.items() if name.startswith("chat"))
    assert chat["repository"] == "me/llama-fp8"
    assert "--quantization" not in options(chat)  # it says itself what it is


def test_formats_no_engine_makes_while_loading_are_asked_for() -> None:
    base = fields()
    rows = [row | {"weights": "int4"} for row in base["configs"]]
    for command in commands(Fleet(small_plan(configs=rows))).values():
        assert any("a checkpoint in int4 is needed" in note for note in command["notes"])


def test_a_plan_made_before_says_what_it_lacks() -> None:
    rows = [row | {"serving": None} for row in fields()["configs"]]
    fleet = Fleet(small_plan(configs=rows, classes=[]))
    check(fleet)
    for command in commands(fleet).values():
        assert command["repository"] == command["model"]
        assert any("--checkpoint" in note for note in command["notes"])


def test_another_engines_plan_says_that_speeds_differ() -> None:
    found = commands(with_engine("trtllm"))
    assert all(any("trtllm" in note for note in one["notes"]) for one in found.values())


@pytest.mark.parametrize("engine, program", [("vllm", "vllm"), ("sglang", "python3")])
def test_scripts_run_exactly_the_command(engine: str, program: str, tmp_path: Path) -> None:
    """Run for real, with an engine that writes down what it was given: quoting holds, nothing else runs."""
    fake = tmp_path / "bin" / program
    fake.parent.mkdir()
    fake.write_text('#!/bin/sh\nprintf "%s\\0" "$0" "$@" > "$HEARD"\n')
    fake.chmod(0o755)
    fleet = with_engine(engine)
    written, _ = export(fleet.plan, "vllm", tmp_path / "out", {})
    for path in [path for path in written if path.suffix == ".sh"]:
        heard = tmp_path / "heard"
        env = {
            "PATH": f"{fake.parent}:{os.environ['PATH']}",
            "HEARD": str(heard),
            "NODE_RANK": "1",
            "HEAD_ADDRESS": "10.0.0.1",
        }
        subprocess.run(["bash", str(path), "--extra one"], env=env, cwd=tmp_path, check=True, capture_output=True)
        said = heard.read_text(encoding="utf-8").split("\0")[1:-1]
        command = commands(fleet)[path.stem]
        assert said[: len(command["argv"]) - 1] == command["argv"][1:]
        assert said[-1] == "--extra one"
        if command["nodes"] > 1:
            assert said[said.index("--node-rank") + 1] == "1"
            assert ("--headless" in said) == (engine == "vllm")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bin", "heard", "out"]
