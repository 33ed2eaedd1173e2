"""Demand worked out on paper: rates, growth, periods, blocks, margins, batch work."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from facts import DAY_AND_NIGHT, catalog, chat, demand_of, only_class

from planner.demand.build import build_demand
from planner.inputs.load import problem_from


def test_two_levels_of_load_in_two_blocks() -> None:
    # 10 requests/s on average, weights 1 and 4 with mean 2.5: nights 4, days 16 requests/s.
    demand = demand_of(
        horizon={"hours": "day", "blocks": 2}, chat=chat(traffic={"requests_per_s": 10, "profile": DAY_AND_NIGHT})
    )
    assert [block.label for block in demand.timeline.blocks] == ["daily 08–20", "daily 20–08"]
    single = only_class(demand)
    np.testing.assert_allclose(single.planned_requests_per_s, [[16, 4]])
    np.testing.assert_allclose(single.mean_requests_per_s, [[16, 4]])
    np.testing.assert_allclose(single.hourly_requests_per_s[0, [0, 12, 24, 167]], [4, 16, 4, 4])
    assert demand.timeline.peak_over_mean_excess == pytest.approx(0, abs=1e-12)
    assert [demand.timeline.hours(demand.timeline.periods[0], block) for block in demand.timeline.blocks] == [365, 365]


def test_a_flat_horizon_plans_for_the_peak_and_bills_the_mean() -> None:
    demand = demand_of(horizon={"hours": "flat"}, chat=chat(traffic={"requests_per_s": 10, "profile": DAY_AND_NIGHT}))
    single = only_class(demand)
    assert single.planned_requests_per_s.tolist() == [[16]]
    assert single.mean_requests_per_s.tolist() == [[10]]
    assert demand.timeline.peak_over_mean_excess == pytest.approx(0.6)
    assert demand.timeline.blocks[0].label == "all week"


def test_hours_that_do_not_differ_share_a_block() -> None:
    assert len(demand_of(horizon={"blocks": 8}, chat=chat()).timeline.blocks) == 1
    traffic = {"requests_per_s": 10, "profile": "weekdays"}
    blocks = demand_of(horizon={"blocks": 8}, chat=chat(traffic=traffic)).timeline.blocks
    assert [block.label for block in blocks] == ["Mon–Fri", "Sat–Sun"]


def test_growth_and_margin() -> None:
    # 10 % a month over a quarter: months 1, 1.1, 1.21; the plan holds the last, the bill counts their mean.
    demand = demand_of(
        horizon={"periods": 2, "period": "quarter"},
        limits={"demand_margin": 0.2},
        chat=chat(traffic={"requests_per_s": 10, "growth_per_month": 0.1}),
    )
    single = only_class(demand)
    np.testing.assert_allclose(single.planned_requests_per_s[:, 0], [10 * 1.1**2 * 1.2, 10 * 1.1**5 * 1.2])
    np.testing.assert_allclose(single.mean_requests_per_s[:, 0], [10 * 3.31 / 3, 10 * 1.1**3 * 3.31 / 3])


def test_shrinking_demand_is_planned_at_its_first_month() -> None:
    demand = demand_of(horizon={"period": "year"}, chat=chat(traffic={"requests_per_s": 10, "growth_per_month": -0.5}))
    assert only_class(demand).planned_requests_per_s[0, 0] == 10
    assert only_class(demand).mean_requests_per_s[0, 0] == pytest.approx(10 * (1 - 0.5**12) / 0.5 / 12)


def test_listed_growth_multiplies_the_start() -> None:
    traffic = {"requests_per_s": 10, "growth_per_month": [1, 1, 40]}
    single = only_class(demand_of(horizon={"periods": 3}, chat=chat(traffic=traffic)))
    assert single.planned_requests_per_s[:, 0].tolist() == [10, 10, 400]
    assert single.mean_requests_per_s[:, 0].tolist() == [10, 10, 400]


def test_users() -> None:
    traffic = {"users": 400, "requests_per_user_per_hour": 9}
    assert only_class(demand_of(chat=chat(traffic=traffic))).mean_requests_per_s[0, 0] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("slo", "seconds"),
    [
        ({"ttft_p95_ms": 2000, "tpot_p95_ms": 50}, 2 + 200 * 0.05),
        ({"ttft_p50_ms": 1000, "ttft_p95_ms": 2000, "tpot_p90_ms": 40, "tpot_p99_ms": 50}, 1 + 200 * 0.04),
        ({"e2e_p95_s": 6, "ttft_p95_ms": 2000}, 6),
        ("interactive", 5 + 200 * 0.1),
    ],
)
def test_concurrency_becomes_a_rate_by_littles_law(slo: object, seconds: float) -> None:
    demand = demand_of(chat=chat(traffic={"concurrent_requests": 24}, slo=slo))
    assert only_class(demand).mean_requests_per_s[0, 0] == pytest.approx(24 / seconds)
    assert any("by Little's law" in note for note in demand.notes)


def test_batch_arrives_evenly() -> None:
    night = {"model": "any", "batch": {"requests_per_day": 864_000, "deadline_h": 12}, "requests": chat()["requests"]}
    traffic = {"requests_per_s": 10, "profile": DAY_AND_NIGHT}
    demand = demand_of(horizon={"hours": "day", "blocks": 2}, chat=chat(traffic=traffic), night=night)
    batch = demand.classes[1]
    assert batch.planned_requests_per_s.tolist() == [[10, 10]]
    assert (batch.hourly_requests_per_s == 10).all()
    assert (batch.batch_deadline_h, batch.slo) == (12, {})
    assert demand.classes[0].batch_deadline_h is None


def test_batch_tokens_are_requests_of_the_mean_length() -> None:
    night = {
        "model": "any",
        "batch": {"input_tokens_per_day": 864e6},
        "requests": {"input": {"mean": 5000, "cv": 2}, "output": 10},
    }
    single = only_class(demand_of(limits={"demand_margin": 0.5}, night=night))
    assert single.mean_requests_per_s[0, 0] == pytest.approx(2.0)
    assert single.planned_requests_per_s[0, 0] == pytest.approx(3.0)


def test_named_classes_come_from_the_catalogue() -> None:
    night = {"model": "any", "batch": {"requests_per_day": 10}, "requests": chat()["requests"], "slo": "batch"}
    demand = demand_of(chat=chat(slo="interactive"), night=night)
    assert demand.classes[0].slo == {("ttft", 0.95): 5.0, ("tpot", 0.95): 0.1}
    assert (demand.classes[1].slo, demand.classes[1].batch_deadline_h) == ({}, 2.0)


def test_reasoning_tokens_are_output() -> None:
    requests = {"lengths": "two-kinds", "reasoning_tokens": 1000, "prefix_hit": 0.25}
    single = only_class(demand_of(chat=chat(requests=requests)))
    assert single.lengths.output_tokens.tolist() == [1050, 1250]
    assert (single.lengths.mean_input, single.lengths.mean_output) == (300, 1100)
    assert single.prefix_hit == 0.25


def test_buckets_share_the_rate() -> None:
    # token work: 0.75 x 150 = 112.5 and 0.25 x 1150 = 287.5; two cells, two buckets.
    demand = demand_of(chat=chat(requests={"lengths": "two-kinds", "buckets": 2}))
    assert [single.id for single in demand.classes] == ["chat/bucket-1", "chat/bucket-2"]
    assert [float(single.planned_requests_per_s[0, 0]) for single in demand.classes] == [7.5, 2.5]
    assert [single.lengths.mean_input for single in demand.classes] == [100, 900]
    assert all(single.lengths.share.sum() == 1 and single.workload == "chat" for single in demand.classes)


@pytest.mark.parametrize(
    ("horizon", "labels"),
    [
        ({"periods": 2}, ["month 1", "month 2"]),
        ({"periods": 2, "period": "quarter", "start": date(2027, 10, 1)}, ["2027-Q4", "2028-Q1"]),
        ({"periods": 2, "period": "quarter", "start": date(2027, 11, 1)}, ["2027-11…2028-01", "2028-02…2028-04"]),
        ({"periods": 2, "start": date(2027, 12, 1)}, ["2027-12", "2028-01"]),
        ({"periods": 2, "period": "year", "start": date(2027, 1, 1)}, ["2027", "2028"]),
        ({"period": "year", "start": date(2027, 4, 1)}, ["2027-04…2028-03"]),
        ({"period": "quarter", "start": date(2027, 1, 15)}, ["2027-01-15 + 3 months"]),
    ],
)
def test_period_labels(horizon: dict[str, object], labels: list[str]) -> None:
    assert [period.label for period in demand_of(horizon=horizon, chat=chat()).timeline.periods] == labels


def test_periods_are_discounted_from_their_start() -> None:
    horizon = {"periods": 3, "period": "quarter", "discount_rate_per_year": 0.08, "start": date(2027, 1, 1)}
    periods = demand_of(horizon=horizon, chat=chat()).timeline.periods
    assert [period.discount for period in periods] == pytest.approx([1, 1.08**-0.25, 1.08**-0.5])
    assert [(period.index, period.months, period.hours) for period in periods] == [(i, 3, 2190) for i in range(3)]
    assert [period.start for period in periods] == [date(2027, 1, 1), date(2027, 4, 1), date(2027, 7, 1)]


def test_notes_tell_conversions_and_defaults() -> None:
    single_figures = {"input": 1000, "output": {"p50": 200, "p95": 600}}
    demand = demand_of(
        limits={"demand_margin": 0.1},
        chat=chat(traffic={"requests_per_s": 10, "profile": DAY_AND_NIGHT}, requests=single_figures),
    )
    told = "\n".join(demand.notes)
    assert "chat: 10 requests/s on average; its busiest hour is 1.6 times the mean." in told
    assert "input lengths are taken as log-normal with a coefficient of variation of 1." in told
    assert "raised by the demand margin of 0.1" in told


def test_a_problem_without_interactive_work_has_one_block() -> None:
    night = {"model": "any", "batch": {"requests_per_day": 10}, "requests": chat()["requests"]}
    timeline = demand_of(night=night).timeline
    assert (len(timeline.blocks), timeline.peak_over_mean_excess) == (1, 0)


def test_unlike_workloads_are_clustered_by_work_not_by_requests() -> None:
    # A crowd of tiny requests may not outvote few large ones: the block borders follow the large.
    tiny = chat(
        traffic={"requests_per_s": 100, "profile": [1] * 12 + [1.2] * 12},
        requests={"input": {"mean": 10, "cv": 0}, "output": {"mean": 10, "cv": 0}},
    )
    large = chat(traffic={"requests_per_s": 10, "profile": DAY_AND_NIGHT})
    question = {
        "title": "T",
        "horizon": {"hours": "day", "blocks": 2},
        "workloads": {"tiny": tiny, "large": large},
    }
    demand = build_demand(problem_from(question, "mine.yaml"), catalog(), Path())
    assert [block.label for block in demand.timeline.blocks] == ["daily 08–20", "daily 20–08"]
