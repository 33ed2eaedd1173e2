"""One answer in words: what users will see, and on request where each millisecond and each GiB goes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from math import isfinite

from planner.candidates.predict import Asked, Predicted
from planner.estimate.answers import Answer
from planner.estimate.second_opinion import opinion_dict, opinion_lines
from planner.opinion.library import Opinion

PREFILL = "prefill "


def answer_text(answer: Answer, explain: bool, opinion: Opinion | None = None) -> str:
    """What `planner estimate` prints."""
    lines = [*_asked_lines(answer), ""]
    told, asked = answer.predicted, answer.question.asked
    if not told.fits:
        lines.append(f"does not run: {answer.reason}")
        return "\n".join(lines if told.memory is None else [*lines, f"memory: {told.memory.arithmetic}"])
    lines += _figures(answer)
    if explain:
        lines += ["", *_milliseconds(told, asked), "", *_gibibytes(told, asked)]
    if opinion:
        lines += opinion_lines(answer, opinion)
    return "\n".join(lines)


def answer_json(answer: Answer, opinion: Opinion | None = None) -> str:
    """Question, figures, memory and terms as one JSON object; null where there is no figure."""
    question, told = answer.question, answer.predicted
    asked = {**_plain(question.asked), "concurrency": question.concurrency, "requests_per_s": question.requests_per_s}
    asked["draft"] = asdict(question.asked.draft) if question.asked.draft else None
    figures = {name: value if value == value else None for name, value in asdict(told).items() if name != "reason"}
    second = {"second_opinion": opinion_dict(answer, opinion)} if opinion else {}
    grounds = {"reason": answer.reason, "basis": answer.basis, **_intervals(answer)}
    return json.dumps({"asked": asked, **figures, **grounds, **second}, indent=1)


def _intervals(answer: Answer) -> dict[str, object]:
    """The 80 % interval of each figure that has one."""
    told = answer.predicted
    values = {"ttft": told.ttft_mean_ms, "tpot": told.tpot_ms, "throughput": told.output_tokens_per_s_per_gpu}
    names = {"ttft": "ttft_mean_ms", "tpot": "tpot_ms", "throughput": "output_tokens_per_s_per_gpu"}
    found = {
        names[quantity]: [values[quantity] * interval.low_factor, values[quantity] * interval.high_factor]
        for quantity, interval in answer.intervals.items()
        if isfinite(values[quantity])
    }
    return {"intervals_80": found}


def _plain(asked: Asked) -> dict[str, object]:
    names = ("tp", "pp", "dp", "ep", "weights", "kv", "engine", "input_tokens", "output_tokens", "prefix_hit")
    return {"model": asked.model.id, "gpu": asked.gpu.id, **{name: getattr(asked, name) for name in names}}


def _asked_lines(answer: Answer) -> Iterator[str]:
    question, asked = answer.question, answer.question.asked
    ways = {"TP": asked.tp, "PP": asked.pp, "DP": asked.dp, "EP": asked.ep}
    cut = " ".join(f"{name} {size}" for name, size in ways.items() if size > 1) or "one GPU"
    yield (
        f"{asked.model.id} in {asked.weights} with a {asked.kv} KV cache "
        f"on {asked.gpus}×{asked.gpu.id} ({cut}), {asked.engine}"
    )
    load = f"{question.concurrency:,g} clients" if question.concurrency else f"{question.requests_per_s:g} requests/s"
    hit = f", {asked.prefix_hit:.0%} of the prompt cached" if asked.prefix_hit else ""
    yield f"{load}; {asked.input_tokens:,g} tokens in, {asked.output_tokens:,g} out{hit}"
    if draft := asked.draft:
        yield (
            f"{draft.tokens} tokens guessed ahead, each right with {draft.acceptance:.0%}: "
            f"{draft.tokens_per_step:.2f} tokens a step"
        )


def _figures(answer: Answer) -> Iterator[str]:
    told, asked = answer.predicted, answer.question.asked
    whole = told.output_tokens_per_s_per_gpu * asked.gpus
    figures = {
        "time to first token": f"{told.ttft_mean_ms:,.0f} ms {_range(answer, 'ttft', told.ttft_mean_ms, 0)} mean, "
        f"{told.ttft_p95_ms:,.0f} at p95",
        "time per output token": _per_token(answer),
        "output tokens/s per GPU": f"{told.output_tokens_per_s_per_gpu:,.1f} "
        f"{_range(answer, 'throughput', told.output_tokens_per_s_per_gpu, 0)}; {whole:,.0f} from the replica",
        "requests/s": f"{told.requests_per_s:,.3g}, with {told.concurrency:,.1f} requests decoding at any time",
        "KV cache holds": f"{told.max_concurrency:,.1f} requests",
        "basis": answer.basis,
    }
    if answer.reason:
        figures["note"] = answer.reason
    return _aligned({**figures, "(a – b)": "80 % interval, from errors on models left out of the fit"})


def _per_token(answer: Answer) -> str:
    value = answer.predicted.tpot_ms
    return f"{value:,.2f} ms {_range(answer, 'tpot', value, 2)}" if isfinite(value) else "none: one token out"


def _range(answer: Answer, quantity: str, value: float, digits: int) -> str:
    """ "(20 – 30)": between which the truth lies four times in five."""
    interval = answer.intervals[quantity]
    return f"({value * interval.low_factor:,.{digits}f} – {value * interval.high_factor:,.{digits}f})"


def _aligned(figures: dict[str, str]) -> Iterator[str]:
    width = max(map(len, figures))
    return (f"{name:<{width}}  {value}" for name, value in figures.items())


def _milliseconds(told: Predicted, asked: Asked) -> Iterator[str]:
    """The decode step and one mean prompt, term by term, largest first."""
    step = {name: ms for name, ms in told.terms.items() if not name.startswith(PREFILL)}
    prompt = {name.removeprefix(PREFILL): ms for name, ms in told.terms.items() if name.startswith(PREFILL)}
    gained = asked.draft.tokens_per_step if asked.draft else 1.0
    whole = sum(step.values())
    yield f"a step in which {told.concurrency:,.1f} requests decode"
    yield from _shares(step)
    if (riding := told.tpot_ms * gained - whole) > 0:
        shared = "" if gained == 1 else f", for {gained:.2f} tokens"
        bubbles = " and pipeline bubbles" if asked.pp > 1 else ""
        text = f"{riding:.3f} ms of other requests' prompts riding on it{bubbles}{shared}"
        yield f"time per output token: {whole:.3f} + {text}"
    yield "one mean prompt riding on such steps"
    yield from _shares(prompt)


def _shares(terms: dict[str, float]) -> Iterator[str]:
    whole = sum(terms.values())
    width = max(map(len, [*terms, "together"]))
    for name, ms in sorted(terms.items(), key=lambda item: -item[1]):
        yield f"  {name:<{width}} {ms:>10.3f} ms  {ms / whole if whole else 0:>4.0%}"
    yield f"  {'together':<{width}} {whole:>10.3f} ms"


def _gibibytes(told: Predicted, asked: Asked) -> Iterator[str]:
    if (memory := told.memory) is None:
        return
    yield f"memory of the fullest {asked.gpu.id} [GiB]"
    yield f"  {memory.arithmetic}"
    parts = {
        "weights": memory.weights_gib,
        "activations": memory.activations_gib,
        "runtime": memory.runtime_gib,
        "KV cache": memory.kv_pool_gib,
        "left to the driver": asked.gpu.memory_gib - memory.usable_gib,
    }
    for name, gib in parts.items():
        yield f"  {name:<18} {gib:>8.2f} GiB  {gib / asked.gpu.memory_gib:>4.0%}"
