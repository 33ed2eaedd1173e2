"""What a user may ask: one YAML file is one `Problem`. Defaults live here and nowhere else.

Every quantity carries its unit in its name. Unknown keys are refused. The attribute docstrings
are the reference: they become the descriptions in `problems/schema.json`.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(min_length=1, max_length=120)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]

WeightFormat = Literal["fp32", "bf16", "fp16", "fp8", "int8", "int4", "mxfp4", "nvfp4"]
KvFormat = Literal["bf16", "fp8"]
Form = Literal["on_demand", "spot", "reserved_1y", "reserved_3y"]


class Strict(BaseModel):
    """Frozen, refuses unknown keys, attribute docstrings become schema descriptions."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Horizon(Strict):
    """The time the plan covers: equal periods, each made of typical-hour blocks."""

    start: date | None = None
    """First day of the first period; absent means undated periods 1, 2, …"""
    periods: Annotated[int, Field(ge=1, le=60)] = 1
    """Number of periods."""
    period: Literal["month", "quarter", "year"] = "month"
    """Length of one period (730, 2190 or 8760 h)."""
    hours: Literal["flat", "day", "week"] = "week"
    """Resolution inside a period: one hour for all, hours of the day, or hours of the week."""
    blocks: Annotated[int, Field(ge=1, le=168)] = 8
    """Typical-hour blocks the hours are clustered into; the peak hour keeps its demand."""
    discount_rate_per_year: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Discount rate for the net present value [1/year]."""


class CsvFile(Strict):
    """A table in the user's own file, relative to the problem file."""

    csv: Name
    """Path of the CSV file."""


class Traffic(Strict):
    """How many requests arrive, and when. Give exactly one of the three ways to say how many."""

    requests_per_s: Positive | None = None
    """Mean arrival rate over a typical week at the start of the horizon [requests/s]."""
    users: Positive | None = None
    """Active users; needs `requests_per_user_per_hour`."""
    requests_per_user_per_hour: Positive | None = None
    """Requests one active user sends in an hour [requests/h]."""
    concurrent_requests: Positive | None = None
    """Requests in flight at the weekly mean; turned into a rate by Little's law at the SLO's latency."""
    profile: Name | list[NonNegative] | CsvFile = "flat"
    """Hour shape: a named one (`planner catalog profiles`), 24 or 168 weights, or a CSV."""
    burstiness_cv: Annotated[float, Field(ge=0, le=20)] = 1.0
    """Coefficient of variation of inter-arrival times inside an hour; 1 is Poisson."""
    growth_per_month: Annotated[float, Field(gt=-1, le=5)] | list[Positive] = 0.0
    """Compound growth a month, or one demand multiplier for each period."""


class Batch(Strict):
    """Deferrable work: it must be done within a deadline, not within milliseconds."""

    requests_per_day: Positive | None = None
    """Requests that arrive each day, evenly [requests/day]; or give `input_tokens_per_day`."""
    input_tokens_per_day: Positive | None = None
    """Prompt tokens that arrive each day; divided by the mean input length."""
    deadline_h: Annotated[float, Field(ge=1, le=168)] = 24.0
    """Every request is finished at most this long after it arrives [h]."""
    growth_per_month: Annotated[float, Field(gt=-1, le=5)] | list[Positive] = 0.0
    """Compound growth a month, or one demand multiplier for each period."""


class TokenLength(Strict):
    """A token-length distribution: log-normal through the given figures."""

    mean: Positive | None = None
    """Mean length [tokens]."""
    p50: Positive | None = None
    """Median [tokens]."""
    p95: Positive | None = None
    """95th percentile [tokens]."""
    cv: Annotated[float, Field(ge=0, le=10)] | None = None
    """Coefficient of variation; 1 where only a mean or a median is given."""


