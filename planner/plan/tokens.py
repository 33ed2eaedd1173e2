"""Who serves how many tokens, and by which model: what a bill is shared out to, and per."""

from __future__ import annotations

from collections import defaultdict

from planner.demand.types import DemandClass
from planner.plan.case import Case, User
from planner.plan.fleet import ApiRoute, Route
from planner.plan.shortage import unserved_rows
from planner.plan.terms import expected_share
from planner.units import SECONDS_PER_HOUR, TOKENS_PER_PRICE_UNIT


def sent_to(case: Case, route: ApiRoute) -> User:
    """Who a hosted API is paid for: providers name models as they like, so one that is asked alone keeps our name."""
    workload = case.classes[route.demand_class].workload
    model = next(one.model for one in case.candidates.apis if one.id == route.api)
    return User(workload, case.own_models[workload] or model)


def million_tokens(case: Case) -> dict[tuple[User, int], float]:
    """Tokens expected, input and output, of what is served, by who serves it and period [million]."""
    served = _served_tokens(case)
    whole: dict[tuple[str, int], float] = defaultdict(float)
    for (who, period), amount in served.items():
        whole[who.workload, period] += amount
    tokens = _expected_tokens(case)
    found = {
        (who, period): tokens[who.workload, period] * amount / whole[who.workload, period]
        for (who, period), amount in served.items()
    }
    unknown = {key: amount for key, amount in tokens.items() if not whole[key]}
    return found | {(User(name, case.own_models[name]), period): n for (name, period), n in unknown.items()}


def _served_tokens(case: Case) -> dict[tuple[User, int], float]:
    """Tokens expected, by who serves them and period, as the flows have them: nothing but zero is left out."""
    served: dict[tuple[User, int], float] = defaultdict(float)
    weeks = [block.week_share for block in case.blocks]

    def tokens(route: Route | ApiRoute, rate: float) -> float:
        one = case.classes[route.demand_class]
        expected = rate * expected_share(one, route.period, route.block, weeks)
        return expected * case.hours(route.period, route.block) * _size(one)

    for route, rate in case.fleet.flows.items():
        if case.finishes(route.config):
            workload = case.classes[route.demand_class].workload
            served[case.user(workload, route.config), route.period] += tokens(route, rate)
    for sent, rate in case.fleet.api.items():
        served[sent_to(case, sent), sent.period] += tokens(sent, rate)
    return {key: amount for key, amount in served.items() if amount > 0}


def _size(one: DemandClass) -> float:
    """Tokens of a mean request, input and output."""
    return one.lengths.mean_input + one.lengths.mean_output


def _expected_tokens(case: Case) -> dict[tuple[str, int], float]:
    """Tokens expected, input and output, of what is served, by workload and period [million]."""
    tokens: dict[tuple[str, int], float] = defaultdict(float)
    requests: dict[tuple[str, int], float] = defaultdict(float)
    weeks = [block.week_share for block in case.blocks]
    for one in case.demand.classes:
        size = _size(one)
        for period in case.periods:
            rate = float(one.mean_requests_per_s[period.index] @ weeks)
            requests[one.workload, period.index] += rate * SECONDS_PER_HOUR * period.hours
            tokens[one.workload, period.index] += rate * SECONDS_PER_HOUR * period.hours * size / TOKENS_PER_PRICE_UNIT
    each = {key: tokens[key] / requests[key] for key in requests if requests[key]}
    for row in unserved_rows(case):
        tokens[row.workload, row.period] -= row.requests * each[row.workload, row.period]
    return tokens
