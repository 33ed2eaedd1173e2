"""Why, as a reader sees it: the tornado, cost against latency, GPU types in and out of the plan, what is rejected."""

import xml.etree.ElementTree as ET

import pytest
from sample import sample_plan

from planner.plan.plan import Plan
from planner.report.charts import draw
from planner.report.explanation_figures import front_figure, swing_figure
from planner.report.explanation_words import amount
from planner.report.explanations import why
from planner.report.format import NBSP
from planner.report.gpu_types import gpu_types
from planner.report.lookup import Lookup
from planner.report.svg import inline
from planner.report.why_not import WhyNot, why_not_view


def said(text: object) -> str:
    return str(text).replace(NBSP, " ")


def test_each_input_is_one_line_to_point_at_with_a_bar_for_each_side(plan: Plan) -> None:
    figure = swing_figure(Lookup(plan))
    assert figure is not None
    tips = [said(row["tip"]) for row in figure.rows if "tip" in row]
    assert len(tips) == len(plan.swings)
    assert tips[1] == (
        "support-chat demand, now 12 requests/s: 9.6 requests/s −$160,000; 14.4 requests/s +$175,000; known to "
        "± $10,000"
    )
    bars = [(row["side"], row["change"], said(row["label"])) for row in figure.rows if "side" in row]
    assert bars[2:4] == [("higher", 175_000.0, "+$175,000"), ("lower", -160_000.0, "−$160,000")]


def test_a_side_without_a_fleet_is_told_on_the_free_side(plan: Plan) -> None:
    figure = swing_figure(Lookup(plan))
    assert figure is not None
    first = [row for row in figure.rows if "side" in row][:2]
    assert [(row["side"], row["label"], row["way"] > 0) for row in first] == [
        ("higher", "−$90,000", False), ("lower", "no fleet", True),
    ]  # fmt: skip


def test_two_changes_to_one_side_share_a_label(plan: Plan) -> None:
    figure = swing_figure(Lookup(plan))
    assert figure is not None
    power = [row for row in figure.rows if "side" in row and "power" in str(row["name"])]
    assert [said(row["label"]) for row in power] == ["+$12,000 and +$3,000", ""]
    assert [row["change"] for row in power] == [12_000.0, 3_000.0]


def test_changes_within_what_searches_left_open_are_pale(plan: Plan) -> None:
    figure = swing_figure(Lookup(plan))
    assert figure is not None
    sure = [(row["change"], row["sure"]) for row in figure.rows if "side" in row]
    assert sure == [(change, int(abs(float(change)) > 10_000)) for change, _ in sure]
    assert "Pale: less than the searches left open" in figure.says
    exact = [row.model_copy(update={"within": 0.0}) for row in plan.swings]
    crisp = swing_figure(Lookup(plan.model_copy(update={"swings": exact})))
    assert crisp is not None
    assert all(row["sure"] == 1 for row in crisp.rows if "side" in row) and "Pale" not in crisp.says


def test_the_tornado_reaches_every_line_and_keeps_bars_to_scale(plan: Plan) -> None:
    figure = swing_figure(Lookup(plan))
    assert figure is not None
    root = ET.fromstring(inline(draw(figure), figure))
    titles = [element.text for element in root.iter() if element.tag.endswith("title")]
    assert len(titles) == 1 + len(plan.swings)


@pytest.mark.parametrize("changes", [{"front": []}, {"front": [{"factor": 1.0, "objective": 9.0, "bound": 9.0}]}])
def test_one_point_is_no_front(changes: dict[str, object]) -> None:
    assert front_figure(Lookup(sample_plan(**changes))) is None


def test_a_flat_front_is_said_instead_of_drawn(plan: Plan) -> None:
    points = [{"factor": factor, "objective": 9.0, "bound": 9.0} for factor in (0.5, 1.0, 2.0)]
    flat = sample_plan(front=points)
    assert front_figure(Lookup(flat)) is None
    told = [said(line) for line in why(Lookup(flat)).says]
    assert "Latency targets move nothing: at 50 % to 200 % of them the cost is the same." in told
    assert not any("Latency targets move nothing" in line for line in why(Lookup(plan)).says)


def test_the_front_counts_from_what_was_asked(plan: Plan) -> None:
    figure = front_figure(Lookup(plan))
    assert figure is not None
    assert [said(row.get("label", row.get("none"))) for row in figure.rows] == [
        "no fleet",
        "+24 %",
        "as asked",
        "−9.0 %",
    ]
    assert "70 % of them: $1,240,000 (+24 %)" in said(figure.says)
    assert "No fleet is fast enough for 50 %" in said(figure.says)
    (tight,) = [said(row["tip"]) for row in figure.rows if row["value"] == 0.7]
    slo = plan.workloads[0].slo["tpot_p95_ms"]
    assert f"TPOT p95 {0.7 * slo:g} ms" in tight


