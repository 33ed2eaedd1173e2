"""YAML text: words mean what they look like, and nothing in it can hurt."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from question import SMALLEST

from planner.inputs.load import problem_from
from planner.inputs.yaml_text import YamlError, read_yaml


def refused(text: str) -> str:
    with pytest.raises(YamlError) as caught:
        read_yaml(text)
    assert len(caught.value.mistakes) == 1
    return caught.value.mistakes[0].text


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("no", "no"),
        ("on", "on"),
        ("y", "y"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("1e9", 1e9),
        ("9.0e9", 9e9),
        ("9.0e+9", 9e9),
        ("-.5", -0.5),
        ("1_000_000", 1_000_000),
        ("010", 10),
        ("08", 8),
        ("0x10", "0x10"),
        ("12:30", "12:30"),
        ("1:30:00", "1:30:00"),
        ("2027-01-01", "2027-01-01"),
        ("1.2.3", "1.2.3"),
        ("'3'", "3"),
        ("=", "="),
    ],
)
def test_words_mean_what_they_look_like(written: str, meant: object) -> None:
    value = read_yaml(f"key: {written}\n")["key"]  # type: ignore[index]
    assert value == meant
    assert type(value) is type(meant)


def test_infinities_are_read_and_left_to_the_schema() -> None:
    table = read_yaml("{a: .inf, b: -.inf, c: .nan, d: " + "9" * 400 + "}")
    assert [table["a"], table["b"], table["d"]] == [math.inf, -math.inf, math.inf]  # type: ignore[index]
    assert math.isnan(table["c"])  # type: ignore[index]


def test_norway_may_run_models_and_yes_is_true() -> None:
    text = SMALLEST.replace("output: 250}", "output: 250}\n    regions: [no]\n    interruptible: yes")
    chat = problem_from(read_yaml(text), "mine.yaml").workloads["chat"]
    assert chat.regions == ["no"]
    assert chat.interruptible is True


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: [1, 2\nc: 3\n", "line 3, column 2: not valid YAML: "),
        ("a: 1\n\tb: 2\n", "line 2, column 1: a tab; indent with spaces"),
        ("a: 'open\n", "line 2, column 1: not valid YAML: found unexpected end of stream"),
        ("a: *nowhere\n", "line 1, column 4: not valid YAML: found undefined alias"),
        ("a: 1\nb: 2\na: 3\n", "line 3, column 1: 'a' is written twice in one table, first in line 1; keep one"),
        ("a: 1\n---\na: 2\n", "line 2, column 1: a second document begins ('---')"),
        ("a: !!python/object/apply:os.system [ls]\n", "line 1, column 4: the tag '!!python/object/apply:os.system'"),
        ("a: !mine 3\n", "line 1, column 4: the tag '!mine' is not accepted"),
        ("a: !!set {x}\n", "line 1, column 4: the tag '!!set' is not accepted"),
        ("a: !!binary aGk=\n", "line 1, column 4: the tag '!!binary' is not accepted"),
        ("a: &x [*x]\n", "line 1, column 4: an alias contains itself"),
        ("? [1, 2]\n: 3\n", "line 1, column 3: a key must be one word"),
        ("a: 1\nb: \x00\n", "line 2: holds the control character"),
        ("<<: 3\n", "line 1, column 5: << takes in tables only"),
        ("[" * 45 + "]" * 45, "line 1, column 41: nested more than 40 deep"),
        ("[" * 100_000, "nested more than 40 deep"),
        ("{a: " * 100_000, "nested more than 40 deep"),
        ("- " * 50 + "x", "nested more than 40 deep"),
    ],
)
def test_refusals_say_line_and_column(text: str, message: str) -> None:
    assert message in refused(text)


def test_alias_bomb() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    assert "holds more than 100,000 values once its aliases (*name) are filled in" in refused("\n".join(lines))


def test_every_doubled_key_is_told() -> None:
    with pytest.raises(YamlError) as caught:
        read_yaml("a: 1\na: 2\nb: {c: 1, c: 2}\n")
    assert [mistake.text[:6] for mistake in caught.value.mistakes] == ["line 2", "line 3"]


def test_a_few_aliases_and_merges_are_fine() -> None:
    text = "base: &b {x: 1, y: 2}\nmine: {<<: *b, y: 3}\nboth: {<<: [{y: 9}, *b]}\nsame: *b\n"
    assert read_yaml(text) == {
        "base": {"x": 1, "y": 2},
        "mine": {"x": 1, "y": 3},
        "both": {"x": 1, "y": 9},
        "same": {"x": 1, "y": 2},
    }


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab:-[]{}&*!|>'\"#%@, \n\t\\?~<0.e"), max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read_yaml(text)
    except YamlError as refusal:
        assert refusal.mistakes
