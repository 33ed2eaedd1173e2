"""plan.xlsx: opened by another library and worked out by another hand."""

import datetime as dt
import io
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import openpyxl
import pytest
from formulas import Worked
from hypothesis import given, settings
from hypothesis import strategies as st
from sample import sample_plan
from sample_rows import FORMULA, HOSTILE, RATE_PER_YEAR

from planner.plan.plan import Plan
from planner.plan.rows.money import CostRow
from planner.plan.store import load_plan
from planner.report.finance import finance_workbook
from planner.report.given import RATE
from planner.report.lookup import Lookup
from planner.report.money import TERMS
from planner.report.payments import payments
from planner.report.sheets import Field, Formula, Sheet, letter
from planner.report.workbook import workbook

STORED = sorted((Path(__file__).parents[2] / "reports").glob("*/plan.json"))
ROOT = Path(__file__).parents[2]


def opened(content: bytes, **how: Any) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content), **how)


def summary(book: Any) -> dict[str, str]:
    """What stands on the summary → the cell of its figure."""
    return {row[0].value: row[1].coordinate for row in book["Summary"].iter_rows(min_row=2)}


@pytest.fixture(scope="module")
def book(plan: Plan) -> Any:
    return opened(finance_workbook(Lookup(plan)))


def test_it_has_a_sheet_for_every_table_finance_reads(book: Any) -> None:
    assert book.sheetnames == [
        "Summary", "Bill", "Profit and loss", "Cash by period", "Balance", "Cash to bill", "Present value",
        "Cash lines",
        "Purchases", "Fleet", "Options", "Workloads", "Teams", "Models", "Energy", "Energy use",
        "Limits", "Sensitivity", "Break-even", "Assumptions", "Sources", "Certificate",
    ]  # fmt: skip
    for sheet in book:
        assert sheet.freeze_panes == "B2"
        assert sheet.auto_filter.ref.startswith("A1:")
        assert all(9 <= one.width <= 66 for one in sheet.column_dimensions.values())


@pytest.mark.parametrize("path", [None, *STORED], ids=lambda path: path.parent.name if path else "sample")
def test_formulas_give_what_the_plan_says(path: Path | None) -> None:
    plan = load_plan(path) if path else sample_plan()
    content = finance_workbook(Lookup(plan))
    book, stored = opened(content), opened(content, data_only=True)
    worked, at = Worked(book), summary(book)
    close = {"rel": 1e-9, "abs": 1e-6}
    assert worked.cell("Summary", at["Total cost"]) == pytest.approx(plan.total_usd, **close)
    assert worked.cell("Summary", at["Present value at this rate"]) == pytest.approx(plan.total_npv_usd, **close)
    assert worked.cell("Summary", at["Cash paid"]) == pytest.approx(sum(row.usd for row in plan.cash), **close)
    assert worked.cell("Summary", at["Difference to the plan"]) == pytest.approx(0, abs=1e-4)
    formulas = 0
    for sheet in book:
        for cell in (one for row in sheet.iter_rows() for one in row if one.data_type == "f"):
            shown = stored[sheet.title][cell.coordinate].value
            assert worked.cell(sheet.title, cell.coordinate) == pytest.approx(shown, **close), (sheet, cell)
            formulas += 1
    assert formulas > 20


@pytest.mark.parametrize("path", [None, *STORED], ids=lambda path: path.parent.name if path else "sample")
def test_present_values_follow_the_rate(path: Path | None) -> None:
    """At no rate the present value is the bill; at a high one each payment counts from its own month."""
    plan = load_plan(path) if path else sample_plan()
    book = opened(finance_workbook(Lookup(plan)))
    cell = summary(book)["Present value at this rate"]
    assert Worked(book, {RATE: 0.0}).cell("Summary", cell) == pytest.approx(plan.total_usd)
    by_hand = sum(one.usd * 1.5 ** (-one.month / 12) for one in payments(Lookup(plan)))
    assert Worked(book, {RATE: 0.5}).cell("Summary", cell) == pytest.approx(by_hand)


def test_a_changed_rate_moves_the_present_value_by_hand(book: Any, plan: Plan) -> None:
    """Half of the three years is paid when signed, and the value left counts at the end of half a year."""
    later, end = 1.2**-0.25, 1.2**-0.5
    worth = 0.0
    for row in plan.costs:
        factor = later if row.period else 1.0
        factor = {"reserved_3y": (1 + factor) / 2, "owned_value_left": end}.get(row.term, factor)
        worth += row.usd * factor
    cell = summary(book)["Present value at this rate"]
    assert Worked(book, {RATE: 0.2}).cell("Summary", cell) == pytest.approx(worth)
    assert Worked(book).cell("Summary", summary(book)["Discount rate a year"]) == RATE_PER_YEAR


