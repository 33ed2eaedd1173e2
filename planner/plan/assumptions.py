"""What the reader must know to trust the figures: defaults, simplifications, and weak facts."""

from __future__ import annotations

from collections.abc import Iterator

from planner.candidates.candidate import ReplicaConfig
from planner.candidates.disaggregated import link_of
from planner.catalog.specs import Basis
from planner.inputs.own import Own
from planner.inputs.signals import signal_notes
from planner.plan.bill import cost_rows
from planner.plan.case import Case
from planner.plan.plan import PurchaseRow
from planner.plan.sources import assumed_site_figures, price_origin, price_words, priced_options, steady_prices

_ENGINES = {"vllm": "vLLM", "sglang": "SGLang", "trtllm": "TensorRT-LLM"}
_SOUND = {Basis.LISTED, Basis.MEASURED, Basis.OBSERVED, Basis.COMPUTED}


def assumption_lines(case: Case, purchases: list[PurchaseRow]) -> list[str]:
    """Sentences, the demand's first; each said once."""
    parts = (
        case.demand.notes,
        case.candidates.notes,
        signal_notes(case.problem.signals),
        _demand(case),
        _performance(case),
        _money(case, purchases),
        _spot(case),
        _week(case),
        _weak_prices(case),
    )
    return list(dict.fromkeys(line for part in parts for line in part))


def _demand(case: Case) -> Iterator[str]:
    """What the demand's own notes leave unsaid."""
    demands = (asked.traffic or asked.batch for asked in case.problem.workloads.values())
    sure = any(demand.forecast_error for demand in demands if demand)
    if not case.problem.limits.demand_margin and not sure:
        yield "Demand is planned as forecast, without a margin (limits.demand_margin is 0)."
    for name, asked in case.problem.workloads.items():
        if asked.traffic and asked.traffic.burstiness_cv == 1:
            yield f"{name}: requests arrive at random inside an hour (Poisson, burstiness_cv 1)."


def _performance(case: Case) -> Iterator[str]:
    limits, measured = case.problem.limits, case.measured_workloads
    if measured:
        yield f"The rates of {', '.join(measured)} are taken as measured: within the targets, for requests like these."
    if len(measured) < len(case.problem.workloads):
        yield "Latency and throughput are predicted by a model fitted to measurements, not measured on this fleet."
        engine = case.problem.performance.engine
        yield (
            f"Replicas are taken to run {_ENGINES[engine]} (performance.engine)."
            if engine
            else "No engine is named (performance.engine): its constants are those that fit all measured ones."
        )
    lowered = limits.throughput_margin and len(measured) < len(case.problem.workloads)
    yield (
        f"Replicas are loaded to at most {limits.utilization_cap:.0%} of the largest rate within their SLO"
        + (f"; predicted rates are themselves lowered by {limits.throughput_margin:.0%}." if lowered else ".")
    )
    if limits.plan_for == "cautious":
        yield "Every predicted rate is planned at the low end of its 80 % interval (limits.plan_for: cautious)."
    if any(config.links for config in _running(case)):
        link = link_of(case.catalog)
        yield (
            "Prefill and decode nodes in one region of a provider are taken to be joined by "
            f"{link.gb_per_s:g} GB/s for each GPU, of which caches reach {link.efficiency:.0%}."
        )
    if any(asked.availability_target is not None for asked in case.problem.workloads.values()):
        yield (
            "Replicas fail independently of each other: "
            "an outage of a whole provider or region is not covered by the spares."
        )
    if case.fleet.api:
        yield "The latency of hosted APIs is not modelled: check the provider's own figures against the SLO."


def _running(case: Case) -> list[ReplicaConfig]:
    return [case.candidates.configs[name] for name in sorted({run.config for run in case.fleet.replicas})]


def _money(case: Case, purchases: list[PurchaseRow]) -> Iterator[str]:
    rent = case.problem.supply.rent
    left_out = ["support"] if case.problem.supply.own.tax else ["tax", "support"]
    left_out += [] if rent and rent.storage_usd_per_gib_month else ["storage"]
    left_out += [] if rent and rent.egress_usd_per_gib else ["network egress"]
    yield f"Prices exclude {', '.join(left_out[:-1])} and {left_out[-1]}. A month has 730 hours."
    if rent and rent.egress_usd_per_gib:
        yield (
            f"What leaves rented nodes is counted as output tokens of {rent.egress_bytes_per_token:g} bytes at "
            f"{rent.egress_usd_per_gib:g} USD/GiB."
        )
    if rent and rent.storage_usd_per_gib_month:
        yield (
            f"Each replica that is on stores its weights on rented nodes at {rent.storage_usd_per_gib_month:g} "
            "USD/GiB a month."
        )
    yield "Energy is an upper bound: every node at work is counted at its maximum power, busy or not."
    if all(case.pool(name).electricity for name in case.fleet.pools()):
        yield (
            "Carbon is that energy times the building's overhead (PUE) and the yearly mean of the grid over its life "
            "cycle; making the hardware, networks and hosted APIs are not in it."
        )
    yield from _commitments(case, [row for row in purchases if row.form != "owned"])
    if any(row.form == "owned" for row in purchases) and not case.problem.supply.own.lease:
        left = -sum(row.usd for row in cost_rows(case) if row.term == "owned_value_left")
        yield (
            f"Purchases are charged less their value at the end of the horizon, which {_falls(case)}; that value, "
            f"{left:,.0f} USD, is not cash in hand."
        )
    yield from _owning(case)
    if figures := assumed_site_figures(case):
        listed = ", ".join(f"{name} {figure.value:g}" for name, figure in figures.items())
        yield f"Owning rests on typical figures where supply.own.site gives none: {listed}."
    if steady := steady_prices(case):
        moved = "; ".join(f"{name} {one.low or 0:+.0%} to {one.high or 0:+.0%}" for name, one in steady.items())
        yield f"Prices stay as they are (price_trends); a year, they have moved by: {moved}."
    if case.fleet.kept:
        yield "Existing systems are sunk: they cost only what running them costs."


