"""The cheapest way each GPU type, bought each way, could serve a workload at full load, chosen or not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from planner.candidates.candidate import Pool, PurchaseOption
from planner.demand.types import DemandClass
from planner.plan.case import Case
from planner.plan.plan import RunnerUpRow
from planner.plan.work import week_mean
from planner.units import HOURS_PER_MONTH, SECONDS_PER_HOUR, TOKENS_PER_PRICE_UNIT


@dataclass(frozen=True)
class Full:
    """A replica at its largest rate on the workload's own mix of the sizes it can serve."""

    requests_per_s: float
    tokens_per_request: float
    share_of_requests: float


def runner_up_rows(case: Case) -> list[RunnerUpRow]:
    """One row a workload, GPU type and purchase form that could serve it, cheapest first."""
    rows = []
    for workload in case.problem.workloads:
        best: dict[tuple[str, str], RunnerUpRow] = {}
        for row in _ways(case, workload):
            way = row.gpu, row.form
            if way not in best or _order(row) < _order(best[way]):
                best[way] = row
        rows += sorted(best.values(), key=lambda row: (row.usd_per_million_tokens, row.gpu, row.form))
    return rows


def full_load(case: Case, workload: str, config: str) -> Full:
    """Rates add up as time: a mix of sizes takes the mean of what one request of each size takes."""
    classes = case.classes_of(workload)
    rates = {one.id: case.candidates.rates.get((config, one.id)) for one in classes}
    weights = {one.id: max(week_mean(case, one, period.index) for period in case.periods) for one in classes}
    able = [(one, weights[one.id], rate) for one in classes if (rate := rates[one.id])]
    total = sum(weight for _, weight, _ in able)
    seconds = sum(weight / rate.max_requests_per_s for _, weight, rate in able)
    tokens = sum(weight * _tokens(one) for one, weight, _ in able)
    return Full(total / seconds, tokens / total, total / sum(weights.values()))


def replica_usd_per_hour(pool: Pool, option: PurchaseOption, gpus: int) -> float:
    """Price of one replica's share of nodes filled with its like [USD/h]; owned nodes over their whole life."""
    share = -(-gpus // pool.gpus_per_node) if gpus > pool.gpus_per_node else 1 / (pool.gpus_per_node // gpus)
    return node_usd_per_hour(option) * share / option.usable_share


def node_usd_per_hour(option: PurchaseOption) -> float:
    """Price of one node-hour; an owned node's is its lease or loss of value, and its running cost, over its life."""
    monthly = option.fixed_usd_per_month + option.lease_usd(1)
    if option.form == "owned":
        monthly += (option.price_usd - option.book_value_usd(option.life_months)) / option.life_months
    return option.usd_per_hour + monthly / HOURS_PER_MONTH


def _ways(case: Case, workload: str) -> Iterator[RunnerUpRow]:
    """Every configuration, pool and form a placement of the workload allows."""
    ids = {one.id for one in case.classes_of(workload)}
    configs = case.candidates.configs
    places = {
        (p.config, p.pool, p.spot_allowed)
        for p in case.candidates.placements
        if p.demand_class in ids and configs[p.config].role == "aggregated"
    }
    used = _used(case, workload)
    loads = {config: full_load(case, workload, config) for config in {config for config, _, _ in places}}
    for config, name, spot_allowed in sorted(places):
        pool = case.pool(name)
        for option in pool.options:
            if option.form != "spot" or spot_allowed:
                yield _row(case, workload, (config, pool, option), loads[config], (pool.gpu, option.form) in used)


def _used(case: Case, workload: str) -> set[tuple[str, str]]:
    """GPU types and purchase forms of the nodes the workload's replicas run on."""
    fleet = case.fleet
    runs = {(run.pool, run.kind) for run in fleet.replicas if run.workload == workload}
    forms = {(slot.pool, "on_demand") for slot in fleet.on_demand} | {(buy.pool, buy.form) for buy in fleet.bought}
    forms |= {(keep.pool, "existing") for keep in fleet.kept}
    firm = {(case.pool(pool).gpu, form) for pool, form in forms if (pool, "firm") in runs}
    return firm | {(case.pool(pool).gpu, "spot") for pool, kind in runs if kind == "spot"}


def _row(case: Case, workload: str, way: tuple[str, Pool, PurchaseOption], load: Full, chosen: bool) -> RunnerUpRow:
    config, pool, option = way
    usd = replica_usd_per_hour(pool, option, case.candidates.configs[config].gpus)
    million_tokens = load.requests_per_s * SECONDS_PER_HOUR * load.tokens_per_request / TOKENS_PER_PRICE_UNIT
    return RunnerUpRow(
        workload=workload,
        gpu=pool.gpu,
        config=config,
        pool=pool.id,
        form=option.form,
        usd_per_hour=usd,
        requests_per_s=load.requests_per_s,
        usd_per_million_tokens=usd / million_tokens,
        chosen=chosen,
        share_of_requests=load.share_of_requests,
    )


def _tokens(one: DemandClass) -> float:
    return one.lengths.mean_input + one.lengths.mean_output


def _order(row: RunnerUpRow) -> tuple[float, float, str, str]:
    """Whoever serves more of the sizes first, then the cheaper."""
    return (-round(row.share_of_requests, 9), row.usd_per_million_tokens, row.config, row.pool)