def test_every_term_has_a_column() -> None:
    """A term without a name would be missing from the bill and its total."""
    assert set(get_args(CostRow.model_fields["term"].annotation)) <= set(TERMS)


def test_numbers_are_numbers_and_dates_are_dates(book: Any) -> None:
    purchases = book["Purchases"]
    heads = [cell.value for cell in purchases[1]]
    row = dict(zip(heads, purchases[2], strict=True))
    assert row["Sign or order by"].value == dt.datetime(2027, 1, 1)
    assert row["Sign or order by"].number_format == "yyyy-mm-dd"
    assert row["Nodes"].value == 1
    assert row["Cost in the plan"].number_format.startswith('"$"')
    assert isinstance(row["Cost in the plan"].value, float)
    assert [cell.value for cell in book["Sources"]["D"]][1:3] == [dt.datetime(2026, 11, 3)] * 2


def test_words_never_become_formulas(book: Any) -> None:
    """Title and question of the sample are made to be mistaken for markup and formulas."""
    texts = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "s"]
    title = next(cell for cell in texts if "<script>" in cell.value)
    assert title.value == HOSTILE
    question = next(cell for cell in texts if str(cell.value).startswith("=HYPERLINK"))
    assert question.value == FORMULA.replace("\n", " ")
    assert question.quotePrefix
    live = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert not [text for text in live if "HYPERLINK" in text]


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=40), st.sampled_from(["", "=", "+", "-", "@", "=1+1;", "\t=", "\x01"]))
def test_any_text_stays_text(said: str, start: str) -> None:
    sheet = Sheet("S", "", (Field("A"), Field("B", "usd")), ((start + said, 1.0),))
    cell = opened(workbook([sheet], {}, start + said, dt.date(2026, 1, 1)))["S"]["A2"]
    assert cell.data_type != "f"
    assert cell.value is None or isinstance(cell.value, str)


def test_what_is_not_finite_is_said_so() -> None:
    sheet = Sheet("S", "", (Field("A", "usd"), Field("B", "usd")), ((float("nan"), float("inf")),))
    made = opened(workbook([sheet], {}, "t", dt.date(2026, 1, 1)))["S"]
    assert (made["A2"].value, made["B2"].value) == ("n/a", "n/a")


def test_a_text_longer_than_a_cell_is_cut() -> None:
    sheet = Sheet("S", "", (Field("A"),), (("x" * 40_000,),))
    assert len(opened(workbook([sheet], {}, "t", dt.date(2026, 1, 1)))["S"]["A2"].value) == 32_000


def test_rows_must_fit_their_columns() -> None:
    with pytest.raises(ValueError, match="S: 1 cells for 2 columns"):
        Sheet("S", "", (Field("A"), Field("B")), (("x",),))


def test_columns_beyond_z() -> None:
    assert [letter(place) for place in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]


def test_the_own_spreadsheet_can_tell_a_wrong_sum() -> None:
    sheet = Sheet(
        "S", "", (Field("A", "usd", total=True), Field("B", "usd")), ((1.0, Formula("=A{row}*2", 3.0)), (2.0, 0.0))
    )
    book = opened(workbook([sheet], {}, "t", dt.date(2026, 1, 1)))
    assert Worked(book).cell("S", "A4") == 3.0
    assert Worked(book).cell("S", "B2") == 2.0


def test_the_same_plan_gives_the_same_bytes(plan: Plan) -> None:
    assert finance_workbook(Lookup(plan)) == finance_workbook(Lookup(plan))


def test_starting_the_command_loads_no_spreadsheet_library() -> None:
    code = (
        "import sys, planner.cli, planner.cli.cheapest, planner.report.cheapest; sys.exit('xlsxwriter' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_why_is_told_in_numbers_and_text(book: Any, plan: Plan) -> None:
    rows = [[cell.value for cell in row] for row in book["Sensitivity"].iter_rows(min_row=2)]
    assert rows[1][:7] == ["support-chat demand", "requests/s", 12, 9.6, -160_000, 14.4, 175_000]
    assert rows[-1][0] == "demand of all workloads, twice"
    assert rows[-1][6] == pytest.approx(2_150_000 - plan.total_npv_usd)
    dear = next(row for row in book["Break-even"].iter_rows(min_row=2) if row[0].value == "H200-SXM")
    assert [cell.value for cell in dear][5:9] == [3.5, 3.1, 0.886, 7_300]
    hostile = [cell for row in book["Break-even"].iter_rows() for cell in row if str(cell.value).startswith("=")]
    assert [cell.data_type for cell in hostile] == ["s"]
