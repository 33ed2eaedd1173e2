"""What is committed when: nodes by purchase form in every period, and the months each commitment lasts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from planner.plan.plan import PurchaseRow
from planner.report.lookup import FORMS, Lookup

RENTED = {"on_demand": "on_demand_nodes", "spot": "spot_nodes"}


@dataclass(frozen=True)
class Span:
    """Nodes of one pool held in one form, from month to month of the plan [months from its start]."""

    pool: str
    form: str
    nodes: int
    ordered: float
    """When it is signed or ordered; equal to `start` where nothing is waited for."""
    start: float
    end: float
    """When the term, or the life of what is owned, ends; never before the horizon does unless it is sold."""
    usd_after_horizon: float


def starts(look: Lookup) -> dict[int, int]:
    """Months from the start of the plan to the start of each period, and one past the last to its end."""
    found, months = {}, 0
    for period in look.plan.periods:
        found[period.index] = months
        months += period.months
    return found | {len(found): months}


def spans(look: Lookup) -> list[Span]:
    """Everything that is owned, bought or signed, in the order of the forms."""
    found = [*_kept(look), *(_bought(look, row) for row in look.plan.purchases)]
    return sorted(found, key=lambda one: (list(FORMS).index(one.form), one.start, one.pool))


def _bought(look: Lookup, row: PurchaseRow) -> Span:
    option, begins = look.options[row.pool, row.form], starts(look)
    signed = begins[row.period]
    start = begins[row.first_period] if row.first_period in begins else signed + option.lead_months
    lasts = option.term_months if row.form != "owned" else option.service_months or option.life_months
    end = start + lasts if row.form == "owned" else signed + lasts
    if row.form == "capacity_block":
        end = begins.get(row.last_period + 1, start)
    if (gone := _sold_out(look, row)) is not None:
        end = begins[gone]
    return Span(row.pool, row.form, row.nodes, signed, start, max(end, start), row.usd_after_horizon)


def _sold_out(look: Lookup, row: PurchaseRow) -> int | None:
    """The period in which the last of a purchase is sold; None where some stay."""
    sales = [one for one in look.plan.sales if (one.pool, one.form, one.ordered) == (row.pool, row.form, row.period)]
    gone = row.form == "owned" and sum(one.nodes for one in sales) >= row.nodes
    return max(one.period for one in sales) if gone else None


def _kept(look: Lookup) -> Iterator[Span]:
    """One span for each group of existing systems that are retired together."""
    begins, last = starts(look), len(look.plan.periods)
    for pool in dict.fromkeys(row.pool for row in look.plan.kept):
        nodes = {row.period: row.nodes for row in look.plan.kept if row.pool == pool}
        option, here = look.options[pool, "existing"], 0
        for period in reversed(range(last)):
            more = nodes.get(period, 0) - here
            if more > 0:
                life = max(option.life_months - option.age_months, begins[last])
                end = life if period == last - 1 else begins[period + 1]
                yield Span(pool, "existing", more, 0.0, 0.0, end, 0.0)
                here += more


def committed_nodes(look: Lookup) -> dict[tuple[str, int], dict[str, int]]:
    """(pool, period) → nodes by purchase form of what is paid whether used or not."""
    found: dict[tuple[str, int], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for kept in look.plan.kept:
        found[kept.pool, kept.period]["existing"] += kept.nodes
    for row in look.plan.purchases:
        for period in range(row.first_period, row.last_period + 1):
            found[row.pool, period][row.form] += row.nodes
    for sale in look.plan.sales:
        if sale.form == "owned":
            for period in range(sale.period, len(look.plan.periods)):
                found[sale.pool, period]["owned"] -= sale.nodes
    return found


def gpus_by_form(look: Lookup) -> dict[tuple[int, int], dict[str, int]]:
    """(period, block) → GPUs by purchase form; slots in which nothing runs are absent."""
    committed = committed_nodes(look)
    found: dict[tuple[int, int], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in look.plan.capacity:
        slot = found[row.period, row.block]
        forms = committed.get((row.pool, row.period), {})
        if sum(forms.values()) != row.committed_nodes:
            forms = {"committed": row.committed_nodes}
        for form, nodes in forms.items():
            slot[form] += look.gpus(row.pool, nodes)
        for form, field in RENTED.items():
            slot[form] += look.gpus(row.pool, getattr(row, field))
    return found
