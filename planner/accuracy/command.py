"""`planner accuracy`: read runs, predict them, score, write the document and its picture."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from planner.accuracy.document import About, document
from planner.accuracy.figures import Figures, summary
from planner.accuracy.held_out import FOLDER, HeldOut, MadeFrom, constants_hash, file_hash, read_held_out, staleness
from planner.accuracy.measurements import Measurements, read_measurements
from planner.accuracy.picture import predicted_against_measured
from planner.accuracy.scorecard import MODEL_OUT, SHIPPED, Scorecard, predictors, scorecard
from planner.accuracy.scoring import as_figures, predictions
from planner.accuracy.spans import read_spans
from planner.accuracy.words import LINE_HEAD, line_row, plain_table
from planner.catalog.load import load_catalog
from planner.catalog.locate import data_folder
from planner.catalog.specs import Catalog
from planner.errors import InputError
from planner.report.scatter import scatter_file

SILICON = Path("measurements") / "silicon.csv"


@dataclass(frozen=True)
class Scored:
    """A scorecard, what its document says beside it, and the predictors it compares."""

    card: Scorecard
    about: About
    runs: Measurements
    figures: dict[str, Figures]


def score(file: Path | None, data: Path | None, as_of: date) -> Scored:
    """Score the model on `file`, or on the shipped runs with their stored left-out predictions."""
    folder = data or data_folder()
    catalog = load_catalog(folder, as_of=as_of)
    path = file or folder / SILICON
    runs = read_measurements(path, catalog)
    told = predictions(runs.questions, catalog)
    shipped = as_figures(told)
    held_out = read_held_out(folder, runs.ids) if file is None else None
    figures = predictors(shipped, runs, held_out)
    if SHIPPED not in figures:
        raise InputError(f"{path}: none of its {len(runs)} runs can be predicted: {told[0].reason}")
    refused = [f"{name}: {one.reason}" for name, one in zip(runs.ids, told, strict=True) if not one.fits]
    about = About(
        source=str(file) if file else f"data/{SILICON.as_posix()}",
        picture="accuracy.svg",
        shipped_runs=file is None,
        made=held_out.made if held_out else None,
        stale=_stale(held_out, made_from(catalog, path, runs, shipped)) if held_out else (),
        flags=runs.left_out,
        spans=read_spans(folder / FOLDER) if file is None else (),
    )
    return Scored(scorecard(runs, figures, refused), about, runs, figures)


def made_from(catalog: Catalog, path: Path, runs: Measurements, shipped: Figures, made_on: date = date.min) -> MadeFrom:
    """What left-out fits made now would be made from."""
    return MadeFrom(
        made_on=made_on,
        runs=len(runs),
        constants_sha256=constants_hash(catalog.calibration),
        measurements_sha256=file_hash(path),
        in_sample_tpot_median=summary(shipped.tpot_ms, runs.measured.tpot_ms).median,
    )


def _stale(held_out: HeldOut, now: MadeFrom) -> tuple[str, ...]:
    return tuple(staleness(held_out.made, now))


def write(scored: Scored, target: Path) -> list[Path]:
    """The document and its picture beside it."""
    who = MODEL_OUT if MODEL_OUT in scored.figures else SHIPPED
    drawn = predicted_against_measured(scored.figures[who], scored.runs.measured, who)
    picture = target.parent / scored.about.picture
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(document(scored.card, scored.about), encoding="utf-8")
    picture.write_text(scatter_file(drawn), encoding="utf-8")
    return [target, picture]


def scored_text(scored: Scored) -> str:
    """The lines over all runs, for a terminal."""
    card, about = scored.card, scored.about
    parts = [f"{card.runs:,} measured runs in {about.source}; errors are |predicted/measured - 1|"]
    parts.append(plain_table(LINE_HEAD, [line_row(line) for line in card.lines]))
    if card.shared:
        parts.append(f"the {card.shared[0].tpot.n:,} runs for which AIConfigurator has an answer")
        parts.append(plain_table(LINE_HEAD, [line_row(line) for line in card.shared]))
    if about.stale:
        parts.append(f"the left-out lines are out of date: {', '.join(about.stale)} changed; run `make accuracy`")
    if card.refused:
        parts.append(f"{len(card.refused)} runs are refused by the model although they ran, e.g. {card.refused[0]}")
    return "\n\n".join(parts)
