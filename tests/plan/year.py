"""A year on a small fleet, by hand: a chat with two request sizes, nightly digests, every form of capacity.

Four quarters (2190 h), two blocks of half the hours (1095 h), 10 % discount a year. One `Setting` holds
the five inputs of the assembler; money is added up in comments where it is asserted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from planner.candidates.candidate import (
    ApiOption,
    CandidateSet,
    Memory,
    OperatingPoint,
    Placement,
    Pool,
    PurchaseOption,
    Rate,
    Rejection,
    ReplicaConfig,
)
from planner.catalog.specs import (
    AttentionSpec,
    Basis,
    Catalog,
    Figure,
    GpuSpec,
    ModelSpec,
    Offer,
    Profile,
    Provenance,
    Source,
    SpotRisk,
    SystemSpec,
)
from planner.demand.types import Block, Demand, DemandClass, LengthMix, Period, Timeline
from planner.inputs.problem import Problem
from planner.milp.solution import Certificate, Solution, Verdict
from planner.plan.assemble import assemble
from planner.plan.plan import Made, Plan

H100, A100 = "H100-SXM", "A100-SXM-80GB"
CLOUD, OWN, OLD = "aws/us-east-1/p5.48xlarge", "own/dgx-h100", "own/dgx-a100"
BIG, SMALL, SMALL_OLD = "m70/H100-SXM/tp4", "m8/H100-SXM/tp1", "m8/A100/tp1"
DAY = tuple(h for h in range(168) if 8 <= h % 24 < 20)
NIGHT = tuple(h for h in range(168) if not 8 <= h % 24 < 20)
MADE = Made(
    planner_version="1",
    command="planner plan x.yaml",
    problem_file="x.yaml",
    problem_sha256="0" * 64,
    catalog_sha256="1" * 64,
    as_of=date(2027, 1, 1),
)

PROBLEM = {
    "title": "A year",
    "horizon": {
        "start": "2027-01-01",
        "periods": 4,
        "period": "quarter",
        "discount_rate_per_year": 0.1,
        "commitment_share_inside": 0,
    },
    "workloads": {
        "chat": {
            "model": "m70",
            "traffic": {"requests_per_s": 15.6, "profile": "office"},
            "requests": {"input": 1000, "output": 200, "buckets": 2},
            "slo": {"ttft_p95_ms": 1000, "tpot_p95_ms": 50},
            "availability": 0.99,
        },
        "digest": {
            "model": "m8",
            "batch": {"requests_per_day": 172800, "deadline_h": 24},
            "requests": {"input": 4000, "output": 400},
            "interruptible": True,
            "spot_max_share": 0.8,
        },
    },
    "supply": {
        "rent": {"forms": ["on_demand", "spot", "reserved_1y", "reserved_3y"]},
        "quotas": [{"provider": "aws", "gpu": H100, "max_gpus": 36}],
        "own": {
            "systems": ["dgx-h100"],
            "max_systems": {"dgx-h100": 1},
            "existing": [{"system": "dgx-a100", "count": 2}],
            "site": {"max_power_kw": 40},
        },
        "api": [{"provider": "together", "model": "m70", "max_share": 0.1}],
    },
    "limits": {
        "budget": [{"kind": "total", "usd_per_period": 900000}, {"kind": "capex", "usd_per_period": 400000}],
        "max_gpus": 48,
        "max_distinct_configurations": 3,
        "demand_margin": 0.1,
    },
}


@dataclass(frozen=True)
class Setting:
    """All that `assemble` needs."""

    problem: Problem
    catalog: Catalog
    demand: Demand
    candidates: CandidateSet
    solution: Solution

    def plan(self) -> Plan:
        return assemble(self.problem, self.catalog, self.demand, self.candidates, self.solution, MADE)

    def with_values(self, family: str, values: dict) -> Setting:
        """The same with some of a family's values changed; None removes one."""
        changed = {k: v for k, v in (self.solution.values[family] | values).items() if v is not None}
        return replace(self, solution=replace(self.solution, values=self.solution.values | {family: changed}))


