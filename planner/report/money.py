"""The bill: by period and form, by workload, per million tokens, as cash, and by how good its prices are."""

from __future__ import annotations

from dataclasses import dataclass

from planner.report import format as f
from planner.report.held import held_peak
from planner.report.lookup import FORMS, WEAK_BASES, Lookup, form_of, total_by
from planner.report.shapes import Cell, Column, Figure, Table, number, numbers, text, words

TERMS = {
    "existing_running": "Running what is owned",
    "existing_value_at_start": "Value of what was owned before",
    "existing_resale": "Owned before and sold",
    "existing_value_left": "Value left of what was owned before",
    "owned_purchase": "Purchases",
    "owned_value_left": "Value left at the end",
    "owned_running": "Running what is bought",
    "owned_power": "Electricity of GPUs at work",
    "owned_staff": "Staff",
    "owned_resale": "Bought and sold again",
    "owned_retired": "Retired and sold",
    "owned_lease": "Leases",
    "owned_loan": "Loans drawn and repaid",
    "owned_loan_left": "Owed on loans at the end",
    "owned_tax": "Tax until purchases are deducted",
    "owned_tax_left": "Tax value left at the end",
    "reserved_3y": "Reserved, 3 years",
    "reserved_1y": "Reserved, 1 year",
    "capacity_block": "Capacity blocks",
    "on_demand": "On demand",
    "on_demand_start_up": "Starting nodes on demand",
    "on_demand_minimum_hours": "On demand, billed unused",
    "spot": "Spot",
    "spot_start_up": "Starting spot nodes",
    "spot_minimum_hours": "Spot, billed unused",
    "switching": "Starting replicas",
    "egress": "Network egress",
    "storage": "Storage of weights",
    "api": "Hosted API",
    "unserved": "Unserved demand",
    "excess": "Caps exceeded",
}
"""Cost terms in the order of the bill."""
GIVEN = ("switching", "egress", "storage", "owned_staff", "unserved", "excess")
"""Terms whose price stands in the problem file."""


@dataclass(frozen=True)
class Money:
    """Everything the finance lead asks first."""

    bill: Table
    workloads: Table
    owning: Table | None
    after: str
    held: str
    figures: tuple[Figure, ...]


def money(look: Lookup) -> Money:
    """The bill and its charts."""
    figures = [cost_by_period(look)] if len(look.plan.periods) > 1 else [cost_by_form(look)]
    if len({row.workload for row in look.plan.workload_costs}) > 1:
        figures.append(cost_by_workload(look))
    return Money(
        bill=bill(look),
        workloads=workload_costs(look),
        owning=owning(look),
        after=after_horizon(look),
        held=held_peak(look),
        figures=tuple(figures),
    )


def bill(look: Lookup) -> Table:
    """Periods by cost term, with totals and present value."""
    plan = look.plan
    terms = [term for term in TERMS if any(row.term == term for row in plan.costs)]
    sums = total_by(plan.costs, lambda row: (row.period, row.term), lambda row: row.usd)
    npv = total_by(plan.costs, lambda row: row.period, lambda row: row.npv_usd)
    discounted = any(period.discount != 1 for period in plan.periods)
    rows = []
    for period in plan.periods:
        usd = [sums.get((period.index, term), 0.0) for term in terms]
        worth = [npv.get(period.index, 0.0)] if discounted else []
        rows.append((text(period.label), *map(_money, (*usd, sum(usd), *worth))))
    columns = [sum(usd for (_, name), usd in sums.items() if name == term) for term in terms]
    total = (*columns, plan.total_usd, *([plan.total_npv_usd] if discounted else []))
    heads = (*(TERMS[term] for term in terms), "Total", *(["Present value"] if discounted else []))
    table = (*words("Period"), *numbers(*heads))
    return Table("The bill by period and purchase form", table, tuple(rows), (text("Total"), *map(_money, total)))


def workload_costs(look: Lookup) -> Table:
    """The bill shared out over workloads, with the price of a million tokens they really use."""
    rows = look.plan.workload_costs
    usd = total_by(rows, lambda row: row.workload, lambda row: row.usd)
    tokens = total_by(rows, lambda row: row.workload, lambda row: row.million_tokens)
    lines = tuple(_workload_line(name, usd[name], tokens[name], sum(usd.values())) for name in usd)
    total = _workload_line("Total", sum(usd.values()), sum(tokens.values()), sum(usd.values()))
    columns = (*words("Workload"), *numbers("Cost", "Share of the bill", "Tokens expected", "Per million tokens"))
    return Table("Cost by workload, at the utilisation planned", columns, lines, total)


def _workload_line(name: str, usd: float, tokens: float, whole: float) -> tuple[Cell, ...]:
    portion = usd / whole if whole else 0.0
    each = number(f.unit_price(usd / tokens), usd / tokens) if tokens else text("–", "muted")
    volume = number(f.tokens_millions(tokens), tokens) if tokens else text("–", "muted")
    return text(name), _money(usd), number(f.share(portion), portion), volume, each


