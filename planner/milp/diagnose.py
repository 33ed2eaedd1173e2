"""Why no fleet satisfies all limits: the smallest breach, in the user's words, each proven by a plan.

A figure comes from a solve in which the limit may be breached, and counts only if a second solve with the
figure in place of the limit finds a fleet.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace

from planner.milp.arrays import arrays_from
from planner.milp.build import formulate
from planner.milp.diagnose_conflict import conflicting
from planner.milp.diagnose_shares import share_enough, share_limits, with_values
from planner.milp.highs import Search, solve_arrays
from planner.milp.instance import Instance, Limit
from planner.milp.model import Model
from planner.milp.solution import Key

_WHOLE_UNITS = {"GPUs", "configurations", "systems", "nodes"}
_NOTHING = 1e-6
NO_FLEET = "no fleet satisfies all limits."
CONFLICT = "In conflict: "
_NEXT_STEPS = (
    "Next: raise a limit, offer more (supply.rent providers, regions or forms; supply.own; supply.api), "
    "or ask for less (demand, margins, availability, latency)."
)


def diagnosis(p: Instance, search: Search) -> str:
    """What stands in the way of any fleet, and what would be enough."""
    brief = replace(search, time_limit_s=search.time_limit_s / (3 * len(p.limits) + 6), mip_gap=0.01)
    lines = [NO_FLEET]
    if conflict := conflicting(p, lambda trial, broken: _has_fleet(trial, brief, broken)):
        lines.append(f"{CONFLICT}{'; '.join(conflict)}")
    alone = [found for limit in p.limits if (found := _alone(p, limit, brief))]
    together = {} if alone else _together(p, brief)
    if alone:
        lines.append("Any one of these is enough:" if len(alone) > 1 else "This is enough:")
    elif together:
        lines.append("Only together are these enough:")
    for needed in [*alone, together]:
        lines += [f"  {limit}: {_figure(p.limits[limit])}, {value:,.10g} needed" for limit, value in needed.items()]
    return "\n".join([*lines, *_shortage(p, brief), _NEXT_STEPS])


def _figure(limit: Limit) -> str:
    return f"{limit.value:,.10g} {limit.unit}"


def _alone(p: Instance, limit: str, search: Search) -> dict[str, float]:
    if limit in share_limits(p):
        return share_enough(p, limit, lambda trial: _has_fleet(trial, search))
    return _enough(p, frozenset({limit}), search)


def _together(p: Instance, search: Search) -> dict[str, float]:
    """Shares of providers as loose as can be, and what the other limits then have to be."""
    shares = share_limits(p)
    loose = with_values(p, shares)
    if shares and _has_fleet(loose, search):
        return shares
    found = _enough(loose, frozenset(p.limits) - frozenset(shares), search)
    return found and shares | found


def _enough(p: Instance, relaxed: frozenset[str], search: Search) -> dict[str, float]:
    """What the relaxed limits have to be, at the least total relative breach; empty where that does not help."""
    m = formulate(p, relaxed=relaxed)
    breaches = [(str(limit), variable) for (limit,), variable in m.family("breach").items()]
    m.minimise((variable, 1 / max(p.limits[limit].value, 1.0)) for limit, variable in breaches)
    found = _solved(m, "breach", search)
    if found is None:
        return {}
    breached = {str(limit): value for (limit,), value in found.items() if value > _NOTHING}
    needed = {limit: _round_up(p.limits[limit], value) for limit, value in breached.items()}
    limits = p.limits | {limit: replace(p.limits[limit], value=value) for limit, value in needed.items()}
    return needed if needed and _has_fleet(replace(p, limits=limits), search) else {}


def _round_up(limit: Limit, breach: float) -> float:
    """A limit that allows the breach: whole units, or three significant digits of money and power."""
    needed = limit.value + breach
    step = 1.0 if limit.unit in _WHOLE_UNITS else 10.0 ** (math.floor(math.log10(needed)) - 2)
    return math.ceil(needed / step - _NOTHING) * step


def _has_fleet(p: Instance, search: Search, broken: frozenset[str] = frozenset()) -> bool:
    m = formulate(p, relaxed=broken)
    m.minimise([])
    return _solved(m, "bought", search) is not None


def _shortage(p: Instance, search: Search) -> list[str]:
    """How much demand stays unserved at the least if every limit holds, at its worst hours."""
    m = formulate(p, may_fall_short=True)
    m.minimise((variable, 1 / _asked(p, key)) for key, variable in m.family("short").items())
    found = _solved(m, "short", search)
    if found is None:
        return []
    short: dict[str, list[tuple[float, Key]]] = defaultdict(list)
    for key, value in found.items():
        if value > _NOTHING:
            short[p.streams[str(key[0])].workload].append((value, key))
    lines = [f"  {_worst(p, workload, misses)}" for workload, misses in short.items()]
    return ["With every limit as it is:", *lines] if lines else []


def _asked(p: Instance, key: Key) -> float:
    """The demand that a shortage is a share of [requests/s, or summed over the hours of a week]."""
    stream, t = p.streams[str(key[0])], int(key[1])
    return sum(stream.arrivals[t]) if key[2] == "week" else stream.planned[t][int(key[2])]


def _worst(p: Instance, workload: str, misses: list[tuple[float, Key]]) -> str:
    value, key = max(misses, key=lambda miss: (miss[0], str(miss[1])))
    period = p.time.period_labels[int(key[1])]
    if key[2] == "week":
        return f"workload {workload} is short by {value / 168:,.3g} req/s on average in {period}"
    more = f" and {len(misses) - 1} more blocks" if len(misses) > 1 else ""
    return f"workload {workload} is short by {value:,.3g} req/s in {period} {p.time.block_labels[int(key[2])]}{more}"


def _solved(m: Model, family: str, search: Search) -> dict[Key, float] | None:
    """Values of one family in the best solution found; None without one."""
    answer = solve_arrays(arrays_from(m), search)
    if answer.values is None:
        return None
    return {c.key: float(v) for c, v in zip(m.columns, answer.values, strict=True) if c.family == family}
