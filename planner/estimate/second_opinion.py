"""What AIConfigurator, where it is installed, says of the same replica under the same clients.

It interpolates in its own operator measurements; ours is a closed form. Formats of weights and KV cache are passed
exactly, and models are only asked for that it carries a configuration of, so that nothing is downloaded.
Answers are kept in a cache file for each of its versions.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from importlib import import_module, metadata, resources
from math import isfinite, nan
from pathlib import Path
from typing import Any

from planner.candidates.predict import Asked
from planner.catalog.names import gpu_key, gpu_names, model_key, model_names
from planner.catalog.specs import Catalog, ModelSpec
from planner.errors import InputError
from planner.estimate.answers import Answer
from planner.estimate.question import Question

INSTALL = "pip install 'llm-fleet-planner[aic]'"
NAME = "AIConfigurator"
MATRICES = {"bf16": "bfloat16", "fp16": "bfloat16", "int8": "int8_wo", "int4": "int4_wo", "nvfp4": "nvfp4"}
EXPERTS = {"bf16": "bfloat16", "fp16": "bfloat16", "int4": "int4_wo", "nvfp4": "nvfp4"}
KV = {"bf16": "bfloat16", "fp8": "fp8"}
COMPARED = {"ttft_mean_ms": "ttft", "tpot_ms": "tpot", "output_tokens_per_s_per_gpu": "throughput"}


@dataclass(frozen=True)
class Opinion:
    """What it says; nan and a reason where it says nothing."""

    version: str
    ttft_mean_ms: float = nan
    tpot_ms: float = nan
    output_tokens_per_s_per_gpu: float = nan
    reason: str = ""


class Library:
    """The installed AIConfigurator; InputError with the command that installs it where there is none."""

    def __init__(self) -> None:
        try:
            with quiet():
                self._estimate: Callable[..., Any] = import_module("aiconfigurator.cli.api").cli_estimate
            self._files = resources.files("aiconfigurator_core")
            self.version = metadata.version("aiconfigurator")
        except (ImportError, AttributeError) as error:
            raise InputError(f"{NAME} is not installed ({error}); install it with: {INSTALL}") from None

    @cached_property
    def models(self) -> list[str]:
        """Hugging Face ids it carries a configuration of, those of the model's own maker first."""
        names = [entry.name for entry in (self._files / "model_configs").iterdir()]
        ends = "_config.json"
        found = [name.removesuffix(ends).replace("--", "/") for name in names if name.endswith(ends)]
        return sorted((name for name in found if not name.endswith("_hf_quant")), key=lambda n: (n[:7] == "nvidia/", n))

    @cached_property
    def systems(self) -> list[str]:
        """GPU types it has measurements of."""
        names = (entry.name for entry in (self._files / "systems").iterdir())
        return sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml"))

    def estimate(self, question: Mapping[str, Any]) -> Opinion:
        """Its answer, or the reason it gives for having none."""
        with quiet():
            try:
                told = self._estimate(**question)
            except Exception as error:  # it has no common base class for what it cannot answer
                return Opinion(self.version, reason=f"{NAME} has no answer: {str(error).splitlines()[0][:200]}")
        found = Opinion(self.version, float(told.ttft), float(told.tpot), float(told.tokens_per_second_per_gpu))
        if told.kv_cache_warning:
            return Opinion(self.version, reason=f"{NAME} says the requests do not fit into the KV cache")
        return found


@contextmanager
def quiet() -> Iterator[None]:
    """Its remarks are not ours."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def second_opinions(
    questions: Sequence[Question], catalog: Catalog, library: Library, cache: Path | None = None
) -> list[Opinion]:
    """One opinion for each question; those in the cache file are not asked again, and new ones are kept in it."""
    known = _read(cache)
    before = len(known)
    opinions = []
    for question in questions:
        asked = question_for(question, catalog, library)
        if isinstance(asked, str):
            opinions.append(Opinion(library.version, reason=asked))
            continue
        key = json.dumps(asked, sort_keys=True)
        if key not in known:
            known[key] = asdict(library.estimate(asked))
        opinions.append(Opinion(**known[key]))
    if cache and len(known) > before:
        cache.parent.mkdir(parents=True, exist_ok=True)
        cache.write_text(json.dumps(known), encoding="utf-8")
    return opinions


def opinions_on(questions: Sequence[Question], catalog: Catalog) -> list[Opinion]:
    """Opinions of the installed library, kept in its cache file."""
    library = Library()
    return second_opinions(questions, catalog, library, cache_file(library.version))


def cache_file(version: str) -> Path:
    """Where the answers of one version are kept."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "llm-fleet-planner" / f"aiconfigurator-{version}.json"