def owning(look: Lookup) -> Table | None:
    """What one owned node costs a month, line by line; None where nothing is owned."""
    used = {(row.subject, form_of(row.term)) for row in look.plan.costs}
    lines: dict[tuple[str, str], float] = {}
    for (pool, form), option in look.options.items():
        if (pool, form) not in used or form not in ("owned", "existing"):
            continue
        node = look.pools[pool].instance_type
        if form == "owned":
            leased = (look.plan.problem.get("supply", {}).get("own") or {}).get("lease")
            lines[node, "price that the lease pays for" if leased else "purchase, once"] = option.capex_usd
            if option.room_usd:
                lines[node, "own room, once"] = option.room_usd
        for line, usd in sorted(option.cost_lines.items()):
            lines[node, f"{line.replace('_', ' ')}, a month"] = usd
        if option.active_usd_per_gpu_hour:
            lines[node, "power of each GPU at work, an hour"] = option.active_usd_per_gpu_hour
        lines[node, "all of running it, a month"] = option.fixed_usd_per_month
    rows = [
        (text(node), text(line), _price(usd) if "an hour" in line else _money(usd))
        for (node, line), usd in lines.items()
    ]
    columns = (*words("System", "Line"), *numbers("USD a node"))
    return Table("What owning one node costs", columns, tuple(rows)) if rows else None


def _price(usd: float) -> Cell:
    return number(f.unit_price(usd), usd)


def after_horizon(look: Lookup) -> str:
    """What is still owed, and what is still owned, when the horizon ends."""
    owed = sum(max(0.0, row.usd_after_horizon) for row in look.plan.purchases)
    left = -sum(min(0.0, row.usd_after_horizon) for row in look.plan.purchases)
    prepaid = sum(row.prepaid_usd for row in look.plan.purchases)
    said = []
    if owed >= 0.5:
        said.append(f"Commitments cost {f.money(owed)} more beyond the horizon, which is not in the bill.")
    if prepaid >= 0.5:
        said.append(f"Of that, {f.money(prepaid)} is paid up front, within the horizon.")
    if left >= 0.5:
        said.append(f"Bought systems are still worth {f.money(left)} at the end, which the bill has taken off.")
    if (sold := sum(row.usd for row in look.plan.sales)) >= 0.5:
        said.append(f"Systems sold within the horizon bring {f.money(sold)}, their book value then.")
    owned = -sum(row.usd for row in look.plan.costs if row.term == "existing_value_left")
    if owned >= 0.5:
        said.append(f"Systems owned before are still worth {f.money(owned)} at the end, which the bill has taken off.")
    return " ".join(said)


def by_basis(look: Lookup) -> Table:
    """How much of the bill rests on prices of which quality."""
    spent: dict[str, float] = {}
    for row in look.plan.costs:
        basis = price_basis(look, row.subject, row.term)
        spent[basis] = spent.get(basis, 0.0) + abs(row.usd)
    whole = sum(spent.values())
    rows = tuple(
        (
            text(basis, "warn" if basis in WEAK_BASES else ""),
            _money(usd),
            number(f.share(usd / whole), usd / whole),
        )
        for basis, usd in sorted(spent.items(), key=lambda item: -item[1])
        if whole
    )
    columns = (Column("Basis of the price"), *numbers("Money that rests on it", "Share"))
    return Table("How good the prices are", columns, rows)


def price_basis(look: Lookup, subject: str, term: str) -> str:
    """The basis of the price behind a cost; "unstated" where the plan names none."""
    if term == "api":
        bases = [row.provenance.basis for row in look.plan.api_options if row.api == subject]
        return bases[0] if bases else "unstated"
    if term in GIVEN:
        return "given"
    option = look.options.get((subject, form_of(term))) or look.options.get((subject, "existing"))
    return option.provenance.basis if option and option.provenance else "unstated"


def cost_by_period(look: Lookup) -> Figure:
    """Stacked by form."""
    sums = total_by(look.plan.costs, lambda row: (row.period, form_of(row.term)), lambda row: row.usd)
    rows: tuple[dict[str, float | str], ...] = tuple(
        {
            "period": f.plain(look.periods[period].label),
            "order": period,
            "form": form,
            "usd": usd,
            "tip": f"{f.plain(look.periods[period].label)}, {FORMS[form]}: {f.money(usd)}",
        }
        for (period, form), usd in sorted(sums.items())
    )
    totals = total_by(look.plan.costs, lambda row: row.period, lambda row: row.usd)
    dearest = max(totals, key=lambda period: totals[period], default=0)
    says = (
        f"{f.money(look.plan.total_usd)} in all, "
        f"most in {look.periods[dearest].label} ({f.money(totals.get(dearest, 0.0))})."
    )
    return Figure("cost-by-period", "Cost by period and purchase form", says, "cost_by_period", rows)


def cost_by_form(look: Lookup) -> Figure:
    """One bar a form."""
    sums = total_by(look.plan.costs, lambda row: form_of(row.term), lambda row: row.usd)
    paid = {form: sums[form] for form in FORMS if form in sums}
    rows = tuple(_bar(FORMS[form], form, usd) for form, usd in paid.items())
    says = f.listed([f"{FORMS[form]} {f.money(usd)}" for form, usd in paid.items()]) + "."
    return Figure("cost-by-form", "Cost by purchase form", says, "bars", rows)


def _bar(name: str, form: str, usd: float) -> dict[str, float | str]:
    said = f.plain(name)
    return {"name": said, "form": form, "usd": usd, "label": f.money(usd), "tip": f"{said}: {f.money(usd)}"}


def cost_by_workload(look: Lookup) -> Figure:
    """One bar a workload, dearest first; idle capacity set apart by the plan's own row."""
    usd = total_by(look.plan.workload_costs, lambda row: row.workload, lambda row: row.usd)
    ordered = sorted(usd, key=lambda name: -usd[name])
    known = {workload.id for workload in look.plan.workloads}
    rows = tuple(_bar(name, "owned" if name in known else "idle", usd[name]) for name in ordered)
    says = f.listed([f"{name} {f.money(usd[name])}" for name in ordered]) + "."
    return Figure("cost-by-workload", "Cost by workload", says, "bars", rows)


def _money(usd: float) -> Cell:
    return number(f.money(usd) if usd else "–", usd)
