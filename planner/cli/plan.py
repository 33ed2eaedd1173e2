"""A problem file to a report, a stored plan to its report, all problems to the gallery."""

from __future__ import annotations

import shlex
from datetime import date
from pathlib import Path
from typing import Any

import click

from planner.cli.group import main
from planner.cli.options import FILE, MAX_AGE, SECOND, reads_facts


@main.command()
@click.argument("problem", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Report folder; reports/<problem name> if absent."
)
@click.option("--tables", is_flag=True, help="Also write every table of the plan as CSV.")
@click.option("--write-lp", "lp", type=FILE, help="Also write the model that is solved as an LP file, to read.")
@click.option("--write-mps", "mps", type=FILE, help="Also write it as an MPS file, for any other solver.")
@click.option("--explain", is_flag=True, help="Also find out why, as `planner explain` does: minutes.")
@click.option(
    "--buy-vs-rent",
    is_flag=True,
    help="Also compare buying and renting, as `planner buy-vs-rent` does: a minute or more.",
)
@MAX_AGE
@SECOND
@reads_facts
def plan(problem: Path, out: Path | None, tables: bool, as_of: date, performance: str | None, **more: Any) -> None:
    """Solve PROBLEM (a YAML file) and write plan.json, plan.xlsx, report.md and report.html."""
    from planner.again import question_in
    from planner.errors import InfeasibleError, NoCandidateError
    from planner.explain.conflict import with_remedies
    from planner.pipeline import plan_file

    if more["lp"] or more["mps"]:
        _export(problem, more["data"], as_of, (more["lp"], more["mps"]))
    command = f"planner plan {shlex.quote(str(problem))} --as-of {as_of}"
    command += f" --performance {performance}" if performance else ""
    command += " --explain" if more["explain"] else ""
    command += " --buy-vs-rent" if more["buy_vs_rent"] else ""
    try:
        if more["buy_vs_rent"]:
            _refuse_both(performance=performance, max_age_days=more["max_age_days"])
            made = _compared(problem, more["data"], as_of, command)
        else:
            made = plan_file(problem, more["data"], as_of, more["max_age_days"], command, performance)
    except (InfeasibleError, NoCandidateError) as error:
        raise with_remedies(error, question_in(problem, more["data"], as_of, command)) from error
    made = _explained(made, problem, more["data"], as_of) if more["explain"] else made
    _deliver(made, out or Path("reports") / problem.stem, tables)


def _refuse_both(**others: object) -> None:
    """Options that the comparison does not heed."""
    for name, value in others.items():
        if value is not None:
            raise click.UsageError(f"--buy-vs-rent cannot be combined with --{name.replace('_', '-')}; leave one out")


def _compared(problem: Path, data: Path | None, as_of: date, command: str) -> Any:
    """The plan with buying and renting compared."""
    from planner.again import question_in
    from planner.invest.compare import compared_plan

    return compared_plan(question_in(problem, data, as_of, command), lambda line: click.echo(line, err=True), None)


def _explained(plan: Any, problem: Path, data: Path | None, as_of: date) -> Any:
    """The plan with why it is as it is."""
    from planner.again import question_in
    from planner.explain.everything import fully_explained

    return fully_explained(plan, question_in(problem, data, as_of, plan.made.command), None)


def _export(problem: Path, data: Path | None, as_of: date, files: tuple[Path | None, Path | None]) -> None:
    from planner.milp.export import write_model
    from planner.pipeline import instance_of

    _, instance = instance_of(problem, data, as_of)
    click.echo(f"Model: {', '.join(map(str, write_model(instance, *files)))}")


@main.command()
@click.argument("problem", type=click.Path(path_type=Path))
@click.option("--out", type=FILE, help="A Markdown file; on screen if absent.")
@reads_facts
def formulation(problem: Path, out: Path | None, data: Path | None, as_of: date) -> None:
    """Show the mathematics of PROBLEM: sizes, decisions, objective, one real row of each constraint family."""
    from planner.milp.formulation import formulation_of
    from planner.pipeline import instance_of

    asked, instance = instance_of(problem, data, as_of)
    page = formulation_of(instance, asked.title)
    if out is None:
        click.echo(page, nl=False)
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(page, encoding="utf-8")
        click.echo(f"Written: {out}")


def _deliver(plan: Any, folder: Path, tables: bool) -> None:
    """Write a plan's report and say where it is."""
    from planner.plan.tables import write_tables
    from planner.report.render import write_report
    from planner.report.summary import summary_text

    written = write_report(plan, folder)
    if tables:
        written += write_tables(plan, folder / "tables")
    click.echo(summary_text(plan))
    html = next(path for path in written if path.suffix == ".html")
    others = ", ".join(str(folder / name) for name in ("report.md", "plan.xlsx", "plan.json"))
    click.echo(f"\nReport: {html}  (also {others})")


@main.command()
@click.argument("plan_json", metavar="PLAN", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Report folder; the plan's own if absent."
)
@click.option("--tables", is_flag=True, help="Also write every table of the plan as CSV.")
def report(plan_json: Path, out: Path | None, tables: bool) -> None:
    """Render the report of a stored PLAN (plan.json) again, without solver or catalogue."""
    from planner.plan.store import load_plan

    _deliver(load_plan(plan_json), out or plan_json.parent, tables)


@main.command()
@click.argument("problems", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("reports", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--time-limit",
    "explain_s",
    type=click.FloatRange(min=0),
    help="Seconds that explaining each plan may take; as `planner explain` if absent, 0 explains none.",
)
@reads_facts
def gallery(problems: Path, reports: Path, explain_s: float | None, data: Path | None, as_of: date) -> None:
    """Solve and explain every problem in PROBLEMS; its report, or its refusal, into REPORTS with an index."""
    from planner.gallery import Run, write_all

    for line in write_all(problems, reports, Run(data, as_of, explain_s)):
        click.echo(line)
