"""What differs between two plans, row by row."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import TypeVar

from planner.compare.groups import leaves_of
from planner.plan.plan import Plan
from planner.plan.rows.difference import ChangeRow, Section

Value = float | str | None
Key = TypeVar("Key", bound=Hashable)
_SAME = 1e-6
_SILENT = {("title",), ("question",)}


def changes(old: Plan, new: Plan) -> list[ChangeRow]:
    """Everything that differs, the decisions first."""
    return [
        *_pairs("fleet", _fleet(old), _fleet(new), "nodes"),
        *_pairs("purchases", _purchases(old), _purchases(new), "nodes"),
        *_pairs("configurations", _configurations(old), _configurations(new), "replicas"),
        *_pairs("cost", _costs(old), _costs(new), "USD"),
        *_pairs("workload cost", _workload_costs(old), _workload_costs(new), "USD"),
        *_latency(old, new),
        *_limits(old, new),
        *_demand(old, new),
        *_prices(old, new),
        *_question(old, new),
        *_pairs("assumptions", *_only(old.assumptions, new.assumptions), ""),
        *_pairs("made", _made(old), _made(new), ""),
    ]


def _pairs(section: Section, old: Mapping[str, Value], new: Mapping[str, Value], unit: str) -> Iterator[ChangeRow]:
    """One row for each name whose value is not the same on both sides."""
    for name in dict.fromkeys([*old, *new]):
        before, now = old.get(name), new.get(name)
        if not _same(before, now):
            yield ChangeRow(section=section, subject=name, unit=unit, old=before, new=now)


def _same(old: Value, new: Value) -> bool:
    if isinstance(old, str | None) or isinstance(new, str | None):
        return old == new
    return abs(new - old) <= _SAME * max(abs(old), abs(new))


def _most(rows: Iterable[tuple[Key, float]]) -> dict[Key, float]:
    found: dict[Key, float] = {}
    for key, value in rows:
        if value:
            found[key] = max(found.get(key, 0.0), value)
    return found


def _total(rows: Iterable[tuple[Key, float]]) -> dict[Key, float]:
    found: dict[Key, float] = {}
    for key, value in rows:
        found[key] = found.get(key, 0.0) + value
    return found


def _named(plan: Plan) -> Callable[[str, str], str]:
    pools = {pool.id: pool for pool in plan.pools}
    return lambda pool, form: f"{pool} ({pools[pool].gpus_per_node} × {pools[pool].gpu}), {form}"


def _fleet(plan: Plan) -> dict[str, Value]:
    """The most nodes at work at once by pool and form."""
    named = _named(plan)
    forms = ("committed", "on_demand", "spot")
    rows = ((named(one.pool, form), float(getattr(one, f"{form}_nodes"))) for one in plan.capacity for form in forms)
    return {**_most(rows)}


def _purchases(plan: Plan) -> dict[str, Value]:
    named, labels = _named(plan), {period.index: period.label for period in plan.periods}
    return {
        **_total((f"{named(one.pool, one.form)}, in {labels[one.period]}", float(one.nodes)) for one in plan.purchases)
    }


def _configurations(plan: Plan) -> dict[str, Value]:
    """The most replicas at once by workload and configuration, all pools together."""
    slots = _total(((f"{one.workload}: {one.config}", one.period, one.block), one.replicas) for one in plan.replicas)
    return {**_most((name, float(count)) for (name, _, _), count in slots.items())}


def _costs(plan: Plan) -> dict[str, Value]:
    return {**_total((one.term, one.usd) for one in plan.costs)}


def _workload_costs(plan: Plan) -> dict[str, Value]:
    return {**_total((one.workload, one.usd) for one in plan.workload_costs)}


def _latency(old: Plan, new: Plan) -> Iterator[ChangeRow]:
    """What is promised, and the worst that is predicted of it."""
    for unit in ("ms", "s"):
        asked, reached = [_targets(plan, unit) for plan in (old, new)], [_predicted(plan, unit) for plan in (old, new)]
        yield from _pairs("latency", asked[0], asked[1], unit)
        yield from _pairs("latency", reached[0], reached[1], unit)


def _targets(plan: Plan, unit: str) -> dict[str, Value]:
    return {f"{one.id} {name}, target": value for one in plan.workloads for name, value in _in(one.slo, unit)}


def _predicted(plan: Plan, unit: str) -> dict[str, Value]:
    told = ((one.workload, _in(one.latency, unit)) for one in plan.configs)
    return {**_most((f"{workload} {name}, predicted", value) for workload, found in told for name, value in found)}


def _in(targets: Mapping[str, float], unit: str) -> list[tuple[str, float]]:
    return [(name.rsplit("_", 1)[0], value) for name, value in targets.items() if name.rsplit("_", 1)[1] == unit]


def _limits(old: Plan, new: Plan) -> Iterator[ChangeRow]:
    """Caps, what is used of them at most, and which bind."""
    units = {one.limit: one.unit for plan in (old, new) for one in plan.limits}
    caps, used, binds = [], [], []
    for plan in (old, new):
        caps.append({one.limit: one.cap for one in plan.limits})
        used.append(_most((one.limit, one.used) for one in plan.limits))
        binds.append({one.limit: "binds" for one in plan.limits if one.binding})
    for name, unit in units.items():
        for what, values in (("cap", caps), ("most used", used)):
            before, now = ({f"{name}, {what}": one[name]} if name in one else {} for one in values)
            yield from _pairs("limits", before, now, unit)
        words = [{f"{name}": one.get(name, "does not bind")} for one in binds]
        yield from _pairs("limits", {**words[0]}, {**words[1]}, "")


def _demand(old: Plan, new: Plan) -> Iterator[ChangeRow]:
    for what, field in (("planned peak", "peak_requests_per_s"), ("mean of the first period", "mean_requests_per_s")):
        before, now = ({f"{one.id}, {what}": getattr(one, field) for one in plan.workloads} for plan in (old, new))
        yield from _pairs("demand", before, now, "requests/s")
    for what, field in (("input", "mean_input_tokens"), ("output", "mean_output_tokens")):
        before, now = ({f"{one.id}, mean {what}": getattr(one, field) for one in plan.workloads} for plan in (old, new))
        yield from _pairs("demand", before, now, "tokens")


_PRICES = {"usd_per_hour": "USD an hour", "capex_usd": "USD", "fixed_usd_per_month": "USD a month"}


def _prices(old: Plan, new: Plan) -> Iterator[ChangeRow]:
    """Prices of what both plans' pools and APIs cost; of a pool that only one plan has nothing is known here."""
    options = [{(one.pool, one.form): one for one in plan.options} for plan in (old, new)]
    for pool, form in options[0]:
        if (pool, form) in options[1]:
            for field, unit in _PRICES.items():
                before, now = (getattr(one[pool, form], field) for one in options)
                yield from _pairs("prices", {f"{pool} {form}": before}, {f"{pool} {form}": now}, unit)
    apis = [
        {f"{one.api} for {one.demand_class}": one.usd_per_million_tokens for one in plan.api_options}
        for plan in (old, new)
    ]
    both = apis[0].keys() & apis[1].keys()
    before, now = ({name: one[name] for name in one if name in both} for one in apis)
    yield from _pairs("prices", before, now, "USD per million tokens")


