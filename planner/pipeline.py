"""The whole request on one page: a problem file in, a checked plan out.

What only some questions need, such as scenarios and alternatives, is imported where they are asked for.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner import __version__
from planner.candidates.candidate import CandidateSet
from planner.candidates.generate import generate_candidates
from planner.catalog.load import load_catalog
from planner.catalog.locate import data_folder
from planner.catalog.specs import Catalog
from planner.demand.build import build_demand
from planner.demand.types import Demand
from planner.errors import CatalogError, CheckError
from planner.inputs.load import load_problem
from planner.inputs.problem import Problem, Robust
from planner.inputs.scenarios import BASE_CASE
from planner.milp.gather import instance_from
from planner.milp.instance import Instance
from planner.milp.optimise import optimise, search_for
from planner.milp.solution import Solution
from planner.plan.assemble import assemble, case_from
from planner.plan.checks import check
from planner.plan.plan import HedgeRow, Made, Plan, RiskRow

if TYPE_CHECKING:
    from planner.plan.opinions import Asker
    from planner.plan.scenarios import Tried
    from planner.scenarios import Outlook


@dataclass(frozen=True)
class Sources:
    """Where facts come from: the data folder, the user's overlays and measured rates, and which day is today."""

    data: Path
    as_of: date
    overlays: dict[str, Path]
    replace_offers: bool
    max_age_days: int | None
    table: Path | None  # of performance.table


def plan_fleet(problem: Problem, catalog: Catalog, base: Path, made: Made, second: Asker | None = None) -> Plan:
    """From what is asked and what exists to a checked plan.

    `base` is the folder that paths inside the problem are relative to; `second` is asked what it thinks of the
    result, which changes nothing about it. Raises a `PlannerError` whose kind says which step failed; a plan
    that fails its own checks raises `CheckError`.
    """
    demand = build_demand(problem, catalog, base)  # when, what size, how much
    candidates = generate_candidates(problem, catalog, demand, base)  # who could serve, and why others cannot
    solution = optimise(problem, demand, candidates)  # what is best, and how far that is proven
    question = (problem, catalog, demand, candidates)
    outlook = _ahead(question, solution, base) if problem.scenarios else None  # and if things go otherwise
    solution = outlook.solution if outlook else solution
    plan = assemble(problem, catalog, demand, candidates, solution, made)  # everything a report needs
    plan = with_outlook(plan, outlook) if outlook else plan
    if second:
        case = case_from(problem, catalog, demand, candidates, solution, made.as_of)
        plan = plan.model_copy(update={"opinions": second.rows(case, plan.configs)})
    plan = checked(plan)  # believe nothing the solver said
    return with_alternatives(plan, question, solution) if problem.alternatives else plan


def _ahead(question: tuple[Problem, Catalog, Demand, CandidateSet], solution: Solution, base: Path) -> Outlook:
    from planner.scenarios import look_ahead

    return look_ahead(question, solution, base)


def with_outlook(plan: Plan, outlook: Outlook) -> Plan:
    """The plan, yet unchecked, with what it costs in every scenario, each of them a checked plan of its own."""
    from planner.plan.scenarios import risk_row, scenario_rows

    trial, best, shares = outlook.trial, outlook.best, outlook.shares
    plans = {
        name: plan if name == BASE_CASE else checked(assemble(*outlook.questions[name], one, plan.made))
        for name, one in trial.solutions.items()
    }
    rows = {name: _tried(outlook, name, plans.get(name)) for name in outlook.own}
    robust = plan.problem["robust"] or {}
    tail = float(robust.get("cvar_share", Robust().cvar_share))
    risks = [
        risk_row(shares, one.costs, best, tail) if one and not any(shares[name] for name in one.refusals) else None
        for one in (trial, outlook.alone)
    ]
    more = {"scenarios": scenario_rows(rows), "risk": risks[0], "hedge": _hedge(outlook, robust, risks[1])}
    return plan.model_copy(update=more)


def _tried(outlook: Outlook, name: str, plan: Plan | None) -> Tried:
    from planner.plan.scenarios import Tried

    own = outlook.own[name]
    return Tried(
        probability=outlook.shares[name],
        changes=outlook.changes[name],
        plan=plan,
        refusal=outlook.trial.refusals.get(name, ""),
        best=outlook.best.get(name),
        best_bound=own.certificate.bound if isinstance(own, Solution) else None,
        alone=outlook.alone.costs.get(name) if outlook.alone else None,
    )


def _hedge(outlook: Outlook, robust: dict[str, Any], alone: RiskRow | None) -> HedgeRow | None:
    one = outlook.decision
    if one is None:
        return None
    return HedgeRow(
        objective=robust["objective"],
        cvar_weight=robust["cvar_weight"],
        value=one.value,
        bound=one.bound,
        alone=alone,
        rows=one.rows,
        columns=one.columns,
        seconds=one.seconds,
    )


