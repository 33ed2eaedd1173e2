"""Buying against renting, as an investment."""

from __future__ import annotations

import shlex
from datetime import date
from pathlib import Path

import click

from planner.cli.group import main
from planner.cli.options import reads_facts


@main.command("buy-vs-rent")
@click.argument("problem", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder; reports/<problem name>-buy-vs-rent if absent.",
)
@click.option("--seconds", type=click.FloatRange(min=1), help="Time for turning points and the map; 300 if absent.")
@reads_facts
def buy_vs_rent(problem: Path, out: Path | None, seconds: float | None, data: Path | None, as_of: date) -> None:
    """The best mix of PROBLEM against every pure way to pay, and where buying and renting cost the same.

    Each strategy is a whole checked plan for the same demand: on demand, spot, reserved, owned, hosted APIs,
    terms for the mean and on demand for the peak, and what is owned already. Then net present value, rate of
    return and payback of buying over renting; the utilisation, volume, horizon and prices at which the answer
    turns, each found by solving again; and who wins at every utilisation and horizon.
    """
    from planner.again import question_in
    from planner.invest.compare import buy_or_rent, with_investment
    from planner.report.buy_vs_rent_files import buy_vs_rent_text, write_buy_vs_rent

    command = f"planner buy-vs-rent {shlex.quote(str(problem))} --as-of {as_of}"
    command += f" --seconds {seconds:g}" if seconds else ""
    question = question_in(problem, data, as_of, command)
    found = buy_or_rent(question, lambda line: click.echo(line, err=True), seconds)
    best = with_investment(found)
    folder = out or Path("reports") / f"{problem.stem}-buy-vs-rent"
    written = write_buy_vs_rent(best, dict(found.plans.items()), folder)
    click.echo(buy_vs_rent_text(best))
    click.echo(f"\nBoard paper: {next(path for path in written if path.suffix == '.html')}")
