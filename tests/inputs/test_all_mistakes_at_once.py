"""One run tells every mistake: of types, of keys, and of rules across keys, in several tables."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from question import PROBLEMS, SMALLEST, bent

from planner.errors import InputError
from planner.inputs.load import problem_from
from planner.inputs.problem import Problem
from planner.inputs.yaml_text import read_yaml

MANY = """\
title: T
workloads:
  chat:
    model: m
    model_any_of: [a]
    traffic: {requests_per_s: -3}
    requests: {input: {mean: 10, p50: 50}}
    availability: 0.99
    interruptible: yes
  night:
    model: m
    batch: {requests_per_day: 60%}
    requests: {lengths: a, input: 3}
    slo: interactive
supply:
  rent: null
  api: [{provider: p, model: m, workloads: [chatt]}]
limits: {max_gpu: 3}
horizon: {hours: day, blocks: 30}
"""


def lines_of(text: str) -> list[str]:
    with pytest.raises(InputError) as refusal:
        problem_from(read_yaml(text), "mine.yaml")
    return str(refusal.value).splitlines()


def test_every_kind_of_mistake_is_in_one_message() -> None:
    first, *rest = lines_of(MANY)
    assert first == f"mine.yaml: {len(rest)} problems"
    assert {line.split(": ")[0].strip() for line in rest} == {
        "horizon.blocks",
        "limits.max_gpu",
        "supply.api.0.workloads",
        "workloads.chat",
        "workloads.chat.availability",
        "workloads.chat.requests.input",
        "workloads.chat.requests.output",
        "workloads.chat.slo",
        "workloads.chat.traffic.requests_per_s",
        "workloads.night.batch.requests_per_day",
        "workloads.night.requests",
        "workloads.night.slo",
    }


def test_rules_across_workloads_speak_while_one_workload_is_mistaken() -> None:
    text = bent("requests_per_s: 5", "requests_per_s: five") + (
        "supply: {api: [{provider: p, model: m, workloads: [nobody]}], quotas: [{gpu: chat, max_gpus: 1}]}\n"
    )
    assert [line.split(":")[0].strip() for line in lines_of(text)[1:]] == [
        "workloads.chat.traffic.requests_per_s",
        "supply.api.0.workloads",
        "supply.quotas.0.gpu",
    ]


def test_a_mistaken_key_counts_as_given() -> None:
    """requests_per_s is wrong, not missing, and traffic is not missing either: one line, not three."""
    assert len(lines_of(bent("requests_per_s: 5", "requests_per_s: -5"))) == 2


@pytest.mark.parametrize("key", ["title", "model", "traffic", "requests_per_s", "requests", "slo"])
def test_a_misspelt_key_is_told_once(key: str) -> None:
    _, *rest = lines_of(SMALLEST.replace(f"{key}: ", f"{key[:-1]}q: ", 1))
    assert len(rest) == 1
    assert f"did you mean {key!r}?" in rest[0]


def test_long_lists_are_cut() -> None:
    extra = "".join(f"key{i}: 1\n" for i in range(60))
    lines = lines_of(SMALLEST + extra)
    assert lines[0] == "mine.yaml: 60 problems"
    assert lines[-1] == "  … and 35 more"
    assert len(lines) == 27


def test_models_built_in_python_obey_the_rules_too() -> None:
    with pytest.raises(ValueError, match="keep one"):
        Problem.model_validate(read_yaml(bent("model: llama-3.1-8b", "model: a\n    model_any_of: [b]")))


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([10**400, 1e308, 5e-324, 0.5, 24, 168]),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["own", "batch", "high", "60%", "1e9", "2027-01-01", "flat"]),
    st.lists(st.one_of(st.integers(), st.text(max_size=3), st.none()), max_size=3),
    st.dictionaries(st.one_of(st.text(max_size=6), st.integers(), st.none()), st.integers(), max_size=2),
)
RICHEST = [
    read_yaml((PROBLEMS / name).read_text(encoding="utf-8"))
    for name in ("02-next-quarter-budget.yaml", "06-regulated-on-premises.yaml", "05-three-tiers.yaml")
]
JARGON = ("Input should", "validation error", "function-", "constrained", "pydantic", "<table>", "<text>", "union")


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) below a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, below in items for place in [(value, key), *places(below)]]


def copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: copied(below) for key, below in value.items()}
    return [copied(below) for below in value] if isinstance(value, list) else value


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(RICHEST), st.lists(st.tuples(st.integers(0, 10**6), JUNK), min_size=1, max_size=4))
def test_junk_anywhere_is_accepted_or_refused_in_plain_words(rich: Any, blows: list[tuple[int, Any]]) -> None:
    question = copied(rich)
    for where, junk in blows:
        found = places(question)
        if found:
            container, key = found[where % len(found)]
            container[key] = junk
    try:
        problem_from(question, "mine.yaml")
    except InputError as refusal:
        head, *lines = str(refusal).splitlines()
        assert lines and head.startswith("mine.yaml: ")
        for line in lines:
            assert not any(word in line for word in JARGON), line
