"""One estimate as it is asked: a model on GPUs at a load. Cells of text → a `Question`, or what is wrong with them.

column           default
model, gpu       none: must be given
n_gpus           tp × pp × dp; where tp is absent, tp = n_gpus/(pp × dp); a multiple: so many replicas share the load
tp, pp, dp, ep   1; dp of a model without experts is whole replicas
weights          as the checkpoint is published, or as its name says (…-FP8); 16-bit runs in the GPU's own format
kv               bf16
engine           vllm
isl, osl         none: must be given
concurrency      clients that each send the next request when the last one ends; wins where both loads are given
requests_per_s   a steady Poisson load instead
prefix_hit       0: share of the prompt found in the prefix cache
draft_tokens     0: tokens guessed ahead at each step (speculative decoding, MTP)
acceptance       0.7: chance that a guessed token is right, where draft_tokens is given
fixed_lengths    no: yes where every request has exactly these lengths, so that a benchmark's clients march in step
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from planner.candidates.precision import FORMATS, plain_format
from planner.candidates.predict import Asked
from planner.candidates.speculative import Draft
from planner.catalog.hints import did_you_mean
from planner.catalog.specs import Catalog, GpuSpec, ModelSpec
from planner.estimate.words import KV, UNSAID, engine_named, gpu_named, kv_named, model_named, weights_named

COLUMNS = (
    "model",
    "gpu",
    "n_gpus",
    "tp",
    "pp",
    "dp",
    "ep",
    "weights",
    "kv",
    "engine",
    "isl",
    "osl",
    "concurrency",
    "requests_per_s",
    "prefix_hit",
    "draft_tokens",
    "acceptance",
    "fixed_lengths",
)
ACCEPTANCE = 0.7
YES, NO = {"yes", "true", "1"}, {"no", "false", "0"}


@dataclass(frozen=True)
class Question:
    """One replica at one load: a number of clients, or requests per second."""

    asked: Asked
    concurrency: float | None
    requests_per_s: float | None
    copies: int = 1  # replicas that share the load asked; concurrency and requests_per_s are of one of them
    taken: tuple[str, ...] = ()  # what was said otherwise than it can be run, and how it is taken


@dataclass(frozen=True)
class Names:
    """The catalogue's names, each looked up once however many rows use it."""

    catalog: Catalog
    _models: dict[str, tuple[ModelSpec | None, str]] = field(default_factory=dict)
    _gpus: dict[str, GpuSpec | None] = field(default_factory=dict)

    def model(self, name: str) -> tuple[ModelSpec | None, str]:
        if name not in self._models:
            self._models[name] = model_named(self.catalog, name)
        return self._models[name]

    def gpu(self, name: str) -> GpuSpec | None:
        if name not in self._gpus:
            self._gpus[name] = gpu_named(self.catalog, name)
        return self._gpus[name]


@dataclass
class Cells:
    """The text of one row, and everything wrong with it; `labels` say what its columns are called elsewhere."""

    text: Mapping[str, str]
    names: Names
    labels: Mapping[str, str] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)

    def said(self, name: str) -> str:
        """What a cell says; "" where it says nothing or leaves it to the default."""
        value = (self.text.get(name) or "").strip()
        return "" if value.lower() in UNSAID else value

    def wrong(self, name: str, complaint: str) -> None:
        """One mistake in a column."""
        self.mistakes.append(f"{self.labels.get(name, name)} {complaint}")

    def number(self, name: str, default: float | None, least: float, most: float = 1e9) -> float:
        """A number between `least` and `most`; a default of None means it must be there."""
        said = self.said(name)
        if not said:
            if default is None:
                self.wrong(name, "is missing")
            return least if default is None else default
        try:
            value = float(said.replace(",", ""))
        except ValueError:
            self.wrong(name, f"'{said}' is not a number")
            return least
        if not least <= value <= most:
            self.wrong(name, f"{said} is not between {least:g} and {most:g}")
            return least
        return value

    def whole(self, name: str, default: int, least: int = 1) -> int:
        """A whole number."""
        value = self.number(name, default, least)
        if value != int(value):
            self.wrong(name, f"{value:g} is not a whole number")
        return int(value)

    def yes(self, name: str) -> bool | None:
        """A yes or a no; None where nothing is said."""
        said = self.said(name).lower()
        if said not in YES | NO | {""}:
            self.wrong(name, f"'{said}' is neither yes nor no")
        return said in YES if said else None

    @cached_property
    def model(self) -> tuple[ModelSpec | None, str]:
        """The model and the weight format its name carries."""
        name = self.said("model")
        found, marked = self.names.model(name) if name else (None, "")
        if found is None:
            known = self.names.catalog.models
            ids = [*known, *(spec.hf_repo for spec in known.values())]
            self.mistakes.append(f"unknown model '{name}'{did_you_mean(name, ids)}" if name else "model is missing")
        return found, marked

    @cached_property
    def gpu(self) -> GpuSpec | None:
        name = self.said("gpu")
        found = self.names.gpu(name) if name else None
        if found is None:
            hint = did_you_mean(name, self.names.catalog.gpus)
            self.mistakes.append(f"unknown GPU '{name}'{hint}" if name else "gpu is missing")
        return found


