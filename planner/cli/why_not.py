"""Why something is not in a plan."""

from __future__ import annotations

import shlex
from datetime import datetime
from pathlib import Path

import click

from planner.cli.group import main
from planner.cli.options import FILE


@main.command("why-not")
@click.argument("name")
@click.option("--plan", "plan_json", type=FILE, required=True, help="The stored plan (plan.json).")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.option(
    "--seconds", type=click.FloatRange(min=1), default=60.0, show_default=True, help="How long to look for prices."
)
@click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False), help="Folder of facts instead of the shipped data/."
)
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day price ages count to; the plan's if absent.")
def why_not(
    name: str, plan_json: Path, as_json: bool, seconds: float, data: Path | None, as_of: datetime | None
) -> None:
    """Why PLAN has no NAME: a GPU type, provider, purchase form, number format or model.

    \b
    Rejected, with the arithmetic; dominated, by which offer; or too dear, with the price at which it
    would enter the best fleet and what having it anyway costs. What is in the plan is said to be there.
    Number formats are fp8, bf16 ...; KV-cache formats kv-fp8; purchase forms on_demand, spot,
    reserved_1y, reserved_3y, capacity_block, owned, api.
    """
    from planner.again import question_of
    from planner.explain.why_not import why_not as answer
    from planner.plan.store import load_plan
    from planner.report.why_not import why_not_text

    plan = load_plan(plan_json)
    command = f"planner why-not {shlex.quote(name)} --plan {shlex.quote(str(plan_json))}"
    question = question_of(plan, data, as_of.date() if as_of else None, command)
    row = answer(question, plan, name, seconds)
    click.echo(row.model_dump_json(indent=1) if as_json else why_not_text(row))
