"""Caps of a problem as levers: quotas, budgets, power, carbon, GPUs, systems, shares, losses to survive."""

from __future__ import annotations

from collections.abc import Iterator

from planner.explain.conflict_levers import Lever, Steps, number
from planner.inputs.problem import Problem

_MANY = 1_000_000
_MOST_USD = 1e12
_NEARLY_ALL = 0.99


def caps(problem: Problem) -> Iterator[Lever]:
    """Every cap that is written."""
    yield from _single_caps(problem)
    yield from _supply_caps(problem)
    for index, quota in enumerate(problem.supply.quotas):
        words = f"raise the {quota.limit_name} from {{now}} to {{then}} GPUs"
        key = f"supply.quotas.{index}.max_gpus"
        yield number(
            f"{quota.limit_name}: {quota.max_gpus:,} GPUs", "cap", key, (quota.max_gpus, _MANY), words, whole=True
        )
    for index, budget in enumerate(problem.limits.budget):
        unit = f"USD a {problem.horizon.period}"
        words = f"raise the {budget.kind} budget from {{now}} to {{then}} {unit}"
        key = f"limits.budget.{index}.usd_per_period"
        usd = budget.usd_per_period
        yield number(f"budget {budget.kind}: {usd:,.10g} {unit}", "cap", key, (usd, _MOST_USD), words)


def _single_caps(problem: Problem) -> Iterator[Lever]:
    limits, period = problem.limits, problem.horizon.period
    singles = (
        ("max_distinct_configurations", "configurations", True),
        ("max_gpus", "GPUs", True),
        ("power_kw", "kW", False),
        ("carbon_kg_per_period", f"kg CO2e a {period}", False),
    )
    for field, unit, whole in singles:
        if (now := getattr(limits, field)) is not None:
            words = f"raise limits.{field} from {{now}} to {{then}} {unit}"
            far = _MANY if whole else _MOST_USD
            yield number(f"limits.{field}: {now:,.10g} {unit}", "cap", f"limits.{field}", (now, far), words, whole)
    for index, share in enumerate(limits.provider_shares):
        key = f"limits.provider_shares.{index}"
        if share.max_share < 1:
            words = f"let {share.provider} have {{then}} of the GPU-hours instead of {{now}}"
            name = f"at most {share.max_share:.0%} of the GPU-hours with {share.provider}"
            yield number(name, "cap", f"{key}.max_share", (share.max_share, _NEARLY_ALL), words)
        if share.min_share > 0:
            words = f"ask {share.provider} for {{then}} of the GPU-hours instead of {{now}}"
            name = f"at least {share.min_share:.0%} of the GPU-hours with {share.provider}"
            yield number(name, "cap", f"{key}.min_share", (share.min_share, 1e-6), words)
    if limits.survive_loss_of is not None:
        yield _survival(problem)


def _survival(problem: Problem) -> Lever:
    limits = problem.limits
    none = {
        "limits.survive_loss_of": None,
        "limits.surviving_share": 1.0,
        "limits.zones_per_region": None,
    }
    shares = [share / 20 for share in range(19, 0, -1) if share / 20 < limits.surviving_share]
    ways = [({"limits.surviving_share": one}, f"keep {one:.0%} of the demand when a {limits.survive_loss_of} is lost,"
             f" not {limits.surviving_share:.0%}") for one in shares]  # fmt: skip
    last = (none, f"do not plan for the loss of a {limits.survive_loss_of} (limits.survive_loss_of)")
    name = f"survive the loss of a {limits.survive_loss_of} with {limits.surviving_share:.0%} of the demand served"
    return Lever(name, "cap", none, Steps((*ways, last)))


def _supply_caps(problem: Problem) -> Iterator[Lever]:
    own = problem.supply.own
    for system, most in own.max_systems.items():
        words = f"allow {{then}} {system} to be bought instead of {{now}}"
        yield number(f"max_systems {system}: {most:,}", "cap", f"supply.own.max_systems.{system}", (most, _MANY), words,
                     whole=True)  # fmt: skip
    if (kw := own.site.max_power_kw) is not None:
        words = "raise the power of the room from {now} to {then} kW"
        yield number(f"supply.own.site.max_power_kw: {kw:,.10g} kW", "cap", "supply.own.site.max_power_kw",
                     (kw, _MOST_USD), words)  # fmt: skip
    if (own.systems or own.existing) and own.site.lead_time_months > 0 and own.systems:
        yield _lead_time(own.site.lead_time_months)
    for index, block in enumerate(problem.supply.capacity_blocks):
        if block.max_nodes is not None:
            name = block.limit_name(index + 1)
            key = f"supply.capacity_blocks.{index}.max_nodes"
            words = f"raise the nodes of {name} from {{now}} to {{then}}"
            yield number(f"{name}: {block.max_nodes:,} nodes", "cap", key, (block.max_nodes, _MANY), words, whole=True)


def _lead_time(months: float) -> Lever:
    key = "supply.own.site.lead_time_months"
    whole = [float(one) for one in range(int(months), -1, -1) if one < months]
    ways = tuple(
        ({key: one}, f"have systems delivered in {one:g} months instead of {months:g}: order "
         f"{months - one:g} months before the horizon starts, or start the horizon later (lead_time_months)")
        for one in whole
    )  # fmt: skip
    return Lever(f"lead time of owned systems: {months:g} months", "cap", {key: 0.0}, Steps(ways))
