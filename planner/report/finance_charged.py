"""Sheets of who is charged, and who uses which electricity."""

from __future__ import annotations

from collections.abc import Callable

from planner.plan.plan import WorkloadCostRow
from planner.report.charged import model_of, team_of
from planner.report.lookup import FORMS, Lookup, total_by, where_is
from planner.report.sheets import Field, Formula, Sheet, Value, columns, letter, row_sum

Row = tuple[Value, ...]
CHARGED, TEAM, MODEL = "Charged", "Team", "Model"


def workloads(look: Lookup) -> Sheet:
    """The bill shared out over workloads, models and periods: the ledger of chargeback."""
    rows: list[Row] = []
    for row in look.plan.workload_costs:
        each = Formula("=G{row}/H{row}", row.charged_usd / row.million_tokens) if row.million_tokens else None
        charged = Formula("=E{row}+F{row}", row.charged_usd)
        named = (row.workload, model_of(row), team_of(row), look.periods[row.period].label)
        rows.append((*named, row.usd, row.idle_usd, charged, row.million_tokens, each))
    fields = (
        *columns("text", "Workload", MODEL, TEAM, "Period"),
        *columns("usd", "USD", "Idle capacity", CHARGED, total=True),
        Field("Million tokens expected", "figure", total=True),
        Field("USD a million tokens", "price"),
    )
    says = "The bill shared out by the GPU-hours that replicas hold, at the plan's own prices: for charging it on."
    return Sheet("Workloads", says, fields, tuple(rows))


def teams(look: Lookup, ledger: Sheet) -> Sheet:
    """What each team is charged; no rows where none is named."""
    named = any(row.team for row in look.plan.workload_costs)
    return _pivot(look, ledger, "Teams", TEAM, team_of if named else None)


def models(look: Lookup, ledger: Sheet) -> Sheet:
    """What is charged for each model; no rows where there is only one."""
    several = len({row.model for row in look.plan.workload_costs if row.model}) > 1
    return _pivot(look, ledger, "Models", MODEL, model_of if several else None)


def _pivot(look: Lookup, ledger: Sheet, name: str, head: str, key: Callable[[WorkloadCostRow], str] | None) -> Sheet:
    """Teams or models by period, added up from the ledger."""
    labels = [period.label for period in look.plan.periods]
    found = total_by(
        look.plan.workload_costs, lambda row: (key(row) if key else "", row.period), lambda row: row.charged_usd
    )
    rows: list[Row] = []
    for who in sorted({who for who, _ in found} if key else (), key=lambda one: (one[0] == "(", one)):
        usd = [found.get((who, period), 0.0) for period in look.periods]
        cells = [
            ledger.where(CHARGED, {head: "$A{row}", "Period": f"{letter(place)}$1"}, amount)
            for place, amount in enumerate(usd, start=1)
        ]
        rows.append((who, *cells, row_sum("B", letter(len(usd)), usd)))
    fields = (Field(head), *columns("usd", *labels, "Total", total=True))
    return Sheet(name, f"What is charged by {head.lower()} and period.", fields, tuple(rows))


def energy_use(look: Lookup) -> Sheet:
    """Electricity by pool, form, workload and period, with grid and building: carbon and tokens follow them."""
    rows: list[Row] = []
    for row in look.plan.energy_use:
        pool, per_wh = look.pools[row.pool], None
        place = pool.electricity
        site, kg = Formula("=F{row}*G{row}", row.kwh), None
        pue: Value = None
        grams: Value = None
        if place:
            pue, grams = place.pue, place.g_co2_per_kwh
            site = Formula("=F{row}*G{row}", row.kwh * place.pue)
            kg = Formula("=I{row}*H{row}/1000", row.kwh * place.pue * place.g_co2_per_kwh / 1000)
        drawn = "I" if place else "F"
        if row.million_tokens:
            whole = row.kwh * (place.pue if place else 1.0)
            per_wh = Formula(f"=K{{row}}*1000/{drawn}{{row}}", row.million_tokens * 1000 / whole)
        where = where_is(pool)
        named = (FORMS[row.form], where, pool.instance_type, row.workload, look.periods[row.period].label)
        rows.append((*named, row.kwh, pue, grams, site if place else None, kg, row.million_tokens, per_wh))
    fields = (
        *columns("text", "Form", "Where", "Machine", "Workload", "Period"),
        Field("Machines [kWh]", "figure", total=True),
        *columns("figure", "PUE", "Grid [g CO2e/kWh]"),
        *columns("figure", "With the building [kWh]", "Carbon [kg CO2e]", "Million tokens", total=True),
        Field("Tokens per Wh", "figure"),
    )
    says = "Electricity of all nodes at work, by who uses it, with what its grid and its building make of it."
    return Sheet("Energy use", says, fields, tuple(rows))
