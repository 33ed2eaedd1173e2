"""data/carbon.csv: how much carbon the electricity of a place carries, and how much of it the building takes."""

from __future__ import annotations

from pathlib import Path

from planner.catalog.readers.context import Context
from planner.catalog.readers.rows import Row, csv_rows
from planner.catalog.specs import GridIntensity

_TRACE = ["source", "as_of", "basis", "note"]
_PUE_TRACE = ["pue_source", "pue_as_of", "pue_basis", "pue_note"]


def read_grid(path: Path, context: Context) -> dict[str, GridIntensity]:
    """Places by id, provider/region; "*" stands for every provider or region."""
    required = ["provider", "region", "grid", "g_co2_per_kwh"]
    rows = csv_rows(path, required, ["pue", *_TRACE, *_PUE_TRACE], context.mistakes)
    return context.keyed(rows, lambda row: _place(row, context))


def _place(row: Row, context: Context) -> GridIntensity:
    provider, region, pue = row.text("provider"), row.text("region"), row.maybe("pue")
    provenance = context.provenance(row, "pue_") if pue is not None else None
    for column in _PUE_TRACE:
        row.text(column, "")
    return GridIntensity(
        id=f"{provider}/{region}",
        provider=provider,
        region=region,
        grid=row.text("grid"),
        g_co2_per_kwh=row.number("g_co2_per_kwh"),
        pue=pue,
        provenance=context.provenance(row),
        pue_provenance=provenance,
    )