class Requests(Strict):
    """What one request looks like: `lengths` (a joint histogram) or `input` and `output`."""

    lengths: Name | CsvFile | None = None
    """Named joint length histogram (`planner catalog lengths`) or a CSV of one."""
    input: Positive | TokenLength | None = None
    """Prompt length; a bare number is the mean [tokens]."""
    output: Positive | TokenLength | None = None
    """Visible answer length; a bare number is the mean [tokens]."""
    buckets: Annotated[int, Field(ge=1, le=16)] = 1
    """Request-size classes the optimiser may route to different configurations."""
    prefix_hit: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of prompt tokens found in the prefix cache: saves prefill work, not memory."""
    reasoning_tokens: NonNegative = 0.0
    """Hidden output tokens a request, added to every output length [tokens]."""


class Slo(Strict):
    """Latency targets at percentiles; give at least one for an interactive workload."""

    ttft_p50_ms: Positive | None = None
    """Time to first token, median [ms]."""
    ttft_p90_ms: Positive | None = None
    """Time to first token, 90th percentile [ms]."""
    ttft_p95_ms: Positive | None = None
    """Time to first token, 95th percentile [ms]."""
    ttft_p99_ms: Positive | None = None
    """Time to first token, 99th percentile [ms]."""
    tpot_p50_ms: Positive | None = None
    """Time per output token after the first, median request [ms]."""
    tpot_p90_ms: Positive | None = None
    """Time per output token after the first, 90th percentile request [ms]."""
    tpot_p95_ms: Positive | None = None
    """Time per output token after the first, 95th percentile request [ms]."""
    tpot_p99_ms: Positive | None = None
    """Time per output token after the first, 99th percentile request [ms]."""
    e2e_p50_s: Positive | None = None
    """Whole request, median [s]."""
    e2e_p90_s: Positive | None = None
    """Whole request, 90th percentile [s]."""
    e2e_p95_s: Positive | None = None
    """Whole request, 95th percentile [s]."""
    e2e_p99_s: Positive | None = None
    """Whole request, 99th percentile [s]."""

    def targets(self) -> dict[tuple[str, float], float]:
        """Targets that were given: ("ttft" | "tpot" | "e2e", percentile as a share) → seconds."""
        given = {}
        for field, value in self:
            if value is not None:
                metric, percentile, unit = field.split("_")
                given[metric, int(percentile[1:]) / 100] = value / 1000 if unit == "ms" else value
        return given


class Precision(Strict):
    """Number formats a replica may use; every combination the GPU supports becomes a candidate."""

    weights: Annotated[list[WeightFormat], Field(min_length=1)] | None = None
    """Allowed weight formats; absent means the model's native one, plus fp8 where the GPU computes it."""
    kv: Annotated[list[KvFormat], Field(min_length=1)] = ["bf16"]
    """Allowed KV-cache formats."""


class Workload(Strict):
    """One stream of requests for one purpose. Give `traffic` (interactive) or `batch`."""

    model: Name | None = None
    """Model id (`planner catalog models`), Hugging Face id, or path of a config.json."""
    model_any_of: Annotated[list[Name], Field(min_length=1)] | None = None
    """Several acceptable models instead of `model`: the cheapest mix is chosen."""
    traffic: Traffic | None = None
    """Interactive demand."""
    batch: Batch | None = None
    """Deferrable demand."""
    requests: Requests
    """Token lengths of a request."""
    slo: Slo | Literal["real-time", "interactive", "batch"] | None = None
    """Latency targets, or a named class."""
    precision: Precision = Precision()
    """Allowed weight and KV formats."""
    interruptible: bool = False
    """True where spot capacity may serve it."""
    spot_max_share: Share = 1.0
    """Largest share of an interruptible workload's load on spot in any block."""
    availability: Annotated[float, Field(ge=0, lt=1)] | Literal["standard", "high", "critical"] | None = None
    """Share of time its capacity must be up (standard 99 %, high 99.9 %, critical 99.99 %): gives N+k spare replicas a pool."""
    regions: list[Name] = []
    """Where it may run: geographies (us, eu, …), provider regions, or own; empty means anywhere."""
    gpus: list[Name] = []
    """GPU ids it may use; empty means all."""

    @property
    def availability_target(self) -> float | None:
        """The availability target as a share of time; named classes are two, three and four nines."""
        if isinstance(self.availability, str):
            return {"standard": 0.99, "high": 0.999, "critical": 0.9999}[self.availability]
        return self.availability


class Rent(Strict):
    """Capacity that may be rented."""

    providers: list[Name] = []
    """Providers to consider; empty means all in the catalogue."""
    regions: list[Name] = []
    """Geographies or provider regions to consider; empty means all."""
    forms: Annotated[list[Form], Field(min_length=1)] = ["on_demand"]
    """Purchase forms to consider."""
    gpus: list[Name] = []
    """GPU ids to consider; empty means all."""
    exclude_gpus: list[Name] = []
    """GPU ids to leave out."""


class Quota(Strict):
    """At most so many GPUs of a kind at one provider (all purchase forms together unless `form`)."""

    gpu: Name
    """GPU id."""
    max_gpus: Annotated[int, Field(ge=0)]
    """GPUs at most, in every hour."""
    provider: Name | None = None
    """Provider; absent means all together."""
    region: Name | None = None
    """Provider region; absent means all of them together."""
    form: Form | None = None
    """Purchase form; absent means all together."""


class SpotTerms(Strict):
    """What spot capacity is worth beside its price."""

    availability: Annotated[float, Field(gt=0, le=1)] = 0.9
    """Share of the time spot capacity that is asked for can be had."""
    restart_minutes: NonNegative = 15.0
    """Work lost and restart time after each interruption [min]."""


class Site(Strict):
    """What owning costs at the user's site; absent figures come from `data/ownership.yaml`."""

    usd_per_kwh: NonNegative | None = None
    """Electricity price [USD/kWh]."""
    pue: Annotated[float, Field(ge=1)] | None = None
    """Power usage effectiveness of the room."""
    average_power_share: Share | None = None
    """Mean draw as a share of the systems' maximum power."""
    colocation_usd_per_kw_month: NonNegative | None = None
    """Colocation rent for each kW of maximum power [USD/kW/month]."""
    staff_usd_per_system_year: NonNegative | None = None
    """Staff for one eight-GPU-class system [USD/year]."""
    network_share: NonNegative | None = None
    """Network, spares and installation on top of the purchase price."""
    maintenance_share_per_year: NonNegative | None = None
    """Maintenance a year as a share of the purchase price."""
    life_years: Positive | None = None
    """Useful life for straight-line depreciation [years]."""
    residual_share: Share | None = None
    """Resale value at the end of the useful life, as a share of the purchase price."""
    lead_time_months: NonNegative = 3.0
    """Delay from order to first use [months]; rounded up to whole periods."""
    max_power_kw: Positive | None = None
    """Power the room can take, all owned systems together at their maximum [kW]."""


