"""The answer, complete: a report renders from this alone, without catalogue or solver.

Rows are flat on purpose (one row, one fact): tables, CSV and checks read them as they are.
Money is USD. `usd` is undiscounted, `npv_usd` is at the start of the horizon.
"""

from typing import Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from planner.plan.rows.alternative import HOSTED, AlternativeNodesRow, AlternativeRow
from planner.plan.rows.capacity import (
    CapacityRow,
    CarbonRow,
    ElectricityRow,
    EnergyRow,
    EnergyUseRow,
    HeldRow,
    KeptRow,
    OptionRow,
    PoolRow,
    Provenance,
    PurchaseRow,
    SaleRow,
)
from planner.plan.rows.evidence import Finding, LimitRow, RejectionRow, RunnerUpRow, SourceRow
from planner.plan.rows.explanation import ExplainedRow, FlipRow, FrontRow, LeverRow, MarginalRow, SwingRow, TwiceRow
from planner.plan.rows.investment import BreakEvenRow, CellRow, InvestmentRow, StrategyRow
from planner.plan.rows.money import CashRow, CostRow, WorkloadCostRow
from planner.plan.rows.opinion import OpinionRow, SaidRow
from planner.plan.rows.question import (
    BlockRow,
    CertificateRow,
    ClassRow,
    DemandRow,
    HourlyDemandRow,
    Made,
    PeriodRow,
    WorkloadRow,
)
from planner.plan.rows.row import Row
from planner.plan.rows.running import (
    ApiOptionRow,
    ApiQuoteRow,
    ApiRow,
    ConfigRow,
    FlowRow,
    IntervalRow,
    MemoryRow,
    PointRow,
    ReplicaRow,
    ServingRow,
)
from planner.plan.rows.scenario import HedgeRow, RiskRow, ScenarioRow
from planner.plan.rows.shortage import ExcessRow, StandbyRow, UnservedRow
from planner.plan.rows.statement import StatementRow
from planner.plan.rows.why_not import WhyNotRow

__all__ = [
    "HOSTED",
    "AlternativeNodesRow",
    "AlternativeRow",
    "ApiOptionRow",
    "ApiQuoteRow",
    "ApiRow",
    "BlockRow",
    "BreakEvenRow",
    "CapacityRow",
    "CarbonRow",
    "CashRow",
    "CellRow",
    "CertificateRow",
    "ClassRow",
    "ConfigRow",
    "CostRow",
    "DemandRow",
    "ElectricityRow",
    "EnergyRow",
    "EnergyUseRow",
    "ExcessRow",
    "ExplainedRow",
    "Finding",
    "FlipRow",
    "FlowRow",
    "FrontRow",
    "HedgeRow",
    "HeldRow",
    "HourlyDemandRow",
    "IntervalRow",
    "InvestmentRow",
    "KeptRow",
    "LeverRow",
    "LimitRow",
    "Made",
    "MarginalRow",
    "MemoryRow",
    "OpinionRow",
    "OptionRow",
    "PeriodRow",
    "Plan",
    "PointRow",
    "PoolRow",
    "Provenance",
    "PurchaseRow",
    "RejectionRow",
    "ReplicaRow",
    "RiskRow",
    "Row",
    "RunnerUpRow",
    "SaidRow",
    "SaleRow",
    "ScenarioRow",
    "ServingRow",
    "SourceRow",
    "StandbyRow",
    "StatementRow",
    "StrategyRow",
    "SwingRow",
    "TwiceRow",
    "UnservedRow",
    "WhyNotRow",
    "WorkloadCostRow",
    "WorkloadRow",
]

_WHY = ("explained", "marginals", "flips", "swings", "front", "why_not", "twice")