def origin(source: str = "aws-list", basis: Basis = Basis.LISTED, as_of: date | None = date(2026, 12, 2)) -> Provenance:
    return Provenance(source, as_of, basis)


def lengths(*cells: tuple[float, float, float]) -> LengthMix:
    columns = np.array(cells, dtype=float).T
    return LengthMix(*columns)


def timeline() -> Timeline:
    periods = [Period(t, f"2027-Q{t + 1}", date(2027, 1 + 3 * t, 1), 3, 2190.0, 1.1 ** (-t / 4)) for t in range(4)]
    return Timeline(tuple(periods), (Block(0, "day", DAY), Block(1, "night", NIGHT)), 0.05)


def demand() -> Demand:
    def chat(bucket: int, mix: LengthMix, day: float, night: float) -> DemandClass:
        planned = np.tile([day, night], (4, 1))
        hourly = np.tile([day if h in DAY else night for h in range(168)], (4, 1))
        slo = {("ttft", 0.95): 1.0, ("tpot", 0.95): 0.05}
        return DemandClass(f"chat/bucket-{bucket}", "chat", mix, 0.0, 1.0, slo, None, planned, planned * 0.8, hourly)

    batch = np.full((4, 2), 2.2)
    return Demand(
        timeline(),
        (
            chat(0, lengths((500, 100, 0.5), (700, 300, 0.5)), 20.0, 10.0),
            chat(1, lengths((3000, 400, 1.0)), 6.0, 3.0),
            DemandClass(
                "digest",
                "digest",
                lengths((4000, 400, 1.0)),
                0.0,
                1.0,
                {},
                24.0,
                batch,
                batch / 1.1,
                np.full((4, 168), 2.2),
            ),
        ),
        ("Lengths are log-normal with a coefficient of variation of 1.",),
    )


def pools() -> dict[str, Pool]:
    cloud = (
        PurchaseOption("on_demand", 80.0, provenance=origin()),
        PurchaseOption(
            "spot", 32.0, usable_share=0.9, interruptions_per_hour=0.01, provenance=origin("spot", Basis.DERIVED)
        ),
        PurchaseOption("reserved_1y", 50.0, term_months=12, upfront_share=0.25, provenance=origin()),
        PurchaseOption("reserved_3y", 40.0, term_months=36, provenance=origin()),
    )
    owned = PurchaseOption(
        "owned",
        0.0,
        lead_months=2.5,  # rounded up to one quarter
        capex_usd=400_000.0,
        fixed_usd_per_month=3_000.0,
        life_months=60.0,
        residual_share=0.1,
        max_nodes=1,
        provenance=origin("vendor"),
        cost_lines=(("power", 1000.0), ("colocation", 2000.0)),
    )
    existing = PurchaseOption(
        "existing", 0.0, fixed_usd_per_month=2_000.0, age_months=30.0, max_nodes=2, provenance=origin("vendor")
    )
    return {
        CLOUD: Pool(CLOUD, "aws", "us-east-1", "us", "p5.48xlarge", H100, 8, 10.2, cloud),
        OWN: Pool(OWN, "own", "own", "own", "dgx-h100", H100, 8, 10.2, (owned,)),
        OLD: Pool(OLD, "own", "own", "own", "dgx-a100", A100, 8, 6.5, (existing,)),
    }


def rate(config: str, demand_class: str, most: float) -> Rate:
    point = OperatingPoint(most, 30.0, 400.0, 900.0, 30.0, 45.0, 7.0, 0.6)
    memory = Memory(72.0, 36.0, 2.0, 1.0, 33.0, 0.5, 66.0, "80 GiB × 0.9 − 36 − 3 = 33 GiB")
    return Rate(config, demand_class, most, point, memory, "ttft p95", ())


