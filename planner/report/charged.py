"""Who is charged for what: the bill by team and by model, period by period, and what stood idle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from planner.plan.plan import WorkloadCostRow
from planner.report import format as f
from planner.report.lookup import Lookup, total_by
from planner.report.shapes import Cell, Table, number, numbers, text, words

IDLE = "(idle committed capacity)"
NO_TEAM = "(no team)"
_MOST_PERIODS = 8


@dataclass(frozen=True)
class Charged:
    """What is charged on; no tables where there is one workload of nobody's."""

    says: str
    tables: tuple[Table, ...]


def charged(look: Lookup) -> Charged:
    """By team where some are named, by model where there are several."""
    rows, tables = look.plan.workload_costs, []
    if any(row.team for row in rows):
        tables.append(_by_period(look, "Charged to each team, by period", "Team", team_of))
    if len({row.model for row in rows if row.model}) > 1:
        tables.append(_by_period(look, "Charged for each model, by period", "Model", model_of))
    hint = "" if any(row.team for row in rows) else " Where workloads name their team, each is charged its part."
    return Charged(f"{_idle(look)}{hint}" if tables else "", tuple(tables))


def team_of(row: WorkloadCostRow) -> str:
    """Team and account, or why there is none."""
    if row.team:
        return f"{row.team} ({row.cost_centre})" if row.cost_centre else row.team
    return row.workload if row.workload.startswith("(") else NO_TEAM


def model_of(row: WorkloadCostRow) -> str:
    """The model, or what of the bill none caused."""
    return row.model or (row.workload if row.workload.startswith("(") else "(unserved demand)")


def _by_period(look: Lookup, caption: str, head: str, key: Callable[[WorkloadCostRow], str]) -> Table:
    """One line a team or model: what it is charged in each period, dearest first, what is nobody's last."""
    usd = total_by(look.plan.workload_costs, lambda row: (key(row), row.period), lambda row: row.charged_usd)
    tokens = total_by(look.plan.workload_costs, key, lambda row: row.million_tokens)
    whole = total_by(look.plan.workload_costs, key, lambda row: row.charged_usd)
    groups = _groups(look)
    names = sorted((name for name in whole if abs(whole[name]) >= 0.005), key=lambda one: (one[0] == "(", -whole[one]))

    def line(name: str, of: list[str]) -> tuple[Cell, ...]:
        amounts = [sum(usd.get((one, t), 0.0) for one in of for t in periods) for _, periods in groups]
        volume = sum(tokens[one] for one in of)
        each = sum(amounts) / volume if volume else 0.0
        unit = number(f.unit_price(each), each) if volume else text("–", "muted")
        total = [sum(amounts)] if len(groups) > 1 else []
        return text(name), *(number(f.money(one) if one else "–", one) for one in [*amounts, *total]), unit

    columns = (*words(head), *numbers(*(label for label, _ in groups)))
    columns += numbers(*(["Total"] if len(groups) > 1 else []), "Per million tokens")
    return Table(caption, columns, tuple(line(name, [name]) for name in names), line("Total", names))


def _groups(look: Lookup) -> list[tuple[str, list[int]]]:
    """Periods as columns; many later ones are one."""
    periods = look.plan.periods
    shown = periods if len(periods) <= _MOST_PERIODS else periods[: _MOST_PERIODS - 1]
    groups = [(one.label, [one.index]) for one in shown]
    if later := periods[len(shown) :]:
        groups.append((f"{later[0].label} to {later[-1].label}", [one.index for one in later]))
    return groups


def _idle(look: Lookup) -> str:
    """What committed capacity stood idle, and who bears it."""
    idle = sum(row.usd for row in look.plan.workload_costs if row.workload == IDLE)
    left = sum(row.charged_usd for row in look.plan.workload_costs if row.workload == IDLE)
    if idle < 0.5:
        return "No committed capacity stands idle."
    share = f.share(idle / look.plan.total_usd) if look.plan.total_usd > 0 else ""
    what = f"Committed capacity that stands idle costs {f.money(idle)}, {share} of the bill."
    if left >= 0.5:
        return f"{what} It is shown apart; chargeback: {{idle: pro_rata}} charges it on to all who pay in the period."
    return f"{what} It is charged on to all in proportion to what else they pay in the period (chargeback.idle)."
