"""What a report says, derived by hand from the sample plan."""

import pytest
from sample import CHAT_LOAD, GROWTH, block_hours, chat_replicas, h100_nodes, own_chat, sample_plan, spot_nodes
from sample_rows import CHAT_RATE, H100, NIGHT_RATE, OWN, USD_PER_HOUR

from planner.plan.peaks import most_gpus, most_gpus_by_type
from planner.plan.plan import Plan
from planner.report.answer import answer, fleet, horizon, types
from planner.report.configurations import replica_range
from planner.report.fleet import purchases
from planner.report.format import NBSP
from planner.report.hours import gpus_needed, hourly_utilisation, load_by_block, nodes_by_block, step, utilisation
from planner.report.lookup import Lookup
from planner.report.money import bill, by_basis
from planner.report.proven import certainty
from planner.report.reasons import limits, runners_up
from planner.report.running import places
from planner.report.shapes import Cell, Column, Table
from planner.report.view import View, view_of


def said(text: str) -> str:
    return text.replace(NBSP, " ")


def column(table: Table, head: str) -> list[str]:
    place = [one.head for one in table.columns].index(head)
    return [said(row[place].text) for row in table.rows]


def test_the_answer_is_three_sentences_with_what_by_when_and_how_sure(view: View) -> None:
    what, decisions, certainty = map(said, view.answer.sentences)
    total = view.answer.tiles[0].value
    peak = max(16 + 8 * max(2, h100_nodes(1, b) - 2) for b in range(8))
    assert what.startswith("Run support-chat, code-completion and night-summaries on up to")
    assert f"{peak} × H100-SXM" in what
    assert total in what
    assert "by 1 January 2027" in decisions
    assert "order 1 × dgx-h100 by 1 January 2027, in service from 1 April 2027" in decisions
    assert "by more than 0.037 %" in certainty
    assert "all 3 independent checks" in certainty


def test_the_answer_says_what_typical_blocks_leave_out(view: View) -> None:
    assert "typical block" not in view.answer.sentences[2]
    certificate = sample_plan().certificate
    bounded = certificate.model_copy(update={"hourly_bound": 0.9 * certificate.objective, "clustering_error": 0.1})
    told = said(view_of(sample_plan(certificate=bounded)).answer.sentences[2])
    assert "The plan is for 8 typical blocks, which never understate demand; a plan for each hour could be" in told
    assert "cheaper by 10 %" in told
    one = bounded.model_copy(update={"gap": 0.0})
    single = sample_plan(certificate=one).model_copy(update={"blocks": sample_plan().blocks[:1]})
    assert "for 1 typical block, which never understates demand;" in said(certainty(Lookup(single)))
    exact = said(view_of(sample_plan(certificate=bounded, clustering_excess=1e-16)).answer.sentences[2])
    assert "typical block" not in exact


def test_gpus_at_the_peak_are_those_at_work_at_once() -> None:
    plan = sample_plan()
    tile = next(tile for tile in view_of(plan).answer.tiles if tile.name == "GPUs at the peak")
    counts = [int(part.split(" ×")[0]) for part in said(tile.context).replace(" and ", ", ").split(", ")]
    assert sum(counts) == int(tile.value) == most_gpus(plan)


def test_a_fleet_that_is_never_all_at_work_says_how_many_are_at_once() -> None:
    plan = sample_plan()
    peaks = sum(most_gpus_by_type(plan).values())
    told = said(fleet(Lookup(plan)))
    assert (f"({most_gpus(plan)} at once)" in told) == (most_gpus(plan) < peaks)


def test_of_many_gpu_types_the_rest_is_counted_and_never_one_alone() -> None:
    many = {f"G{n}": 9 - n for n in range(6)}
    assert said(types(many)).endswith("G3 and 2 other GPU types")
    assert said(types(dict(list(many.items())[:5]))).endswith("G3 and 5 × G4")


def test_without_purchases_there_is_nothing_to_sign() -> None:
    view = view_of(sample_plan(purchases=[], kept=[]))
    assert said(view.answer.sentences[1]).startswith(
        "Sign nothing; arrange quotas for what is rented by the hour by 1 January 2027."
    )


def test_what_is_shut_down_is_a_decision_too() -> None:
    view = view_of(sample_plan(purchases=[]))
    assert said(view.answer.sentences[1]).startswith("Retire 1 × dgx-h100 from 1 April 2027;")


def test_a_commitment_says_what_it_costs_beyond_the_horizon(view: View) -> None:
    one, three = (USD_PER_HOUR[form] * 2 * 2190 for form in ("reserved_1y", "reserved_3y"))
    words = said(view.answer.sentences[1])
    assert f"for 1 year by 1 January 2027 (and ${one:,.0f} more beyond the horizon);" in words
    assert f"(and ${5 * three:,.0f} more beyond the horizon, ${2.5 * three:,.0f} of it paid up front);" in words
    assert f"Commitments cost ${one + 5 * three:,.0f} more beyond the horizon" in view.money.after


