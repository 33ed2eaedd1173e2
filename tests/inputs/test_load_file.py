"""Files that are no problem file at all: one line that says why and what to do."""

import os
import sys
from datetime import date
from pathlib import Path

import pytest
from question import PROBLEMS, SMALLEST

from planner.errors import InputError
from planner.inputs.load import load_problem


def refusal(path: Path, as_of: date | None = None) -> str:
    with pytest.raises(InputError) as caught:
        load_problem(path, as_of)
    return str(caught.value)


def written(folder: Path, content: bytes) -> Path:
    path = folder / "mine.yaml"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("path", sorted(PROBLEMS.glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_problems_load_and_name_their_schema(path: Path) -> None:
    load_problem(path, date(2026, 11, 21))
    assert path.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=schema.json\n")


def test_folder() -> None:
    message = refusal(PROBLEMS)
    assert "is a folder, not a problem file; name one file in it, e.g. " in message
    assert message.endswith("01-cheapest-chat-70b.yaml")


def test_missing_file_suggests_its_neighbour() -> None:
    message = refusal(PROBLEMS / "02-next-quater-budget.yaml")
    assert "there is no such file — did you mean " in message
    assert "02-next-quarter-budget.yaml" in message


def test_missing_file_with_no_neighbour(tmp_path: Path) -> None:
    assert refusal(tmp_path / "mine.yaml").endswith("there is no such file; it holds no .yaml file; check the path")
    assert "as there is no folder" in refusal(tmp_path / "gone" / "mine.yaml")


def test_impossible_path() -> None:
    assert refusal(Path("a\0b")).count("\n") == 0
    assert "check the path" in refusal(Path("x" * 5000))


@pytest.mark.skipif(sys.platform == "win32", reason="needs a device file")
def test_device() -> None:
    assert refusal(Path(os.devnull)) == f"{os.devnull}: is not a regular file; give the path of a YAML file"


def test_ten_megabytes(tmp_path: Path) -> None:
    path = written(tmp_path, b"- x\n" * 2_500_000)
    assert refusal(path) == f"{path}: has 10.0 MB, a problem file at most 1 MB; put large tables into CSV files"


def test_not_utf8(tmp_path: Path) -> None:
    path = written(tmp_path, b"title: T\nquestion: caf\xe9\n")
    assert refusal(path) == f"{path}: line 2: byte 0xe9 is not UTF-8 text; save the file as UTF-8"


def test_utf16(tmp_path: Path) -> None:
    assert "line 1: byte 0xff is not UTF-8 text" in refusal(written(tmp_path, SMALLEST.encode("utf-16")))


def test_byte_order_mark_and_windows_lines_are_fine(tmp_path: Path) -> None:
    path = written(tmp_path, b"\xef\xbb\xbf" + SMALLEST.replace("\n", "\r\n").encode())
    assert load_problem(path).title == "Smallest"


@pytest.mark.parametrize("content", [b"", b"# only a comment\n", b"---\n", b"~\n"])
def test_empty(content: bytes, tmp_path: Path) -> None:
    assert "the file is empty; start from one of problems/*.yaml" in refusal(written(tmp_path, content))


@pytest.mark.parametrize(("content", "got"), [(b"- a\n- b\n", "a list of 2"), (b"hello\n", "'hello'"), (b"3\n", "3")])
def test_no_table_at_the_top(content: bytes, got: str, tmp_path: Path) -> None:
    assert f"must be a table of keys such as title and workloads (got {got})" in refusal(written(tmp_path, content))


def test_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, SMALLEST.encode())

    def denied(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "read_bytes", denied)
    assert refusal(path) == f"{path}: cannot be read: permission denied; check the path and its permissions"


def test_horizon_that_reaches_into_today_is_fine(tmp_path: Path) -> None:
    path = written(tmp_path, (SMALLEST + "horizon: {start: 2026-01-01, periods: 12}\n").encode())
    assert load_problem(path, date(2026, 12, 31)).horizon.start == date(2026, 1, 1)
    assert "ended on 2027-01-01" in refusal(path, date(2027, 1, 1))
    load_problem(path)