def with_alternatives(plan: Plan, asked: tuple[Problem, Catalog, Demand, CandidateSet], solution: Solution) -> Plan:
    """The plan with the other fleets its problem asks for, each of them a checked plan of its own."""
    from planner.milp.alternatives import alternatives
    from planner.plan.alternatives import alternative_row

    problem, _, demand, candidates = asked
    wanted = problem.alternatives
    if wanted is None:
        return plan
    p, solver = instance_from(problem, demand, candidates), problem.solve.solver
    found = alternatives(p, solution, wanted, solver, search_for(problem))
    case = (problem.base_case, *asked[1:])
    others = [(checked(assemble(*case, one.solution, plan.made)), one.without) for one in found]
    rows = [alternative_row(plan, other, without) for other, without in others]
    return checked(plan.model_copy(update={"alternatives": rows}))


def second_model(name: str | None) -> Asker | None:
    """The performance model to ask beside ours, None where none is named; InputError where it is not installed."""
    if name is None:
        return None
    from planner.plan.opinions import installed  # a second of imports that other plans need not wait for

    return installed()


def checked(plan: Plan) -> Plan:
    """The plan with its findings; raises CheckError naming every check that failed."""
    findings = check(plan)
    failed = [f"  {finding.check}: {finding.detail}" for finding in findings if not finding.ok]
    if failed:
        raise CheckError("the plan contradicts itself, please report this as a bug:\n" + "\n".join(failed))
    return plan.model_copy(update={"findings": findings})


def sources_for(problem: Problem, base: Path, data: Path | None, as_of: date, max_age_days: int | None) -> Sources:
    """The facts a problem asks for: shipped data under the user's own files."""
    files, calibration = problem.catalog, problem.performance.calibration
    named = files.model_dump(exclude={"replace_offers"}, exclude_none=True)
    named |= {"calibration": calibration} if calibration else {}
    overlays = {kind: base / path for kind, path in named.items()}
    table = base / problem.performance.table if problem.performance.table else None
    return Sources(data or data_folder(), as_of, overlays, files.replace_offers, max_age_days, table)


def catalog_from(sources: Sources) -> Catalog:
    """The catalogue, refused if prices are older than the user accepts."""
    catalog = load_catalog(
        sources.data, overlays=sources.overlays, replace_offers=sources.replace_offers, as_of=sources.as_of
    )
    if sources.max_age_days is not None:
        _refuse_stale(catalog, sources.max_age_days)
    return catalog


def _refuse_stale(catalog: Catalog, max_age_days: int) -> None:
    from planner.catalog.integrity import stale_rows

    if stale := stale_rows(catalog, max_age_days):
        shown = "\n".join(f"  {row}" for row in stale[:10])
        more = f"\n  … and {len(stale) - 10} more" if len(stale) > 10 else ""
        raise CatalogError(
            f"{len(stale)} prices are older than {max_age_days} days:\n{shown}{more}\n"
            "Refresh them in data/prices/ or in your own file (catalog.offers), or raise --max-age-days."
        )


def made_for(problem_file: Path, sources: Sources, command: str) -> Made:
    """How to get the same plan again: version, command, hashes of the question and of the facts."""
    return Made(
        planner_version=__version__,
        command=command,
        problem_file=problem_file.name,
        problem_sha256=hashlib.sha256(problem_file.read_bytes()).hexdigest(),
        catalog_sha256=fingerprint(sources),
        as_of=sources.as_of,
    )


def fingerprint(sources: Sources) -> str:
    """SHA-256 over all data files, overlays and measured rates, by relative name and content.

    A table of rates that is not there is left to its reader, which says so.
    """
    digest = hashlib.sha256()
    shipped = sorted(path for path in sources.data.rglob("*") if path.suffix in {".yaml", ".csv"})
    named = [(str(path.relative_to(sources.data)), path) for path in shipped] + sorted(sources.overlays.items())
    if sources.table and sources.table.is_file():
        named.append(("table", sources.table))
    for name, path in named:
        digest.update(name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def plan_file(
    path: Path, data: Path | None, as_of: date, max_age_days: int | None, command: str, second: str | None = None
) -> Plan:
    """Solve one problem file with the shipped or given facts; `second` names a model to ask beside ours."""
    asked = second_model(second)
    problem = load_problem(path, as_of=as_of)
    sources = sources_for(problem, path.parent, data, as_of, max_age_days)
    catalog = catalog_from(sources)
    return plan_fleet(problem, catalog, path.parent, made_for(path, sources, command), asked)


def instance_of(path: Path, data: Path | None, as_of: date) -> tuple[Problem, Instance]:
    """A problem file and the optimisation problem it poses, unsolved."""
    problem = load_problem(path, as_of=as_of)
    catalog = catalog_from(sources_for(problem, path.parent, data, as_of, None))
    demand = build_demand(problem, catalog, path.parent)
    return problem, instance_from(problem, demand, generate_candidates(problem, catalog, demand, path.parent))
