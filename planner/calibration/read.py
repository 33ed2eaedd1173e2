"""Result files of the usual benchmark tools → runs; the format is told from the content, not from the name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from planner.calibration.readers.genai_perf import genai_perf_runs, is_genai_perf
from planner.calibration.readers.guidellm import guidellm_runs, is_guidellm
from planner.calibration.readers.inferencex import inferencex_runs, is_inferencex
from planner.calibration.readers.sglang import is_sglang, sglang_runs
from planner.calibration.readers.table import table_runs
from planner.calibration.readers.vllm import is_vllm, vllm_runs
from planner.calibration.run import Json, Run
from planner.errors import InputError

Reader = tuple[str, Callable[[Json], bool], Callable[[Json, str], Iterator[Run]]]

READERS: tuple[Reader, ...] = (
    ("vllm bench serve", is_vllm, vllm_runs),
    ("sglang.bench_serving", is_sglang, sglang_runs),
    ("GuideLLM", is_guidellm, guidellm_runs),
    ("AIPerf or GenAI-Perf", is_genai_perf, genai_perf_runs),
    ("InferenceX", is_inferencex, inferencex_runs),
)
KNOWN = f"{', '.join(name for name, _, _ in READERS)} (JSON), or a CSV with the columns of `planner estimate --csv`"
MOST_BYTES = 500_000_000  # GuideLLM keeps every request


def read_runs(path: Path) -> list[Run]:
    """Every run of a file. Raises InputError for a file that cannot be read or is none of the known formats."""
    if path.suffix.lower() == ".csv":
        return list(table_runs(path))
    objects = _objects(path)
    runs: list[Run] = []
    for place, data in enumerate(objects, start=1):
        where = str(path) if len(objects) == 1 else f"{path} entry {place}"
        runs += _runs(data, where)
    return runs


def _runs(data: Any, where: str) -> Iterator[Run]:
    if isinstance(data, dict):
        for _, knows, read in READERS:
            if knows(data):
                return read(data, where)
    raise InputError(f"{where}: is no result of {KNOWN}")


def _objects(path: Path) -> Sequence[Any]:
    """A JSON object, the objects of a list, or one object a line."""
    text = _text(path)
    try:
        data = json.loads(text)
    except ValueError:
        return [_line(path, number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    return data if isinstance(data, list) else [data]


def _line(path: Path, number: int, line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise InputError(f"{path} line {number}: is neither JSON nor a line of JSON lines: {error}") from None


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"{path}: is larger than {MOST_BYTES / 1e6:.0f} MB; export it without single requests")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path}: is not UTF-8 text") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
