"""Demand laid over the typical hours of a plan that was made for another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.demand.types import Array, Block, Demand, DemandClass, Timeline
from planner.errors import InputError
from planner.plan.plan import Plan


def on_blocks_of(plan: Plan, demand: Demand) -> Demand:
    """The demand by the plan's own blocks: planned as the highest of a block's hours, expected as their mean.

    Raises InputError where the periods are not the plan's: a fleet by month says nothing of quarters.
    """
    asked = [(period.label, period.months) for period in demand.timeline.periods]
    planned = [(row.label, row.months) for row in plan.periods]
    if asked != planned:
        told = [f"{len(one)} x {one[0][1]} months from {one[0][0]} on" for one in (planned, asked)]
        raise InputError(f"the plan is for another horizon: it covers {told[0]}, the problem {told[1]}; plan anew")
    blocks = tuple(Block(row.index, row.label, tuple(row.hours_of_week)) for row in plan.blocks)
    timeline = Timeline(demand.timeline.periods, blocks, demand.timeline.peak_over_mean_excess)
    return Demand(timeline, tuple(_class(one, demand, blocks) for one in demand.classes), demand.notes)


def _class(one: DemandClass, demand: Demand, blocks: tuple[Block, ...]) -> DemandClass:
    """Expected requests are the same share of the planned ones in every hour of a period."""
    weeks = np.array([block.week_share for block in demand.timeline.blocks])
    hourly: Array = one.hourly_requests_per_s
    share = (one.mean_requests_per_s @ weeks) / np.maximum(hourly.mean(axis=1), 1e-300)
    hours = [list(block.hours_of_week) for block in blocks]
    return replace(
        one,
        planned_requests_per_s=np.column_stack([hourly[:, own].max(axis=1) for own in hours]),
        mean_requests_per_s=np.column_stack([hourly[:, own].mean(axis=1) * share for own in hours]),
    )
