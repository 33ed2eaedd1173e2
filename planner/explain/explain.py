"""Why a plan is as it is, on one page: what limits it, what moves its cost, what would change the fleet."""

from __future__ import annotations

from dataclasses import replace

from planner.again import Question
from planner.errors import OutOfTimeError
from planner.explain.ask import Asker, TimeIsUpError
from planner.explain.effort import brief_s, is_of_today, usual_time_s
from planner.explain.fleet import counts_of, fleet_of, gpus_of
from planner.explain.inquiry import Found, Inquiry, jobs
from planner.explain.reply import Reply
from planner.explain.swings import by_size
from planner.explain.twice import as_reply, doubling
from planner.plan.plan import ExplainedRow, Plan

_SAME = 1e-6


def explained(plan: Plan, question: Question, time_limit_s: float | None) -> Plan:
    """The plan with what limits it and would change it, found within about so many seconds (the usual time if None).

    Raises the `PlannerError` of the question itself, where today it has no answer.
    """
    limit = time_limit_s or usual_time_s(plan)
    asker = Asker(replace(question, problem=question.problem.base_case), limit, brief_s(plan, limit))
    base, notes = reference(plan, asker)
    if plan.twice is not None and (twice := doubling(asker.question.problem)):
        asker.take(twice, as_reply(plan.twice))
    found, late = Found(), []
    for job in jobs(plan, Inquiry(asker, base, found)):
        try:
            job.run()
        except TimeIsUpError:
            late.append(job.says)
    row = ExplainedRow(
        objective=base.objective,
        bound=base.bound,
        fleet=list(base.fleet),
        solves=len(asker.replies),
        seconds=asker.seconds,
        time_limit_s=limit,
        notes=notes,
        not_reached=late,
        seconds_a_search=asker.brief_s,
    )
    more = {
        "marginals": found.marginals,
        "flips": found.flips,
        "swings": by_size(found.swings),
        "front": sorted(found.front, key=lambda point: point.factor),
    }
    return plan.model_copy(update={"explained": row, **more})


def reference(plan: Plan, asker: Asker) -> tuple[Reply, list[str]]:
    """What changes are counted from: the plan, or what is better today; and how the two differ."""
    if asker.brief_s is not None and is_of_today(plan, asker.question):
        asker.remember(_as_planned(plan, plan.certificate.bound))
        reply = asker.sharpened()
    else:
        reply = asker.ask({})
    base, notes = _compared(plan, asker, reply)
    asker.remember(base)
    return base, notes


def _as_planned(plan: Plan, bound: float) -> Reply:
    objective = plan.certificate.objective
    fleet, gpus, counts = fleet_of(plan), gpus_of(plan), counts_of(plan)
    return Reply("found", objective, min(bound, objective), fleet, gpus=gpus, counts=counts)


def _compared(plan: Plan, asker: Asker, reply: Reply) -> tuple[Reply, list[str]]:
    if not reply.found:
        asker.question.answered()  # says why, at length
        raise OutOfTimeError(reply.text)
    proof, notes = plan.certificate, []
    if plan.hedge is not None:
        return reply, ["Explained for the base case alone; the plan is decided for all scenarios together."]
    if plan.scenarios:
        notes.append("Explained for the base case, without scenarios.")
    slack = _SAME * max(abs(proof.objective), 1.0)
    if reply.bound > proof.objective + slack or reply.objective < proof.bound - slack:
        return reply, [*notes, "Facts have changed since the plan was made: explained is today's answer."]
    bound = max(reply.bound, min(proof.bound, proof.objective))
    if reply.objective >= proof.objective - slack:
        return _as_planned(plan, bound), notes
    if reply.fleet != fleet_of(plan):
        notes.append("Searched more closely, another fleet is slightly better, within the plan's gap: explained is it.")
    return replace(reply, bound=min(bound, reply.objective)), notes
