"""Our own CSV: the columns of `planner estimate --csv`, and what was measured (as in data/measurements/).

tpot_ms                 measured mean time per output token; needed
ttft_mean_ms            measured mean time to first token; needed beside requests_per_s
flag                    a reason to leave the row out
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from planner.calibration.run import COLUMNS, Run, number
from planner.demand.csv_columns import read_lines

KEY = "planner calibrate"


def table_runs(path: Path) -> Iterator[Run]:
    """One run a row."""
    for line, cells in read_lines(path, ("tpot_ms",), KEY):
        yield _run(cells, f"{path} line {line}")


def _run(cells: Mapping[str, str], where: str) -> Run:
    concurrency = number(cells.get("concurrency"))
    return Run(
        where=where,
        cells={name: cells[name] for name in COLUMNS if cells.get(name)},
        isl=number(cells.get("isl")),
        osl=number(cells.get("osl")),
        ttft_ms=number(cells.get("ttft_mean_ms")),
        tpot_ms=number(cells.get("tpot_ms")),
        requests_per_s=None if concurrency else number(cells.get("requests_per_s")),
        clients=concurrency,
        left_out=cells.get("flag", "") or ("speculative decoding" if number(cells.get("draft_tokens")) else ""),
    )
