"""Why this plan: where the counts come from, what each limit is worth, what would change the fleet or the cost."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, isfinite, log

from planner.plan.plan import ExplainedRow, FlipRow, LeverRow, MarginalRow, Plan, SwingRow
from planner.report import format as f
from planner.report.counts import Counted, counts
from planner.report.explanation_figures import is_flat
from planner.report.explanation_words import aim, amount, changes, in_words, kind_name, objective, subject
from planner.report.growth import doubled
from planner.report.lookup import Lookup
from planner.report.shapes import Cell, Table, Tone, number, numbers, text, words

_EXACT = 1e-6
_CLOSE = 0.011
"""So far apart, as a ratio, are the last value with the plan's fleet and the first with another at most."""
_MOST = 3
_WIDTH = 100
FLEET = "The fleet is which GPU types there are and how each is paid for, hosted APIs included, not how many there are."
CLOSE = (
    " The nearest change was sought outwards in strides and then to 1 %; one that comes and goes between two strides "
    "is not seen."
)
BRIEF = (
    " The nearest change was sought outwards in strides alone: one that comes and goes between two of them is not "
    "seen. The plan's own search takes long, so each of these was given {seconds} at most: changes of cost are known "
    "to an interval, and another fleet is told where it is cheaper for certain than any of the kinds of node there "
    "are; whether a third is better still is not proven."
)


@dataclass(frozen=True)
class Why:
    """The counts always; the rest where somebody asked why."""

    counts: tuple[Counted, ...]
    says: tuple[str, ...]
    marginals: Table | None
    flips: Table | None
    swings: Table | None
    meaning: str


def why(look: Lookup) -> Why:
    """The section "Why this plan"."""
    plan = look.plan
    return Why(
        counts=counts(look),
        says=tuple(_says(look, plan.explained)) if plan.explained else (),
        marginals=_marginals(look) if plan.marginals else None,
        flips=_flips(look) if plan.flips else None,
        swings=_swings(look) if plan.swings else None,
        meaning=_meaning(plan),
    )


def _meaning(plan: Plan) -> str:
    brief = plan.explained.seconds_a_search if plan.explained else None
    return FLEET + (CLOSE if brief is None else BRIEF.format(seconds=f.seconds(brief)))


def explained_text(plan: Plan) -> str:
    """The essentials on screen."""
    look = Lookup(plan)
    lines = [line for one in counts(look)[:_MOST] for line in (one.headline, *one.lines)]
    lines += _says(look, plan.explained) if plan.explained else []
    lines += doubled(look) if plan.twice else []
    plain = [f.printable(line).replace(f.NBSP, " ") for line in lines]
    return "\n".join(textwrap.fill(line, _WIDTH, subsequent_indent="  ") for line in plain)


def _says(look: Lookup, row: ExplainedRow) -> Iterator[str]:
    yield from row.notes
    if limits := [one for one in look.plan.marginals if one.binding and one.change and not _is_open(look, one)]:
        told = [f"{subject(one)}: {_step(one)} {changes(look, one.change)}" for one in limits[:_MOST]]
        yield f"Limits that cost something: {'; '.join(told)}."
    if dearer := [one for one in look.plan.marginals if one.kind == "demand" and one.change is not None]:
        told = [f"{subject(one)} {_step(one)}: {_known(look, one)}" for one in dearer]
        yield f"What more demand costs: {'; '.join(told[: 2 * _MOST])}."
    if near := sorted((one for one in look.plan.flips if one.flips_at is not None), key=_distance):
        told = [f"{subject(one)} {_from(one)}: {_becomes(row, one)}" for one in near[:_MOST]]
        exact = all(one.is_exact for one in near[:_MOST])
        head = "The nearest changes of the fleet" if exact else "Where another fleet is better for certain"
        yield f"{head}: {'; '.join(told)}."
    if is_flat(look):
        ends = [f.share(look.plan.front[at].factor) for at in (0, -1)]
        yield f"Latency targets move nothing: at {ends[0]} to {ends[1]} of them the {aim(look)} is the same."
    if far := look.plan.swings[:_MOST]:
        told = [f"{subject(one)} {_both(look, one)}" for one in far]
        yield f"What moves the {aim(look)} most: {'; '.join(told)}."
    took, allowed = f.seconds(row.seconds), f.seconds(row.time_limit_s)
    late = row.seconds > row.time_limit_s
    spent = f"{took}; no search began after the {allowed} allowed" if late else f"{took} of the {allowed} allowed"
    yield f"Found by solving the question {row.solves:,} times with one thing changed, in {spent}."
    if row.not_reached:
        more = len(row.not_reached) - _MOST
        first = [*map(in_words, row.not_reached[:_MOST]), *([f"{more:,} more"] if more > 0 else [])]
        yield f"Not reached in the time: {f.listed(first)}. planner explain --time-limit gives it more."