def test_an_unproven_plan_says_so_everywhere() -> None:
    certificate = sample_plan().certificate.model_copy(update={"verdict": "feasible", "gap": 0.093})
    view = view_of(sample_plan(certificate=certificate))
    assert view.answer.tone == "warn"
    assert said(view.answer.verdict) == "not proven: gap 9.3 %"
    assert "a cheaper plan may exist, by at most 9.3 %" in said(view.answer.sentences[2])
    assert "Stopped by the clock" in view.certainty.proof


def test_a_proven_optimum_says_so() -> None:
    certificate = sample_plan().certificate.model_copy(update={"gap": 0.0, "gap_asked": 0.0})
    view = view_of(sample_plan(certificate=certificate))
    assert "No cheaper plan exists" in view.answer.sentences[2]
    assert view.answer.verdict == "proven optimal"


def test_a_failed_check_comes_first() -> None:
    finding = {"check": "cost_adds_up", "ok": False, "detail": "re-added 1.00, claimed 2.00"}
    view = view_of(sample_plan(findings=[finding]))
    assert view.answer.alerts == ("Check failed: cost_adds_up (re-added 1.00, claimed 2.00)",)
    assert "1 of 1 independent check failed" in said(view.answer.sentences[2])


@pytest.mark.parametrize(
    ("start", "months", "words"),
    [
        ("2027-01-01", 3, "January to March 2027 (3 months)"),
        ("2027-11-01", 3, "November 2027 to January 2028 (3 months)"),
        ("2027-05-01", 1, "May 2027"),
        ("2027-01-15", 3, "only (3 months)"),
        (None, 12, "12 months"),
    ],
)
def test_horizon_in_words(start: str | None, months: int, words: str) -> None:
    period = {"index": 0, "label": "only", "start": start, "months": months, "hours": 730.0 * months, "discount": 1.0}
    plan = sample_plan(periods=[period])
    assert said(horizon(Lookup(plan))) == words


def test_the_bill_adds_up_to_the_plan(plan: Plan) -> None:
    table = bill(Lookup(plan))
    totals = [cell.sort for cell in table.total]
    assert totals[-2] == pytest.approx(plan.total_usd)
    assert totals[-1] == pytest.approx(plan.total_npv_usd)
    assert sum(filter(None, totals[1:-2])) == pytest.approx(plan.total_usd)
    for row in table.rows:
        assert sum(cell.sort or 0.0 for cell in row[1:-2]) == pytest.approx(row[-2].sort)


def test_every_way_to_pay_is_on_the_list(plan: Plan) -> None:
    table = purchases(Lookup(plan))
    assert column(table, "Form") == [
        "Already owned", "Bought", "Reserved for 3 years", "Reserved for 1 year", "On demand", "Spot",
    ]  # fmt: skip
    assert sum(float(row[-2].sort or 0) for row in table.rows) == pytest.approx(
        sum(row.usd for row in plan.costs if row.term != "api")
    )
    assert column(table, "Nodes")[0] == "1 to 2"
    assert column(table, "Per GPU-hour")[3] == "$4.33"  # 34.61 / 8
    assert column(table, "Price basis")[1] == "secondary, 28 days old"
    assert [row[-1].tone for row in table.rows] == ["warn", "warn", "", "", "", ""]


def test_money_by_basis_covers_the_bill(plan: Plan) -> None:
    shares = [row[2].sort for row in by_basis(Lookup(plan)).rows]
    assert sum(shares) == pytest.approx(1)


def test_utilisation_is_load_over_what_replicas_may_carry(plan: Plan) -> None:
    look = Lookup(plan)
    for b in range(8):
        by_hand = own_chat(1, b) / (CHAT_RATE * chat_replicas(1, b))
        assert utilisation(look, "support-chat", 1, b) == pytest.approx(by_hand)
    week = hourly_utilisation(look, "support-chat", 1)
    first = block_hours(2)[0]
    assert week[first] == pytest.approx(utilisation(look, "support-chat", 1, 2))
    assert week[first + 2] == pytest.approx(0.75 * utilisation(look, "support-chat", 1, 2))  # the sample dips by 25 %
    assert hourly_utilisation(look, "night-summaries", 0)[0] == pytest.approx(0.93)


def test_gpus_needed_by_hand(plan: Plan) -> None:
    hour = block_hours(0)[0]
    chat = 4 * CHAT_LOAD[0] * GROWTH[1] / CHAT_RATE
    code = 2 * GROWTH[1] * (1.0 / 14 + 0.2 / 6)
    night = 0.93 * NIGHT_RATE * 4 * spot_nodes(1, 0) / NIGHT_RATE
    assert gpus_needed(Lookup(plan), 1)[hour] == pytest.approx(chat + code + night)


@pytest.mark.parametrize(
    ("value", "name"),
    [(None, "not running"), (0.0, "under 20 %"), (0.2, "20–40 %"), (0.79, "60–80 %"), (1.0, "80–100 %")],
)
def test_steps_of_the_heat_map(value: float | None, name: str) -> None:
    assert step(value) == name


