"""What buying earns over renting, as an investment; and what the rule of thumb leaves out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import accumulate

from planner.invest.arithmetic import irr_per_year, npv, payback_months, rates_of_return, start_times
from planner.plan.plan import Plan
from planner.plan.rows.investment import BuyingRow, RuleRow, StrategyRow
from planner.units import HOURS_PER_MONTH


def buying_row(row: StrategyRow, renting: StrategyRow, plan: Plan) -> BuyingRow:
    """What a strategy saves over one that rents, by period; `plan` tells the periods and the discount rate."""
    months = [period.months for period in plan.periods]
    rate = float(plan.problem["horizon"]["discount_rate_per_year"])
    flows = [theirs - mine for mine, theirs in zip(row.flows_usd, renting.flows_usd, strict=True)]
    times = start_times(months)
    paid_back, rates = payback_for_good(flows[:-1], months), rates_of_return(flows, times)
    best = irr_per_year(flows, times)
    return BuyingRow(
        id=row.id,
        over=renting.id,
        flows_usd=flows,
        saves_usd=npv(rate, flows, times),
        irr_per_year=best,
        other_rates=[rate for rate in rates if rate != best],
        payback_months=paid_back,
        discounted_payback_months=payback_for_good(_discounted(rate, flows[:-1], times), months),
        pays_back_in=_period_at(plan, paid_back),
    )


def _discounted(rate: float, flows: list[float], times: list[float]) -> list[float]:
    return [npv(rate, [flow], [time]) for flow, time in zip(flows, times, strict=False)]


def payback_for_good(flows: list[float], months: list[int]) -> float | None:
    """Months from which on the flows so far never add up to less than nothing again; None where they end there.

    Renting may prepay a term and then pay nothing for years: what looked paid back is owed again.
    """
    sums = list(accumulate(flows))
    last_owed = max((at for at, total in enumerate(sums) if total < 0), default=None)
    if last_owed is None:
        return 0.0
    if last_owed == len(sums) - 1:
        return None
    before = [sums[last_owed], *flows[last_owed + 1 :]]
    paid = payback_months(before, [0, *months[last_owed + 1 :]])
    return None if paid is None else sum(months[: last_owed + 1]) + paid


def _period_at(plan: Plan, month: float | None) -> str:
    before = 0.0
    for period in plan.periods:
        before += period.months
        if month is not None and month <= before:
            return period.label
    return ""


def rule_rows(owned: Plan, renting: Plan, on_demand_usd_per_gpu_hour: float | None) -> Iterator[RuleRow]:
    """From the rule of thumb to the payback of owning everything, one hidden assumption after another.

    The rule divides the price by what as many GPUs cost in the cloud round the clock. Nothing without a purchase, or
    where nothing is to be had on demand.
    """
    bought = [row for row in owned.purchases if row.form == "owned"]
    if not bought or on_demand_usd_per_gpu_hour is None:
        return
    gpus = sum(row.nodes * _gpus(owned, row.pool) for row in bought)
    price = sum(row.usd for row in owned.costs if row.term == "owned_purchase")
    cloud = gpus * on_demand_usd_per_gpu_hour * HOURS_PER_MONTH
    months = sum(period.months for period in owned.periods)
    yield _rule("Rule of thumb", f"{gpus} GPUs on demand round the clock, owning costs nothing", price, cloud)
    rented = renting.total_usd / months
    yield _rule("Renting as needed", "what best renting really costs, hour by hour and with its terms", price, rented)
    for name, usd in running_usd(owned).items():
        rented -= usd / months
        yield _rule(f"Less {name}", f"what owning pays for {name}, over the horizon", price, rented)
    between = sum(row.usd for row in owned.costs if row.term in {"on_demand", "spot"})
    if between:
        rented -= between / months
        yield _rule("Less renting meanwhile", "on demand until the systems have arrived", price, rented)


def _rule(step: str, says: str, price: float, saved: float) -> RuleRow:
    payback = price / saved if saved > 0 else None
    return RuleRow(step=step, says=says, purchase_usd=price, saves_usd_per_month=saved, payback_months=payback)


def _gpus(plan: Plan, pool: str) -> int:
    return next(row.gpus_per_node for row in plan.pools if row.id == pool)


def running_usd(plan: Plan) -> Mapping[str, float]:
    """What running owned systems costs over the horizon, by line [USD]."""
    found: dict[str, float] = {}
    lines = {row.pool: row.cost_lines for row in plan.options if row.form == "owned"}
    monthly = {pool: sum(parts.values()) for pool, parts in lines.items()}
    for row in plan.costs:
        if row.term == "owned_running" and monthly.get(row.subject):
            for name, usd in lines[row.subject].items():
                found[name] = found.get(name, 0.0) + row.usd * usd / monthly[row.subject]
        elif row.term in {"owned_power", "owned_staff"}:
            name = row.term.removeprefix("owned_")
            found[name] = found.get(name, 0.0) + row.usd
    return {name: usd for name, usd in found.items() if usd}
