"""Which GPU types the plan has and which it nearly has: how many, how paid, and how dear each is at full load."""

from __future__ import annotations

from collections import defaultdict

from planner.plan.peaks import most_gpus_by_type
from planner.plan.plan import RunnerUpRow, WhyNotRow
from planner.report import format as f
from planner.report.lookup import FORMS, Lookup, form_of
from planner.report.shapes import Cell, Table, number, numbers, text, words

_MOST_OTHERS = 5
_MOST_TOLD = 4
_EXACT = 1e-4
_CENTS = 0.5


def gpu_types(look: Lookup) -> Table | None:
    """One line a type in the plan, then the nearest others; None where no GPU is at work."""
    chosen = most_gpus_by_type(look.plan)
    if not chosen:
        return None
    dearer = _dearer(look)
    others = sorted((gpu for gpu in dearer if gpu not in chosen), key=lambda gpu: (min(dearer[gpu].values()), gpu))
    asked = {row.name: row for row in look.plan.why_not if row.kind == "gpu"}
    shown = [*chosen, *others[:_MOST_OTHERS]]
    told = any(_other_way(asked.get(gpu)) for gpu in shown)
    lines = tuple(
        (
            text(gpu),
            _at_work(chosen.get(gpu, 0)),
            _bill(look, gpu),
            text(_nodes(look, gpu) if gpu in chosen else _offer(look, gpu)),
            text(_against(dearer.get(gpu, {}))),
            *([text(_other_way(asked.get(gpu)) or "–")] if told else []),
        )
        for gpu in shown
    )
    heads = ("A GPU-hour, or the cheapest offer", "A million tokens at full load, against the cheapest type")
    columns = (*words("GPU type"), *numbers("At work at most", "Of the bill"), *words(*heads))
    columns += words("Without it, or with it") if told else ()
    return Table("GPU types in the plan, and the nearest that are not", columns, lines)


def _at_work(gpus: int) -> Cell:
    return number(f.count(gpus), gpus) if gpus else number("none", 0)


def _bill(look: Lookup, gpu: str) -> Cell:
    whole = sum(row.usd for row in look.plan.costs)
    mine = sum(row.usd for row in look.plan.costs if row.subject in look.pools and look.pools[row.subject].gpu == gpu)
    return number(f.share(mine / whole), mine / whole) if whole > 0 and mine else text("–", "muted")


def _nodes(look: Lookup, gpu: str) -> str:
    """$5.50 on demand in nodes of 8; the way most is spent on first."""
    spent: dict[tuple[str, str], float] = defaultdict(float)
    for row in look.plan.costs:
        form = form_of(row.term)
        if row.subject in look.pools and look.pools[row.subject].gpu == gpu and (row.subject, form) in look.options:
            spent[row.subject, form] += row.usd
    told = []
    for pool, form in sorted(spent, key=lambda key: -spent[key]):
        size, price = look.pools[pool].gpus_per_node, look.options[pool, form].usd_per_hour
        paid = f"{f.unit_price(price / size)} " if price else ""
        told.append(f"{paid}{FORMS[form].lower()} in nodes of {size}")
    return "; ".join(dict.fromkeys(told))


def _offer(look: Lookup, gpu: str) -> str:
    best = min((row for row in look.plan.runners_up if row.gpu == gpu), key=lambda row: row.usd_per_million_tokens)
    return f"{best.pool}, {FORMS.get(best.form, best.form).lower()}"


def _dearer(look: Lookup) -> dict[str, dict[str, float]]:
    """GPU type → workload → how much more a million tokens cost on it than on the cheapest type, as a share."""
    best: dict[str, dict[str, RunnerUpRow]] = defaultdict(dict)
    for row in sorted(look.plan.runners_up, key=lambda row: row.usd_per_million_tokens):
        best[row.workload].setdefault(row.gpu, row)
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for workload, rows in best.items():
        least = min(row.usd_per_million_tokens for row in rows.values())
        for gpu, row in rows.items():
            found[gpu][workload] = row.usd_per_million_tokens / least - 1 if least else 0.0
    return found


def _against(dearer: dict[str, float]) -> str:
    """cheapest for chat; +50 % for code; many are told as a span."""
    cheapest = [workload for workload, more in dearer.items() if more <= 0]
    rest = {workload: more for workload, more in dearer.items() if more > 0}
    told = [f"cheapest for {f.listed(cheapest) if len(cheapest) <= _MOST_TOLD else f'{len(cheapest)} workloads'}"]
    told = told if cheapest else []
    if len(rest) > _MOST_TOLD:
        told.append(f"{f.change(min(rest.values()))} to {f.change(max(rest.values()))} for {len(rest)} workloads")
    else:
        told += [f"{f.change(more)} for {workload}" for workload, more in rest.items()]
    return "; ".join(told) or "–"


def _other_way(row: WhyNotRow | None) -> str:
    """What the best fleet without it, or with some of it, costs more."""
    if row is None:
        return ""
    if row.verdict != "chosen":
        return "" if row.forced_usd is None else f"with some of it {_more(row.forced_usd)}"
    if row.without_usd is None:
        return ""
    least = row.without_usd if row.without_least_usd is None else row.without_least_usd
    if row.without_usd - least <= _EXACT * row.without_usd:
        return f"without it {_more(row.without_usd)}" if row.without_usd >= _CENTS else "another fleet is as good"
    return f"without it {f.money(least)} to {_more(row.without_usd)}" if least >= _CENTS else _at_most(row.without_usd)


def _more(usd: float) -> str:
    return f"{f.money(usd)} more" if usd >= _CENTS else "the same"


def _at_most(usd: float) -> str:
    return f"without it at most {_more(usd)}"