def test_replicas_from_fewest_to_most(plan: Plan) -> None:
    look = Lookup(plan)
    counts = [chat_replicas(t, b) for t in range(2) for b in range(8)]
    assert replica_range(look, "support-chat", "llama-3.3-70b/H100-SXM/tp4-pp1/fp8/kv-bf16") == (
        min(counts),
        max(counts),
    )
    part = sample_plan(replicas=[row for row in plan.replicas if row.block != 3])
    assert replica_range(Lookup(part), "support-chat", "llama-3.3-70b/H100-SXM/tp4-pp1/fp8/kv-bf16")[0] == 0


def test_places_say_where_and_how_much(plan: Plan) -> None:
    table = places(Lookup(plan), "support-chat")
    own, cloud = (float(row[-1].sort or 0) for row in table.rows)
    slots = [(t, b) for t in range(2) for b in range(8)]
    asked = sum(len(block_hours(b)) * CHAT_LOAD[b] * GROWTH[t] for t, b in slots)
    on_own = sum(len(block_hours(b)) * own_chat(t, b) / chat_replicas(t, b) for t, b in slots)
    sent = sum(len(block_hours(4)) * 4.0 for _ in range(2))
    assert column(table, "Pool") == [OWN, H100]
    assert column(table, "Replicas") == ["1", "1 to 7"]
    assert own == pytest.approx(on_own / asked)
    assert own + cloud == pytest.approx(1 - sent / asked)
    assert column(places(Lookup(plan), "night-summaries"), "Capacity") == ["spot"]


def test_blocks_add_up(plan: Plan) -> None:
    look = Lookup(plan)
    nodes, load = nodes_by_block(look), load_by_block(look)
    assert sum(row[1].sort or 0 for row in nodes.rows) == 168
    for row in nodes.rows:
        assert sum(cell.sort or 0 for cell in row[2:-1]) == row[-1].sort
    chat = [row for row in load.rows if row[0].text == "support-chat"]
    assert [row[2].sort for row in chat] == pytest.approx([rate * GROWTH[1] for rate in CHAT_LOAD])
    assert [row[3].sort for row in chat] == [chat_replicas(1, b) for b in range(8)]


def test_the_busiest_period_is_the_one_with_most_gpus(plan: Plan) -> None:
    assert Lookup(plan).busiest_period == 1
    more = [*plan.capacity, plan.capacity[0].model_copy(update={"block": 7, "on_demand_nodes": 99})]
    assert Lookup(sample_plan(capacity=more)).busiest_period == 0


def test_runners_up_are_ranked_against_the_plan_s_best(plan: Plan) -> None:
    table = runners_up(Lookup(plan), "code-completion")
    assert column(table, "GPU") == ["L40S", "H100-SXM", "L4"]
    assert column(table, "Against the plan's best") == ["−6.5 %", "same", "+42 %"]
    assert column(table, "Requests it can serve") == ["82 %", "100 %", "61 %"]


def test_limits_put_what_binds_first(plan: Plan) -> None:
    table = limits(Lookup(plan))
    assert column(table, "Binds") == ["binds", "binds", "no", "no", "no"]
    assert column(table, "Used of it")[2:] == ["82 %", "75 %", "0 %"]


def test_an_api_only_plan_reads_well() -> None:
    plan = sample_plan(
        purchases=[], kept=[], capacity=[], configs=[], replicas=[], flows=[], pools=[], options=[], energy=[],
            energy_use=[], statements=[],
        costs=[{"term": "api", "subject": "together/llama-3.3-70b", "period": 0, "usd": 10.0, "npv_usd": 10.0}],
        cash=[], runners_up=[], rejections=[], limits=[], sources=[], swings=[], front=[],
    )  # fmt: skip
    view = view_of(plan)
    assert "on hosted APIs alone" in view.answer.sentences[0]
    assert view.answer.sentences[1].startswith("Sign nothing and buy nothing")
    assert {figure.id for figure in view.figures} == {
        "cost-by-period", "cost-by-workload", "requests-by-hour", "api-prices",
    }  # fmt: skip


def test_weak_prices_and_shaky_predictions_are_named(view: View) -> None:
    doubts = " ".join(view.certainty.doubts)
    assert f"The price of {OWN}, owned is secondary" in doubts
    assert H100 not in doubts
    assert "no measured ground" in doubts


def test_a_table_refuses_rows_of_another_width() -> None:
    with pytest.raises(ValueError, match="2 cells for 1 columns"):
        Table("t", (Column("a"),), ((Cell("1"), Cell("2")),))


def test_a_plan_without_dates_names_periods() -> None:
    periods = [{**period.model_dump(), "start": None} for period in sample_plan().periods]
    assert "by the start of 2027-Q1" in said(answer(Lookup(sample_plan(periods=periods))).sentences[1])


def test_a_plan_of_which_nothing_is_proven_says_so() -> None:
    row = sample_plan().certificate.model_copy(
        update={"verdict": "feasible", "bound": float("-inf"), "gap": float("inf")}
    )
    view = view_of(sample_plan(certificate=row))
    assert view.answer.verdict == "not proven"
    assert "may exist, by how much is not known" in said(view.answer.sentences[2])
    assert "by how much is not known" in said(view.certainty.proof)
    assert any("by how much is not known" in said(risk) for risk in view.owner.risks)
