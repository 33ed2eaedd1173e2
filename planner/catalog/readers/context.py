"""What every reader needs: mistakes so far, known sources, the day, and whose file it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from planner.catalog.hints import did_you_mean
from planner.catalog.names import gpu_key
from planner.catalog.readers.rows import Mistakes, Row
from planner.catalog.specs import Basis, Provenance, Source

USER_SOURCE = "the user's file"
_BASES = [basis.value for basis in Basis]
Spec = TypeVar("Spec")


@dataclass
class Context:
    """State of one load. `file` is set while a user's own file is read: its rows may leave out the source."""

    today: date
    mistakes: Mistakes = field(default_factory=Mistakes)
    sources: dict[str, Source] = field(default_factory=dict)
    gpu_ids: dict[str, str] = field(default_factory=dict)  # every name of a GPU → its id
    file: str = ""

    def provenance(self, row: Row, prefix: str = "") -> Provenance:
        """Source, date, basis and note of a row."""
        if self.file:
            source = row.text(f"{prefix}source", USER_SOURCE)
            reference = Source(source, source, self.file, self.today, "the user's own")
            self.sources.setdefault(source, reference)
        else:
            source = row.text(f"{prefix}source")
            if source and source not in self.sources:
                row.wrong(f"unknown source '{source}'{did_you_mean(source, self.sources)}")
        basis = row.choice(f"{prefix}basis", _BASES, "listed" if self.file else "")
        if not self.file and not row.has(f"{prefix}basis"):
            row.wrong(f"{prefix}basis is missing")
        as_of = row.day(f"{prefix}as_of", self.today if self.file else None)
        return Provenance(source, as_of, Basis(basis), row.text(f"{prefix}note", ""))

    def gpu(self, row: Row, *others: str) -> str:
        """Id of the GPU a row names; `others` are allowed besides (\"any\", \"*\")."""
        name = row.text("gpu")
        if name in others:
            return name
        known = self.gpu_ids.get(gpu_key(name))
        if name and known is None:
            row.wrong(f"unknown GPU '{name}'{did_you_mean(name, set(self.gpu_ids.values()))}")
        return known or name

    def keyed(self, rows: Iterable[Row], read: Callable[[Row], Spec]) -> dict[str, Spec]:
        """Read every row; ids must differ and no field may be left over."""
        table: dict[str, Spec] = {}
        first: dict[str, str] = {}
        for row in rows:
            spec = read(row)
            row.finish()
            key = str(spec.id)  # type: ignore[attr-defined]
            if key in first:
                row.wrong(f"'{key}' is there twice, first at {first[key]}")
            first.setdefault(key, row.where)
            table[key] = spec
        return table
