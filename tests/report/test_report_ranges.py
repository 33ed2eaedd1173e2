"""Ranges in sentences: which targets they endanger, and which margin guards against them."""

from sample import sample_plan
from sample_rows import configs, problem

from planner.plan.plan import Plan
from planner.report.certainty import certainty
from planner.report.lookup import Lookup
from planner.report.replica_figures import latency_figure
from planner.report.targets import latency_span, rate_span


def said(plan: Plan) -> str:
    return "\n".join(certainty(Lookup(plan)).ranges)


def test_targets_that_only_the_slow_end_misses_are_named() -> None:
    text = said(sample_plan())
    assert "3 of 7\u00a0predicted latency targets would be missed" in text
    assert ": TTFT\u00a0p95 1,620\u00a0ms of 1,500\u00a0ms" in text
    assert text.count("1,620\u00a0ms of 1,500\u00a0ms") == 1
    sure = [row | {"intervals": configs()[0]["intervals"], "latency": {}} for row in configs()]
    assert "would be missed" not in said(sample_plan(configs=sure))


def test_what_is_missed_alike_is_told_once() -> None:
    first = configs()[0]
    alike = [first, first | {"demand_class": "support-chat/long"}]
    text = said(sample_plan(configs=alike))
    assert text.count("1,620\u00a0ms of 1,500\u00a0ms") == 1
    assert "support-chat and support-chat/long, " in text


def test_a_margin_that_covers_the_low_end_is_said_to() -> None:
    assert "limits.throughput_margin: 0.50 would plan for the low end" in said(sample_plan())
    kept = problem() | {"limits": problem()["limits"] | {"throughput_margin": 0.5}}
    assert "covers the low end of every largest rate" in said(sample_plan(problem=kept))


def test_nothing_is_said_of_measured_rates() -> None:
    plan = sample_plan(configs=[row | {"intervals": {}} for row in configs()])
    assert certainty(Lookup(plan)).ranges == ()
    assert latency_span(plan.configs[0], "ttft_p95_ms") is None
    assert rate_span(plan.configs[0]) is None
    figure = latency_figure(Lookup(plan))
    assert figure and "Thin lines" not in figure.says
    assert all(row["low"] == row["share"] == row["high"] for row in figure.rows)


def test_the_chart_has_both_ends_as_shares_of_the_target() -> None:
    figure = latency_figure(Lookup(sample_plan()))
    assert figure
    first = figure.rows[0]
    assert float(first["low"]) < float(first["share"]) < float(first["high"])
    assert abs(float(first["high"]) - 1012.4 * 1.6 / 1500) < 1e-9