def _known(look: Lookup, row: MarginalRow) -> str:
    """The change, unless the proof cannot tell whether there is one."""
    return "less than the proof can tell" if _is_open(look, row) else changes(look, row.change)


def _is_open(look: Lookup, row: MarginalRow) -> bool:
    if row.least is None or row.most is None or _is_exact(look, row):
        return False
    return row.least <= 0 <= row.most


def _is_exact(look: Lookup, row: MarginalRow) -> bool:
    least, most = row.least or 0.0, row.most or 0.0
    return most - least <= _EXACT * max(1.0, abs(look.plan.certificate.objective))


def _step(row: MarginalRow) -> str:
    sign = "+" if row.step > 0 else f.MINUS
    if row.unit == "share":
        return f"{sign}{f.figure(100 * abs(row.step), 4)}{f.NBSP}percentage points"
    return sign + (f.share(abs(row.step)) if row.unit == "x" else amount(abs(row.step), row.unit))


def _marginals(look: Lookup) -> Table:
    heads = ("Changes it by", "Each")
    columns = (*words("What", "Now", "Step"), *numbers(*heads), *words("How sure"))
    lines = tuple(_marginal(look, row) for row in look.plan.marginals)
    return Table(
        f"What each limit and demand is worth: the {aim(look)} a step further (machines come whole)", columns, lines
    )


def _marginal(look: Lookup, row: MarginalRow) -> tuple[Cell, ...]:
    left = "" if row.head_room is None else f", {amount(max(0.0, row.head_room), row.unit)} left"
    now = amount(row.at, row.unit) + (", binds" if row.binding else left)
    step = _step(row) if row.step else "far looser"
    if row.change is None:
        return (text(subject(row)), text(now), text(step), text("no fleet", "warn"), text("–"), text(row.refusal))
    each = _each(look, row)
    return (
        text(subject(row)),
        text(now),
        text(step),
        number(changes(look, row.change), row.change),
        text("–", "muted") if each is None else number(f"{objective(look, each[0])} {each[1]}", each[0]),
        text(_sure(look, row), "muted"),
    )


def _each(look: Lookup, row: MarginalRow) -> tuple[float, str] | None:
    """What one unit is worth, and of what."""
    if not row.step or not row.change or _is_open(look, row):
        return None
    worth = abs(row.change / row.step)
    mean = {f"{one.id} demand": one.mean_requests_per_s for one in look.plan.workloads}
    if row.subject in mean and row.kind == "demand":
        return worth * row.at / mean[row.subject], "a request/s"
    if row.unit in {"x", "share"}:
        return worth / 100, "a percentage point"
    if row.unit == "USD":
        return worth * 1000, f"each {f.money(1000)}"
    return worth, f"each {row.unit}"


def _sure(look: Lookup, row: MarginalRow) -> str:
    if _is_exact(look, row):
        return "exact"
    between = f"between {changes(look, row.least)} and {changes(look, row.most)}"
    return f"less than the proof can tell: {between}" if _is_open(look, row) else between


def _flips(look: Lookup) -> Table:
    columns = words("What", "Now", "Another fleet is best", "What changes in it")
    lines = tuple(_flip(look, row) for row in sorted(look.plan.flips, key=_distance))
    return Table("What would change the fleet", columns, lines)