def candidates() -> CandidateSet:
    classes = ("chat/bucket-0", "chat/bucket-1")
    configs = (
        ReplicaConfig(BIG, "m70", H100, 4, 1, "fp8", "bf16"),
        ReplicaConfig(SMALL, "m8", H100, 1, 1, "bf16", "bf16"),
        ReplicaConfig(SMALL_OLD, "m8", A100, 1, 1, "bf16", "bf16"),
    )
    rates = [
        rate(BIG, classes[0], 10.0),
        rate(BIG, classes[1], 3.0),
        rate(SMALL, "digest", 1.5),
        rate(SMALL_OLD, "digest", 1.0),
    ]
    places = [Placement(BIG, pool, one, False) for pool in (CLOUD, OWN) for one in classes]
    places += [Placement(SMALL, CLOUD, "digest", True), Placement(SMALL, OWN, "digest", True)]
    places += [Placement(SMALL_OLD, OLD, "digest", True)]
    return CandidateSet(
        {one.id: one for one in configs},
        {(one.config, one.demand_class): one for one in rates},
        pools(),
        tuple(places),
        (ApiOption("together/m70", "together", "m70", "chat/bucket-1", 0.01, 0.1, origin("together")),),
        (Rejection("chat", "m70 bf16 on 1×H100-SXM", H100, "memory", "needs 141.2 GiB, 72.0 usable"),) * 2,
        {BIG: 0.995, SMALL: 0.999, SMALL_OLD: 0.999},
    )


def values() -> dict[str, dict]:
    """Chat on 2 reserved nodes and, by day, an on-demand one; digests on spot until the own node arrives.

    By day chat's load is 20/10 + 5.4/3 = 3.8 replicas, by night 10/10 + 2.7/3 = 1.9; one spare each.
    Digests do 1.4 requests/s by day and 3.0 by night: (1.4 + 3.0) / 2 = 2.2 arrive.
    """
    found: dict[str, dict] = {name: {} for name in ("on_demand", "spot", "replicas", "served", "api")}
    found["bought"] = {(CLOUD, "reserved_1y", 0): 1.0, (CLOUD, "reserved_3y", 0): 0.9999999, (OWN, "owned", 0): 1.0}
    found["kept"] = {(OLD, 0): 1.0, (OLD, 1): 1.0}
    for t in range(4):
        found["on_demand"][CLOUD, t, 0] = 1.0
        found["on_demand"][CLOUD, t, 1] = 0.0
        for b, scale, working in ((0, 1.0, 4), (1, 0.5, 2)):
            found["replicas"]["chat", BIG, CLOUD, "firm", t, b] = working + 1.0000001
            found["served"]["chat/bucket-0", BIG, CLOUD, "firm", t, b] = 20.0 * scale
            found["served"]["chat/bucket-1", BIG, CLOUD, "firm", t, b] = 5.4 * scale
            found["api"]["chat/bucket-1", "together/m70", t, b] = 0.6 * scale
    for b, old, spot in ((0, 0.7, 0.7), (1, 1.0, 2.0)):
        found["spot"][CLOUD, 0, b] = 1.0
        found["replicas"]["digest", SMALL_OLD, OLD, "firm", 0, b] = 1.0
        found["replicas"]["digest", SMALL, CLOUD, "spot", 0, b] = 1.0 if b == 0 else 2.0
        found["served"]["digest", SMALL_OLD, OLD, "firm", 0, b] = old
        found["served"]["digest", SMALL, CLOUD, "spot", 0, b] = spot
        for t in (1, 2, 3):
            found["replicas"]["digest", SMALL, OWN, "firm", t, b] = 1.0 if b == 0 else 2.0
            found["served"]["digest", SMALL, OWN, "firm", t, b] = old + spot
    return found