def _api_prices(plan: Plan) -> dict[str, Value]:
    return {f"{one.api} for {one.demand_class}": one.usd_per_million_tokens for one in plan.api_options}


def _question(old: Plan, new: Plan) -> Iterator[ChangeRow]:
    """Keys of the problem as they were written or by default."""
    before, now = (
        {path: value for path, value in leaves_of(plan.problem).items() if path not in _SILENT} for plan in (old, new)
    )
    for path in dict.fromkeys([*before, *now]):
        if before.get(path) != now.get(path):
            words = [None if path not in side else _word(side[path]) for side in (before, now)]
            yield ChangeRow(section="question", subject=".".join(path), unit="", old=words[0], new=words[1])


def _word(value: object) -> str:
    return "nothing" if value is None else str(value)


def _only(old: list[str], new: list[str]) -> tuple[dict[str, Value], dict[str, Value]]:
    """Sentences that only one side has."""
    return {one: "said" for one in old if one not in new}, {one: "said" for one in new if one not in old}


def _made(plan: Plan) -> dict[str, Value]:
    made, proof = plan.made, plan.certificate
    return {
        "planner version": made.planner_version,
        "prices as of": str(made.as_of),
        "problem file": made.problem_file,
        "hash of the problem": made.problem_sha256,
        "hash of the facts": made.catalog_sha256,
        "solver": f"{proof.solver} {proof.solver_version}",
        "proven within": f"{proof.gap:.2%}",
    }
