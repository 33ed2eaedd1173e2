"""Who wins at each utilisation over each horizon: own everything, a mix, buy later, or buy nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import numpy as np

from planner.explain.reply import Reply
from planner.invest.duel import Duel, merged
from planner.invest.levers import Lever
from planner.invest.strategies import BUYING, OPTIMAL, OWNED, RENTING
from planner.plan.rows.investment import CellRow

COLUMNS, ROWS = 10, 6
_SAME = 1e-3
Winner = Literal["own", "mix", "later", "rent", "none"]


def cells(duel: Duel, utilisation: Lever, horizon: Lever) -> Iterator[CellRow]:
    """One cell after another, the shortest horizon first; raises TimeIsUpError."""
    shares = [round(float(share), 3) for share in np.linspace(0.1, 1.0, COLUMNS)]
    for months in horizons(horizon):
        for share in shares:
            changes = merged(horizon.changes(months), utilisation.changes(share))
            yield _cell(duel, changes, share, months)


def horizons(lever: Lever) -> list[int]:
    """Whole periods, evenly apart, to the longest looked at; the problem's own among them."""
    steps = np.linspace(lever.low, lever.high, ROWS + 1)[1:]
    return sorted({round(float(step) / lever.low) * round(lever.low) for step in steps} | {round(lever.at)})


def _cell(duel: Duel, changes: Mapping[str, Any], share: float, months: int) -> CellRow:
    buying, renting = duel.side(BUYING, changes), duel.side(RENTING, changes)
    gains = renting.objective - buying.objective if buying.found and renting.found else None
    wins = buying.found and (gains is None or gains > 0)
    if wins:
        winner: Winner = "own" if _owns_all(duel.side(OWNED, changes), buying) else "mix"
    elif renting.found:
        winner = "later" if _buys(duel.side(OPTIMAL, changes), renting) else "rent"
    else:
        winner = "none"
    refusal = "" if winner != "none" else renting.text
    return CellRow(utilisation=share, months=months, winner=winner, gains_usd=gains, refusal=refusal)


def _buys(best: Reply, renting: Reply) -> bool:
    """Whether the best mix buys, and is cheaper for it."""
    owned = any(kind.endswith(" owned") for kind in best.fleet)
    return best.found and owned and best.objective < renting.objective * (1 - _SAME)


def _owns_all(owned: Reply, buying: Reply) -> bool:
    """Whether owning everything costs what the best plan that buys costs."""
    return owned.found and owned.objective <= buying.objective * (1 + _SAME)