def npv_by_hand() -> float:
    """The discounted bill, quarter by quarter; q is what a dollar of quarter t is worth.

    A quarter: on-demand 80 × 1095 = 87,600; reserved 1y 50 × 2190 = 109,500, a quarter of it upfront;
    reserved 3y 40 × 2190 = 87,600; API 0.48 and 0.24 expected requests/s (0.8 of the planned) over 1095 h
    at 0.01 = 28,382.40. Spot 32 × 2190 = 70,080 in the first; existing 3 × 2,000 in the first two;
    own node 400,000 when ordered, 3 × 3,000 from its arrival in the second, worth
    1 − 0.9 × 9/60 = 86.5 % at the end.
    """
    q = [1.1 ** (-t / 4) for t in range(4)]
    every = sum(87_600 * w + 109_500 * (0.75 * w + 0.25) + 87_600 * w + 28_382.40 * w for w in q)
    return every + 70_080 + 6_000 * (q[0] + q[1]) + 400_000 + 9_000 * sum(q[1:]) - 346_000 / 1.1


def certificate(objective: float) -> Certificate:
    return Certificate(
        Verdict.OPTIMAL, objective, objective * 0.9995, 5e-4, 1e-3, 60, 0.1, 0.2, 10, 20, 5, "highs", "1", 2, 1
    )


def gpu(name: str) -> GpuSpec:
    return GpuSpec(
        name, name, "nvidia", "hopper", "gpu", 80.0, Basis.LISTED, 3350.0, {"bf16": 989.0}, "NVLink 4", 450.0, 8, 63.0,
        700.0, (), origin("nvidia", Basis.LISTED, date(2023, 3, 1)),
    )  # fmt: skip


def model(name: str) -> ModelSpec:
    attention = AttentionSpec("gqa", 8, 80, 0, 0, 0, 2048, 0, 2048, 0, 0, 0.0, 0, 1.0, 1.0, 0.0)
    return ModelSpec(
        name, name, (), "mit", 80, 8192, 128256, 131072, "bf16", 1, 1, 1, 1, 0, 0, 1, 5, 1.0, None, attention,
        origin("hf", Basis.COMPUTED, None),
    )  # fmt: skip


def catalog() -> Catalog:
    ids = ("aws-list", "spot", "vendor", "nvidia", "hf", "azure", "fit", "together", "owning", "interruptions")
    system = SystemSpec(
        "dgx-h100",
        "DGX H100",
        H100,
        8,
        8,
        10.2,
        Basis.LISTED,
        400_000.0,
        Basis.TYPICAL,
        date(2026, 6, 1),
        3e5,
        5e5,
        origin("vendor"),
    )
    offer = Offer(
        CLOUD, "aws", "us-east-1", "us", "p5.48xlarge", H100, 8, None, None, 80.0, 32.0, origin(), origin("spot")
    )
    return Catalog(
        sources={name: Source(name, f"Title of {name}", "https://x", date(2026, 12, 30), "mit") for name in ids},
        gpus={H100: gpu(H100), A100: gpu(A100)},
        systems={"dgx-h100": system, "dgx-a100": replace(system, id="dgx-a100", gpu=A100)},
        models={"m70": model("m70"), "m8": model("m8")},
        offers={CLOUD: offer},
        commitments={},
        spot_risks=(SpotRisk("aws", "*", "*", "*", 0.01, origin("interruptions")),),
        apis={},
        profiles={
            "office": Profile("office", "Office", (1.0,) * 168, origin("azure", Basis.MEASURED, date(2024, 5, 1)))
        },
        lengths={},
        ownership={
            name: Figure(name, 0.1, "", None, None, origin("owning"))
            for name in ("usd_per_kwh", "server_power_per_chip_tdp.other")
        },
        calibration={"mfu": Figure("mfu", 0.8, "1", None, None, origin("fit", Basis.MEASURED))},
        as_of=date(2027, 1, 1),
    )


def setting() -> Setting:
    """The year, solved."""
    return Setting(
        Problem.model_validate(PROBLEM),
        catalog(),
        demand(),
        candidates(),
        Solution(certificate(npv_by_hand()), values()),
    )
