"""Replicas that come on from one hour to the next are started."""

from __future__ import annotations

from planner.milp.instance import Instance
from planner.milp.model import Model, constraint
from planner.milp.starts import PERIOD_STARTS
from planner.milp.week import blocks_at


@constraint(
    says="Where more replicas of a configuration are on than the hour before, the difference is started: from block to "
    "block of the typical week, and from the last hour of a period to the first of the next.",
    math=r"y_{wcpktb(h)} - y_{wcpktb(h-1)} \le v_{wcpkth},\qquad y_{wcpktb(0)} - y_{wcpk,t-1,b(167)} \le v_{wcpkt}",
    forall="workload w, configuration c, pool p, kind k, period t, pair of blocks that follow each other",
    unit="replicas",
)
def define_count_switches(m: Model, p: Instance) -> None:
    week = p.time.block_of_hour
    for key, switched in m.family("switched").items():
        place, t, hour = key[:4], int(key[4]), int(key[5])
        before, after = (week[-1], week[0]) if hour == PERIOD_STARTS else blocks_at(p.time, hour)
        earlier = t - 1 if hour == PERIOD_STARTS else t
        on, was = m.family("running")[*place, t, after], m.family("running")[*place, earlier, before]
        m.at_most("count_switches", key, [(on, 1.0), (was, -1.0), (switched, -1.0)], 0.0)
