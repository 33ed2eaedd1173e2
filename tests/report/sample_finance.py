"""The sample plan's statements and its use of electricity: plain sums of its own rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sample_rows import H100, L4, OWN

KWH = (98_123.4, 121_456.7)
BOOK_VALUE = (0.0, 330_000.0, 315_150.0)
PARTS = (
    (OWN, "existing", "support-chat", 0.35, 21_000.0),
    (OWN, "existing", "(idle committed capacity)", 0.05, 0.0),
    (H100, "reserved_1y", "support-chat", 0.2, 30_000.0),
    (H100, "on_demand", "code-completion", 0.3, 110_000.0),
    (L4, "spot", "night-summaries", 0.1, 520_000.0),
)
"""Share of the electricity of each quarter, and million tokens."""


def energy_use() -> list[dict[str, Any]]:
    return [
        {"pool": pool, "form": form, "workload": who, "period": t, "kwh": part * kwh, "million_tokens": tokens}
        for t, kwh in enumerate(KWH)
        for pool, form, who, part, tokens in PARTS
    ]


def statements(costs: list[dict[str, Any]], cash: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """What the cash rows prepay stays prepaid; the own node comes with the second quarter."""
    lines = {"existing_running": "owned_running", "owned_running": "owned_running", "api": "api"}
    lines |= {"on_demand": "rented", "spot": "rented", "reserved_1y": "committed", "reserved_3y": "committed"}
    for row in cash:
        yield _row("cash_flow", row["kind"], row["period"], row["usd"])
    for row in costs:
        if row["term"] in lines:
            yield _row("profit_and_loss", lines[row["term"]], row["period"], row["usd"])
    for at, usd in enumerate(BOOK_VALUE):
        yield _row("balance", "book_value", at - 1 if at else None, usd)
    yield _row("profit_and_loss", "depreciation", 1, BOOK_VALUE[1] - BOOK_VALUE[2])
    for t, (paid, within) in enumerate([(361_000.0, 101_000.0), (462_000.0, 0.0)]):
        yield _row("balance", "prepaid", t, 260_000.0)
        yield _row("commitments", "signed", t, 928_000.0)
        yield _row("commitments", "paid", t, paid)
        yield _row("commitments", "owed_within", t, within)
        yield _row("commitments", "owed_beyond", t, 928_000.0 - 462_000.0)


def _row(statement: str, line: str, period: int | None, usd: float) -> dict[str, Any]:
    return {"statement": statement, "line": line, "period": period, "usd": usd}
