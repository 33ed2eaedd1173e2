"""A scorecard in words: Markdown tables for the document, aligned columns for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from planner.accuracy.figures import Summary
from planner.accuracy.scorecard import AIC, GPU_OUT, MODEL_OUT, SHIPPED, Group, Line, Scorecard

LINE_HEAD = (
    "predictor", "runs", "TPOT median", "TPOT mean", "TPOT p90", "tok/s/GPU median", "TTFT median",
    "rate at TPOT limit median", "regret", "regret, TTFT ≥ 1 s", "rank",
)  # fmt: skip
Rows = list[list[str]]


def percent(share: float, digits: int = 1) -> str:
    """ "7.3 %", or "–" where there is none."""
    return f"{100 * share:.{digits}f} %" if isfinite(share) else "–"


def line_row(line: Line) -> list[str]:
    """One predictor as cells under LINE_HEAD."""
    return [
        line.name,
        f"{line.tpot.n:,}",
        *(percent(value) for value in (line.tpot.median, line.tpot.mean, line.tpot.p90)),
        *(percent(value) for value in (line.tokens.median, line.ttft.median, line.rate.median)),
        percent(line.regret.mean),
        percent(line.patient.mean),
        f"{line.ranking.contest_median:.3f}" if isfinite(line.ranking.contest_median) else "–",
    ]


def group_head(card: Scorecard, title: str) -> list[str]:
    """Columns of a table by condition: those whose predictor is there."""
    return [title, "runs", *(head for head, _ in _columns(card))]


def group_row(card: Scorecard, group: Group) -> list[str]:
    """One condition as cells under `group_head`."""
    return [group.name, f"{group.n:,}", *(cell(group) for _, cell in _columns(card))]


def _columns(card: Scorecard) -> list[tuple[str, _Cell]]:
    there = {name for groups in card.tables.values() for group in groups for name in group.tpot}
    out = MODEL_OUT if MODEL_OUT in there else SHIPPED
    columns = [
        ("TPOT shipped", _Cell("tpot", SHIPPED)),
        ("TPOT model out", _Cell("tpot", MODEL_OUT)),
        ("p90", _Cell("tpot", out, "p90")),
        ("bias", _Cell("tpot", out, "bias")),
        ("TPOT GPU out", _Cell("tpot", GPU_OUT)),
        ("tok/s/GPU", _Cell("tokens", out)),
        ("TTFT", _Cell("ttft", out)),
        ("TPOT AIConfigurator", _Cell("tpot", AIC)),
    ]
    return [(head, cell) for head, cell in columns if cell.predictor in there]


class _Cell:
    """Reads one figure of a group."""

    def __init__(self, quantity: str, predictor: str, figure: str = "median") -> None:
        self.quantity, self.predictor, self.figure = quantity, predictor, figure

    def __call__(self, group: Group) -> str:
        found: Summary = getattr(group, self.quantity)[self.predictor]
        value: float = getattr(found, self.figure)
        return f"{100 * value:+.1f} %" if self.figure == "bias" and isfinite(value) else percent(value)


def markdown_table(head: Sequence[str], rows: Rows) -> str:
    """A table whose first column is text and whose others are numbers."""
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def plain_table(head: Sequence[str], rows: Rows) -> str:
    """The same for a terminal."""
    widths = [max(len(cells[column]) for cells in [head, *rows]) for column in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        rest = (f"{cell:>{width}}" for cell, width in zip(cells[1:], widths[1:], strict=True))
        return "  ".join([f"{cells[0]:<{widths[0]}}", *rest]).rstrip()

    return "\n".join(line(cells) for cells in [head, *rows])
