"""The facts: listings, and their rules."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from planner.cli.group import main
from planner.cli.options import MAX_AGE, reads_facts


@main.group()
def catalog() -> None:
    """The facts plans stand on: list them, show one with its source, check them all."""


def _listing(kind: str, explain: str) -> None:
    @catalog.command(kind, help=f"{explain} ID shows one with all its figures and sources.")
    @click.argument("identifier", metavar="[ID]", required=False)
    @click.option(
        "--filter", "filters", multiple=True, metavar="COLUMN=VALUE", help="Only rows with this value. Repeatable."
    )
    @click.option("--csv", "as_csv", is_flag=True, help="Print as CSV.")
    @reads_facts
    def command(identifier: str | None, filters: tuple[str, ...], as_csv: bool, data: Path | None, as_of: date) -> None:
        from planner.catalog.load import load_catalog
        from planner.catalog.tables import listing, show

        facts = load_catalog(data, as_of=as_of)
        if identifier is not None:
            rows = show(facts, kind, identifier)
            width = max(len(name) for name, _ in rows)
            click.echo("\n".join(f"{name:<{width}}  {value}" for name, value in rows))
            return
        table = listing(facts, kind, filters)
        click.echo(table.to_csv(index=False) if as_csv else table.to_string(index=False, na_rep=""))


for _kind, _explain in {
    "gpus": "Accelerators and CPU hosts.",
    "systems": "Node systems that can be bought.",
    "models": "Open-weight models.",
    "offers": "Instance offers of all providers.",
    "commitments": "Reservations and savings plans.",
    "capacity_blocks": "Capacity sold for a fixed window, paid up front.",
    "apis": "Hosted-API prices.",
    "grid": "Carbon of each place's electricity, and the buildings' overhead (PUE).",
    "profiles": "Weekly traffic shapes.",
    "lengths": "Token-length histograms.",
    "ownership": "What owning costs.",
    "depreciation": "Tables of what tax law lets each year deduct.",
    "sources": "Where all of it comes from.",
}.items():
    _listing(_kind, _explain)


@catalog.command("check")
@MAX_AGE
@reads_facts
def catalog_check(max_age_days: int | None, data: Path | None, as_of: date) -> None:
    """Check every rule the facts must obey and say which; exit 3 if one is broken."""
    from planner.catalog.integrity import RULES, check_catalog, stale_rows
    from planner.catalog.load import load_catalog
    from planner.errors import CatalogError

    facts = load_catalog(data, as_of=as_of)
    broken = [str(violation) for violation in check_catalog(facts)]
    if max_age_days is not None:
        broken += [str(row) for row in stale_rows(facts, max_age_days)]
    for rule in RULES:
        click.echo(f"rule {rule.id}: {rule.says}")
    if broken:
        raise CatalogError(f"{len(broken)} rows break a rule or are stale:\n" + "\n".join(f"  {row}" for row in broken))
    sizes = {name: len(getattr(facts, name)) for name in ("gpus", "systems", "models", "offers", "commitments", "apis")}
    click.echo("all rules hold: " + ", ".join(f"{count} {name}" for name, count in sizes.items()))
