"""Buying against renting at one value of one figure: two solves, each the best plan of its side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from planner.errors import InputError
from planner.explain.ask import Asker
from planner.explain.reply import Reply
from planner.invest.levers import Lever
from planner.invest.strategies import BUYING, OWNED, RENTING, ImpossibleError, Strategy
from planner.plan.rows.investment import ProbeRow

Changes = Mapping[str, Any]


@dataclass
class Duel:
    """Asks both sides of one question; `gpus` may be rented."""

    asker: Asker
    gpus: set[str]
    probes: dict[tuple[str, float], ProbeRow] = field(default_factory=dict)

    def probe(self, lever: Lever, value: float) -> ProbeRow:
        """Both sides with a lever at a value; raises TimeIsUpError."""
        key = lever.id, value
        if key not in self.probes:
            changes = lever.changes(value)
            buying, renting = self.side(BUYING, changes), self.side(RENTING, changes)
            self.probes[key] = ProbeRow(
                value=value,
                buying_usd=buying.objective if buying.found else None,
                renting_usd=renting.objective if renting.found else None,
                buying_bound_usd=buying.bound if buying.found else None,
                renting_bound_usd=renting.bound if renting.found else None,
            )
        return self.probes[key]

    def side(self, strategy: Strategy, changes: Changes) -> Reply:
        """One side with keys changed."""
        try:
            problem = self.asker.question.changed(changes).problem if strategy is OWNED else self.asker.question.problem
            return self.asker.ask(merged(changes, strategy.changes(problem, self.gpus)))
        except (ImpossibleError, InputError) as error:
            return Reply("none", text=str(error))


def merged(first: Changes, then: Changes) -> Changes:
    """Both, where `then` has the last word: what lies below a key that it sets whole is gone."""
    kept = {key: value for key, value in first.items() if not any(f"{key}.".startswith(f"{over}.") for over in then)}
    return {**kept, **then}
