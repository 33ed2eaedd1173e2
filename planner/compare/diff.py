"""Two stored plans: what differs, and which inputs caused how much of the change in cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner.again import Question, question_of
from planner.compare.attribute import Asker, in_order, order_free
from planner.compare.changed import changes
from planner.compare.groups import Side, differences, leaves_of
from planner.errors import CatalogError, InputError
from planner.plan.plan import Plan
from planner.plan.rows.difference import CauseRow, DifferenceRow

_LEFT_OUT = ("alternatives",)
_PLAIN = ("scenarios", "robust")


@dataclass(frozen=True)
class Facts:
    """Folders with the facts of the old and of the new plan's day; None: the shipped ones."""

    old: Path | None
    new: Path | None


def difference(
    old: tuple[str, Plan], new: tuple[str, Plan], facts: Facts, most_solves: int, say: Callable[[str], None]
) -> DifferenceRow:
    """Names and plans, old and new. At most `most_solves` plans are made; 0 for none.

    Raises InputError or CatalogError where the facts that a plan's own files name are no longer there.
    """
    before, now = old[1], new[1]
    row = DifferenceRow(
        old=old[0],
        new=new[0],
        old_npv_usd=before.total_npv_usd,
        new_npv_usd=now.total_npv_usd,
        changes=changes(before, now),
        causes=[],
        residual_usd=now.total_npv_usd - before.total_npv_usd,
        residual=["no cause was looked for"],
        notes=[],
        solves=0,
    )
    return row if most_solves == 0 else _explained(row, before, now, facts, (most_solves, say))


def _explained(
    row: DifferenceRow, old: Plan, new: Plan, facts: Facts, effort: tuple[int, Callable[[str], None]]
) -> DifferenceRow:
    most, say = effort
    questions, notes, known = _questions(old, new, facts)
    plain = not (old.hedge or new.hedge)
    sides = [Side(leaves_of(_asked(one, plain)), one.catalog) for one in questions]
    groups = differences(*sides)
    asker = Asker(sides[0], sides[1], questions[1], most, say)
    causes = in_order(asker, groups) if groups else []
    if groups and not causes:
        notes += [
            f"no plan with {', '.join(sorted(key)) or 'nothing'} new: {why}" for key, why in asker.refusals.items()
        ]
    shares = order_free(asker, list(groups)) if causes and len(groups) > 1 and 2 ** len(groups) <= most else None
    if causes:
        causes = _with_shares(causes, shares if len(groups) > 1 else {causes[0].groups[0]: causes[0].in_order_usd})
    notes += _about_order(asker, len(groups), shares, most) if causes else []
    update = {
        "causes": causes,
        "residual_usd": row.change_usd - sum(one.in_order_usd for one in causes),
        "residual": _residual(old, new, known, causes, bool(groups)),
        "prices_usd": None if all(known) else prices_apart(old, new),
        "notes": notes,
        "solves": len(asker.known),
    }
    return row.model_copy(update=update)


def _questions(old: Plan, new: Plan, facts: Facts) -> tuple[list[Question], list[str], list[bool]]:
    """Both questions with the facts of their own day where those are there; else both with the same."""
    found, known, lost = [], [], []
    for plan, folder, name in ((old, facts.old or facts.new, "old"), (new, facts.new, "new")):
        question = _question(plan, folder, name)
        same = question.made.catalog_sha256 == plan.made.catalog_sha256
        found.append(question)
        known.append(same)
        lost += [] if same else [f"the {name} plan (as of {plan.made.as_of})"]
    notes = [
        f"the facts that {' and '.join(lost)} {'were' if len(lost) > 1 else 'was'} made from are not there; both sides "
        "are solved with the same facts, and what facts changed is in the residual"
    ] * bool(lost)
    if not all(known):
        use = found[0] if known[0] and not known[1] else found[1]
        found = [Question(one.problem, one.base, use.catalog, use.made) for one in found]
    if found[0].made.catalog_sha256 == found[1].made.catalog_sha256 and found[0].made.as_of == found[1].made.as_of:
        found[0] = Question(found[0].problem, found[0].base, found[1].catalog, found[1].made)
    return found, notes, known


def _question(plan: Plan, folder: Path | None, name: str) -> Question:
    try:
        return question_of(plan, folder, None, "planner diff")
    except (InputError, CatalogError) as error:
        raise type(error)(f"the {name} plan's question cannot be asked again: {error}") from None


def _asked(question: Question, plain: bool) -> dict[str, Any]:
    """The problem's plain values, without what changes no plan."""
    left_out = {*_LEFT_OUT, *(_PLAIN if plain else ())}
    return {key: value for key, value in question.problem.model_dump(mode="json").items() if key not in left_out}


def _with_shares(causes: list[CauseRow], shares: dict[str, float] | None) -> list[CauseRow]:
    if shares is None:
        return causes
    return [
        one.model_copy(update={"order_free_usd": sum(shares.get(group, 0.0) for group in one.groups)}) for one in causes
    ]


def _about_order(asker: Asker, count: int, shares: dict[str, float] | None, most: int) -> list[str]:
    if count < 2 or shares is not None:
        return []
    if 2**count > most:
        return [f"an order-free share takes {2**count} plans, {most} are allowed; what is shown depends on the order"]
    key, why = next(iter(asker.refusals.items()))
    return [f"no order-free share: with {', '.join(sorted(key)) or 'nothing'} new there is no plan ({why})"]


def _residual(old: Plan, new: Plan, known: list[bool], causes: list[CauseRow], differ: bool) -> list[str]:
    """What may lie behind what no group explains."""
    told = []
    if differ and not causes:
        told.append("one of the two questions has no plan today")
    if not all(known):
        told.append("facts (prices, hardware, calibration) that are no longer there to solve with")
    if old.made.planner_version != new.made.planner_version:
        told.append(f"another version of the planner ({old.made.planner_version}, {new.made.planner_version})")
    gaps = [plan.certificate.gap for plan in (old, new)]
    if max(gaps) > 0:
        told.append(f"what the stored plans leave unproven ({gaps[0]:.2%} and {gaps[1]:.2%})")
    return told or ["rounding"]


_PRICE_OF = {
    "on_demand": "usd_per_hour",
    "spot": "usd_per_hour",
    "reserved_1y": "usd_per_hour",
    "reserved_3y": "usd_per_hour",
    "capacity_block": "usd_per_hour",
    "owned_purchase": "capex_usd",
    "owned_value_left": "capex_usd",
    "owned_running": "fixed_usd_per_month",
    "existing_running": "fixed_usd_per_month",
}


def prices_apart(old: Plan, new: Plan) -> float:
    """What the old plan's own nodes would cost more at the new plan's prices, as far as both plans have them."""
    prices = [{(one.pool, one.form): one for one in plan.options} for plan in (old, new)]
    more = 0.0
    for row in old.costs:
        field, form = _PRICE_OF.get(row.term), row.term.removesuffix("_purchase").removesuffix("_value_left")
        key = row.subject, form.removesuffix("_running")
        if field and key in prices[0] and key in prices[1]:
            before, now = (float(getattr(one[key], field)) for one in prices)
            more += row.npv_usd * (now / before - 1) if before else 0.0
    return more
