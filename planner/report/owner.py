"""The page for the budget owner: what to sign and by when, what it costs, if demand doubles, what could go wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from planner.report import format as f
from planner.report import growth
from planner.report.answer import horizon
from planner.report.commitments import RENTED
from planner.report.deeds import decision, due, retirements
from planner.report.hosted import cheaper_elsewhere
from planner.report.lookup import FORMS, WEAK_BASES, Lookup, form_of, total_by
from planner.report.money import after_horizon, price_basis
from planner.report.shapes import Cell, Table, number, numbers, text, words

_MOST_DEEDS = 7
_MOST_PERIODS = 8
_TIGHT = 0.9
_CENTS = 0.5
_CROWDED = 0.6
_MOST_RISKS = 7
_MOST_TOLD = 3


@dataclass(frozen=True)
class Owner:
    """One page."""

    ask: str
    deeds: Table
    costs: Table
    after: str
    doubled: tuple[str, ...]
    to_plan: str
    command: str
    risks: tuple[str, ...]


def owner(look: Lookup) -> Owner:
    """What somebody who approves money needs, and nothing else."""
    return Owner(
        ask=ask(look),
        deeds=deeds(look),
        costs=costs(look),
        after=after_horizon(look),
        doubled=growth.doubled(look),
        to_plan=growth.to_plan(look),
        command=growth.command(look),
        risks=tuple(risks(look))[:_MOST_RISKS],
    )


def ask(look: Lookup) -> str:
    """The decision in one sentence, and how payments and the plan's cost differ where they do."""
    first, plan = look.plan.periods[0], look.plan
    paid = sum(row.usd for row in plan.cash if row.period == first.index)
    whole = sum(row.usd for row in plan.cash)
    later = f", and {f.money(whole)} over {horizon(look)}" if len(plan.periods) > 1 else ""
    nothing = "" if plan.purchases else " Nothing has to be signed."
    charged = (
        f" Of these payments the plan is charged {f.money(plan.total_usd)}: value left at its end and terms beyond it "
        "are not its cost."
        if abs(whole - plan.total_usd) >= 0.5
        else ""
    )
    return f"Approve payments of {f.money(paid)} for {first.label}{later}.{nothing}{charged}"


def deeds(look: Lookup) -> Table:
    """What to sign, order, shut down and arrange, in the order of time."""
    lines = [*_signed(look), *_shut(look), *_arranged(look)]
    more = len(lines) - _MOST_DEEDS
    if more > 0:
        rest = (text(f"and {f.plural(more + 1, 'smaller line')}: see What is bought, signed and rented"), text(""))
        lines = [*lines[: _MOST_DEEDS - 1], (*rest, text(""), text(""))]
    columns = (*words("Do", "By"), *numbers("Cost in the plan", "After the plan"))
    return Table("What to sign, order and arrange", columns, tuple(lines))


def _signed(look: Lookup) -> Iterator[tuple[Cell, ...]]:
    for row in sorted(look.plan.purchases, key=lambda one: (one.period, -one.usd, one.pool)):
        said = decision(look, row).split(" by ")[0]
        after = _usd(row.usd_after_horizon if abs(row.usd_after_horizon) >= _CENTS else 0.0)
        yield text(f"{said[0].upper()}{said[1:]}"), text(due(look, row.period)), _usd(row.usd), after


def _shut(look: Lookup) -> Iterator[tuple[Cell, ...]]:
    for line in retirements(look):
        said, _, when = line.rpartition(" on " if line.startswith("sell") else " from ")
        yield text(f"{said[0].upper()}{said[1:]}"), text(when), text("–"), text("–")


def _arranged(look: Lookup) -> list[tuple[Cell, ...]]:
    """Accounts and quotas for what is rented by the hour, dearest first."""
    lines = []
    for form, field in RENTED.items():
        rows = [row for row in look.plan.capacity if getattr(row, field)]
        for name in dict.fromkeys(row.pool for row in rows):
            mine = [row for row in rows if row.pool == name]
            pool, most = look.pools[name], max(getattr(row, field) for row in mine)
            usd = sum(row.usd for row in look.plan.costs if row.subject == name and form_of(row.term) == form)
            machine = (
                f"{most:,}{f.NBSP}×{f.NBSP}{pool.instance_type} ({look.gpus(name, most):,}{f.NBSP}×{f.NBSP}{pool.gpu})"
            )
            said = f"Arrange quota for up to {machine}, {FORMS[form].lower()}, at {pool.provider} {pool.region}"
            lines.append((usd, (text(said), text(due(look, min(row.period for row in mine))), _usd(usd), text("–"))))
    return [line for _, line in sorted(lines, key=lambda one: -one[0])]


def costs(look: Lookup) -> Table:
    """What each period costs and what is paid in it; many later periods in one line."""
    charged = total_by(look.plan.costs, lambda row: row.period, lambda row: row.usd)
    paid = total_by(look.plan.cash, lambda row: row.period, lambda row: row.usd)
    capex = total_by(
        [row for row in look.plan.cash if row.kind == "capex"], lambda row: row.period, lambda row: row.usd
    )
    periods = look.plan.periods
    shown = periods if len(periods) <= _MOST_PERIODS else periods[: _MOST_PERIODS - 1]
    groups = [(one.label, [one.index]) for one in shown]
    if later := periods[len(shown) :]:
        groups.append((f"{later[0].label} to {later[-1].label}", [one.index for one in later]))

    def line(name: str, indices: list[int]) -> tuple[Cell, ...]:
        sums = [sum(one.get(t, 0.0) for t in indices) for one in (charged, paid, capex)]
        return text(name), *map(_usd, sums[: 3 if capex else 2])

    heads = ("Cost", "Paid in cash", *(["Of that purchases (capex)"] if capex else []))
    total = line("Total", [one.index for one in periods])
    rows = tuple(line(*group) for group in groups)
    return Table("What it costs, and when it is paid", (*words("Period"), *numbers(*heads)), rows, total)


