"""The plan runs few distinct configurations, where their number is limited."""

from __future__ import annotations

from collections import defaultdict

from planner.milp.domains import survives
from planner.milp.instance import Instance
from planner.milp.model import Model, Term, constraint
from planner.milp.starts import most_running
from planner.milp.variables import most_working


@constraint(
    says="A configuration runs only if the plan uses it, and it uses at most so many.",
    math=r"\sum_c \omega_c \le C,\qquad \sum_{p,k} u_{wcpktb} \le \lceil \lambda_{wtb} / r_{wc} \rceil\, \omega_c",
    forall="workload w, configuration c, period t and block b, where max_distinct_configurations is given",
    unit="configurations",
)
def define_limit_configurations(m: Model, p: Instance) -> None:
    if p.configuration_limit is None:
        return
    running: dict[tuple[str, str, int, int], list[Term]] = defaultdict(list)
    most: dict[tuple[str, str, int, int], int] = defaultdict(int)
    for one in p.deployments:
        for t, b in p.time.slots:
            if (on := m.family("running").get((*one.key, t, b))) is not None:
                running[one.workload, one.config, t, b].append((on, 1.0))
                most[one.workload, one.config, t, b] += most_running(p, one)
            elif (working := m.family("working").get((*one.key, t, b))) is not None:
                running[one.workload, one.config, t, b].append((working, 1.0))
                most[one.workload, one.config, t, b] = most_working(p, one, t, b)
    for key, terms in running.items():
        used = m.family("used")[key[1],]
        copies = len(terms) if survives(p, key[0]) else 1  # a standby in every place
        m.at_most("limit_configurations", key, [*terms, (used, -float(most[key] * copies))], 0.0)
    number = [(used, 1.0) for used in m.family("used").values()]
    if not number:
        return
    m.at_most("limit_configurations", (), number, p.limits[p.configuration_limit].value, p.configuration_limit)
