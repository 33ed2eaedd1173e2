"""Questions → answers, all at once: two vectorised calls, one for clients and one for request rates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import nan

from planner.candidates.candidate import Interval
from planner.candidates.constants import constants_for
from planner.candidates.ground import Ground, Use, ground_of
from planner.candidates.hosts import network_words
from planner.candidates.intervals import interval_for
from planner.candidates.own_ground import calibration_words
from planner.candidates.predict import Asked, Predicted, closed_points, open_points, replica_for
from planner.catalog.own_factors import Deployment, OwnFactor
from planner.catalog.specs import Catalog
from planner.estimate.question import Question

BATCH = 2048  # questions a call: bounds memory without costing time


@dataclass(frozen=True)
class Answer:
    """What is predicted for a question, and on what ground."""

    question: Question
    predicted: Predicted
    reason: str  # why it does not fit, or what stops it from doing all that was asked
    basis: str  # "modelled" or "calibrated", and what about it was never measured
    intervals: dict[str, Interval] = field(default_factory=dict)  # ttft, tpot, throughput: four times in five


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
            asked = [_calibrated(questions[index].asked, catalog) for index in batch]
            told = predict(asked, [getattr(questions[index], load) for index in batch], catalog)
            found.update(zip(batch, told, strict=True))
    return [_answer(question, found[index], catalog) for index, question in enumerate(questions)]


def _own(asked: Asked, catalog: Catalog) -> OwnFactor | None:
    """The user's own calibration of a deployment, None where there is none."""
    if catalog.own_factors is None:
        return None
    named = Deployment(asked.model.id, asked.gpu.id, asked.tp, asked.pp, asked.dp, asked.ep, asked.weights, asked.kv)
    return catalog.own_factors.factor_for(asked.engine, asked.gpu.architecture, named)


def _calibrated(asked: Asked, catalog: Catalog) -> Asked:
    own = _own(asked, catalog)
    return replace(asked, time_factor=asked.time_factor * own.value) if own else asked


def _answer(question: Question, predicted: Predicted, catalog: Catalog) -> Answer:
    reason = reason_of(question, predicted)
    if not predicted.fits:
        return Answer(question, predicted, reason, "modelled")
    own = _own(question.asked, catalog)
    ground = _ground(question, predicted, catalog, own)
    intervals = {
        "ttft": interval_for(ground, "ttft", catalog.calibration),
        "tpot": interval_for(ground, "tpot", catalog.calibration),
        "throughput": interval_for(ground, "throughput", catalog.calibration),
    }
    if question.asked.output_tokens <= 1:
        predicted = replace(predicted, tpot_ms=nan)
    return Answer(question, predicted, reason, _basis(question, ground, own, catalog), intervals)


def reason_of(question: Question, predicted: Predicted) -> str:
    """The model's own reason, and what the request or the load exceeds."""
    reasons = [
        predicted.reason,
        _too_long(question.asked),
        _single(question.asked),
        _waiting(question.concurrency, predicted),
    ]
    return "; ".join(reason for reason in [*(reasons if predicted.fits else reasons[:1]), *question.taken] if reason)


def _too_long(asked: Asked) -> str:
    tokens, holds = asked.input_tokens + asked.output_tokens, asked.model.max_context
    return f"requests of {tokens:,.0f} tokens exceed the model's context of {holds:,}" if tokens > holds else ""


def _single(asked: Asked) -> str:
    return "an answer of one token has no time per output token" if asked.output_tokens <= 1 else ""


def _waiting(clients: float | None, predicted: Predicted) -> str:
    if clients is None or clients <= predicted.max_concurrency:
        return ""
    return (
        f"the KV cache holds {predicted.max_concurrency:,.0f} of {clients:,.0f} requests; "
        f"the other {clients - predicted.max_concurrency:,.0f} wait, which the time to first token includes"
    )


def _ground(question: Question, predicted: Predicted, catalog: Catalog, own: OwnFactor | None) -> Ground:
    asked, memory = question.asked, predicted.memory
    replica = replica_for(asked, catalog, constants_for(catalog.calibration, asked.engine))
    use = Use(
        engine=asked.engine,
        weight_share=memory.weights_gib / asked.gpu.memory_gib if memory else 0.0,
        concurrency=predicted.concurrency,
        own_points=own.n if own and own.deployment else 0,
    )
    return ground_of(replica, use, catalog)


def _basis(question: Question, ground: Ground, own: OwnFactor | None, catalog: Catalog) -> str:
    doubts = [doubt.text for doubt in ground.doubts]
    if joined := network_words(question.asked.gpu, question.asked.gpus, catalog):
        doubts.append(joined)
    if question.asked.draft:
        doubts.append("no guessing ahead was measured")
    stands = f"calibrated: {calibration_words(own)}" if own else "modelled"
    if doubts:
        return f"{stands}; less sure: {'; '.join(doubts)}"
    return stands if own else "modelled on measured ground"
