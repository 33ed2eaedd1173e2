"""Sheets beside the money: prices on offer, energy, caps, scenarios, and what all of it rests on."""

from __future__ import annotations

from planner.plan.plan import OptionRow, Provenance
from planner.report.lookup import FORMS, Lookup, form_of, total_by
from planner.report.sheets import Field, Sheet, Value, columns

Row = tuple[Value, ...]
ORIGIN = (*columns("text", "Basis"), *columns("date", "As of"), *columns("text", "Source", "Note"))


def options(look: Lookup) -> Sheet:
    """Every way to pay for a machine the plan uses, and every hosted API, with where its price comes from."""
    paid = {(row.subject, form_of(row.term)) for row in look.plan.costs if row.usd}
    rows = [_option(look, option, (option.pool, option.form) in paid) for option in look.plan.options]
    sent = {(row.api, row.demand_class) for row in look.plan.api}
    for api in look.plan.api_options:
        used = "yes" if (api.api, api.demand_class) in sent else "no"
        place = (FORMS["api"], api.provider, "", f"{api.model} for {api.demand_class}", used)
        rows.append((*place, None, api.usd_per_million_tokens, None, None, None, None, *_origin(api.provenance)))
    fields = (
        *columns("text", "Form", "Provider", "Region", "Machine or model", "In the plan"),
        *columns("price", "USD a node-hour", "USD a million tokens"),
        Field("Purchase price", "usd"),
        Field("USD a month to run", "usd"),
        Field("Months of term", "count"),
        Field("Paid up front", "share"),
        *ORIGIN,
    )
    return Sheet("Options", "Prices on offer where the plan buys, with source and basis.", fields, tuple(rows))


def _option(look: Lookup, option: OptionRow, used: bool) -> Row:
    pool = look.pools[option.pool]
    return (
        FORMS[option.form],
        pool.provider,
        pool.region,
        pool.instance_type,
        "yes" if used else "no",
        option.usd_per_hour or None,
        None,
        option.capex_usd or None,
        option.fixed_usd_per_month or None,
        option.term_months or None,
        option.upfront_share or None,
        *_origin(option.provenance),
    )


def _origin(origin: Provenance | None) -> Row:
    if origin is None:
        return "unstated", None, "", ""
    return origin.basis, origin.as_of, origin.source, origin.note


def energy(look: Lookup) -> Sheet:
    """Electricity and carbon by period."""
    kwh = total_by(look.plan.energy, lambda row: row.period, lambda row: row.kwh)
    carbon = total_by(look.plan.carbon, lambda row: row.period, lambda row: row.kg)
    rows: list[Row] = []
    for period in look.plan.periods if kwh or carbon else ():
        emitted = [carbon.get(period.index, 0.0)] if carbon else []
        rows.append((period.label, kwh.get(period.index, 0.0), *emitted))
    counted = (Field("Carbon of it [kg CO2e]", "figure", total=True),) if carbon else ()
    fields = (Field("Period"), Field("Electricity [kWh]", "figure", total=True), *counted)
    return Sheet("Energy", "Electricity of all nodes at work, rented or owned.", fields, tuple(rows))


def limits(look: Lookup) -> Sheet:
    """Every cap and how close the plan comes."""
    rows = tuple(
        (
            row.limit,
            "all" if row.period is None else look.periods[row.period].label,
            row.unit,
            "at least" if row.at_least else "at most",
            row.cap,
            row.used,
            row.used / row.cap if row.cap else None,
            "yes" if row.binding else "no",
            row.excess_usd,
        )
        for row in look.plan.limits
    )
    fields = (
        *columns("text", "Limit", "Period", "Unit", "Must be"),
        *columns("figure", "Cap", "Used"),
        Field("Used of it", "share"),
        Field("Binds"),
        Field("Paid for breaking it", "usd"),
    )
    return Sheet("Limits", "Caps of the problem and how close the plan comes.", fields, rows)


def unserved(look: Lookup) -> Sheet:
    """Demand left out for its price."""
    left = total_by(look.plan.unserved, lambda row: (row.workload, row.period), lambda row: row.requests)
    shadow = [row for row in look.plan.costs if row.term == "unserved"]
    usd = total_by(shadow, lambda row: (row.subject, row.period), lambda row: row.usd)
    rows = tuple(
        (workload, look.periods[period].label, requests, usd.get((workload, period), 0.0))
        for (workload, period), requests in left.items()
    )
    fields = (
        *columns("text", "Workload", "Period"),
        Field("Requests left unserved", "figure", total=True),
        Field("Price (no cash)", "usd", total=True),
    )
    return Sheet("Unserved", "Demand left unserved, at the price the problem gives it.", fields, rows)


def scenarios(look: Lookup) -> Sheet:
    """What the plan costs if things go otherwise."""
    rows = tuple(
        (
            row.name,
            "; ".join(f"{key}: {value}" for key, value in row.changes.items()) or "nothing",
            row.probability,
            row.npv_usd,
            row.best_npv_usd,
            None if row.npv_usd is None or row.best_npv_usd is None else max(0.0, row.npv_usd - row.best_npv_usd),
            row.most_gpus,
            row.refusal,
        )
        for row in look.plan.scenarios
    )
    fields = (
        *columns("text", "Scenario", "What is different"),
        Field("Probability", "share"),
        *columns("usd", "This plan, present value", "Best possible there", "Regret"),
        Field("Most GPUs", "count"),
        Field("Why not possible"),
    )
    return Sheet("Scenarios", "What is signed stays; all else is the best for the scenario.", fields, rows)


def assumptions(look: Lookup) -> Sheet:
    """What was assumed, line by line."""
    rows = tuple((float(at), line) for at, line in enumerate(look.plan.assumptions, start=1))
    return Sheet("Assumptions", "What was assumed.", (Field("Number", "count"), Field("Assumption")), rows)


def sources(look: Lookup) -> Sheet:
    """Where facts and prices come from, and how old they are."""
    rows = tuple(
        (
            row.id,
            row.title,
            row.reference,
            row.as_of,
            row.age_days,
            ", ".join(row.basis),
            ", ".join(row.used_for),
        )
        for row in look.plan.sources
    )
    fields = (
        *columns("text", "Source", "Title", "Reference"),
        Field("As of", "date"),
        Field("Age in days", "count"),
        *columns("text", "Basis", "Used for"),
    )
    return Sheet("Sources", "Where facts and prices come from, with their age.", fields, rows)


def made(look: Lookup) -> Sheet:
    """How it was proven, and how to get it again."""
    row, how = look.plan.certificate, look.plan.made
    failed = sum(not finding.ok for finding in look.plan.findings)
    lines = (
        ("Verdict", "optimal within the gap asked" if row.verdict == "optimal" else "feasible, not proven optimal"),
        ("Gap", f"{row.gap:.4%} (asked: {row.gap_asked:.4%})"),
        ("Independent checks", f"{len(look.plan.findings) - failed} of {len(look.plan.findings)} passed"),
        ("Command", how.command),
        ("Problem file", how.problem_file),
        ("Version", how.planner_version),
        ("Problem SHA-256", how.problem_sha256),
        ("Facts SHA-256", how.catalog_sha256),
    )
    return Sheet(
        "Certificate", "What was proven, and how to get this plan again.", columns("text", "What", "Value"), lines
    )
