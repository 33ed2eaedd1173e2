"""Deferred work waits no longer than its deadline, over a typical week that repeats."""

from __future__ import annotations

from collections.abc import Iterator

from planner.milp.instance import Instance, Stream
from planner.milp.model import Model, Term, constraint


@constraint(
    says="Over the week as much work is done as arrives; none is done before it arrives, nor later than its deadline. "
    "What is left unserved for its price takes the same share of every hour's arrivals.",
    math=r"q_h = q_0 + \sum_{i \le h} (\alpha_{dti} - z_{dt\,b(i)}),\quad q_{168} = q_0,"
    r"\quad 0 \le q_h \le \sum_{i=h-D+1}^{h} \alpha_{dti}",
    forall="deferrable demand class d with deadline D, period t, hour of the week h",
    unit="hourly requests/s",
)
def define_meet_deadlines(m: Model, p: Instance) -> None:
    for stream in p.streams.values():
        if stream.deadline_h is not None:
            for t in p.time.periods:
                _define_week(m, p, stream, t)


def _define_week(m: Model, p: Instance, stream: Stream, t: int) -> None:
    """Backlog q after each hour is the backlog when the week starts plus arrivals less work so far."""
    start = m.define("backlog", (stream.id, t), integer=False)
    arrivals, window = stream.arrivals[t], _window(stream, t)
    turns = set(_turning_hours(p, arrivals, window))
    unserved = m.family("unserved").get((stream.id, t, "week"))
    arrived = 0.0
    hours_done: dict[int, int] = {}
    for hour, b in enumerate(p.time.block_of_hour):
        arrived += arrivals[hour]
        hours_done[b] = hours_done.get(b, 0) + 1
        if hour in turns:
            work: list[Term] = [(m.family("work")[stream.id, t, block], -float(n)) for block, n in hours_done.items()]
            work += m.short((stream.id, t, "week"), -(hour + 1) / 168)
            come, may_wait = list(work), list(work)
            if unserved is not None:  # every hour's arrivals less the same share
                come.append((unserved, -arrived / sum(arrivals)))
                may_wait.append((unserved, (window[hour] - arrived) / sum(arrivals)))
            m.at_least("meet_deadlines", (stream.id, t, hour, "arrived"), [(start, 1.0), *come], -arrived)
            m.at_most("meet_deadlines", (stream.id, t, hour, "due"), [(start, 1.0), *may_wait], window[hour] - arrived)
    week = [(m.family("work")[stream.id, t, block], float(n)) for block, n in hours_done.items()]
    left_out = [(unserved, 1.0)] if unserved is not None else []
    m.equal("meet_deadlines", (stream.id, t, "week"), [*week, *left_out, *m.short((stream.id, t, "week"))], arrived)


def _window(stream: Stream, t: int) -> list[float]:
    """Arrivals of the deadline's hours up to each hour: the most backlog that is not late."""
    arrivals, deadline = stream.arrivals[t], min(stream.deadline_h or 0, 168)
    doubled = arrivals + arrivals
    return [sum(doubled[168 + hour + 1 - deadline : 168 + hour + 1]) for hour in range(168)]


def _turning_hours(p: Instance, arrivals: tuple[float, ...], window: list[float]) -> Iterator[int]:
    """Hours after which backlog or window change their slope; between them both rows are implied."""
    for hour in range(168):
        after = (hour + 1) % 168
        same_work = p.time.block_of_hour[hour] == p.time.block_of_hour[after]
        same_arrivals = arrivals[hour] == arrivals[after]
        same_window = window[after] - window[hour] == window[hour] - window[hour - 1]
        if not (same_work and same_arrivals and same_window):
            yield hour
