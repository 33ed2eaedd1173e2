"""Commitments over time: who is there when, until when, and that forms add up to what is at work."""

from pathlib import Path

import pytest
from sample import sample_plan
from sample_rows import H100, OWN

from planner.plan.plan import Plan
from planner.plan.store import load_plan
from planner.report.commitments import Span, committed_nodes, gpus_by_form, spans
from planner.report.hosted import api_prices, plan_price, price_figure, quoted
from planner.report.lookup import Lookup, gpus_at_work
from planner.report.payments import payments
from planner.report.timeline import month_name, timeline_figure

STORED = sorted((Path(__file__).parents[2] / "reports").glob("*/plan.json"))
LIFE, AGE = 60.0, 30.0


def held(plan: Plan) -> list[Span]:
    return spans(Lookup(plan))


def test_spans_by_hand(plan: Plan) -> None:
    """Two systems of 30 months out of 60, one of them retired after a quarter; a purchase; two terms."""
    found = [(one.form, one.pool, one.nodes, one.ordered, one.start, one.end) for one in held(plan)]
    assert found == [
        ("existing", OWN, 1, 0.0, 0.0, LIFE - AGE),
        ("existing", OWN, 1, 0.0, 0.0, 3.0),
        ("owned", OWN, 1, 0.0, 3.0, 3.0 + LIFE),
        ("reserved_3y", H100, 1, 0.0, 0.0, 36.0),
        ("reserved_1y", H100, 1, 0.0, 0.0, 12.0),
    ]


def test_what_is_sold_ends_then() -> None:
    sale = {"pool": OWN, "form": "owned", "ordered": 0, "period": 1, "nodes": 1, "usd": 1.0}
    bought = next(one for one in held(sample_plan(sales=[sale])) if one.form == "owned")
    assert (bought.start, bought.end) == (3.0, 3.0)
    assert committed_nodes(Lookup(sample_plan(sales=[sale])))[OWN, 1]["owned"] == 0


@pytest.mark.parametrize("path", [None, *STORED], ids=lambda path: path.parent.name if path else "sample")
def test_forms_add_up_to_the_gpus_at_work(path: Path | None) -> None:
    look = Lookup(load_plan(path) if path else sample_plan())
    by_form, by_kind = gpus_by_form(look), gpus_at_work(look)
    assert by_form.keys() == by_kind.keys()
    for slot, counts in by_kind.items():
        assert sum(by_form[slot].values()) == sum(counts.values())
        assert "committed" not in by_form[slot]


def test_what_cannot_be_told_apart_stays_together() -> None:
    """A plan whose purchases do not explain its committed nodes is drawn as it is, not as it should be."""
    counts = gpus_by_form(Lookup(sample_plan(purchases=[])))
    assert counts[0, 0]["committed"] == 16


@pytest.mark.parametrize("path", [None, *STORED], ids=lambda path: path.parent.name if path else "sample")
def test_payments_are_the_bill_and_its_present_value(path: Path | None) -> None:
    plan = load_plan(path) if path else sample_plan()
    look = Lookup(plan)
    parts = payments(look)
    rate = look.problem("horizon", "discount_rate_per_year")
    assert sum(one.usd for one in parts) == pytest.approx(plan.total_usd)
    for row in plan.costs:
        mine = [one for one in parts if (one.term, one.subject, one.period) == (row.term, row.subject, row.period)]
        assert sum(one.usd for one in mine) == pytest.approx(row.usd)
        assert sum(one.npv_usd(rate) for one in mine) == pytest.approx(row.npv_usd)


def test_the_calendar_says_what_lies_after_the_plan(plan: Plan) -> None:
    figure = timeline_figure(Lookup(plan))
    assert figure is not None
    bars = [row for row in figure.rows if "part" in row]
    after = {row["name"]: row["end"] for row in bars if row["part"] == "after"}
    assert after == {
        "1 × dgx-h100, already owned": 30.0, "1 × dgx-h100, bought": 63.0,
        "1 × p5.48xlarge, reserved for 3 years": 36.0, "1 × p5.48xlarge, reserved for 1 year": 12.0,
    }  # fmt: skip
    assert {row["name"] for row in bars if row["part"] == "waits"} == {"1 × dgx-h100, bought"}
    assert figure.says.replace("\u00a0", " ").startswith("4 commitments of 5 last beyond the plan, with $672,155")
    assert timeline_figure(Lookup(sample_plan(purchases=[], kept=[]))) is None


def test_months_have_names(plan: Plan) -> None:
    assert [month_name(Lookup(plan), month) for month in (0, 3, 12, 35)] == [
        "Jan 2027",
        "Apr 2027",
        "Jan 2028",
        "Dec 2029",
    ]
    undated = [row.model_copy(update={"start": None}) for row in plan.periods]
    assert month_name(Lookup(plan.model_copy(update={"periods": undated})), 12) == "month 12"


def test_own_tokens_against_hosted_ones(plan: Plan) -> None:
    look = Lookup(plan)
    mine = [row for row in plan.workload_costs if row.workload == "support-chat"]
    own = plan_price(look, "support-chat")
    assert own == pytest.approx(sum(row.usd for row in mine) / sum(row.million_tokens for row in mine))
    assert api_prices(look, "support-chat") == pytest.approx(
        {"together/llama-3.3-70b": 0.88, "other/llama-3.3-70b": 1.46}
    )
    assert api_prices(look, "code-completion") == {}
    assert quoted(look, "code-completion") == {"deepinfra/<qwen> | coder": 0.21}
    figure = price_figure(look)
    assert figure is not None
    shown = [row["name"] for row in figure.rows if row["workload"] == "support-chat"]
    assert shown == ["This plan", "together/llama-3.3-70b", "other/llama-3.3-70b"]


def test_an_api_for_some_sizes_is_not_a_price_for_all(plan: Plan) -> None:
    one = plan.api_options[0].model_copy(update={"demand_class": "code-completion/bucket-1"})
    assert api_prices(Lookup(plan.model_copy(update={"api_options": [one]})), "code-completion") == {}


def test_sizes_are_weighed_by_their_tokens(plan: Plan) -> None:
    """Twice the requests of a class at its own price a request: the blend is money over tokens."""
    offers = [
        plan.api_options[0].model_copy(
            update={
                "demand_class": f"code-completion/bucket-{n}",
                "usd_per_request": usd,
                "usd_per_million_tokens": price,
            }
        )
        for n, usd, price in ((1, 0.001, 0.5), (2, 0.004, 1.0))
    ]
    look = Lookup(plan.model_copy(update={"api_options": offers}))
    sent = [
        sum(
            row.mean_requests_per_s * look.hours(row.period, row.block)
            for row in plan.demand
            if row.demand_class == f"code-completion/bucket-{n}"
        )
        for n in (1, 2)
    ]
    blend = (0.001 * sent[0] + 0.004 * sent[1]) / (0.002 * sent[0] + 0.004 * sent[1])
    assert api_prices(look, "code-completion")["together/llama-3.3-70b"] == pytest.approx(blend)
