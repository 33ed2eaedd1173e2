"""The same question with less time in it: one period for all, one block for all, at the highest demand.

A plan for the coarse question serves the fine one too, where nothing has a lead time: it is a start, not an
answer.
"""

from __future__ import annotations

from dataclasses import replace

from planner.milp.instance import Commitment, Existing, Grid, Instance, Pool, Stream
from planner.milp.model import Model
from planner.milp.solution import Key

Found = dict[tuple[str, Key], float]


def one_block(p: Instance) -> Instance:
    """Every period as one block at its highest demand."""
    time = replace(
        p.time,
        hours=tuple((sum(hours),) for hours in p.time.hours),
        block_of_hour=(0,) * 168,
        block_labels=("all",),
    )
    streams = {
        name: replace(
            one,
            planned=tuple((max(row),) for row in one.planned),
            expected_share=tuple(row[:1] for row in one.expected_share),
        )
        for name, one in p.streams.items()
    }
    return replace(p, time=time, streams=streams)


def one_period(p: Instance) -> Instance:
    """All periods as one, at the highest demand of each block; commitments are signed at the start or never."""
    time = replace(
        p.time,
        months=(sum(p.time.months),),
        discount=(sum(p.time.discount) / len(p.time.discount),),
        hours=(tuple(sum(hours) for hours in zip(*p.time.hours, strict=True)),),
        period_labels=("all",),
    )
    return replace(
        p,
        time=time,
        streams={name: _one_period_of(stream) for name, stream in p.streams.items()},
        pools={name: _pool_of_one_period(pool, p) for name, pool in p.pools.items()},
        budgets=(),
        quotas=tuple(replace(quota, first=0, last=None) for quota in p.quotas),
        carbon_limit=None,
        provider_shares=(),
        ordered_at_once=0,  # what takes time to arrive is not in it
    )


def _one_period_of(stream: Stream) -> Stream:
    return replace(
        stream,
        planned=_highest(stream.planned),
        expected_share=stream.expected_share[:1],
        arrivals=_highest(stream.arrivals) if stream.arrivals else (),
    )


def _highest(grid: Grid) -> Grid:
    return (tuple(max(column) for column in zip(*grid, strict=True)),)


def _pool_of_one_period(pool: Pool, p: Instance) -> Pool:
    whole = tuple(p.time.periods)
    commitments = {form: _signed_at_start(one) for form, one in pool.commitments.items() if one.serves[0] == whole}
    existing = pool.existing and Existing(pool.existing.count, (sum(pool.existing.usd),))
    return replace(pool, commitments=commitments, existing=existing)


def _signed_at_start(one: Commitment) -> Commitment:
    return replace(
        one,
        serves=((0,),),
        terms={name: npv[:1] for name, npv in one.terms.items()},
        capex=one.capex[:1],
        opex=((sum(one.opex[0]),),),
    )


def carried(coarse: Instance, found: Found, m: Model) -> list[float]:
    """Integers of the fine model as the coarse solution has them; zero where it has no such column."""
    single_period, single_block = len(coarse.time.months) == 1, len(coarse.time.block_labels) == 1
    values = []
    for column in m.columns:
        key = _coarse_key(column.family, column.key, single_period, single_block)
        value = found.get((column.family, key), 0.0) if key is not None else 0.0
        values.append(min(value, column.upper) if column.upper is not None else value)
    return values


def _coarse_key(family: str, key: Key, single_period: bool, single_block: bool) -> Key | None:
    """The coarse column that decides for a fine one; None for what the coarse question does not sign."""
    if family == "used":
        return key
    if family in ("bought", "kept", "sold", "persons"):
        if not single_period:
            return key
        return None if family == "sold" or (family == "bought" and key[-1]) else (*key[:-1], 0)
    *head, t, b = key if len(key) > 1 else (*key, 0)
    return (*head, 0 if single_period else t, 0 if single_block else b)
