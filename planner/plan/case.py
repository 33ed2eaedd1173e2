"""Everything the assembler reads, in one frozen object, and the look-ups its parts share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

from planner.candidates.candidate import CandidateSet, Pool, PurchaseOption
from planner.catalog.specs import Catalog
from planner.catalog.specs import Provenance as Origin
from planner.demand.types import Block, Demand, DemandClass, Period
from planner.inputs.problem import Problem
from planner.plan.fleet import Fleet
from planner.plan.plan import CostRow, Provenance


class User(NamedTuple):
    """Who causes a cost: a workload, served by a model."""

    workload: str
    model: str


@dataclass(frozen=True)
class Case:
    """The question, the facts, what could work, and what was decided."""

    problem: Problem
    catalog: Catalog
    demand: Demand
    candidates: CandidateSet
    fleet: Fleet
    as_of: date

    @property
    def periods(self) -> tuple[Period, ...]:
        return self.demand.timeline.periods

    @property
    def blocks(self) -> tuple[Block, ...]:
        return self.demand.timeline.blocks

    def hours(self, period: int, block: int) -> float:
        """Hours of a block in a period [h]."""
        return self.demand.timeline.hours(self.periods[period], self.blocks[block])

    def pool(self, pool: str) -> Pool:
        return self.candidates.pools[pool]

    def option(self, pool: str, form: str) -> PurchaseOption:
        """The one way to pay for a node of `pool` in this form."""
        return next(option for option in self.pool(pool).options if option.form == form)

    @property
    def replicas_are_paid(self) -> bool:
        """Whether replicas cost something beside their nodes, so that their numbers are the solver's to choose."""
        supply, switch = self.problem.supply, self.problem.limits.switch_usd_per_replica
        stored = supply.rent is not None and supply.rent.storage_usd_per_gib_month > 0
        return switch > 0 or stored or supply.own.site.idle_power_share is not None

    @cached_property
    def classes(self) -> dict[str, DemandClass]:
        """Demand classes by id."""
        return {one.id: one for one in self.demand.classes}

    @cached_property
    def measured_workloads(self) -> list[str]:
        """Workloads whose rates the problem's own table gives."""
        measured = {key[1] for key, rate in self.candidates.rates.items() if rate.basis == "measured"}
        return [name for name in self.problem.workloads if any(one.id in measured for one in self.classes_of(name))]

    def user(self, workload: str, config: str) -> User:
        """Who causes what a replica costs."""
        return User(workload, self.candidates.configs[config].model)

    @cached_property
    def own_models(self) -> dict[str, str]:
        """Workload → the only model it asks for, by the name configurations have; empty where several would do."""
        ours: dict[str, set[str]] = {name: set() for name in self.problem.workloads}
        for place in self.candidates.placements:
            ours[self.classes[place.demand_class].workload].add(self.candidates.configs[place.config].model)
        asked = {name: one.model for name, one in self.problem.workloads.items()}
        return {
            name: (ours[name].pop() if len(ours[name]) == 1 else model) if model else ""
            for name, model in asked.items()
        }

    def finishes(self, config: str) -> bool:
        """Whether requests leave a configuration served, not only prefilled."""
        return self.candidates.configs[config].role != "prefill"

    def classes_of(self, workload: str) -> list[DemandClass]:
        return [one for one in self.demand.classes if one.workload == workload]


def provenance_row(origin: Origin) -> Provenance:
    """A fact's origin as the plan stores it."""
    return Provenance(source=origin.source, as_of=origin.as_of, basis=origin.basis.value, note=origin.note)


def cost_row(term: str, subject: str, period: int, usd: float, npv_usd: float) -> CostRow:
    """One named cost; the row itself refuses a term it does not know."""
    return CostRow.model_validate({"term": term, "subject": subject, "period": period, "usd": usd, "npv_usd": npv_usd})
