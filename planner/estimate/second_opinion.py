"""What AIConfigurator, where it is installed, says of the same replica under the same clients, beside our answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from math import isfinite

from planner.catalog.specs import Catalog
from planner.estimate.answers import Answer
from planner.estimate.question import Question
from planner.opinion.kept import cache_file, second_opinions
from planner.opinion.library import NAME, Library, Opinion

COMPARED = {"ttft_mean_ms": "ttft", "tpot_ms": "tpot", "output_tokens_per_s_per_gpu": "throughput"}


def opinions_on(questions: Sequence[Question], catalog: Catalog) -> list[Opinion]:
    """Opinions of the installed library, kept in its cache file."""
    library = Library()
    asked = [(question.asked, question.concurrency) for question in questions]
    return second_opinions(asked, catalog, library, cache_file(library.version))


def disagreements(answer: Answer, opinion: Opinion) -> list[str]:
    """Figures of which its value lies outside our interval: "tpot_ms 31.2 against 24.1 (21.3 – 27.2)"."""
    found = []
    for name, quantity in COMPARED.items():
        ours, theirs, interval = getattr(answer.predicted, name), getattr(opinion, name), answer.intervals.get(quantity)
        if interval is None or not (isfinite(ours) and isfinite(theirs)):
            continue
        low, high = ours * interval.low_factor, ours * interval.high_factor
        if not low <= theirs <= high:
            found.append(f"{name} {theirs:,.4g} against {ours:,.4g} ({low:,.4g} – {high:,.4g})")
    return found


def opinion_lines(answer: Answer, opinion: Opinion) -> list[str]:
    """What is printed under our own answer."""
    if opinion.reason:
        return ["", opinion.reason]
    values = (opinion.ttft_mean_ms, opinion.tpot_ms, opinion.output_tokens_per_s_per_gpu)
    said = f"{NAME} {opinion.version}: {values[0]:,.0f} ms to the first token, {values[1]:,.2f} ms per output token, "
    apart = disagreements(answer, opinion)
    verdict = f"outside our interval: {'; '.join(apart)}" if apart else "all within our intervals"
    return ["", f"{said}{values[2]:,.1f} output tokens/s per GPU", verdict]


def opinion_dict(answer: Answer, opinion: Opinion) -> dict[str, object]:
    """The same for JSON; null where there is no figure."""
    values = {name: value if value == value else None for name, value in asdict(opinion).items()}
    return {"name": NAME, **values, "outside_interval": disagreements(answer, opinion)}


OPINION_COLUMNS = (*(f"second_opinion_{name}" for name in COMPARED), "second_opinion_note")


def opinion_cells(answer: Answer, opinion: Opinion) -> list[str]:
    """The added columns of one row of a table."""
    figures = [getattr(opinion, name) for name in COMPARED]
    note = opinion.reason or "; ".join(disagreements(answer, opinion))
    return [*(f"{value:.6g}" if isfinite(value) else "" for value in figures), note]
