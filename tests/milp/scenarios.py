"""One reserved pool under several demands, and helpers that take decisions over scenarios."""

from collections.abc import Sequence
from dataclasses import replace

from fleets import EXACT, clock, pool, question, runs, stream

from planner.milp.arrays import arrays_from
from planner.milp.build import build_together
from planner.milp.highs import solve_arrays
from planner.milp.instance import Instance
from planner.milp.optimise import optimise_instance
from planner.milp.scenarios import Aim, Decision, Measure, decide_together, tried
from planner.milp.two_stage import Together, in_all, signed_in

YEAR_H = 8760


def year(demand: float, rent: float = 2.0, signed: float = 1.2) -> Instance:
    """A year of one workload on nodes of one GPU and one request/s: by the hour, or signed for the year."""
    time = clock(months=12)
    where = pool("p", time, on_demand=rent, reserved_1y=signed)
    return question(time, [stream("chat", [[demand]])], [where], [runs("chat", "p", 1.0)])


def together(instances: Sequence[Instance], shares: Sequence[float], aim: Aim) -> Together:
    """Scenarios named base case, s1, s2 … with their own optima."""
    named = {f"s{i}" if i else "base case": p for i, p in enumerate(instances)}
    own = {name: optimise_instance(p, "highs", EXACT) for name, p in named.items()}
    best = {name: one.certificate.objective for name, one in own.items()}
    return Together(named, dict(zip(named, shares, strict=True)), aim, best)


def decide(q: Together) -> Decision:
    """The proven best commitments."""
    own = {name: optimise_instance(p, "highs", EXACT) for name, p in q.instances.items()}
    alone = tried(q.instances, signed_in(own["base case"]), "highs", EXACT)
    return decide_together(q, alone, own, "highs", EXACT)


def aim(measure: Measure, tail_from: float = 0.9, weight: float = 0.5) -> Aim:
    return Aim(measure, tail_from, weight)


def joint_value(q: Together, without: str = "") -> float:
    """The optimum of the unpruned joint model, one family of rows left out."""
    stack = build_together(replace(q, instances=in_all(q.instances)))
    kept = [row for row in stack.rows if row.family != without]
    assert not without or len(kept) < len(stack.rows), f"{without} has no row here"
    stack.rows = kept
    return solve_arrays(arrays_from(stack), EXACT).objective


def assert_bites(q: Together, family: str) -> None:
    """Leaving the family out makes the joint optimum better."""
    assert joint_value(q, family) < joint_value(q) - 1e-6, f"these scenarios do not feel {family}"
