"""A large question from end to end: commitments decided and proven, every block then in whole numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter

from planner.milp.core.block_lp import UNSERVED_FACTOR, unserved_usd
from planner.milp.core.blocks import Blocks
from planner.milp.core.dual import Dual
from planner.milp.core.ledger import Ledger, Signed, ledger_of
from planner.milp.core.market import Market, market_of
from planner.milp.core.repair import Repair, committed_in
from planner.milp.core.replicas import WholeReplicas
from planner.milp.core.search import CoreSearch
from planner.milp.core.slots import Slots, slots_of
from planner.milp.core.vertices import Vertices
from planner.milp.core.whole import WholeBlocks
from planner.milp.highs import Search
from planner.milp.instance import Instance
from planner.milp.recover import Values

_SEARCH_SHARE_OF_TIME = 0.4
_SEARCH_SHARE_OF_GAP = 0.3
_STEEPER = 1e3
_LEAST_GAP = 1e-7


@dataclass(frozen=True)
class CorePlan:
    """A plan in whole nodes and replicas; nothing is below `bound`.

    `fraction_cost` is what its commitments cost with nodes and replicas as fractions, `fraction_bound` what no
    commitments cost less than so.
    """

    values: Values
    cost: float
    bound: float
    fraction_cost: float
    fraction_bound: float
    rows: int
    columns: int
    integers: int


def solve_apart(p: Instance, search: Search) -> CorePlan | None:
    """The whole plan of an instance whose blocks only commitments couple; None where no plan was found.

    Commitments are proven in fractions first; what is left of the time goes to whole blocks.
    """
    started = perf_counter()
    slots = slots_of(p, p.streams)
    market = market_of(p, slots)
    ledger = ledger_of(p, market)
    brief = replace(
        search,
        time_limit_s=_SEARCH_SHARE_OF_TIME * search.time_limit_s,
        mip_gap=max(_SEARCH_SHARE_OF_GAP * search.mip_gap, _LEAST_GAP),
    )
    core = searched(p, market, slots, ledger, brief)
    if core.best is None:
        return None
    signed = ledger.signed(core.best.commitments)
    committed_usd = float(ledger.arrays.cost @ core.best.commitments)
    with Blocks(market, slots, unserved_usd(market), search.threads) as blocks:
        outcomes = blocks.solve_all(core.best.links)
    whole = WholeBlocks(p, market, slots, core.vertices, committed_in(p, signed))
    left = replace(search, time_limit_s=search.time_limit_s - (perf_counter() - started))
    repair = Repair(whole, outcomes, committed_usd, left)
    if not repair.run(core.bound / (1 - search.mip_gap)):
        return None
    bound = _raised(
        repair, ledger, core, replace(search, time_limit_s=search.time_limit_s - (perf_counter() - started))
    )
    return _plan(repair, ledger, signed, (core.best.cost, core.bound, bound))


def _raised(repair: Repair, ledger: Ledger, core: CoreSearch, search: Search) -> float:
    """The bound, raised by blocks in whole numbers where it does not prove the plan yet."""
    is_proven = repair.cost - core.bound <= search.mip_gap * abs(repair.cost)
    if is_proven or core.master is None or core.best is None or search.time_limit_s <= 0:
        return core.bound
    whole = repair.blocks
    dual = Dual(ledger, core.master, WholeReplicas(whole.p, whole.market, whole.slots), search)
    dual.close(repair, core.best.links)
    return max(core.bound, dual.bound)


def _plan(repair: Repair, ledger: Ledger, signed: Signed, proven: tuple[float, float, float]) -> CorePlan:
    blocks = [block for block in repair.found if block is not None]
    return CorePlan(
        values=repair.values(signed),
        cost=repair.cost,
        bound=min(proven[2], repair.cost),
        fraction_cost=proven[0],
        fraction_bound=proven[1],
        rows=len(ledger.model.rows) + sum(block.rows for block in blocks),
        columns=ledger.columns + sum(block.columns for block in blocks),
        integers=int(ledger.arrays.integer.sum()) + sum(block.integers for block in blocks),
    )


def searched(p: Instance, market: Market, slots: Slots, ledger: Ledger, search: Search) -> CoreSearch:
    """A finished search; where demand stays unserved at its price, again at a much higher one."""
    for factor in (UNSERVED_FACTOR, UNSERVED_FACTOR * _STEEPER):
        price = unserved_usd(market, factor)
        with Blocks(market, slots, price, search.threads) as blocks:
            core = CoreSearch(p, ledger, blocks, Vertices(market, slots, price), search)
            core.run()
        if core.best is not None:
            break
    return core
