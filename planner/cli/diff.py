"""Two stored plans against each other."""

from __future__ import annotations

from pathlib import Path

import click

from planner.cli.group import main
from planner.cli.options import FILE

FOLDER = click.Path(path_type=Path, file_okay=False)


@main.command()
@click.argument("old", type=FILE)
@click.argument("new", type=FILE)
@click.option("--out", type=FOLDER, help="Also write diff.md and diff.json there.")
@click.option("--json", "as_json", is_flag=True, help="Print the difference as JSON.")
@click.option(
    "--solves",
    type=click.IntRange(min=0),
    default=16,
    show_default=True,
    help="Most plans to make for the causes; 0: only compare.",
)
@click.option("--data", type=FOLDER, help="Folder of facts of the new plan's day instead of the shipped data/.")
@click.option("--old-data", type=FOLDER, help="Folder of facts of the old plan's day; as for the new plan if absent.")
def diff(old: Path, new: Path, out: Path | None, as_json: bool, solves: int, **facts: Path | None) -> None:
    """What changed from OLD to NEW (plan.json), and which inputs caused how much of the change in cost.

    \b
    Groups of inputs (demand, targets, prices, limits ...) are switched from old to new one after the
    other, and the plan is solved again each time; where few differ, also in every order (Shapley).
    What no group explains is shown as residual.
    """
    from planner.compare.diff import Facts, difference
    from planner.compare.store import stored_plan
    from planner.report.diff import diff_text, write_diff

    before, now = stored_plan(old), stored_plan(new)
    folders = Facts(facts["old_data"], facts["data"])
    found = difference((str(old), before), (str(new), now), folders, solves, lambda line: click.echo(line, err=True))
    click.echo(found.model_dump_json(indent=1) if as_json else diff_text(found))
    if out is not None:
        written = write_diff(found, out)
        if not as_json:
            click.echo(f"\nDifference: {next(path for path in written if path.name == 'diff.md')}")
