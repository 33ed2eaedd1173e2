"""What a user may ask: one YAML file is one `Problem`. Defaults live in `inputs/` and nowhere else.

Every quantity carries its unit in its name. Unknown keys are refused. The attribute docstrings
are the reference: they become `problems/schema.json` and `docs/problem-file.md`.
"""

from math import ceil, log, log1p
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, Tag, model_validator

from planner.inputs.alternatives import Alternatives
from planner.inputs.base import (
    CsvFile,
    Mistake,
    Mistakes,
    Name,
    NoBool,
    Strict,
    by_shape,
    distinct,
    paragraph,
    rule,
)
from planner.inputs.capacity_blocks import CapacityBlock
from planner.inputs.catalog_files import CatalogFiles
from planner.inputs.chargeback import Chargeback
from planner.inputs.hints import did_you_mean
from planner.inputs.horizon import Horizon
from planner.inputs.limits import Budget, Limits
from planner.inputs.own import Existing, Own, Site, unfit_terms
from planner.inputs.performance import EngineName, Performance
from planner.inputs.price_trends import PriceTrends
from planner.inputs.requests import Requests, TokenLength
from planner.inputs.scenarios import Factor, Robust, Scenario, undecidable, unweighable
from planner.inputs.signals import Signals, worked_in
from planner.inputs.slo import Slo
from planner.inputs.supply import Api, Form, Quota, Rent, SpotTerms, Supply
from planner.inputs.traffic import Batch, Traffic
from planner.inputs.weighed import prices_to_weigh
from planner.inputs.workload import KvFormat, Precision, WeightFormat, Workload
from planner.units import MONTHS_PER_TERM

__all__ = [
    "Api",
    "Batch",
    "Budget",
    "CapacityBlock",
    "CatalogFiles",
    "Chargeback",
    "CsvFile",
    "EngineName",
    "Existing",
    "Form",
    "Horizon",
    "KvFormat",
    "Limits",
    "Own",
    "Performance",
    "Precision",
    "Problem",
    "Quota",
    "Rent",
    "Requests",
    "Robust",
    "Scenario",
    "Site",
    "Slo",
    "Solve",
    "SpotTerms",
    "Supply",
    "TokenLength",
    "Traffic",
    "WeightFormat",
    "Workload",
]

Goal = Literal["cost", "gpus", "energy", "carbon"]

MOST_GROWTH = 1e6
MOST_CELLS = 1_000_000
MOST_LOAD_OF_MIXED_SIZES = 0.95


class Solve(Strict):
    """How long and how exactly to search."""

    time_limit_s: Annotated[float, Field(gt=0, le=86400), NoBool] = 60.0
    """Wall-clock limit for the solver [s]."""
    mip_gap: Annotated[float, Field(ge=0, lt=1), NoBool] = 0.001
    """Stop when the plan is proven within this share of the optimum."""
    solver: Name = "highs"
    """`highs` (in process), `cbc`, or any other solver PuLP knows by name."""
    fidelity: Literal["replicas", "nodes", "core", "auto"] = "replicas"
    """Where whole numbers are sought at once: everywhere (`replicas`), in nodes and commitments (`nodes`), in
    commitments only (`core`, for the largest questions), or as finely as the size allows (`auto`). Every plan is in
    whole nodes and replicas and its gap is that of the whole plan. Where only commitments couple the hours, `nodes`
    is searched as `core`; budgets on opex, carbon, deferrable work and what else adds up over hours need one model."""
    threads: Annotated[int, Field(ge=1, le=64), NoBool] = 2
    """Solver threads."""
    seed: Annotated[int, Field(ge=0, le=2**31 - 1), NoBool] = 1
    """Solver random seed."""

    @rule
    def coarser_searches_run_in_highs(self) -> Mistakes:
        if self.fidelity != "replicas" and self.solver != "highs":
            yield Mistake(("fidelity",), f"{self.fidelity!r} needs solver: highs; remove one of them")


