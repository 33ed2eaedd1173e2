"""Questions → answers, all at once: two vectorised calls, one for clients and one for request rates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from planner.candidates.constants import was_measured
from planner.candidates.predict import Asked, Predicted, closed_points, open_points
from planner.catalog.specs import Catalog
from planner.estimate.question import Question

BATCH = 2048  # questions a call: bounds memory without costing time


@dataclass(frozen=True)
class Answer:
    """What is predicted for a question, and on what ground."""

    question: Question
    predicted: Predicted
    reason: str  # why it does not fit, or what stops it from doing all that was asked
    basis: str  # "modelled", and what about it was never measured


def answers(questions: Sequence[Question], catalog: Catalog) -> list[Answer]:
    """One answer for each question, in order."""
    found: dict[int, Predicted] = {}
    loads: tuple[tuple[Callable[..., list[Predicted]], str], ...] = (
        (closed_points, "concurrency"),
        (open_points, "requests_per_s"),
    )
    for predict, load in loads:
        rows = [index for index, question in enumerate(questions) if getattr(question, load) is not None]
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            asked = [questions[index].asked for index in batch]
            told = predict(asked, [getattr(questions[index], load) for index in batch], catalog)
            found.update(zip(batch, told, strict=True))
    return [
        Answer(question, found[index], reason_of(question, found[index]), basis_of(question.asked, catalog))
        for index, question in enumerate(questions)
    ]


def reason_of(question: Question, predicted: Predicted) -> str:
    """The model's own reason, else what the load exceeds."""
    clients = question.concurrency
    if predicted.reason or clients is None or clients <= predicted.max_concurrency:
        return predicted.reason
    waiting = clients - predicted.max_concurrency
    return (
        f"the KV cache holds {predicted.max_concurrency:,.0f} of {clients:,.0f} requests; "
        f"the other {waiting:,.0f} wait, which the time to first token includes"
    )


def basis_of(asked: Asked, catalog: Catalog) -> str:
    """ "modelled", and which parts of the deployment no measurement stands behind."""
    known = catalog.calibration
    names = {asked.gpu.id: asked.gpu.id, asked.engine: asked.engine}
    names |= {f"{part} weights": part for part in asked.weights.split("/")}
    unseen = [label for label, name in names.items() if not was_measured(known, name)]
    if asked.pp > 1:
        unseen.append("pipeline stages")
    return "modelled; not measured: " + ", ".join(unseen) if unseen else "modelled on measured ground"