class Plan(Row):
    """From what was asked to what to do."""

    format: Literal[1] = 1
    made: Made
    problem: dict[str, Any]
    """The problem with every default filled in, as JSON."""
    certificate: CertificateRow
    periods: list[PeriodRow]
    blocks: list[BlockRow]
    clustering_excess: float
    workloads: list[WorkloadRow]
    demand: list[DemandRow]
    classes: list[ClassRow] = Field(default_factory=list)
    hourly_demand: list[HourlyDemandRow]
    pools: list[PoolRow]
    options: list[OptionRow]
    purchases: list[PurchaseRow]
    kept: list[KeptRow]
    capacity: list[CapacityRow]
    held: list[HeldRow] = Field(default_factory=list)
    sales: list[SaleRow] = Field(default_factory=list)
    configs: list[ConfigRow]
    replicas: list[ReplicaRow]
    flows: list[FlowRow]
    api_options: list[ApiOptionRow]
    api: list[ApiRow]
    api_quotes: list[ApiQuoteRow] = Field(default_factory=list)
    """Hosted APIs of the models it runs that are not on offer, to compare with."""
    costs: list[CostRow]
    cash: list[CashRow]
    workload_costs: list[WorkloadCostRow]
    statements: list[StatementRow] = Field(default_factory=list)
    energy: list[EnergyRow]
    energy_use: list[EnergyUseRow] = Field(default_factory=list)
    limits: list[LimitRow]
    rejections: list[RejectionRow]
    runners_up: list[RunnerUpRow]
    alternatives: list[AlternativeRow] = Field(default_factory=list)
    sources: list[SourceRow]
    assumptions: list[str]
    carbon: list[CarbonRow] = Field(default_factory=list)
    unserved: list[UnservedRow] = Field(default_factory=list)
    excess: list[ExcessRow] = Field(default_factory=list)
    standby: list[StandbyRow] = Field(default_factory=list)
    findings: list[Finding] = Field(default_factory=list)
    opinions: list[OpinionRow] = Field(default_factory=list)
    """What a second performance model says, where one was asked."""
    scenarios: list[ScenarioRow] = Field(default_factory=list)
    """The base case and every scenario, where some are given."""
    risk: RiskRow | None = None
    """All of them together; None without any, or where the plan cannot be carried out in one that may happen."""
    hedge: HedgeRow | None = None
    """How commitments were decided for all of them; None where the plan is for the base case alone."""
    explained: ExplainedRow | None = None
    """How the next four were found; None where nobody asked why."""
    marginals: list[MarginalRow] = Field(default_factory=list)
    """What a step of each limit and demand is worth."""
    flips: list[FlipRow] = Field(default_factory=list)
    """The nearest changes at which another fleet is best."""
    swings: list[SwingRow] = Field(default_factory=list)
    """How far the objective moves with each main input, the furthest first."""
    front: list[FrontRow] = Field(default_factory=list)
    """Cost against latency: the best fleet for tighter and looser targets, the tightest first."""
    why_not: list[WhyNotRow] = Field(default_factory=list)
    """GPU types, purchase forms and providers that the plan has none of, where somebody asked why."""
    twice: TwiceRow | None = None
    """What serving twice the demand takes; None where nobody asked."""
    investment: InvestmentRow | None = None
    """Buying against renting, where somebody asked."""

    @model_serializer(mode="wrap")
    def _stored(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """A plan nobody else was asked about says nothing of opinions; likewise scenarios and explanations."""
        stored: dict[str, Any] = dump(self)
        for name in ("classes", "api_quotes", "opinions", "scenarios", "risk", "hedge", "investment", *_WHY):
            if not stored.get(name):
                stored.pop(name, None)
        return stored

    @property
    def finished(self) -> list[FlowRow]:
        """Flows that finish requests: those of whole replicas and of decoding halves."""
        return [row for row in self.flows if row.role != "prefill"]

    @property
    def total_usd(self) -> float:
        """Undiscounted cost of the whole horizon."""
        return sum(row.usd for row in self.costs)

    @property
    def total_npv_usd(self) -> float:
        """Discounted cost of the whole horizon."""
        return sum(row.npv_usd for row in self.costs)
