"""Other fleets are other fleets, and as near as was asked."""

from __future__ import annotations

from planner.plan.plan import HOSTED, Finding, Plan
from planner.plan.proofs.book import RELATIVE, Book, finding


def alternatives_differ(book: Book) -> Finding:
    """Each has another mix of GPU types, none it does without, and lies within what was asked and proven."""
    plan = book.plan
    asked, claimed = plan.problem.get("alternatives"), plan.certificate.objective
    wrong = []
    mixes = [_mix(plan)]
    for row in plan.alternatives:
        name = f"without {', '.join(row.without)}"
        uses = {one.gpu for one in row.nodes} | ({HOSTED} if HOSTED in row.uses else set())
        if uses != set(row.uses) or uses & set(row.without):
            wrong.append(f"{name}: uses {', '.join(row.uses)}, has nodes of {', '.join(sorted(uses))}")
        if uses in mixes:
            wrong.append(f"{name}: the same GPU types as another fleet")
        mixes.append(uses)
        if abs(claimed * (1 + row.more) - row.objective) > RELATIVE * max(abs(row.objective), 1.0):
            wrong.append(f"{name}: {row.objective:,.2f} is not {row.more:+.2%} of {claimed:,.2f}")
        if asked is None or row.more > asked["within"] + RELATIVE:
            wrong.append(f"{name}: {row.more:+.2%} is more than asked")
        if row.objective < plan.certificate.bound * (1 - RELATIVE):
            wrong.append(f"{name}: {row.objective:,.2f} is below what was proven of all fleets")
    return finding("alternatives_differ", wrong, f"{len(plan.alternatives)} other fleets, no two of the same GPU types")


def _mix(plan: Plan) -> set[str]:
    gpu = {row.id: row.gpu for row in plan.pools}
    at_work = {gpu[row.pool] for row in plan.capacity if row.committed_nodes + row.on_demand_nodes + row.spot_nodes}
    bought = {gpu[row.pool] for row in plan.purchases}
    return at_work | bought | ({HOSTED} if plan.api else set())
