"""problems/schema.json and docs/problem-file.md say what the models say."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from question import PROBLEMS, bent

from planner.inputs.docstrings import docstring_of
from planner.inputs.keys import all_keys
from planner.inputs.load import problem_from
from planner.inputs.problem import Horizon
from planner.inputs.reference import MARK, with_reference
from planner.inputs.requests import CV_OF_A_SINGLE_FIGURE, TokenLength
from planner.inputs.schema import schema_text
from planner.inputs.yaml_text import read_yaml

REFERENCE = PROBLEMS.parent / "docs" / "problem-file.md"
EXAMPLES = re.findall(r"```yaml\n(.*?)```", REFERENCE.read_text(encoding="utf-8"), re.DOTALL)


def validator() -> Any:
    schema = json.loads(schema_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_schema_is_committed() -> None:
    committed = (PROBLEMS / "schema.json").read_text(encoding="utf-8")
    assert json.loads(committed) == json.loads(schema_text()), "write `planner schema` there"


def test_reference_is_committed() -> None:
    document = REFERENCE.read_text(encoding="utf-8")
    assert document == with_reference(document), "write planner.inputs.reference.with_reference(document) there"


@pytest.mark.parametrize("path", sorted(PROBLEMS.glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_problems_obey_the_schema(path: Path) -> None:
    validator().validate(read_yaml(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_of_the_reference_are_problems(example: str) -> None:
    data = read_yaml(example)
    validator().validate(data)
    problem_from(data, "docs/problem-file.md")


def test_there_are_four_examples() -> None:
    assert len(EXAMPLES) == 4


@pytest.mark.parametrize(
    "text",
    [
        bent("requests_per_s: 5", "requests_per_s: -5"),
        bent("requests_per_s: 5", "requests_per_sec: 5"),
        bent("input: 900", "input: {mean: none}"),
        bent("output: 250", "output: 250, prefix_hit: 1"),
        bent("title: Smallest\n", ""),
    ],
)
def test_the_schema_refuses_what_an_editor_can_see(text: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        validator().validate(read_yaml(text))


def test_every_key_has_a_meaning() -> None:
    silent = [".".join(key.path) for key in all_keys() if not key.meaning.endswith(".")]
    assert not silent


def test_every_key_stands_in_the_reference() -> None:
    reference = REFERENCE.read_text(encoding="utf-8").partition(MARK)[2]
    assert not [key.path for key in all_keys() if f"| `{key.path[-1]}` |" not in reference]


def test_bounds_reach_the_schema() -> None:
    prefix_hit = json.loads(schema_text())["$defs"]["Requests"]["properties"]["prefix_hit"]
    assert (prefix_hit["minimum"], prefix_hit["exclusiveMaximum"], prefix_hit["default"]) == (0, 1, 0.0)
    assert "prefix cache" in prefix_hit["description"]


def test_docstrings_name_the_defaults_that_code_applies() -> None:
    spread = docstring_of(TokenLength, "cv")
    assert f"{CV_OF_A_SINGLE_FIGURE:g} where only one figure is given" in spread
    assert Horizon(hours="flat").blocks == 1
    assert Horizon().blocks == 8
    assert "1 with `hours: flat`" in docstring_of(Horizon, "blocks")
