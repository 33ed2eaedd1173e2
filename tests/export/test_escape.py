"""Names, comments, cells and labels take any text and stay what they are."""

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from planner.errors import PlannerError
from planner.export.escape import NAME_LENGTH, argument, cell, label_value, markdown, names, plain, slug
from planner.export.files import File, write_files
from planner.export.yaml_text import document, documents

ANY = st.text(max_size=80)


@given(ANY)
def test_a_slug_is_a_dns_label_but_for_its_length(text: str) -> None:
    assert re.fullmatch(r"[a-z]([a-z0-9]|-(?=[a-z0-9]))*", slug(text))


@given(st.lists(st.tuples(ANY, ANY), unique=True, max_size=6))
def test_names_differ_and_fit(keys: list[tuple[str, str]]) -> None:
    found = names({key: key[0] for key in keys})
    assert len(set(found.values())) == len(keys)
    assert all(
        len(name) <= NAME_LENGTH and re.fullmatch(r"[a-z][a-z0-9-]*[a-z0-9]|[a-z]", name) for name in found.values()
    )


@given(ANY)
def test_a_comment_stays_on_its_line(text: str) -> None:
    assert len(plain(text).splitlines()) <= 1
    assert yaml.safe_load(document({"a": 1}, [text])) == {"a": 1}


@given(st.dictionaries(ANY, ANY | st.lists(st.integers()) | st.booleans(), max_size=4))
def test_yaml_gives_back_what_went_in(data: dict[str, object]) -> None:
    assert yaml.safe_load(document(data)) == data
    assert list(yaml.safe_load_all(documents([data, data]))) == [data, data]


@given(ANY)
def test_a_label_value_is_one(text: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?", label_value(text))


@given(ANY)
def test_a_cell_is_never_a_formula(text: str) -> None:
    shown = cell(text)
    assert isinstance(shown, str)
    assert not shown.startswith(("=", "+", "-", "@", "\t", "\r"))


@given(ANY)
def test_markdown_never_opens_a_tag_a_link_or_a_column(text: str) -> None:
    assert not re.search(r"(?<!\\)(\\\\)*[|<>\[\]`*_$]", markdown(text))


def test_an_argument_keeps_what_kubernetes_would_replace() -> None:
    assert argument("$(HF_TOKEN)") == "$$(HF_TOKEN)"
    assert cell(-3.5) == -3.5


def test_files_are_whole_or_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (path,) = write_files([File("a/b.sh", "old\n", True)], tmp_path)
    assert path.stat().st_mode & 0o777 == 0o755

    def refuse(self: Path, target: Path) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(KeyboardInterrupt):
        write_files([File("a/b.sh", "new\n")], tmp_path)
    assert path.read_text() == "old\n"
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_that_cannot_be_made_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PlannerError, match="cannot be written"):
        write_files([File("a.txt", "")], tmp_path / "file" / "below")
