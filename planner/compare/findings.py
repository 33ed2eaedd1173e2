"""What a plan's fleet costs and uses under another question, one line a finding."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from planner.compare.fleet import used_forms
from planner.compare.tried import Tried
from planner.compare.words import figure
from planner.plan.plan import LimitRow
from planner.plan.rows.holds import HoldsRow, Topic

_SAME = 1e-6
_PRICES = {"usd_per_hour": "an hour", "capex_usd": "each", "fixed_usd_per_month": "a month"}
_TOLD_AS_CAPACITY = "utilization_cap"


def row(topic: Topic, subject: str, text: str, *, ok: bool) -> HoldsRow:
    """One finding."""
    return HoldsRow(topic=topic, subject=subject, ok=ok, text=text)


def prices(found: Tried) -> Iterator[HoldsRow]:
    """What changed of the prices the plan pays, and what that makes of the whole."""
    before = {(one.pool, one.form): one for one in found.plan.options}
    now = {(one.pool, one.form): one for one in found.now.options}
    for key in sorted(used_forms(found.plan) & before.keys() & now.keys()):
        for name, unit in _PRICES.items():
            old, new = getattr(before[key], name), getattr(now[key], name)
            if _differ(old, new):
                yield row(
                    "prices", " ".join(key), f"${figure(old, 6)} → ${figure(new, 6)} {unit}{_more(old, new)}", ok=True
                )
    yield from _api_prices(found)
    old, new = found.plan.total_usd, found.now.total_usd
    text = f"cost ${new:,.0f} instead of ${old:,.0f}{_more(old, new)}" if _differ(old, new) else f"cost ${old:,.0f}"
    yield row("prices", "", f"the same nodes {text}{'' if _differ(old, new) else ', as planned'}", ok=True)


def _api_prices(found: Tried) -> Iterator[HoldsRow]:
    now = {(one.api, one.demand_class): one.usd_per_request for one in found.now.api_options}
    before = {(one.api, one.demand_class): one.usd_per_request for one in found.plan.api}
    for (api, name), old in sorted(before.items()):
        new = now.get((api, name))
        if new is not None and _differ(old, new):
            yield row(
                "prices", api, f"${figure(old, 6)} → ${figure(new, 6)} a request of {name}{_more(old, new)}", ok=True
            )
        elif new is None and name in found.instance.streams:
            yield row("offers", api, f"may no longer serve {name}", ok=False)


def _differ(old: float, new: float) -> bool:
    return abs(new - old) > _SAME * max(abs(old), abs(new))


def _more(old: float, new: float) -> str:
    return f" ({new / old - 1:+.1%})" if old else ""


def demand_changes(found: Tried) -> Iterator[HoldsRow]:
    """Planned peaks that are not what the plan was made for."""
    before = {one.id: one.peak_requests_per_s for one in found.plan.workloads}
    now = {one.id: one.peak_requests_per_s for one in found.now.workloads}
    for name in [*before, *(name for name in now if name not in before)]:
        old, new = before.get(name, 0.0), now.get(name, 0.0)
        if _differ(old, new):
            text = f"planned peak {figure(old)} → {figure(new)} requests/s{_more(old, new)}"
            yield row("demand", name, text if name in now else "is no longer asked for", ok=True)


def limits(found: Tried) -> Iterator[HoldsRow]:
    """One line for each cap that is broken, by period; one for each that holds, at its closest."""
    labels = {one.index: one.label for one in found.now.periods}
    by_limit: dict[str, list[LimitRow]] = defaultdict(list)
    for one in found.now.limits:
        if one.limit != _TOLD_AS_CAPACITY:
            by_limit[one.limit].append(one)
    for name, rows in by_limit.items():
        broken = [one for one in rows if _is_broken(one)]
        for one in broken or [max(rows, key=lambda one: one.used)]:
            when = "" if one.period is None else f" in {labels[one.period]}"
            least = "at least " if one.at_least else ""
            priced = "" if one.excess_usd is None else ", which has a price"
            text = f"{figure(one.used, 6)} of {least}{figure(one.cap, 6)} {one.unit}{when}"
            yield row("limits", name, text + (priced if broken else ""), ok=not broken or bool(priced))
    for name, amount in found.strain.breach.items():
        if name not in by_limit:
            limit = found.instance.limits[name]
            yield row("limits", name, f"{figure(amount, 6)} over {figure(limit.value, 6)} {limit.unit}", ok=False)


def _is_broken(one: LimitRow) -> bool:
    slack = _SAME * max(1.0, abs(one.cap))
    return one.used < one.cap - slack if one.at_least else one.used > one.cap + slack
