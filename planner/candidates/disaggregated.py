"""Disaggregated serving: one pool only prefills, another only decodes, the KV cache travels between them.

    prefill pool   the engine with answers of one token: its queue is the time to first token
    decode pool    the engine with prompts that arrive whole in the cache: its batch is the time per output token
    transfer       cache of a prompt / (links of the smaller side x link x efficiency)

The pools may run on different GPUs and in different layouts. Each half is an ordinary trial, judged like any
other; how many replicas of either are needed follows from the two rates. The transfer is taken to start when
the prompt is done and to end before decoding starts, so it is part of the time to first token; engines that
send layer by layer hide some of it. Prompt and answer lengths are taken as independent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from planner.candidates.candidate import OperatingPoint, Rate, ReplicaConfig, Role
from planner.candidates.judge import judge
from planner.candidates.rows import kv_token_bytes, window_token_bytes
from planner.candidates.shape import exceeded_by, shape_of
from planner.candidates.trials import Facts, Trial
from planner.catalog.specs import AttentionSpec, Catalog, ModelSpec
from planner.demand.types import DemandClass, LengthMix
from planner.inputs.problem import Limits
from planner.units import BYTES_PER_GB, MS_PER_S

WHOLE_PROMPT = 1.0  # prefix hit of the decode pool: all of the prompt is in its cache


@dataclass(frozen=True)
class Link:
    """What joins the two pools, for each GPU, one way."""

    gb_per_s: float
    efficiency: float


@dataclass(frozen=True)
class Pair:
    """Two aggregated trials of one demand class: the first is to prefill, the second to decode."""

    prefill: Trial
    decode: Trial


@dataclass(frozen=True)
class Disaggregated:
    """A pair that works: what a replica of either half does, and what joins them."""

    pair: Pair
    prefill: Rate
    decode: Rate
    transfer_ms: float  # of a mean prompt
    kv_bytes: float  # of a mean prompt
    ttft_p95_ms: float | None  # queue, prefill and transfer at the largest rate; None where rates were measured

    @property
    def decode_per_prefill(self) -> float:
        """Decode replicas that one prefill replica keeps busy."""
        return self.prefill.max_requests_per_s / self.decode.max_requests_per_s

    @property
    def gpu_seconds_per_request(self) -> float:
        """GPU time of one request in both pools, where the two are in balance."""
        parts = ((self.pair.prefill, self.prefill), (self.pair.decode, self.decode))
        return sum(trial.config.gpus / rate.max_requests_per_s for trial, rate in parts)


@dataclass(frozen=True)
class Refused:
    """A pair that does not work, and which half of it."""

    pair: Pair
    reason: str


def link_of(catalog: Catalog) -> Link:
    """The usual network between nodes."""
    figures = catalog.calibration
    return Link(figures["transfer_gb_per_s"].value, figures["transfer_efficiency"].value)


def prompt_bytes(attention: AttentionSpec, kv: str, tokens: float) -> float:
    """Cache of one prompt in all layers, each part once [bytes]."""
    windowed = min(tokens, attention.window_tokens) * window_token_bytes(attention, kv)
    growing = tokens * (kv_token_bytes(attention, kv) + attention.index_bytes_per_token)
    return growing + windowed + attention.state_bytes


def transfer_s(pair: Pair, tokens: float, link: Link) -> float:
    """Moving the cache of a prompt from one pool to the other."""
    replica, links = pair.prefill.replica, min(pair.prefill.config.gpus, pair.decode.config.gpus)
    return moving_s(prompt_bytes(replica.model.attention, replica.precision.kv, tokens), links, link)


def moving_s(size: float, links: int, link: Link) -> float:
    """Moving so many bytes over the links of the smaller side."""
    return size / (links * link.gb_per_s * BYTES_PER_GB * link.efficiency)


def sending_s(config: ReplicaConfig, model: ModelSpec, tokens: float, link: Link) -> float:
    """Moving the cache of a prompt from a prefilling half to any decoding half of its group; 0 where measured."""
    links = min(config.gpus, config.links)
    return moving_s(prompt_bytes(model.attention, config.kv, tokens), links, link) if links else 0.0


def disaggregated(
    pairs: Sequence[Pair], facts: Facts, limits: Limits, link: Link | None = None
) -> list[Disaggregated | Refused]:
    """What each pair can do for its class, in order; the two halves together meet all its latency targets."""
    link = link or link_of(facts.catalog)
    halves = [why_not_paired(pair) or _halves(pair, facts, link) for pair in pairs]
    there = [half for half in halves if not isinstance(half, str)]
    sides = [judged_apart([half[side] for half in there], facts, limits) for side in (0, 1)]
    judged = iter(zip(*sides, strict=True))
    return [
        Refused(pair, half) if isinstance(half, str) else _joined(pair, next(judged), link)
        for pair, half in zip(pairs, halves, strict=True)
    ]


def why_not_paired(pair: Pair) -> str:
    """Why two trials cannot work together; "" where they can."""
    first, second = pair.prefill.replica, pair.decode.replica
    if first.model != second.model or pair.prefill.demand_class.id != pair.decode.demand_class.id:
        return "the two pools must serve the same requests with the same model"
    if first.precision.kv != second.precision.kv:
        return f"the pools keep their caches in different formats, {first.precision.kv} and {second.precision.kv}"
    return ""


def _halves(pair: Pair, facts: Facts, link: Link) -> tuple[Trial, Trial] | str:
    """Either half as a trial of its own with its part of the targets; a text where a target cannot be shared out."""
    first = prefill_half(pair.prefill, pair.decode.config.gpus, facts, link)
    second = decode_half(pair.decode, facts)
    if isinstance(first, str):
        return first
    return second if isinstance(second, str) else (first, second)


def prefill_half(trial: Trial, receiving: int, facts: Facts, link: Link) -> Trial | str:
    """The prefilling half: first tokens in the time that sending caches to so many GPUs leaves, or why not."""
    slo, left = trial.demand_class.slo, {}
    config = replace(trial.config, links=receiving)
    for metric, share in slo:
        if metric == "ttft":
            tokens = longest_prompt(trial.demand_class.lengths, share)
            moved = sending_s(config, trial.replica.model, tokens, link)
            left[metric, share] = slo[metric, share] - moved
            if left[metric, share] <= 0:
                asked = slo[metric, share] * MS_PER_S
                return f"moving a prompt's cache takes {moved * MS_PER_S:,.0f} ms, {asked:,.0f} ms asked"
    return _half(trial, "prefill", receiving, left, facts)


def decode_half(trial: Trial, facts: Facts) -> Trial | str:
    """The decoding half: tokens in time, whole requests in what the first token leaves, or why not."""
    slo = trial.demand_class.slo
    left = {key: slo[key] for key in slo if key[0] == "tpot"}
    for metric, share in (key for key in slo if key[0] == "e2e"):
        if ("ttft", share) not in slo:
            return f"an end-to-end target at p{share * 100:.0f} needs one for the time to first token to be shared out"
        left[metric, share] = slo[metric, share] - slo["ttft", share]
    return _half(trial, "decode", trial.config.gpus, left, facts)


def longest_prompt(lengths: LengthMix, percentile: float) -> float:
    """The prompt length that 1 - `percentile` of the requests exceed [tokens]."""
    return exceeded_by(lengths.input_tokens, lengths.share, 1 - percentile)


def with_transfer(
    point: OperatingPoint, config: ReplicaConfig, model: ModelSpec, lengths: LengthMix, link: Link
) -> OperatingPoint:
    """A prefilling replica as users see it: the first token comes when the cache has arrived."""
    ttft = point.ttft_mean_ms + sending_s(config, model, lengths.mean_input, link) * MS_PER_S
    late = sending_s(config, model, longest_prompt(lengths, 0.95), link) * MS_PER_S
    return replace(point, ttft_mean_ms=ttft, ttft_p95_ms=point.ttft_p95_ms + late, e2e_mean_s=ttft / MS_PER_S)


def work_of(role: Role, demand_class: DemandClass, lengths: LengthMix) -> tuple[DemandClass, LengthMix]:
    """What of requests of these lengths a replica does in its role."""
    if role == "prefill":
        return demand_class, LengthMix(lengths.input_tokens, np.ones_like(lengths.output_tokens), lengths.share)
    return (replace(demand_class, prefix_hit=WHOLE_PROMPT) if role == "decode" else demand_class), lengths


def _half(trial: Trial, role: Role, links: int, slo: dict[tuple[str, float], float], facts: Facts) -> Trial:
    demand_class, lengths = work_of(role, trial.demand_class, trial.demand_class.lengths)
    attention, tolerated = trial.replica.model.attention, facts.k.oversize_request_share
    named = f"{trial.config.id}/prefill-{links}" if role == "prefill" else f"{trial.config.id}/decode"
    return Trial(
        config=replace(trial.config, id=named, role=role, links=links),
        demand_class=replace(demand_class, slo=slo, lengths=lengths),
        replica=replace(trial.replica, shape=shape_of(lengths, demand_class.prefix_hit, attention, tolerated)),
    )


def judged_apart(trials: Sequence[Trial], facts: Facts, limits: Limits) -> list[Rate | str]:
    """Each trial's rate, or why it has none. Judged under numbers, since pairs may share a configuration."""
    numbered = [
        replace(trial, demand_class=replace(trial.demand_class, id=str(row), workload=str(row)))
        for row, trial in enumerate(trials)
    ]
    rates, refusals = judge(numbered, facts, limits)
    found: dict[int, Rate | str] = {int(item.rejection.workload): item.rejection.detail for item in refusals}
    for rate in rates:
        row = int(rate.demand_class)
        found[row] = replace(rate, demand_class=trials[row].demand_class.id)
    return [found[row] for row in range(len(trials))]


def _joined(pair: Pair, halves: tuple[Rate | str, ...], link: Link) -> Disaggregated | Refused:
    first, second = halves
    if isinstance(first, str):
        return Refused(pair, f"prefill on {pair.prefill.config.gpu}: {first}")
    if isinstance(second, str):
        return Refused(pair, f"decode on {pair.decode.config.gpu}: {second}")
    replica = pair.prefill.replica
    mean = pair.prefill.demand_class.lengths.mean_input
    late = transfer_s(pair, longest_prompt(pair.prefill.demand_class.lengths, 0.95), link) * MS_PER_S
    return Disaggregated(
        pair=pair,
        prefill=first,
        decode=second,
        transfer_ms=transfer_s(pair, mean, link) * MS_PER_S,
        kv_bytes=prompt_bytes(replica.model.attention, replica.precision.kv, mean),
        ttft_p95_ms=first.at_max.ttft_p95_ms + late if first.at_max else None,
    )