def _falls(case: Case) -> str:
    if case.problem.supply.own.site.value_curve:
        return "follows site.value_curve"
    if case.problem.supply.own.site.depreciation == "declining":
        return "falls by a share of itself each year down to the residual share"
    return "falls in a straight line to the residual share"


def _owning(case: Case) -> Iterator[str]:
    """What is said of owned systems where the problem goes beyond fixed running costs."""
    own, site = case.problem.supply.own, case.problem.supply.own.site
    if not any(case.pool(name).provider == "own" for name in case.fleet.pools()):
        return
    yield from _financed(own)
    if own.may_resell:
        yield (
            "Owned systems may be sold when a period starts, at their book value then; an existing one's price is "
            "taken as today's of a new one. The bill charges what existing systems are worth at the start, less what "
            "sales bring and what is left at the end."
        )
    if site.systems_per_person is not None:
        yield (
            f"One person looks after {site.systems_per_person:g} owned systems and costs "
            f"{site.usd_per_person_year or 0:,.0f} USD a year; whole persons are paid, period by period."
        )
    if site.idle_power_share is not None:
        yield (
            f"An owned system draws {site.idle_power_share:.0%} of its maximum power when idle; each GPU that holds a "
            "replica adds its part of the rest."
        )


def _financed(own: Own) -> Iterator[str]:
    """How systems are paid for, and what tax does to the bill."""
    if own.loan:
        yield (
            f"{own.loan.share:.0%} of each purchase is borrowed for {own.loan.years:g} years at "
            f"{own.loan.rate_per_year:.3g} a year, repaid in equal parts at the end of each period; what is owed when "
            "the horizon ends is paid off then. A sale does not end the loan."
        )
    if own.lease:
        yield (
            f"Systems are leased for {own.lease.years:g} years at {own.lease.rate_per_year:.3g} a year with a residual "
            f"of {own.lease.residual_share:.0%}, paid when each period starts, and go back then."
        )
    if own.refresh:
        yield "Owned systems leave at the end of their useful life, for what they are then worth."
    if own.tax:
        yield (
            f"Money that is not deducted when it is paid must earn tax at {own.tax.rate:.0%} on top (owned_tax): the "
            "bill is what must be earned before tax, and ranks fleets as their cash after tax does. The discount "
            "rate is taken as one after tax; existing systems have no deductions left."
        )


def _commitments(case: Case, reserved: list[PurchaseRow]) -> Iterator[str]:
    """Terms that outlast the horizon look cheaper than they are: say what of them lies beyond it."""
    if not reserved:
        return
    yield "Commitments are charged for every hour of the horizon, used or not."
    for row in reserved:
        option = case.option(row.pool, row.form)
        inside = sum(case.periods[index].months for index in range(row.first_period, row.last_period + 1))
        if inside < option.term_months:
            after, prepaid = row.usd_after_horizon, row.prepaid_usd
            signed = f"{row.nodes} × {row.pool}, signed in {case.periods[row.period].label}"
            yield (
                f"{signed} for {option.term_months} months: only {inside} of them lie within the horizon. "
                f"{after:,.0f} USD for the others is not in the bill; {prepaid:,.0f} USD of it is paid up front "
                "within the horizon and is in the cash flow."
            )


def _spot(case: Case) -> Iterator[str]:
    if not case.fleet.spot:
        return
    terms = case.problem.supply.spot
    yield (
        f"Spot capacity can be had {terms.availability:.0%} of the time and each interruption loses "
        f"{terms.restart_minutes:g} minutes; what is left of it counts."
    )


def _week(case: Case) -> Iterator[str]:
    """What starting nodes and replicas is taken to cost, where the problem says."""
    rent, switch = case.problem.supply.rent, case.problem.limits.switch_usd_per_replica
    if rent and rent.start_up_minutes:
        yield (
            f"A node rented by the hour is paid {rent.start_up_minutes:g} minutes before it serves, each time the "
            "typical week starts it; the first start of a period is not charged."
        )
    if rent and rent.minimum_hours > 1:
        yield (
            f"A node rented by the hour is billed for at least {rent.minimum_hours} hours each time it is started; "
            "hours billed beyond those needed carry no load."
        )
    if switch:
        yield (
            f"Each replica that is started costs {switch:g} USD: from hour to hour of the typical week, and from one "
            "period to the next; the first replicas of the plan are free. Replicas may stay on without load instead."
        )


def _weak_prices(case: Case) -> Iterator[str]:
    """Prices in the plan that nobody lists, measured or observed."""
    for pool, option in priced_options(case):
        origin = price_origin(case, pool, option)
        if origin and origin.basis not in _SOUND:
            note = f": {origin.note}" if origin.note else ""
            yield f"The {price_words(option)} of {pool.id} is {origin.basis.value}, not listed{note}."