class Problem(Strict):
    """One question to the planner."""

    title: Name
    """Heading of the report."""
    question: Annotated[str, Field(max_length=2000), AfterValidator(paragraph)] = ""
    """The question in the asker's own words."""
    currency: Literal["USD"] = "USD"
    """All money is in US dollars."""
    horizon: Horizon = Horizon()
    """The time the plan covers."""
    workloads: Annotated[dict[Name, Workload], Field(min_length=1, max_length=100)]
    """What must be served, by name."""
    supply: Supply = Supply()
    """Where capacity may come from."""
    signals: Signals = Signals()
    """What is known of the situation, as constraints and costs."""
    limits: Limits = Limits()
    """Caps and margins."""
    performance: Performance = Performance()
    """What replicas are believed to do."""
    objective: Annotated[
        Annotated[Goal, Tag("<text>")]
        | Annotated[list[Goal], Field(min_length=1), AfterValidator(distinct), Tag("<list>")],
        by_shape("text", "list"),
    ] = "cost"
    """What is minimised: discounted cost, GPU-hours, energy drawn, or carbon emitted; a list is minimised in turn."""
    solve: Solve = Solve()
    """Solver options."""
    catalog: CatalogFiles = CatalogFiles()
    """The user's own facts."""
    alternatives: Alternatives | None = None
    """Other fleets to show beside the best one; absent means none."""
    chargeback: Chargeback = Chargeback()
    """How the bill is charged on to teams."""
    prices: dict[Name, Factor] = Field({})
    """Factors on prices by purchase form (also `owned`, `api`), GPU id or provider; all that match multiply."""
    price_trends: PriceTrends = Field({})
    """By how much of themselves prices rise (or, below 0, fall) a year from the start of the horizon on: rents by
    purchase form, `owned` hardware, `api`, and lines of what running owned systems costs. Reservations and purchases
    keep the price of the day they are signed on."""
    scenarios: Annotated[dict[Name, Scenario], Field(max_length=50)] = Field({})
    """The same problem, but …: what the plan is tried on, by name."""
    robust: Robust | None = None
    """What is to be best over the base case and the scenarios; absent means the base case alone."""

    @model_validator(mode="before")
    @classmethod
    def _with_signals(cls, data: Any) -> Any:
        return worked_in(data) if isinstance(data, dict) else data

    @rule
    def data_stays(self) -> Mistakes:
        places = self.signals.data_must_stay_in
        for name, workload in self.workloads.items():
            if others := [place for place in workload.regions if places and place not in places]:
                text = f"names {', '.join(others)}, which signals.data_must_stay_in leaves out; remove one of the two"
                yield Mistake(("workloads", name, "regions"), text)

    @rule
    def something_short_is_on_offer(self) -> Mistakes:
        months, rent = self.signals.commit_at_most_months, self.supply.rent
        if months is not None and rent and any(MONTHS_PER_TERM.get(form, 0) > months for form in rent.forms):
            text = "leaves none of supply.rent.forms; add on_demand there, or raise it"
            yield Mistake(("signals", "commit_at_most_months"), text)

    @rule
    def only_money_weighs_prices(self) -> Mistakes:
        if self.goals[0] != "cost":
            text = f"is a price, which objective: {self.goals[0]} does not weigh; minimise cost first, or remove it"
            for path in prices_to_weigh(self.workloads, self.limits, self.supply.quotas):
                yield Mistake(path, text)

    @rule
    def a_loss_can_be_survived(self) -> Mistakes:
        if self.limits.survive_loss_of and not any(w.traffic and w.survives_loss for w in self.workloads.values()):
            text = "has no effect: no interactive workload survives losses; remove it, or survives_loss: false"
            yield Mistake(("limits", "survive_loss_of"), text)

    @rule
    def halves_survive_no_loss(self) -> Mistakes:
        for name, workload in self.workloads.items():
            if self.limits.survive_loss_of and workload.survives_loss and workload.serving != "aggregated":
                text = f"is {workload.serving}, which is not planned to survive a loss; serve it aggregated, or "
                yield Mistake(("workloads", name, "serving"), f"{text}set survives_loss: false")

    @rule
    def workload_names_can_be_quoted(self) -> Mistakes:
        for name in self.workloads:
            if "/" in name or not name[0].isalnum():
                text = "needs another name: start with a letter or digit and leave out '/', which marks size buckets"
                yield Mistake(("workloads", name), text)

    @rule
    def growth_fits_the_horizon(self) -> Mistakes:
        for name, workload in self.workloads.items():
            for kind in ("traffic", "batch"):
                demand = getattr(workload, kind)
                if demand is not None and (text := self._misgrowth(demand.growth_per_month)):
                    yield Mistake(("workloads", name, kind, "growth_per_month"), text)

    @rule
    def scenarios_can_be_weighed(self) -> Mistakes:
        yield from unweighable(self.scenarios, self.goals[0])

    @rule
    def robust_has_something_to_weigh(self) -> Mistakes:
        if self.robust is not None:
            yield from undecidable(self.scenarios, self.goals, self.alternatives is not None)

    @property
    def goals(self) -> tuple[Goal, ...]:
        """What is minimised, in turn."""
        return tuple(self.objective) if isinstance(self.objective, list) else (self.objective,)

    @property
    def base_case(self) -> Self:
        """The same problem without its scenarios."""
        return self.model_copy(update={"scenarios": {}, "robust": None})

    def _misgrowth(self, growth: float | list[float]) -> str:
        periods, months = self.horizon.periods, self.horizon.months
        if isinstance(growth, list):
            if len(growth) != periods:
                return f"lists {len(growth)} multipliers for {periods} periods; give one for each period"
        elif abs(log1p(growth)) * (months - 1) > log(MOST_GROWTH):
            return f"compounds to more than a million-fold change over {months} months; lower it, or list multipliers"
        return ""

    @rule
    def apis_serve_workloads_that_exist(self) -> Mistakes:
        for index, api in enumerate(self.supply.api):
            for name in api.workloads:
                if name not in self.workloads:
                    hint = did_you_mean(name, self.workloads) or f"; workloads here: {', '.join(self.workloads)}"
                    yield Mistake(
                        ("supply", "api", index, "workloads"), f"names no workload of this file: {name!r}{hint}"
                    )

    @rule
    def quotas_name_gpus(self) -> Mistakes:
        for index, quota in enumerate(self.supply.quotas):
            if quota.gpu in self.workloads:
                text = f"{quota.gpu!r} is a workload, a quota is on a GPU; see `planner catalog gpus`"
                yield Mistake(("supply", "quotas", index, "gpu"), text)

    @rule
    def own_systems_where_nothing_else_may_serve(self) -> Mistakes:
        owned = self.supply.own.systems or self.supply.own.existing
        for name, workload in self.workloads.items():
            if workload.regions == ["own"] and not owned:
                text = "is only own, but supply.own names no system; add systems or existing there, or other regions"
                yield Mistake(("workloads", name, "regions"), text)

    @rule
    def reservations_fit_the_horizon(self) -> Mistakes:
        """Nothing is known of the load after the horizon, so a term that mostly lies there is no option."""
        least, months = self.horizon.commitment_share_inside, self.horizon.months
        for index, form in enumerate(self.supply.rent.forms if self.supply.rent else []):
            term = MONTHS_PER_TERM.get(form, 0)
            if months < least * term:
                text = (
                    f"{form!r} runs {term} months, of which the horizon sees {months}; plan at least "
                    f"{ceil(least * term)} months, lower horizon.commitment_share_inside, or leave the form out"
                )
                yield Mistake(("supply", "rent", "forms", index), text)

    @rule
    def terms_fit_the_periods(self) -> Mistakes:
        yield from unfit_terms(self.supply.own, self.horizon)

    @rule
    def quotas_hold_in_the_horizon(self) -> Mistakes:
        for index, quota in enumerate(self.supply.quotas):
            if (quota.first_period or 1) > self.horizon.periods:
                text = f"starts after the horizon's {self.horizon.periods} periods and never holds; lower or remove it"
                yield Mistake(("supply", "quotas", index, "first_period"), text)

    @rule
    def capacity_blocks_fit_the_horizon(self) -> Mistakes:
        for index, block in enumerate(self.supply.capacity_blocks):
            if block.last_period > self.horizon.periods:
                text = (
                    f"ends with period {block.last_period}, but the horizon has {self.horizon.periods}; "
                    "move or shorten the window, or plan more periods"
                )
                yield Mistake(("supply", "capacity_blocks", index), text)

    @rule
    def signatures_fit_the_horizon(self) -> Mistakes:
        for index, one in enumerate(self.supply.signed or ()):
            if one.period > self.horizon.periods:
                text = f"comes after the horizon's {self.horizon.periods} periods; lower it or remove the entry"
                yield Mistake(("supply", "signed", index, "period"), text)

    @rule
    def sizes_may_share_replicas(self) -> Mistakes:
        """Without a table of measured rates all of them are predicted."""
        if self.performance.table is None:
            for name in self.workloads:
                yield from self.unshareable_sizes(name)

    def unshareable_sizes(self, name: str) -> Mistakes:
        """Predicted rates of size buckets add up on a replica only with some room, and for token-wise targets."""
        workload, path = self.workloads[name], ("workloads", name, "requests", "buckets")
        if workload.requests.buckets == 1:
            return
        if self.limits.utilization_cap > MOST_LOAD_OF_MIXED_SIZES:
            text = f"size buckets need limits.utilization_cap of at most {MOST_LOAD_OF_MIXED_SIZES}; lower it"
            yield Mistake(path, text)
        if isinstance(workload.slo, Slo) and any(metric == "e2e" for metric, _ in workload.slo.targets()):
            yield Mistake(path, "size buckets need targets on TTFT and TPOT, not on the whole request (e2e); use those")

    @rule
    def size_is_within_reason(self) -> Mistakes:
        classes = sum(workload.requests.buckets for workload in self.workloads.values())
        cells = classes * self.horizon.periods * self.horizon.blocks
        if cells > MOST_CELLS:
            text = (
                f"is too large: {classes} demand classes x {self.horizon.periods} periods x {self.horizon.blocks} "
                f"blocks are {cells:,} cells, at most {MOST_CELLS:,}; use fewer buckets, periods or blocks"
            )
            yield Mistake((), text)
