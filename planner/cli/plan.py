"""A problem file to a report, a stored plan to its report, all problems to the gallery."""

from __future__ import annotations

import shlex
from datetime import date
from pathlib import Path
from typing import Any

import click

from planner.cli.group import main
from planner.cli.options import MAX_AGE, SECOND, reads_facts


@main.command()
@click.argument("problem", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Report folder; reports/<problem name> if absent."
)
@click.option("--tables", is_flag=True, help="Also write every table of the plan as CSV.")
@MAX_AGE
@SECOND
@reads_facts
def plan(problem: Path, out: Path | None, tables: bool, as_of: date, performance: str | None, **facts: Any) -> None:
    """Solve PROBLEM (a YAML file) and write plan.json, report.md and report.html."""
    from planner.pipeline import plan_file

    command = f"planner plan {shlex.quote(str(problem))} --as-of {as_of}"
    command += f" --performance {performance}" if performance else ""
    made = plan_file(problem, facts["data"], as_of, facts["max_age_days"], command, performance)
    _deliver(made, out or Path("reports") / problem.stem, tables)


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
    click.echo(f"\nReport: {html}  (also {folder / 'report.md'} and {folder / 'plan.json'})")


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
@reads_facts
def gallery(problems: Path, reports: Path, data: Path | None, as_of: date) -> None:
    """Solve every problem in PROBLEMS and write its report, or its refusal, into REPORTS with an index."""
    from planner.gallery import write_all

    for line in write_all(problems, reports, data, as_of):
        click.echo(line)