def _usd(usd: float) -> Cell:
    return number(f.money(usd) if usd else "–", usd)


def risks(look: Lookup) -> Iterator[str]:
    """What could make it dearer or impossible, gravest first."""
    certificate = look.plan.certificate
    if certificate.verdict != "optimal":
        yield f"The search was stopped by its clock: a better plan may exist, {f.by_at_most(certificate.gap)}."
    yield from _tight(look)
    yield from _doubtful(look)
    yield from _crowded(look)
    spent = total_by(look.plan.costs, lambda row: form_of(row.term), lambda row: row.usd)
    whole = sum(usd for usd in spent.values() if usd > 0)
    if (spot := spent.get("spot", 0.0)) > 0:
        yield f"Spot capacity, {f.share(spot / whole)} of the bill, can be taken away at any moment; its price moves."
    if (hourly := spent.get("on_demand", 0.0)) > 0:
        yield (
            f"On-demand capacity, {f.share(hourly / whole)} of the bill, is not held for you: a provider may be out of "
            "it or change its price."
        )
    if (owed := sum(max(0.0, row.usd_after_horizon) for row in look.plan.purchases)) >= 0.5:
        yield f"Commitments bind {f.money(owed)} beyond the plan, whether the capacity is then needed or not."
    yield from _latency(look)
    if cheaper := cheaper_elsewhere(look):
        yield (
            f"Hosted APIs that are not on offer to this plan list the same models for less a million tokens: "
            f"{f.listed(cheaper[:_MOST_TOLD])} here. Whether their latency and terms would do is not known."
        )


def _tight(look: Lookup) -> Iterator[str]:
    tight = [
        row
        for row in look.plan.limits
        if row.cap and row.unit != "share" and not row.at_least and row.used / row.cap >= _TIGHT
    ]
    for row in list({row.limit: row for row in sorted(tight, key=lambda row: row.used / row.cap)}.values())[:3]:
        when = "" if row.period is None else f" in {look.periods[row.period].label}"
        yield f"{row.limit}{when} is {f.share(row.used / row.cap)} used: there is no room to grow under it."


def _doubtful(look: Lookup) -> Iterator[str]:
    """How much of the money rests on weak prices, and how old the oldest is."""
    whole = sum(abs(row.usd) for row in look.plan.costs)
    bases = [(price_basis(look, row.subject, row.term), abs(row.usd)) for row in look.plan.costs]
    weak = sum(usd for basis, usd in bases if basis in WEAK_BASES)
    if whole and weak / whole >= 0.001:
        kinds = f.listed(sorted({basis for basis, _ in bases if basis in WEAK_BASES}))
        known = f"prices from no seller's own list ({kinds})"
        yield f"{f.share(weak / whole)} of the money rests on {known}: ask for quotes first."
    days = [
        ((look.plan.made.as_of - option.provenance.as_of).days, f"{pool}, {FORMS.get(form, form).lower()}")
        for (pool, form), option in look.options.items()
        if option.provenance and option.provenance.as_of and _is_paid(look, pool, form)
    ]
    if days and max(days)[0] > 90:
        age, whose = max(days)
        yield f"The oldest price that is paid, {whose}, is {f.age(age)} old: have it confirmed."


def _crowded(look: Lookup) -> Iterator[str]:
    """A provider that most of the money goes to, where nothing asks to survive its loss."""
    spent = total_by(look.plan.costs, lambda row: _landlord(look, row.subject), lambda row: row.usd)
    spent.pop("", None)
    whole = sum(row.usd for row in look.plan.costs if row.usd > 0)
    name = max(spent, key=lambda one: spent[one], default="")
    asked = look.plan.problem.get("limits", {}).get("survive_loss_of")
    if name and not asked and whole > 0 and spent[name] / whole >= _CROWDED:
        places = sorted(
            {pool.region for pool in look.pools.values() if pool.provider == name and _earns(look, pool.id)}
        )
        where = f", all in {places[0]}" if len(places) == 1 else ""
        yield (
            f"{name} is paid {f.share(spent[name] / whole)} of the bill{where}: spares do not cover its outage; "
            "limits.survive_loss_of plans for one."
        )


def _landlord(look: Lookup, subject: str) -> str:
    """Who rents out what a cost is for; nobody for what is owned or hosted."""
    pool = look.pools.get(subject)
    return "" if pool is None or pool.provider == "own" else pool.provider


def _earns(look: Lookup, pool: str) -> bool:
    return any(row.subject == pool and row.usd > 0 for row in look.plan.costs)


def _is_paid(look: Lookup, pool: str, form: str) -> bool:
    return any(row.subject == pool and form_of(row.term) == form and row.usd for row in look.plan.costs)


def _latency(look: Lookup) -> Iterator[str]:
    slo = {one.id: one.slo for one in look.plan.workloads}
    missed = {
        row.workload
        for row in look.plan.configs
        for target, value in row.latency.items()
        if (one := row.intervals.get(target.split("_")[0])) and value * one.high_factor > slo[row.workload][target]
    }
    if missed:
        yield (
            f"Latency of {f.listed(sorted(missed))} is expected to meet its targets, but within the 80{f.NBSP}% range "
            "it may not: measure one replica before relying on it."
        )
