"""On every shipped problem with a plan: what is said of a changed input is what planning the changed question gives.

A few statements of each kind a problem; `make explanations` verifies all of them. Problems that take long are asked in
fewer blocks.
"""

from collections import defaultdict
from dataclasses import replace
from typing import Any

import pytest
from asked import Case, case
from holds import Again, Statement, Tally, spread, statements

from planner.explain.ask import Asker
from planner.explain.explain import reference
from planner.explain.inquiry import Found, Inquiry, jobs
from planner.plan.plan import ExplainedRow, Plan

FLAT = {"horizon.hours": "flat", "horizon.blocks": 1}
SMALLER: dict[str, dict[str, Any]] = {
    "02": {**FLAT, "horizon.periods": 1, "supply.rent.forms": ["on_demand", "spot"]},
    "04": {"horizon.blocks": 2},
    "05": FLAT,
    "07": {"horizon.blocks": 2},
}
FEW_S = 0.2
"""A search of 02, hardly proven within: its statements are intervals."""
ASKED = dict.fromkeys(("03", "11", "12", "13"), 8) | {"01": 5, "04": 3, "05": 3, "06": 2, "07": 3, "08": 3}


def found_out(one: Case, asker: Asker, most: int, about: str = "") -> Plan:
    """The plan with what a few jobs of its page about something found, evenly spread."""
    base, _ = reference(one.plan, asker)
    found = Found()
    asked = [job for job in jobs(one.plan, Inquiry(asker, base, found)) if about in job.says]
    for job in spread(asked, most):
        job.run()
    row = ExplainedRow(
        objective=base.objective, bound=base.bound, fleet=list(base.fleet), solves=len(asker.replies),
        seconds=asker.seconds, time_limit_s=asker.time_limit_s, notes=[], not_reached=[],
    )  # fmt: skip
    more = {"marginals": found.marginals, "flips": found.flips, "swings": found.swings, "front": found.front}
    return one.plan.model_copy(update={"explained": row, **more})


def verified(again: Again, most: int) -> Tally:
    by_kind: dict[str, list[Statement]] = defaultdict(list)
    for one in statements(again):
        by_kind[one.kind].append(one)
    tally = Tally()
    for some in by_kind.values():
        for one in spread(some, most):
            tally.add(one.verdict(), f"{one.kind}: {one.words}")
    return tally


@pytest.mark.parametrize("number", ASKED)
def test_what_is_said_happens(number: str) -> None:
    one = case(number, SMALLER.get(number))
    plan = found_out(one, Asker(one.question, 1e6), ASKED[number])
    tally = verified(Again(one.question, plan), 2)
    assert not tally.wrong
    assert tally.held >= 2


def test_what_brief_searches_say_happens() -> None:
    one = case("02", SMALLER["02"])
    asker = Asker(replace(one.question, problem=one.question.problem.base_case), 1e6, brief_s=FEW_S)
    plan = found_out(one, asker, 6)
    assert plan.explained and plan.explained.objective <= one.plan.certificate.objective * (1 + 1e-9)
    tally = verified(Again(one.question, plan), 1)
    assert not tally.wrong
    assert tally.held >= 3


def test_a_brief_search_tells_another_fleet_where_it_is_better_for_certain(monkeypatch: pytest.MonkeyPatch) -> None:
    """It saves what is said against any of the plan's kinds of node; unproven it is not told."""
    one = case("01")
    plan = found_out(one, Asker(one.question, 1e6, brief_s=5.0), 6, "changes the fleet")
    told = [row for row in plan.flips if row.saves_least is not None]
    assert len(told) >= 3 and all(row.saves_least > 0 and not row.is_exact for row in told)
    tally = verified(Again(one.question, plan, {"solve.mip_gap": 0.0}), 20)
    assert not tally.wrong and tally.held >= len(told)
    ask = Asker.ask_keeping
    monkeypatch.setattr(Asker, "ask_keeping", lambda *given: replace(ask(*given), bound=float("-inf")))
    unproven = found_out(one, Asker(one.question, 1e6, brief_s=5.0), 6, "changes the fleet")
    assert all(row.flips_at is None or not row.fleet for row in unproven.flips)
