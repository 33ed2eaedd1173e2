"""If things go otherwise: what the plan costs in every scenario, what would be best there, what hedging costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from planner.plan.plan import HedgeRow, ScenarioRow
from planner.report import format as f
from planner.report.lookup import Lookup
from planner.report.proven import AIMS, NO_MONEY, hedged, is_best_for_all
from planner.report.shapes import Cell, Table, number, numbers, text, words


@dataclass(frozen=True)
class Otherwise:
    """The scenarios; no tables where none are given."""

    says: tuple[str, ...]
    table: Table | None
    together: Table | None


def otherwise(look: Lookup) -> Otherwise:
    """All that is known of the scenarios."""
    if not look.plan.scenarios:
        return Otherwise((), None, None)
    return Otherwise(tuple(_says(look)), _table(look), _together(look))


def _says(look: Lookup) -> Iterator[str]:
    hedge, plan = look.plan.hedge, look.plan
    if hedge is None:
        yield (
            "The plan is made for the base case. What it signs, buys and keeps is the same in every scenario; rents, "
            "replicas and hosted APIs are then the best for that scenario. Regret is what it costs more than the best "
            "plan made for that scenario alone."
        )
    else:
        yield (
            f"What is signed, bought and kept is decided once for all scenarios, for the least {AIMS[hedge.objective]}"
            f"{_weights(look)}: rents, replicas and hosted APIs then follow each scenario. Regret is what the plan "
            "costs more than the best plan made for that scenario alone."
        )
        yield _proof(hedge)
        if hedging := _hedging(look, hedge):
            yield hedging
    for row in plan.scenarios:
        if row.refusal:
            why = row.refusal.splitlines()[0].rstrip(".")
            yield f"In {row.name} the plan cannot be carried out: {why}."


def _weights(look: Lookup) -> str:
    asked = look.plan.problem["robust"]
    if asked["objective"] != "cvar":
        return ""
    return f" ({f.exact_share(asked['cvar_weight'])} of it the mean of the worst {_tail(asked['cvar_share'])})"


def _tail(share: float) -> str:
    return f.exact_share(round(1 - share, 12))


def _proof(hedge: HedgeRow) -> str:
    size = f"over {hedge.columns:,} decisions under {hedge.rows:,} constraints, all scenarios together"
    reached = f" This plan's is {f.money(hedge.value)}." if is_best_for_all(hedge) else ""
    return f"{hedged(hedge)}, {size}.{reached}"


def _hedging(look: Lookup, hedge: HedgeRow) -> str:
    """What it costs in the base case that the plan is ready for others, and what that saves."""
    base, risk, alone = look.plan.scenarios[0], look.plan.risk, hedge.alone
    if base.npv_usd is None or base.alone_npv_usd is None or risk is None:
        return ""
    price = base.npv_usd - base.alone_npv_usd
    paid = (
        f"Being ready costs {f.money(price)} in the base case ({f.change(price / base.alone_npv_usd)})"
        if price > NO_MONEY and base.alone_npv_usd
        else "Being ready costs nothing in the base case"
    )
    if alone is None:
        return f"{paid}; what is best for the base case alone could not be carried out in every scenario."
    saved = (
        ("expected cost", alone.expected_usd - risk.expected_usd),
        ("largest cost", alone.worst_usd - risk.worst_usd),
        ("largest regret", alone.worst_regret_usd - risk.worst_regret_usd),
    )
    parts = [
        f"the {name} {'falls' if usd > 0 else 'rises'} by {f.money(abs(usd))}"
        for name, usd in saved
        if abs(usd) > NO_MONEY
    ]
    return f"{paid}; against the plan for the base case alone {f.listed(parts) if parts else 'nothing else changes'}."


def _table(look: Lookup) -> Table:
    hedged = look.plan.hedge is not None
    lines = tuple(_line(row, hedged) for row in look.plan.scenarios)
    heads = ["This plan costs", "Best possible there", "Regret", "Most GPUs"]
    if hedged:
        heads.insert(1, "Base case's plan costs")
    columns = (*words("Scenario", "What is different"), *numbers("Probability", *heads))
    return Table("If things go otherwise: present values", columns, lines)


def _line(row: ScenarioRow, hedged: bool) -> tuple[Cell, ...]:
    regret = None if row.npv_usd is None or row.best_npv_usd is None else max(0.0, row.npv_usd - row.best_npv_usd)
    return (
        text(row.name),
        text("; ".join(f"{key}: {_plain(value)}" for key, value in row.changes.items()) or "nothing", "muted"),
        number(f.share(row.probability), row.probability),
        _usd(row.npv_usd),
        *([_usd(row.alone_npv_usd)] if hedged else []),
        _usd(row.best_npv_usd),
        _usd(regret),
        number(f.count(row.most_gpus), row.most_gpus) if row.npv_usd is not None else text("–", "muted"),
    )


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _usd(amount: float | None) -> Cell:
    return text("not possible", "warn") if amount is None else number(f.money(amount), amount)


def _together(look: Lookup) -> Table | None:
    risk, hedge = look.plan.risk, look.plan.hedge
    if risk is None:
        return None
    plans = [("This plan", risk)] + ([("The base case's plan", hedge.alone)] if hedge and hedge.alone else [])
    lines = tuple(
        (text(name), *(_usd(usd) for usd in (one.expected_usd, one.tail_usd, one.worst_usd, one.worst_regret_usd)))
        for name, one in plans
    )
    heads = ("Expected cost", f"Mean of the worst {_tail(risk.tail_share)} (CVaR)", "Largest cost", "Largest regret")
    return Table("All scenarios together", (*words("Plan"), *numbers(*heads)), lines)
