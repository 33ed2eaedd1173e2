"""How sure this is: what was proven, what was checked, what the numbers rest on."""

from __future__ import annotations

from dataclasses import dataclass

from planner.report import format as f
from planner.report.configurations import config_name
from planner.report.explanation_words import objective
from planner.report.lookup import WEAK_BASES, Lookup
from planner.report.money import by_basis
from planner.report.ranges import factors, ranges
from planner.report.shapes import Table, number, numbers, text, words

_FIDELITY = {
    "replicas": "",
    "nodes": " The search was for whole nodes (solve.fidelity: nodes): commitments were chosen with replicas as "
    "fractions, then every block was planned in whole nodes and replicas. The gap is that of the whole plan.",
    "core": " The search was for commitments (solve.fidelity: core): they were chosen with rented nodes and replicas "
    "as fractions, then every block was planned in whole nodes and replicas; ties between equally good fleets are left "
    "as found. The gap is that of the whole plan.",
}
_SOUGHT = {"nodes": "nodes and commitments; the plan is whole", "core": "commitments; the plan is whole"}
_BLINK_S = 0.1
GOALS = {"cost": "USD, present value", "gpus": "GPU-hours", "energy": "kWh", "carbon": "kg CO2e"}


@dataclass(frozen=True)
class Certainty:
    """Certificate, checks and reservations."""

    proof: str
    certificate: Table
    checks: Table
    basis: Table
    margins: tuple[str, ...]
    factors: Table | None
    ranges: tuple[str, ...]
    doubts: tuple[str, ...]


def certainty(look: Lookup) -> Certainty:
    """What a careful reader wants to know before signing."""
    return Certainty(
        proof=proof(look),
        certificate=certificate(look),
        checks=checks(look),
        basis=by_basis(look),
        margins=margins(look),
        factors=factors(look),
        ranges=ranges(look),
        doubts=doubts(look),
    )


def proof(look: Lookup) -> str:
    """The verdict in words."""
    if look.plan.hedge:
        given = "What is signed is decided for all scenarios; of the base case the rest is given that. "
        return given + _proof(look)
    return _proof(look)


def _proof(look: Lookup) -> str:
    row = look.plan.certificate
    size = f"{row.columns:,} decisions ({row.integers:,} whole numbers) under {row.rows:,} constraints"
    took = f"{_took(row.solve_s)} (limit: {f.seconds(row.time_limit_s)})"
    if row.verdict == "optimal":
        asked = f"within the {f.gap(row.gap_asked)} asked for" if row.gap_asked else "exactly, as asked"
        return f"Solved {asked}: {f.gap_text(row.gap)}, over {size}, in {took}.{_FIDELITY[row.fidelity]}"
    return (
        f"Stopped by the clock after {took}, over {size}. The plan is valid, "
        f"but a better one may exist, {f.by_at_most(row.gap)}; {f.gap(row.gap_asked)} was asked for."
        f"{_FIDELITY[row.fidelity]}"
    )


def _took(seconds: float) -> str:
    return f.seconds(seconds) if seconds >= _BLINK_S else f"less than {f.seconds(_BLINK_S)}"


def certificate(look: Lookup) -> Table:
    """The certificate, figure by figure."""
    row = look.plan.certificate
    unit = GOALS[row.objective_name]
    rows = (
        ("Verdict", "optimal within the gap asked" if row.verdict == "optimal" else "feasible, not proven optimal"),
        ("Minimised", unit),
        ("This plan", f"{row.objective:,.2f}"),
        ("Nothing can be below" + (", given what is signed" if look.plan.hedge else ""), f"{row.bound:,.2f}"),
        ("Gap", f"{f.gap(row.gap)} (asked: {f.gap(row.gap_asked)})"),
        *(
            (f"Then {GOALS[stage.goal]}", f"{stage.value:,.2f}, nothing can be below {stage.bound:,.2f}")
            for stage in row.stages[1:]
        ),
        *([("Hour by hour, nothing can be below", f"{row.hourly_bound:,.2f}")] if row.hourly_bound is not None else []),
        ("Size", f"{row.rows:,} rows, {row.columns:,} columns, {row.integers:,} integers"),
        *([("Whole numbers sought in", _SOUGHT[row.fidelity])] if row.fidelity != "replicas" else []),
        ("Solver", f"{row.solver} {row.solver_version}, {f.plural(row.threads, 'thread')}, seed {row.seed}"),
        ("Time", f"built in {f.seconds(row.build_s)}, solved in {f.seconds(row.solve_s)}"),
    )
    return Table("Certificate", words("What", "Figure"), tuple((text(name), text(value)) for name, value in rows))