def question_from(
    text: Mapping[str, str], names: Names, labels: Mapping[str, str] | None = None
) -> tuple[Question | None, list[str]]:
    """The question a row asks, or None and all its mistakes."""
    cells = Cells(text, names, labels or {})
    model, gpu = cells.model[0], cells.gpu
    (tp, pp, dp, ep), copies, taken = _layout(cells)
    weights, kv, engine = _formats(cells)
    load = _load(cells)
    draft = _draft(cells)
    tokens = cells.number("isl", None, 1), cells.number("osl", None, 1)
    hit, fixed = cells.number("prefix_hit", 0.0, 0.0, 1.0), cells.yes("fixed_lengths")
    if model is None or gpu is None or cells.mistakes:
        return None, cells.mistakes
    asked = Asked(
        model=model,
        gpu=gpu,
        tp=tp,
        pp=pp,
        dp=dp,
        ep=ep,
        weights=weights,
        kv=kv,
        engine=engine,
        input_tokens=tokens[0],
        output_tokens=tokens[1],
        prefix_hit=hit,
        fixed_lengths=fixed,
        draft=draft,
    )
    clients, rate = (share / copies if share is not None else None for share in load)
    return Question(asked, clients, rate, copies, taken), []


def _layout(cells: Cells) -> tuple[tuple[int, int, int, int], int, tuple[str, ...]]:
    """(tp, pp, dp, ep), replicas that share the load, and what was taken otherwise than it was said.

    Where tp × pp already makes up n_gpus beside dp > 1, tp counts the attention-DP ranks too, as SGLang's
    and TensorRT-LLM's flags do; ours is the tensor parallelism inside one such rank.
    """
    pp, dp, ep = (cells.whole(name, 1) for name in ("pp", "dp", "ep"))
    total = cells.whole("n_gpus", 0, 0) if cells.said("n_gpus") else 0
    tp = cells.whole("tp", max(total // (pp * dp), 1))
    if total and tp * pp == total and dp > 1 and tp % dp == 0:
        tp //= dp
    gpus, copies, taken = tp * pp * dp, 1, []
    if total > gpus and total % gpus == 0:
        copies = total // gpus
    elif total and gpus != total:
        cells.wrong("n_gpus", f"{total} is not tp × pp × dp = {gpus}, nor a multiple; give the GPUs of one replica")
    if cells.model[0] is not None and cells.model[0].moe is None and max(dp, ep) > 1:
        copies, dp, ep = copies * dp, 1, 1
        taken.append("a model without experts has none to share out")
    elif ep > tp * dp:
        taken.append(f"ep {ep} is taken as {tp * dp}, the GPUs that hold each layer")
        ep = tp * dp
    if copies > 1:
        taken.append(f"{copies} replicas of {tp * pp * dp} GPUs share the load evenly")
    return (tp, pp, dp, ep), copies, tuple(taken)


def _formats(cells: Cells) -> tuple[str, str, str]:
    """weights, kv, engine."""
    (model, marked), gpu = cells.model, cells.gpu
    weights = kv = engine = ""
    if model is not None and gpu is not None:
        weights = _weights(cells, model, gpu, marked)
    said = cells.said("kv")
    found = kv_named(said) if said else "bf16"
    if found is None:
        cells.mistakes.append(f"unknown KV format '{said}', known are {', '.join(dict.fromkeys(KV.values()))}")
    kv = found or ""
    said = cells.said("engine")
    found = engine_named(said) if said else "vllm"
    if found is None:
        cells.mistakes.append(f"unknown engine '{said}', known are vllm, sglang, trtllm")
    engine = found or ""
    return weights, kv, engine


def _weights(cells: Cells, model: ModelSpec, gpu: GpuSpec, marked: str) -> str:
    """The format said, else the one in the model's name, else the published one."""
    said = cells.said("weights") or marked
    found = weights_named(said, model) if said else model.native_format
    if found is None:
        cells.mistakes.append(f"unknown weight format '{said}', known are {', '.join(FORMATS)}")
        return ""
    return plain_format(gpu) if not said and found in {"fp32", "bf16", "fp16"} else found


def _load(cells: Cells) -> tuple[float | None, float | None]:
    """(concurrency, None) or (None, requests_per_s)."""
    if cells.said("concurrency"):
        return cells.number("concurrency", None, 1), None
    if cells.said("requests_per_s"):
        return None, cells.number("requests_per_s", None, 1e-9)
    labels = [cells.labels.get(name, name) for name in ("concurrency", "requests_per_s")]
    cells.mistakes.append(f"{' or '.join(labels)} is missing")
    return None, None


def _draft(cells: Cells) -> Draft | None:
    tokens = cells.whole("draft_tokens", 0, 0)
    acceptance = cells.number("acceptance", ACCEPTANCE, 0.0, 1.0)
    return Draft(tokens, acceptance) if tokens else None