def test_gpu_types_in_the_plan_come_first_with_what_they_are_paid(plan: Plan) -> None:
    table = gpu_types(Lookup(plan))
    assert table is not None
    lines = [[said(cell.text) for cell in row] for row in table.rows]
    assert [line[0] for line in lines[:3]] == ["H100-SXM", "L4", "L40S"]
    assert lines[0][5] == "without it $204,000 more"
    assert lines[1][3] == "$0.78 spot in nodes of 4"
    assert lines[0][4] == "cheapest for support-chat; +6.9 % for code-completion"
    (other,) = [line for line in lines if line[0] == "H200-SXM"]
    assert other[1] == "none"
    assert other[5] == "with some of it $7,300 more"
    shares = [cell.sort or 0.0 for cell in (row[2] for row in table.rows)]
    gpu_usd = sum(row.usd for row in plan.costs if row.subject in Lookup(plan).pools)
    assert sum(shares) == pytest.approx(gpu_usd / plan.total_usd)


@pytest.mark.parametrize(
    ("least", "told"),
    [
        (204_000.0, "without it $204,000 more"),
        (51_000.0, "without it $51,000 to $204,000 more"),
        (0.0, "without it at most $204,000 more"),
    ],
)
def test_what_a_type_saves_is_told_as_far_as_it_is_proven(plan: Plan, least: float, told: str) -> None:
    first = plan.why_not[0].model_copy(update={"without_least_usd": least})
    table = gpu_types(Lookup(plan.model_copy(update={"why_not": [first, *plan.why_not[1:]]})))
    assert table is not None
    assert said(table.rows[0][5].text) == told


def test_gpu_types_without_explanations_say_nothing_of_the_other_way() -> None:
    table = gpu_types(Lookup(sample_plan(why_not=[])))
    assert table is not None
    assert len(table.columns) == 5
    assert gpu_types(Lookup(sample_plan(capacity=[]))) is None


def test_what_is_near_is_told_apart_from_what_never_helps(plan: Plan) -> None:
    told = why_not_view(Lookup(plan))
    assert told.near is not None
    assert [row[0].text for row in told.near.rows] == ["H200-SXM"]
    far, rejected = told.folded
    assert [row[0].text for row in far.rows] == ["GB200"]
    assert [row[0].text for row in rejected.rows] == ["T4", "=1+1 <b>oci</b>"]
    assert why_not_view(Lookup(sample_plan(why_not=[]))) == WhyNot(None, ())


def flipped(plan: Plan, column: int = 2, **changes: object) -> str:
    """A cell of the first line of the table of flips, with its row changed."""
    row = plan.flips[0].model_copy(update=changes)
    table = why(Lookup(plan.model_copy(update={"flips": [row]}))).flips
    assert table is not None
    return said(table.rows[0][column].text)


def test_the_fleet_is_the_same_up_to_a_value_only_where_the_next_one_lies_beside_it(plan: Plan) -> None:
    assert flipped(plan) == "from 13.2 requests/s (+10 %); the same to 13.1 requests/s"
    assert flipped(plan, same_to=12.0) == "found from 13.2 requests/s (+10 %); the same at 12 requests/s"
    nothing = {"same_to": 24.0, "flips_at": 48.0, "fleet": [], "refusal": "no fleet satisfies all limits"}
    assert flipped(plan, **nothing) == "found from 48 requests/s (+300 %); the same at 24 requests/s"


def test_a_brief_search_tells_what_is_certain_and_what_it_saves_at_least(plan: Plan) -> None:
    at = plan.flips[0].at
    assert flipped(plan, is_exact=False, same_to=at) == "for certain at 13.2 requests/s (+10 %)"
    later = "for certain at 13.2 requests/s (+10 %); not known to be at 12.5 requests/s"
    assert flipped(plan, is_exact=False, same_to=12.5) == later
    assert flipped(plan, 3, is_exact=False, saves_least=1234.0).endswith("; saves at least $1,234")
    assert flipped(plan, 3, is_exact=False).endswith("; the kinds of node there are cannot serve it")
    nothing = {"fleet": [], "refusal": "no fleet satisfies all limits", "same_to": at}
    assert flipped(plan, 3, is_exact=False, **nothing) == "no fleet serves it"
    none = {"flips_at": None, "tried_to": 48.0, "same_to": 48.0, "fleet": []}
    assert flipped(plan, **none) == "no change up to 48 requests/s"
    assert flipped(plan, is_exact=False, **none) == "none for certain up to 48 requests/s"


def test_brief_searches_do_not_claim_to_have_come_close(plan: Plan) -> None:
    assert plan.explained is not None
    brief = plan.explained.model_copy(update={"seconds_a_search": 7.0})
    assert "then to 1 %" in why(Lookup(plan)).meaning
    told = why(Lookup(plan.model_copy(update={"explained": brief}))).meaning
    assert "then to 1 %" not in told and "in strides alone" in told


def test_time_beyond_what_was_allowed_is_said_to_be_the_last_search(plan: Plan) -> None:
    assert plan.explained is not None
    assert "in 61 s; no search began after the 60 s allowed" in said(" ".join(why(Lookup(plan)).says))
    quick = plan.explained.model_copy(update={"seconds": 11.0})
    told = said(" ".join(why(Lookup(plan.model_copy(update={"explained": quick}))).says))
    assert "in 11 s of the 60 s allowed" in told


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [(64.0, "GPU", "64 GPUs"), (1.0, "GPU", "1 GPU"), (0.1, "a year", "10 % a year"), (0.9, "share", "90 %")],
)
def test_values_of_levers_are_told_in_their_unit(value: float, unit: str, told: str) -> None:
    assert said(amount(value, unit)) == told
