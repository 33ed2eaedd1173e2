"""Prefill and decode halves as deployments of their own, for workloads that may be served disaggregated.

Not pairs but halves are candidates: any prefilling half of a group may feed any decoding half of it in the same
place, so their number grows with the configurations and not with their square. A group is a model, a format of
the KV cache and a number of GPUs that each decoding replica receives caches on; a prefilling half is judged once
for each such number, as what is left of its time to first token depends on it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from planner.candidates.candidate import Placement, Pool, Rate, ReplicaConfig
from planner.candidates.disaggregated import Link, decode_half, judged_apart, link_of, prefill_half, with_transfer
from planner.candidates.trials import Case, Facts, Reason, Refusal, Trial, refuse
from planner.candidates.words import subject_of
from planner.inputs.problem import Limits

Work = tuple[str, str, str]  # demand class, model, format of the KV cache


@dataclass(frozen=True)
class Halves:
    """Halves that work, and why others do not."""

    configs: dict[str, ReplicaConfig]
    rates: list[Rate]
    refusals: list[Refusal]


def half_candidates(cases: Sequence[Case], trials: Sequence[Trial], facts: Facts, limits: Limits) -> Halves:
    """Either half of every trial of the workloads that may be served disaggregated."""
    wanted = {case.name for case in cases if case.asked.serving != "aggregated"}
    mine = [trial for trial in trials if trial.demand_class.workload in wanted]
    refusals: list[Refusal] = []
    decoding, decode_rates = _judged([(trial, decode_half(trial, facts)) for trial in mine], facts, limits, refusals)
    receiving: dict[Work, set[int]] = defaultdict(set)
    for half in decoding:
        receiving[_work(half)].add(half.config.gpus)
    link = link_of(facts.catalog)
    tried = [
        (trial, prefill_half(trial, gpus, facts, link)) for trial in mine for gpus in sorted(receiving[_work(trial)])
    ]
    prefilling, prefill_rates = _judged(tried, facts, limits, refusals)
    whole = [_with_transfer(half, rate, link) for half, rate in zip(prefilling, prefill_rates, strict=True)]
    configs = {half.config.id: half.config for half in [*prefilling, *decoding]}
    return Halves(configs, [*whole, *decode_rates], refusals)


def aggregated(cases: Sequence[Case], rates: Iterable[Rate]) -> list[Rate]:
    """Rates of whole replicas without those of workloads that must be served disaggregated."""
    barred = {one.id for case in cases if case.asked.serving == "disaggregated" for one in case.classes}
    return [rate for rate in rates if rate.demand_class not in barred]


def paired(
    placements: Iterable[Placement], configs: Mapping[str, ReplicaConfig], pools: Mapping[str, Pool]
) -> Iterator[Placement]:
    """Placements without halves whose other half has no place in the same provider and region."""
    found = list(placements)
    roles: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for place in found:
        roles[_partners(place, configs[place.config], pools)].add(configs[place.config].role)
    for place in found:
        config = configs[place.config]
        if config.role == "aggregated" or len(roles[_partners(place, config, pools)]) > 1:
            yield place


def _partners(place: Placement, config: ReplicaConfig, pools: Mapping[str, Pool]) -> tuple[str, ...]:
    pool = pools[place.pool]
    return place.demand_class, config.group, pool.provider, pool.region


def _work(trial: Trial) -> Work:
    return trial.demand_class.id, trial.config.model, trial.config.kv


def _judged(
    tried: Sequence[tuple[Trial, Trial | str]], facts: Facts, limits: Limits, refusals: list[Refusal]
) -> tuple[list[Trial], list[Rate]]:
    """Halves that work with their rates; the others join the refusals."""
    halves = [half for _, half in tried if not isinstance(half, str)]
    results = iter(judged_apart(halves, facts, limits))
    working: list[Trial] = []
    rates: list[Rate] = []
    for trial, half in tried:
        result = half if isinstance(half, str) else next(results)
        if isinstance(half, str) or isinstance(result, str):
            refusals.append(_refusal(trial, half, str(result)))
        else:
            working.append(half)
            rates.append(result)
    return working, rates


def _refusal(trial: Trial, half: Trial | str, why: str) -> Refusal:
    side = "a prefilling or decoding half" if isinstance(half, str) else f"the {half.config.role} half"
    subject = f"{subject_of(trial)}, {side}"
    reason: Reason = "slo" if isinstance(half, str) or " ms asked" in why else "memory"
    return refuse(trial.demand_class.workload, subject, trial.config.gpu, reason, why)


def _with_transfer(half: Trial, rate: Rate, link: Link) -> Rate:
    if rate.at_max is None:
        return rate
    lengths = half.demand_class.lengths
    return replace(rate, at_max=with_transfer(rate.at_max, half.config, half.replica.model, lengths, link))
