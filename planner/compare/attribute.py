"""Which inputs caused how much of a change in cost: groups switched from old to new, each time solved again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from math import comb, inf

from planner.again import Question
from planner.compare.groups import Side, mixed
from planner.errors import CatalogError, InfeasibleError, InputError, NoCandidateError, OutOfTimeError
from planner.inputs.load import problem_from
from planner.plan.rows.difference import CauseRow

REFUSALS = (InputError, CatalogError, NoCandidateError, InfeasibleError, OutOfTimeError)


@dataclass(frozen=True)
class Worth:
    """Present value of the best plan found [USD], and what is proven that none is below."""

    usd: float
    bound: float


@dataclass
class Asker:
    """Answers questions whose groups come from two sides, each once, at most so many."""

    old: Side
    new: Side
    question: Question
    """Its folder and how it was made count for all."""
    most: int
    say: Callable[[str], None]
    known: dict[frozenset[str], Worth | None] = field(default_factory=dict)
    refusals: dict[frozenset[str], str] = field(default_factory=dict)

    def worth(self, switched: Collection[str]) -> Worth | None:
        """The best plan's worth with these groups new; None where there is none, and `refusals` says why."""
        key = frozenset(switched)
        if key not in self.known and len(self.known) >= self.most:
            self.refusals[key] = f"it was not tried: {self.most} plans are allowed"
            return None
        if key not in self.known:
            self.say(f"solving with {', '.join(sorted(key)) or 'nothing'} new")
            self.known[key] = self._solved(key)
        return self.known[key]

    def _solved(self, switched: frozenset[str]) -> Worth | None:
        problem, catalog = mixed(self.old, self.new, switched)
        try:
            asked = replace(self.question, problem=problem_from(problem, "the mixed problem"), catalog=catalog)
            plan = asked.answered()
        except REFUSALS as error:
            self.refusals[switched] = str(error).strip().splitlines()[0].rstrip(".")
            return None
        proof = plan.certificate
        bound = min(proof.bound, plan.total_npv_usd) if proof.objective_name == "cost" and not plan.hedge else -inf
        return Worth(plan.total_npv_usd, bound)


def in_order(asker: Asker, groups: Mapping[str, list[str]]) -> list[CauseRow]:
    """Each group's part after those before it, in the order of `groups` as far as every step has a plan.

    A group without one waits for the next that has; those that only together have one are one cause. Empty where
    one of the two ends has no plan.
    """
    before = asker.worth(())
    if before is None or asker.worth(groups) is None:
        return []
    rows: list[CauseRow] = []
    switched: list[str] = []
    pending: list[str] = []
    left = list(groups)
    while left:
        step = _next(asker, [*switched, *pending], left)
        pending.append(left[0] if step is None else step[0])
        left.remove(pending[-1])
        if step is not None:
            rows.append(_cause(pending, groups, before, step[1]))
            before, switched, pending = step[1], [*switched, *pending], []
    return rows


def _next(asker: Asker, switched: list[str], left: list[str]) -> tuple[str, Worth] | None:
    """The first group whose change has a plan, and its worth."""
    for group in left:
        worth = asker.worth([*switched, group])
        if worth is not None:
            return group, worth
    return None


def _cause(pending: list[str], groups: Mapping[str, list[str]], before: Worth, after: Worth) -> CauseRow:
    return CauseRow(
        groups=pending,
        keys=[key for one in pending for key in groups[one]],
        in_order_usd=after.usd - before.usd,
        low_usd=after.bound - before.usd,
        high_usd=after.usd - before.bound,
    )


def order_free(asker: Asker, groups: Sequence[str]) -> dict[str, float] | None:
    """Shapley shares: of every order of switching the groups, the mean of what each adds; they add up to the whole.

    None where some mixture has no plan. Takes 2^n plans.
    """
    n = len(groups)
    worth: dict[frozenset[str], float] = {}
    for size in range(n + 1):
        for some in combinations(groups, size):
            found = asker.worth(some)
            if found is None:
                return None
            worth[frozenset(some)] = found.usd
    return {
        group: sum(
            (worth[some | {group}] - worth[some]) / (n * comb(n - 1, len(some))) for some in worth if group not in some
        )
        for group in groups
    }