def _flip(look: Lookup, row: FlipRow) -> tuple[Cell, ...]:
    tone: Tone = "muted" if row.flips_at is None else ""
    explained = look.plan.explained
    becomes = _becomes(explained, row) + _saves(look, row) if explained and row.flips_at is not None else "–"
    return (text(subject(row)), text(amount(row.at, row.unit)), text(_where(row), tone), text(becomes, tone))


def _saves(look: Lookup, row: FlipRow) -> str:
    """Against the kinds of node that the plan has, where the other fleet is not proven best."""
    if row.is_exact or row.refusal:
        return ""
    if row.saves_least is None:
        return "; the kinds of node there are cannot serve it"
    return f"; saves at least {objective(look, row.saves_least)}"


def _where(row: FlipRow) -> str:
    if row.flips_at is None:
        end = amount(row.tried_to, row.unit)
        none = "no change" if row.is_exact else "none for certain"
        return f"{none} {row.way} to {end}" if row.tried_to != row.at else f"cannot be asked further {row.way}"
    same = amount(row.same_to, row.unit)
    if not row.is_exact:
        return f"for certain {_from(row)}" + ("" if row.same_to == row.at else f"; not known to be at {same}")
    close = abs(log(row.flips_at / row.same_to)) <= _CLOSE
    return f"{_from(row)}; the same to {same}" if close else f"found {_from(row)}; the same at {same}"


def _from(row: FlipRow) -> str:
    at = row.flips_at or 0.0
    where = "at" if not row.is_exact else "from" if row.way == "up" else "at most"
    return f"{where} {amount(at, row.unit)} ({f.change(at / row.at - 1)})"


def _becomes(explained: ExplainedRow, row: FlipRow) -> str:
    """What enters and what leaves."""
    if row.refusal or not row.fleet:
        return "no fleet serves it"
    enters = [kind_name(kind) for kind in row.fleet if kind not in explained.fleet]
    leaves = [kind_name(kind) for kind in explained.fleet if kind not in row.fleet]
    told = [(enters, "enters", "enter"), (leaves, "leaves", "leave")]
    return ", ".join(f"{f.listed(names)} {one if len(names) == 1 else many}" for names, one, many in told if names)


def _distance(row: LeverRow) -> float:
    """How far the flip is from what is asked, as a ratio; what never flips comes last."""
    if not isinstance(row, FlipRow) or row.flips_at is None or row.at <= 0 or row.flips_at <= 0:
        return inf
    return abs(log(row.flips_at / row.at))


def _swings(look: Lookup) -> Table:
    heads = ("Lower", "Then", "Higher", "Then")
    columns = (*words("What", "Now"), *numbers(*heads))
    lines = tuple(_swing(look, row) for row in look.plan.swings)
    within = max((row.within for row in look.plan.swings), default=0.0)
    known = f", known to ± {objective(look, within)}" if within > _EXACT * abs(look.plan.certificate.objective) else ""
    known = known if isfinite(within) else ", as far as found: nothing is proven of them"
    return Table(f"What moves the {aim(look)}, a fifth down and up, the furthest first{known}", columns, lines)


def _swing(look: Lookup, row: SwingRow) -> tuple[Cell, ...]:
    low, high = _side(look, row, row.low, row.low_change), _side(look, row, row.high, row.high_change)
    return (text(subject(row)), text(amount(row.at, row.unit)), *low, *high)


def _side(look: Lookup, row: SwingRow, value: float | None, change: float | None) -> tuple[Cell, Cell]:
    if value is None:
        return text("–", "muted"), text("–", "muted")
    there = number(amount(value, row.unit), value)
    return there, text("no fleet", "warn") if change is None else number(changes(look, change), change)


def _both(look: Lookup, row: SwingRow) -> str:
    sides = ((row.low, row.low_change), (row.high, row.high_change))
    told = [f"{amount(value, row.unit)}: {changes(look, change)}" for value, change in sides if value is not None]
    return f"({', '.join(told)})"