class Existing(Strict):
    """Systems already owned: sunk, they cost only what running them costs."""

    system: Name
    """Node system id (`planner catalog systems`)."""
    count: Annotated[int, Field(ge=1)]
    """How many."""
    age_months: NonNegative = 0.0
    """Age at the start of the horizon [months]; past the useful life they still run."""


class Own(Strict):
    """Capacity that is or may be owned."""

    systems: list[Name] = []
    """Node systems that may be bought."""
    max_systems: dict[Name, Annotated[int, Field(ge=0)]] = {}
    """Most systems of a kind that may be bought in total."""
    existing: list[Existing] = []
    """Systems already owned."""
    site: Site = Site()
    """What owning costs there."""


class Api(Strict):
    """A hosted API, paid per token; it may serve every workload whose model it offers."""

    provider: Name
    """API provider (`planner catalog apis`)."""
    model: Name
    """Our model id or the provider's own model name."""
    workloads: list[Name] = []
    """Workloads it may serve; empty means those that ask for this model."""
    max_share: Share = 1.0
    """Largest share of such a workload's demand in any block."""


class Supply(Strict):
    """Where capacity may come from."""

    rent: Rent | None = Rent()
    """Rented GPUs; null for none."""
    quotas: list[Quota] = []
    """Quotas on rented GPUs."""
    spot: SpotTerms = SpotTerms()
    """Assumptions about spot."""
    own: Own = Own()
    """Owned systems."""
    api: list[Api] = []
    """Hosted APIs."""


class Budget(Strict):
    """A cap on money actually paid in each period (undiscounted)."""

    kind: Literal["total", "opex", "capex"] = "total"
    """All payments, running costs only, or purchases only."""
    usd_per_period: NonNegative
    """At most this much in every period [USD]."""


class Limits(Strict):
    """Caps that bind."""

    budget: list[Budget] = []
    """Budgets per period."""
    power_kw: Positive | None = None
    """Power of all owned systems at their maximum [kW]."""
    max_gpus: Annotated[int, Field(ge=0)] | None = None
    """GPUs in use in any hour, rented and owned together."""
    max_distinct_configurations: Annotated[int, Field(ge=1)] | None = None
    """Distinct replica configurations in the whole plan."""
    utilization_cap: Annotated[float, Field(gt=0, le=1)] = 0.9
    """Largest load of a replica as a share of its maximum rate within the SLO."""
    throughput_margin: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Predicted rates are lowered by this share, against an optimistic model."""
    demand_margin: Annotated[float, Field(ge=0, le=5)] = 0.0
    """Demand is raised by this share, against a low forecast."""


class Solve(Strict):
    """How long and how exactly to search."""

    time_limit_s: Annotated[float, Field(gt=0, le=86400)] = 60.0
    """Wall-clock limit for the solver [s]."""
    mip_gap: Annotated[float, Field(ge=0, lt=1)] = 0.001
    """Stop when the plan is proven within this share of the optimum."""
    solver: Name = "highs"
    """`highs` (in process), `cbc`, or any other solver PuLP knows by name."""
    threads: Annotated[int, Field(ge=1, le=64)] = 2
    """Solver threads."""
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 1
    """Solver random seed."""


class CatalogFiles(Strict):
    """The user's own facts, laid over the shipped ones by id; paths relative to the problem file."""

    gpus: Name | None = None
    """YAML like data/gpus.yaml."""
    systems: Name | None = None
    """YAML like data/systems.yaml."""
    models: Name | None = None
    """YAML like data/models.yaml."""
    offers: Name | None = None
    """CSV like data/prices/offers.csv."""
    commitments: Name | None = None
    """CSV like data/prices/commitments.csv."""
    apis: Name | None = None
    """CSV like data/prices/apis.csv."""
    replace_offers: bool = False
    """True: only the user's offers exist, the shipped ones are ignored."""


class Problem(Strict):
    """One question to the planner."""

    title: Name
    """Heading of the report."""
    question: str = ""
    """The question in the asker's own words."""
    currency: Literal["USD"] = "USD"
    """All money is in US dollars."""
    horizon: Horizon = Horizon()
    """The time the plan covers."""
    workloads: Annotated[dict[Name, Workload], Field(min_length=1)]
    """What must be served, by name."""
    supply: Supply = Supply()
    """Where capacity may come from."""
    limits: Limits = Limits()
    """Caps and margins."""
    objective: Literal["cost", "gpus", "energy"] = "cost"
    """What is minimised: discounted cost, GPU-hours, or energy drawn."""
    solve: Solve = Solve()
    """Solver options."""
    catalog: CatalogFiles = CatalogFiles()
    """The user's own facts."""
