"""Buying against renting in a report: what is told, what is escaped, what is drawn."""

from pathlib import Path

import pytest
from sample_investment import invested

from planner.errors import PlannerError
from planner.plan.plan import Plan
from planner.report.buy_vs_rent import _short, buy_or_rent
from planner.report.buy_vs_rent_files import buy_vs_rent_text, write_buy_vs_rent
from planner.report.lookup import Lookup
from planner.report.shapes import Table


def column(table: Table | None, head: str) -> list[str]:
    assert table is not None
    at = next(n for n, one in enumerate(table.columns) if one.head == head)
    return [row[at].text.replace("\u00a0", " ") for row in table.rows]


def test_what_is_told(plan: Plan) -> None:
    part = buy_or_rent(Lookup(invested(plan)))
    assert part is not None
    assert part.says[0].startswith("Buying now is cheaper: $900 against $1,000 at present value for renting")
    assert "it returns 20" in part.says[2]
    assert column(part.strategies, "Above the best mix") == ["–", "+11 %", "same"]
    assert column(part.buying, "Return a year (IRR)") == ["20 %, also 300 %"]
    assert column(part.buying, "Discounted payback [months]") == ["not within the horizon"]
    assert column(part.turns, "Buying wins") == ["above it", "nowhere from 0 % to 100 %"]
    assert column(part.turns, "Turns at") == ["1 ×", "–"]
    assert part.refused == ("All hosted API: supply.api names no <i>hosted</i> API.",)
    assert part.notes[1] == "The time did not suffice for: the map."
    assert buy_or_rent(Lookup(plan)) is None


def test_files_escape_and_replace(plan: Plan, tmp_path: Path) -> None:
    best = invested(plan)
    (tmp_path / "old.json").write_text("{}", encoding="utf-8")
    written = write_buy_vs_rent(best, {"renting": plan}, tmp_path)
    names = {str(path.relative_to(tmp_path)) for path in written}
    assert {"buy-vs-rent.html", "buy-vs-rent.md", "optimal.json", "renting.json", "charts/buy-or-rent-map.svg"} <= names
    assert not (tmp_path / "old.json").exists()
    page = (tmp_path / "buy-vs-rent.html").read_text(encoding="utf-8")
    assert "<b>optimal</b>" not in page
    assert "&lt;b&gt;optimal&lt;/b&gt;" in page
    text = (tmp_path / "buy-vs-rent.md").read_text(encoding="utf-8")
    assert "cloud \\| prices".lower() in text.lower()
    assert "\\*this\\*" in text


def test_a_plan_without_the_comparison_is_refused(plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(PlannerError, match="planner buy-vs-rent"):
        write_buy_vs_rent(plan, {}, tmp_path)
    assert buy_vs_rent_text(plan) == ""
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_is_cut_where_it_makes_sense() -> None:
    told = "no fleet satisfies all limits.\nWith every limit as it is:\n  chat: 2 of 5 requests/s too many\nNext: more"
    assert _short(told).endswith("With every limit as it is: chat: 2 of 5 requests/s too many.")
    assert _short("nothing may be rented") == "nothing may be rented."


def test_terminal(plan: Plan) -> None:
    told = buy_vs_rent_text(invested(plan))
    assert "No plan: All hosted API" in told
    assert "Buying wins if you believe" in told
