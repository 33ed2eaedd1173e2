"""Measured runs from a CSV file: the columns of `planner estimate --csv` and what was measured.

    ttft_mean_ms, tpot_ms, output_tokens_per_s_per_gpu   measured; at least one column
    id                                                   name of the run; its line if absent
    flag                                                 a reason to leave the run out; empty for none
    isl_nominal, osl_nominal                             the lengths it is grouped by; isl and osl if absent
    aic_ttft_mean_ms, aic_tpot_ms, aic_…_per_gpu         what AIConfigurator predicts; empty where it has no answer

Other columns are ignored, apart from `moe_tp` and `part`, which tell deployments and campaigns apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, nan
from pathlib import Path

import numpy as np

from planner.accuracy.figures import QUANTITIES, Array, Figures, figures_from
from planner.catalog.specs import Catalog
from planner.errors import InputError
from planner.estimate.question import Question
from planner.estimate.table import Table, read_table, readable_questions

Run = Mapping[str, str]
DEPLOYMENT = ("gpu", "engine", "weights", "kv", "tp", "pp", "dp", "ep", "moe_tp")
AIC = "aic_"


@dataclass(frozen=True)
class Measurements:
    """Runs in file order; [N] each."""

    ids: tuple[str, ...]
    questions: tuple[Question, ...]
    runs: tuple[Run, ...]  # cells as written
    measured: Figures
    aiconfigurator: Figures
    left_out: tuple[str, ...]  # reasons of the flagged runs, which are not here

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def concurrency(self) -> Array:
        """Clients of each run; nan where a request rate was given."""
        return np.array([nan if q.concurrency is None else q.concurrency for q in self.questions])

    @property
    def deployments(self) -> list[str]:
        """What each run ran on, with how it was cut."""
        return ["|".join(_part(self, row, name) for name in DEPLOYMENT) for row in range(len(self))]

    @property
    def contests(self) -> list[str]:
        """Model and nominal lengths: runs an operator would choose between."""
        return [f"{q.asked.model.id}|{lengths_of(run, q)}" for run, q in zip(self.runs, self.questions, strict=True)]

    @property
    def curves(self) -> list[str]:
        """One deployment at one pair of lengths in one campaign."""
        pairs = zip(self.deployments, self.contests, self.runs, strict=True)
        return [f"{deployment}|{contest}|{run.get('part', '')}" for deployment, contest, run in pairs]


def lengths_of(run: Run, question: Question) -> str:
    """Nominal prompt and answer length: "1024/128"."""
    asked = question.asked
    return "/".join(
        run.get(f"{name}_nominal") or f"{tokens:g}"
        for name, tokens in (("isl", asked.input_tokens), ("osl", asked.output_tokens))
    )


def read_measurements(path: Path, catalog: Catalog) -> Measurements:
    """The unflagged runs of a file. Raises InputError naming every row that cannot be read."""
    table = read_table(path)
    if not set(QUANTITIES) & set(table.header):
        raise InputError(f"{path}: nothing measured in it; it needs a column {', '.join(QUANTITIES)} or several")
    questions = readable_questions(table, catalog, path)
    runs = [dict(zip(table.header, map(str.strip, row), strict=True)) for row in table.rows]
    measured, aic = _read_cells(table, runs, path)
    kept = [row for row, run in enumerate(runs) if not run.get("flag")]
    if not kept:
        raise InputError(f"{path}: no run without a flag")
    return Measurements(
        ids=tuple(runs[row].get("id") or f"line {table.lines[row]}" for row in kept),
        questions=tuple(questions[row] for row in kept),
        runs=tuple(runs[row] for row in kept),
        measured=measured.take(np.array(kept)),
        aiconfigurator=aic.take(np.array(kept)),
        left_out=tuple(run["flag"] for run in runs if run.get("flag")),
    )


def _read_cells(table: Table, runs: Sequence[Run], path: Path) -> tuple[Figures, Figures]:
    """Measured figures and AIConfigurator's; InputError for what is not a number."""
    mistakes: list[str] = []
    measured, aic = [], []
    for run, line in zip(runs, table.lines, strict=True):
        measured.append(_triple(run, "", f"{path}:{line}", mistakes))
        aic.append(_triple(run, AIC, f"{path}:{line}", mistakes))
    if mistakes:
        raise InputError(f"{len(mistakes)} mistake(s):\n" + "\n".join(f"  {mistake}" for mistake in mistakes))
    return figures_from(measured), figures_from(aic)


def _triple(run: Run, prefix: str, note: str, mistakes: list[str]) -> tuple[float, float, float]:
    ttft, tpot, tokens = (_positive(run, prefix + name, note, mistakes) for name in QUANTITIES)
    return ttft, tpot, tokens


def _positive(run: Run, column: str, note: str, mistakes: list[str]) -> float:
    """A positive number, nan where the cell is empty."""
    text = run.get(column, "")
    if not text:
        return nan
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < inf:
        mistakes.append(f"{note}: {column} must be a positive number (got {text!r})")
    return value


def _part(runs: Measurements, row: int, name: str) -> str:
    """The resolved name where the planner has one, else the cell."""
    asked = runs.questions[row].asked
    if name == "gpu":
        return asked.gpu.id
    return str(getattr(asked, name, runs.runs[row].get(name, "")))
