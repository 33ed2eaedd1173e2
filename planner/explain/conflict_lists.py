"""What a problem allows and offers, as levers: formats, GPUs, regions, providers, purchase forms, hosted APIs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from planner.candidates.regions import OWN
from planner.explain.conflict_ask import Uses
from planner.explain.conflict_levers import Changes, Lever, Listed, Steps, named
from planner.inputs.problem import Form, KvFormat, Problem, Rent, Workload
from planner.inputs.supply import PriceBasis

_TRIED = ("bf16", "fp16", "fp8", "int8", "int4", "mxfp4", "nvfp4")
_DEFAULT = ("bf16", "fp16", "fp8")


def lists(problem: Problem) -> Iterator[Lever]:
    """Every list that leaves something out."""
    rent = problem.supply.rent
    if rent is None:
        change: Changes = {"supply.rent": {}}
        yield Lever("nothing is rented (supply.rent: null)", "list", change, Steps(((change, "allow renting"),)))
    else:
        yield from _rent(rent)
    for name, asked in problem.workloads.items():
        yield from _formats(name, asked)
        if asked.gpus:
            yield _gpus(f"workloads.{name}.gpus", asked.gpus)
        if asked.regions:
            yield _regions(f"workloads.{name}.regions", asked.regions, f"{name} may run")


def _rent(rent: Rent) -> Iterator[Lever]:
    if rent.worst_basis != (worst := get_args(PriceBasis)[-1]):
        change = {"supply.rent.worst_basis": worst}
        words = "plan with prices that are only assumed, too (supply.rent.worst_basis)"
        yield Lever(f"prices at least {rent.worst_basis}", "list", change, Steps(((change, words),)))
    if lacking := [form for form in get_args(Form)[:1] if form not in rent.forms]:
        change = {"supply.rent.forms": [*rent.forms, *lacking]}
        words = "allow renting on demand (supply.rent.forms)"
        yield Lever(f"rented {named(list(rent.forms))} only", "list", change, Steps(((change, words),)))
    if rent.providers:
        yield _open("supply.rent.providers", rent.providers, "providers", "rent from")
    if rent.regions:
        yield _regions("supply.rent.regions", rent.regions, "rented")
    if rent.gpus:
        yield _gpus("supply.rent.gpus", rent.gpus)
    if rent.exclude_gpus:
        yield _excluded(rent)


def _open(key: str, now: list[str], field: str, verb: str) -> Lever:
    def widen(uses: Uses) -> tuple[Changes, str] | None:
        more = sorted(getattr(uses, field) - {*now, OWN})
        return ({key: [*now, *more]}, f"{verb} {named(more)}, too ({key})") if more else None

    return Lever(f"{key}: {named(list(now))}", "list", {key: []}, Listed(widen))


def _gpus(key: str, now: list[str]) -> Lever:
    return _open(key, now, "gpus", "allow")


def _regions(key: str, now: list[str], what: str) -> Lever:
    def widen(uses: Uses) -> tuple[Changes, str] | None:
        more = sorted(place for place in uses.places if place not in now)
        return ({key: [*now, *more]}, f"allow {named(more)} ({key})") if more else None

    return Lever(f"{what} in {named(list(now))} only ({key})", "list", {key: []}, Listed(widen))


def _excluded(rent: Rent) -> Lever:
    key = "supply.rent.exclude_gpus"

    def widen(uses: Uses) -> tuple[Changes, str] | None:
        back = [one for one in rent.exclude_gpus if one in uses.gpus]
        left = [one for one in rent.exclude_gpus if one not in back]
        return ({key: left}, f"allow {named(back)} again ({key})") if back else None

    return Lever(f"{key}: {named(list(rent.exclude_gpus))}", "list", {key: []}, Listed(widen))


def _formats(name: str, asked: Workload) -> Iterator[Lever]:
    key = f"workloads.{name}.precision.weights"
    now = list(asked.precision.weights or _DEFAULT)
    more = [one for one in _TRIED if one not in now]
    ways: list[tuple[Changes, str]] = [({key: [*now, one]}, f"allow {one} weights for {name} ({key})") for one in more]
    if more:
        said = named(list(asked.precision.weights)) if asked.precision.weights else "the native one and fp8"
        yield Lever(f"weight formats of {name}: {said}", "list", {key: [*now, *more]}, Steps(tuple(ways)))
    key = f"workloads.{name}.precision.kv"
    if lacking := [one for one in get_args(KvFormat) if one not in asked.precision.kv]:
        change = {key: [*asked.precision.kv, *lacking]}
        words = f"allow an {named(lacking)} KV cache for {name} ({key})"
        yield Lever(f"KV cache of {name}: {named(list(asked.precision.kv))}", "list", change, Steps(((change, words),)))
