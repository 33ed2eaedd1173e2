"""Tiny instances in one line each, and their optimum with or without a constraint family."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest

from planner.candidates.candidate import PurchaseOption
from planner.milp.arrays import arrays_from
from planner.milp.build import build
from planner.milp.finance import commitment, existing
from planner.milp.highs import Search, solve_arrays
from planner.milp.instance import Deployment, Instance, Kind, Pool, Rental, Stream, Time, Workload
from planner.milp.optimise import optimise_instance
from planner.milp.solution import Solution

LIMITED = ("capacity_block", "owned")
EXACT = Search(time_limit_s=20, mip_gap=0.0, threads=1, seed=1)


def clock(
    periods: int = 1, blocks: int = 1, months: int = 1, rate: float = 0.0, block_of_hour: tuple[int, ...] = ()
) -> Time:
    """Periods of equal months; unless said otherwise blocks share the hours of a week evenly, in turn."""
    block_of_hour = block_of_hour or tuple(hour * blocks // 168 for hour in range(168))
    hours = tuple(tuple(months * 730 * block_of_hour.count(b) / 168 for b in range(blocks)) for _ in range(periods))
    return Time(
        months=(months,) * periods,
        discount=tuple((1 + rate) ** (-t * months / 12) for t in range(periods)),
        end_discount=(1 + rate) ** (-periods * months / 12),
        hours=hours,
        block_of_hour=block_of_hour,
        period_labels=tuple(f"period {t + 1}" for t in range(periods)),
        block_labels=tuple(f"block {b + 1}" for b in range(blocks)),
    )


def stream(name: str, planned: Sequence[Sequence[float]], workload: str = "", expected: float = 1.0) -> Stream:
    """A demand class by period and block [requests/s]."""
    shares = tuple(tuple(expected for _ in row) for row in planned)
    return Stream(name, workload or name, tuple(map(tuple, planned)), shares)


def batch(name: str, arrivals: Sequence[float], deadline_h: int, time: Time) -> Stream:
    """A deferrable stream with the same 168 hourly arrivals in every period."""
    blocks = tuple(
        max(rate for rate, owner in zip(arrivals, time.block_of_hour, strict=True) if owner == b) for b in time.blocks
    )
    grid = tuple(blocks for _ in time.periods)
    ones = tuple(tuple(1.0 for _ in blocks) for _ in time.periods)
    return Stream(name, name, grid, ones, deadline_h, tuple(tuple(arrivals) for _ in time.periods))


def pool(
    name: str,
    time: Time,
    gpus: int = 1,
    limit: str = "",
    provider: str = "acme",
    **usd_per_hour: float | PurchaseOption,
) -> Pool:
    """A pool with options: a price for on_demand, spot, reserved_1y, or a whole PurchaseOption."""
    options = {
        form: usd if isinstance(usd, PurchaseOption) else _option(form, usd) for form, usd in usd_per_hour.items()
    }
    return Pool(
        id=name,
        provider=provider,
        region="r1",
        gpu="G1",
        gpus=gpus,
        kw=float(gpus),
        rentals={
            form: Rental(options[form].usd_per_hour, options[form].usable_share)
            for form in ("on_demand", "spot")
            if form in options
        },
        commitments={
            form: commitment(options[form], time, limit if form in LIMITED else "")
            for form in ("reserved_1y", "reserved_3y", "capacity_block", "owned")
            if form in options
        },
        existing=existing(options["existing"], time) if "existing" in options else None,
    )


def _option(form: str, usd: float) -> PurchaseOption:
    terms = {"reserved_1y": 12, "reserved_3y": 36}
    return PurchaseOption(form, usd, term_months=terms.get(form, 0))  # type: ignore[arg-type]


def runs(workload: str, where: str, rate: float | dict[str, float], gpus: int = 1, **more: object) -> Deployment:
    """Replicas of a workload in a pool: requests/s of each and the GPUs it takes."""
    kind: Kind = more.get("kind", "firm")  # type: ignore[assignment]
    rates = rate if isinstance(rate, dict) else {workload: rate}
    config = str(more.get("config", f"{workload}/tp{gpus}"))
    return Deployment(workload, config, where, kind, gpus, rates, int(more.get("spares", 0)))  # type: ignore[call-overload]


def question(
    time: Time, streams: Iterable[Stream], pools: Iterable[Pool], deployments: Iterable[Deployment], **more: object
) -> Instance:
    """An instance that minimises cost; `more` sets limits and the like."""
    by_workload: dict[str, list[str]] = {}
    known = {one.id: one for one in streams}
    for one in known.values():
        by_workload.setdefault(one.workload, []).append(one.id)
    given = {
        "objective": "cost",
        "time": time,
        "workloads": {name: Workload(name, tuple(ids)) for name, ids in by_workload.items()},
        "streams": known,
        "pools": {one.id: one for one in pools},
        "deployments": tuple(deployments),
    }
    return Instance(**(given | more))  # type: ignore[arg-type]


def with_spot_share(p: Instance, workload: str, share: float) -> Instance:
    """The same with a cap on the workload's share on spot."""
    return replace(p, workloads=p.workloads | {workload: replace(p.workloads[workload], spot_max_share=share)})


def best(p: Instance) -> Solution:
    """The proven optimum."""
    return optimise_instance(p, "highs", EXACT)


def cost(p: Instance) -> float:
    """Its objective."""
    return best(p).certificate.objective


def cost_without(p: Instance, family: str) -> float:
    """The optimum of the unpruned model with one family's rows left out."""
    m = build(p)
    dropped = [row for row in m.rows if row.family != family]
    assert len(dropped) < len(m.rows), f"{family} has no row here"
    m.rows = dropped
    return solve_arrays(arrays_from(m), EXACT).objective


def assert_bites(p: Instance, family: str) -> None:
    """Leaving the family out makes the optimum cheaper."""
    assert cost_without(p, family) < cost(p) * (1 - 1e-6), f"this problem does not feel {family}"


def near(value: float) -> object:
    """Equal up to the solver's tolerance."""
    return pytest.approx(value, rel=1e-7, abs=1e-6)


def with_starts(p: Instance, hours_paid: float = 0.0, minimum_hours: int = 1) -> Instance:
    """The same where every rented node is paid so long for each start, and billed so many hours at least."""
    pools = {
        name: replace(
            one,
            rentals={
                form: replace(r, usd_per_start=r.usd_per_hour * hours_paid, minimum_hours=minimum_hours)
                for form, r in one.rentals.items()
            },
        )
        for name, one in p.pools.items()
    }
    return replace(p, pools=pools)
