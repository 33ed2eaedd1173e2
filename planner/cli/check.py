"""Whether a stored plan still holds."""

from __future__ import annotations

import json
import shlex
from datetime import date
from pathlib import Path

import click

from planner.cli.group import main
from planner.cli.options import FILE, reads_facts


@main.command()
@click.argument("plan_json", metavar="PLAN", type=FILE)
@click.option("--problem", type=FILE, help="A changed problem to hold the plan against, instead of its own.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@reads_facts
@click.pass_context
def check(
    ctx: click.Context, plan_json: Path, problem: Path | None, as_json: bool, data: Path | None, as_of: date
) -> None:
    """Does PLAN (plan.json) still hold with today's prices, or for a changed problem? For CI.

    \b
    Nothing is decided anew: the plan's nodes, replicas and commitments are held, priced with today's
    offers, and checked for latency targets, demand, budgets, quotas and every other limit; requests
    may be routed anew among what runs. The stored plan itself is checked for tampering first.
    Exit codes: 0 everything holds, 1 something no longer does; 2 to 6 as of `planner plan`.
    """
    from planner.again import question_in, question_of
    from planner.compare.check import holds
    from planner.compare.store import stored_plan
    from planner.report.holds import holds_text

    plan = stored_plan(plan_json)
    command = f"planner check {shlex.quote(str(plan_json))}"
    question = question_in(problem, data, as_of, command) if problem else question_of(plan, data, as_of, command)
    still = holds(plan, question)
    shown = json.dumps({"holds": still.holds, **still.model_dump(mode="json")}, indent=1, ensure_ascii=False)
    click.echo(shown if as_json else holds_text(still))
    ctx.exit(0 if still.holds else 1)
