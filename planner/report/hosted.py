"""Own tokens against hosted ones: what a million of them costs in the plan, and at each API on offer."""

from __future__ import annotations

from collections import defaultdict

from planner.plan.plan import ApiOptionRow
from planner.report import format as f
from planner.report.lookup import Lookup, total_by
from planner.report.shapes import Figure

_MOST = 8


def price_figure(look: Lookup) -> Figure | None:
    """One panel a workload for which an API is on offer, or is known; None where there is none."""
    rows: list[dict[str, float | str]] = []
    said = []
    for workload in look.plan.workloads:
        offers, own = api_prices(look, workload.id), plan_price(look, workload.id)
        quotes = {} if offers else quoted(look, workload.id)
        if not (offers or quotes) or own is None:
            continue
        rows.append(_bar(workload.id, "This plan", own, "owned"))
        rows += [_bar(workload.id, name, usd, "api") for name, usd in list(offers.items())[:_MOST]]
        rows += [_bar(workload.id, name, usd, "idle") for name, usd in quotes.items()]
        cheapest = min((offers or quotes).values())
        said.append(f"{workload.id} {f.unit_price(own)} against {f.unit_price(cheapest)} at the cheapest API")
    if not rows:
        return None
    says = f"{f.listed(said)}. The plan's price is at the utilisation planned, an API's for the same mix of tokens."
    if any(row["form"] == "idle" for row in rows):
        says += " Grey: not on offer to this plan, list prices to compare with; nothing is said of their latency."
    title = "A million tokens in this plan and at hosted APIs"
    return Figure("api-prices", title, says, "prices", tuple(rows))


def plan_price(look: Lookup, workload: str) -> float | None:
    """What a million tokens of a workload cost at the planned utilisation [USD]; None where none are expected."""
    mine = [row for row in look.plan.workload_costs if row.workload == workload]
    tokens = sum(row.million_tokens for row in mine)
    return sum(row.usd for row in mine) / tokens if tokens else None


def quoted(look: Lookup, workload: str) -> dict[str, float]:
    """API that is not on offer → USD for a million tokens of the workload, cheapest first."""
    return {row.api: row.usd_per_million_tokens for row in look.plan.api_quotes if row.workload == workload}


def cheaper_elsewhere(look: Lookup) -> list[str]:
    """Workloads whose tokens a hosted API that is not on offer lists for less than they cost in the plan."""
    told = []
    for workload in look.plan.workloads:
        own, quotes = plan_price(look, workload.id), quoted(look, workload.id)
        if own is not None and quotes and min(quotes.values()) < own:
            told.append(f"{workload.id} {f.unit_price(min(quotes.values()))} against {f.unit_price(own)}")
    return told


def api_prices(look: Lookup, workload: str) -> dict[str, float]:
    """API → USD for a million tokens of the whole workload, cheapest first; only those that serve all of it."""
    classes = {row.demand_class for row in look.plan.demand if row.workload == workload}
    requests = total_by(
        look.plan.demand,
        lambda row: row.demand_class,
        lambda row: row.mean_requests_per_s * look.hours(row.period, row.block),
    )
    offers: dict[str, list[ApiOptionRow]] = defaultdict(list)
    for row in look.plan.api_options:
        if row.demand_class in classes and row.usd_per_million_tokens > 0:
            offers[row.api].append(row)
    found = {}
    for api, rows in offers.items():
        usd = sum(row.usd_per_request * requests[row.demand_class] for row in rows)
        tokens = sum(row.usd_per_request * requests[row.demand_class] / row.usd_per_million_tokens for row in rows)
        if {row.demand_class for row in rows} == classes and tokens:
            found[api] = usd / tokens
    return dict(sorted(found.items(), key=lambda item: (item[1], item[0])))


def _bar(workload: str, name: str, usd: float, form: str) -> dict[str, float | str]:
    price = f.unit_price(usd)
    tip = f.plain(f"{workload}, {name}: {price} for a million tokens")
    return {"workload": f.plain(workload), "name": f.plain(name), "usd": usd, "label": price, "form": form, "tip": tip}