def _read(cache: Path | None) -> dict[str, Any]:
    try:
        return dict(json.loads(cache.read_text(encoding="utf-8"))) if cache else {}
    except (OSError, ValueError):
        return {}


def question_for(question: Question, catalog: Catalog, library: Library) -> dict[str, Any] | str:
    """The arguments of its estimate, or why it cannot be asked."""
    asked = question.asked
    if question.concurrency is None:
        return f"{NAME} answers for a number of clients, not for a request rate"
    if asked.draft:
        return f"{NAME} is not asked about guessing ahead"
    system = next((name for name in library.systems if _names(name) & gpu_names(asked.gpu)), None)
    model = _path(asked.model, catalog, library.models)
    if system is None or model is None:
        return f"{NAME} {library.version} does not cover {asked.gpu.id if system is None else asked.model.id}"
    formats = _formats(asked)
    if isinstance(formats, str):
        return formats
    return {
        "model_path": model,
        "system_name": system,
        "backend_name": asked.engine,
        "isl": round(asked.input_tokens),
        "osl": round(asked.output_tokens),
        "prefix": round(asked.input_tokens * asked.prefix_hit),
        "batch_size": max(1, round(question.concurrency / asked.dp)),
        "tp_size": asked.tp,
        "pp_size": asked.pp,
        "attention_dp_size": asked.dp,
        **({"moe_ep_size": asked.ep, "moe_tp_size": asked.tp * asked.dp // asked.ep} if asked.model.moe else {}),
        **formats,
    }


def _names(system: str) -> set[str]:
    """Ours for one of its GPU types, which leave out that they are the larger variant."""
    return {gpu_key(system), gpu_key(f"{system}-80GB")}


def _path(model: ModelSpec, catalog: Catalog, known: Sequence[str]) -> str | None:
    """The model's own configuration, or one of a model with the same architecture."""
    same = [model, *(other for other in catalog.models.values() if _alike(model, other))]
    return next((path for spec in same for path in known if model_key(path) in model_names(spec)), None)


def _alike(one: ModelSpec, other: ModelSpec) -> bool:
    """Whether two models differ in nothing that costs time or memory."""
    names = ("id", "hf_repo", "aliases", "licence", "max_context", "provenance")
    return replace(other, **{name: getattr(one, name) for name in names}) == one


def _formats(asked: Asked) -> dict[str, str] | str:
    """Its names of the number formats, or which of them it does not have."""
    parts = asked.weights.split("/")
    dense, experts = parts[len(parts) // 2], parts[-1]
    fp8 = "fp8_block" if asked.model.fp8_scales == "block" else "fp8"
    mxfp4 = "w4a8_mxfp4_mxfp8" if "fp4" in asked.gpu.tflops else "w4a16_mxfp4"
    found = {"kvcache_quant_mode": KV.get(asked.kv), "gemm_quant_mode": (MATRICES | {"fp8": fp8}).get(dense)}
    if asked.model.moe:
        if dense == "mxfp4":
            found["gemm_quant_mode"] = "bfloat16"  # published so: the experts alone are in it
        found["moe_quant_mode"] = (EXPERTS | {"fp8": fp8, "mxfp4": mxfp4}).get(experts)
    missing = [name for name, mode in found.items() if mode is None]
    if missing:
        return f"{NAME} has no {asked.weights} weights with a {asked.kv} KV cache"
    return {name: mode for name, mode in found.items() if mode}


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