def checks(look: Lookup) -> Table:
    """Every independent check with its result."""
    rows = tuple(
        (
            text(finding.check.replace("_", " ")),
            text("passed" if finding.ok else "FAILED", "good" if finding.ok else "warn"),
            text(finding.detail),
        )
        for finding in sorted(look.plan.findings, key=lambda finding: finding.ok)
    )
    return Table("Independent checks", words("Check", "Result", "Detail"), rows)


def _forecasts(look: Lookup) -> list[str]:
    """Workloads whose forecast is known to be uncertain."""
    sure = look.problem("limits").get("demand_confidence", 0.0)
    errors = {
        name: error
        for name, asked in look.plan.problem.get("workloads", {}).items()
        if (error := (asked.get("traffic") or asked.get("batch") or {}).get("forecast_error", 0.0))
    }
    return [
        f"Demand of {name} is planned to be enough with a probability of {f.exact_share(sure)}, for a forecast error "
        f"of {f.exact_share(error)}."
        for name, error in errors.items()
    ]


def margins(look: Lookup) -> tuple[str, ...]:
    """The room the plan keeps, as asked."""
    limits = look.problem("limits")
    cap, throughput, demand = (limits[name] for name in ("utilization_cap", "throughput_margin", "demand_margin"))
    said = [f"Replicas are loaded to at most {f.exact_share(cap)} of the rate at which they still meet their targets."]
    if throughput:
        said.append(f"Predicted rates are lowered by {f.exact_share(throughput)}, against an optimistic model.")
    if demand:
        said.append(f"Demand is raised by {f.exact_share(demand)}, against a low forecast.")
    if limits.get("plan_for") == "cautious":
        said.append("Every predicted rate is planned at the low end of its 80 % interval, enough nine times in ten.")
    said += _forecasts(look)
    if len(said) == 1:
        said.append("No further margin is kept on predicted rates or on demand.")
    if look.is_clustered:
        kinds = f.plural(len(look.plan.blocks), "typical block")
        over = f"overstates demand by {f.share(look.plan.clustering_excess)}; it never understates it"
        said.append(f"Planning in {kinds} instead of 168 hours {over}.{_clustering(look)}")
    return tuple(said)


def _clustering(look: Lookup) -> str:
    """What blocks may cost, where that is known."""
    row = look.plan.certificate
    if row.hourly_bound is None or row.clustering_error is None:
        return ""
    is_cost = row.objective_name == "cost"
    least = f"{f.money(row.hourly_bound)} at present value" if is_cost else objective(look, row.hourly_bound)
    return (
        f" In the linear relaxation that adds {f.share(row.clustering_error)} to the objective, and no plan made "
        f"hour by hour could be below {least}; more horizon.blocks come closer to it."
    )


def doubts(look: Lookup) -> tuple[str, ...]:
    """Where the numbers are weakest."""
    said = []
    prices = {
        f"{option.pool}, {option.form.replace('_', ' ')}": option.provenance
        for (pool, form), option in look.options.items()
        if option.provenance and _paid(look, pool, form)
    }
    for name, provenance in prices.items():
        if provenance.basis in WEAK_BASES:
            note = f": {provenance.note}" if provenance.note else ""
            said.append(f"The price of {name} is {provenance.basis}{note}")
    shaky: dict[str, list[str]] = {}
    for row in look.plan.configs:
        for warning in row.warnings:
            shaky.setdefault(warning, []).append(config_name(row))
    said += [f"{warning} ({'; '.join(dict.fromkeys(names))})" for warning, names in shaky.items()]
    return tuple(said)


def _paid(look: Lookup, pool: str, form: str) -> bool:
    terms = {form, f"{form}_purchase", f"{form}_running"}
    return any(row.subject == pool and row.term in terms for row in look.plan.costs)


def sources(look: Lookup) -> Table:
    """Every source with its age, oldest figures last."""
    rows = sorted(look.plan.sources, key=lambda row: (row.age_days is None, row.age_days or 0, row.id))
    lines = tuple(
        (
            text(row.id),
            text(row.title),
            text(row.reference),
            text(row.as_of.isoformat() if row.as_of else "undated", "" if row.as_of else "warn"),
            number(f.age(row.age_days), row.age_days) if row.age_days is not None else text("unknown", "warn"),
            text(", ".join(row.basis), "warn" if any(basis in WEAK_BASES for basis in row.basis) else ""),
            text(", ".join(row.used_for)),
        )
        for row in rows
    )
    columns = (*words("Source", "Title", "Reference", "As of"), *numbers("Age"), *words("Basis", "Used for"))
    return Table("Sources", columns, lines)
