"""How far a plan is proven and checked, in one sentence."""

from __future__ import annotations

from planner.plan.plan import HedgeRow
from planner.report import format as f
from planner.report.lookup import Lookup

AIMS = {
    "expected": "expected cost",
    "worst_regret": "largest regret",
    "worst_cost": "largest cost",
    "cvar": "weighted mean of expected cost and tail",
}
NO_MONEY = 0.5  # USD
_CLOSE = 1e-3


def certainty(look: Lookup) -> str:
    """How far it is proven that nothing is better, and checked."""
    certificate = look.plan.certificate
    if look.plan.hedge:
        return f"{hedged(look.plan.hedge)}{_checked(look)}."
    goal = {"cost": "cheaper", "gpus": "smaller", "energy": "thriftier", "carbon": "cleaner"}[
        certificate.objective_name
    ]
    if certificate.verdict == "feasible":
        proof = (
            f"The search stopped at its limit of {f.seconds(certificate.time_limit_s)}: "
            f"a {goal} plan may exist, {f.by_at_most(certificate.gap)}"
        )
    elif certificate.gap <= 1e-9:
        proof = f"No {goal} plan exists for these inputs: this is the proven optimum"
    else:
        proof = f"No plan is {goal} by more than {f.gap(certificate.gap)} for these inputs: that is proven"
    return f"{proof}{_checked(look)}.{_hour_by_hour(look, goal)}"


def _hour_by_hour(look: Lookup, goal: str) -> str:
    """What the proof leaves out: how much better a plan for each hour of its own might be."""
    row = look.plan.certificate
    if row.hourly_bound is None or not look.is_clustered:
        return ""
    blocks = len(look.plan.blocks)
    kinds = f"{f.plural(blocks, 'typical block')}, which never {'understates' if blocks == 1 else 'understate'} demand"
    most = f.gap(max(0.0, 1 - row.hourly_bound / row.objective))
    return f" The plan is for {kinds}; a plan for each hour could be {goal} by {most} at most."


def _checked(look: Lookup) -> str:
    findings = look.plan.findings
    failed = sum(not finding.ok for finding in findings)
    if not findings:
        return ", but it has not been checked independently"
    if failed:
        return f", but {failed} of {f.plural(len(findings), 'independent check')} failed"
    return f", and all {len(findings)} independent checks of its figures passed"


def is_best_for_all(hedge: HedgeRow | None) -> bool:
    """Whether it is proven, to a thousandth, that no other commitments are better over all scenarios."""
    return hedge is None or hedge.value - hedge.bound <= max(NO_MONEY, _CLOSE * abs(hedge.value))


def hedged(hedge: HedgeRow) -> str:
    """What is proven of the commitments, without the full stop."""
    name = AIMS[hedge.objective]
    if is_best_for_all(hedge):
        return f"No commitments reach a {name} over all scenarios below {f.money(hedge.bound)}: that is proven"
    return (
        f"The {name} over all scenarios is {f.money(hedge.value)}, and no commitments reach less than "
        f"{f.money(hedge.bound)}: that is proven"
    )
