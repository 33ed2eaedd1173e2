"""Where capacity may come from: rented by the hour or committed, owned, or a hosted API per token."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from planner.inputs.base import (
    Mistake,
    Mistakes,
    Name,
    Names,
    NoBool,
    NonNegative,
    Positive,
    Share,
    Strict,
    distinct,
    rule,
)
from planner.inputs.capacity_blocks import MOST_PERIODS, CapacityBlock, PeriodNumber
from planner.inputs.own import Own
from planner.inputs.signed import Signed

Form = Literal["on_demand", "spot", "reserved_1y", "reserved_3y"]
QuotaForm = Literal["on_demand", "spot", "reserved_1y", "reserved_3y", "capacity_block"]
PriceBasis = Literal[
    "listed", "measured", "observed", "computed", "secondary", "typical", "derived", "inferred", "assumed"
]  # catalog.specs.Basis, best first; a contract test holds the two together


class Rent(Strict):
    """Capacity that may be rented."""

    providers: Names = Field([])
    """Providers to consider; empty means all in the catalogue."""
    regions: Names = Field([])
    """Geographies or provider regions to consider; empty means all."""
    forms: Annotated[list[Form], AfterValidator(distinct), Field(min_length=1)] = Field(["on_demand"])
    """Purchase forms to consider."""
    gpus: Names = Field([])
    """GPU ids to consider; empty means all."""
    exclude_gpus: Names = Field([])
    """GPU ids to leave out."""
    worst_basis: PriceBasis = "derived"
    """The weakest basis of a price that is planned with, from listed (best) to assumed; reports flag weak ones."""
    start_up_minutes: Annotated[float, Field(ge=0, le=60), NoBool] = 0.0
    """How long a node that is rented by the hour is paid before it serves, each time it is started [min]."""
    minimum_hours: Annotated[int, Field(ge=1, le=72), NoBool] = 1
    """Hours that such a node is billed at least, each time it is started [h]."""
    egress_usd_per_gib: NonNegative = 0.0
    """Price of what leaves rented nodes for the users, counted as output tokens [USD/GiB]."""
    egress_bytes_per_token: Positive | None = None
    """Size of an output token on its way, protocol included [bytes]."""
    storage_usd_per_gib_month: NonNegative = 0.0
    """Price of storing the weights of each replica that is on, on rented nodes [USD/GiB/month]."""

    @rule
    def egress_has_a_size(self) -> Mistakes:
        if self.egress_usd_per_gib and self.egress_bytes_per_token is None:
            text = "needs egress_bytes_per_token: how large a token is on its way; add it"
            yield Mistake(("egress_usd_per_gib",), text)

    @rule
    def nothing_is_both_in_and_out(self) -> Mistakes:
        for gpu in self.gpus:
            if gpu in self.exclude_gpus:
                yield Mistake(
                    ("exclude_gpus",), f"leaves out {gpu!r}, which gpus asks for; remove it from one of the two"
                )


class Quota(Strict):
    """At most so many GPUs of a kind at one provider (all purchase forms together unless `form`)."""

    gpu: Name
    """GPU id."""
    max_gpus: Annotated[int, Field(ge=0, le=1_000_000), NoBool]
    """GPUs at most, in every hour."""
    provider: Name | None = None
    """Provider; absent means all together."""
    region: Name | None = None
    """Provider region; absent means all of them together."""
    form: QuotaForm | None = None
    """Purchase form; absent means all together."""
    first_period: PeriodNumber | None = None
    """First period in which it holds; 1 is the first of the horizon. Absent means from the start."""
    last_period: PeriodNumber | None = None
    """Last period in which it holds; absent means to the end. So stock that arrives later is a quota that ends."""
    excess_usd_per_gpu_hour: Positive | None = None
    """Price of each GPU over it for an hour; absent means it holds [USD]."""

    @rule
    def holds_at_all(self) -> Mistakes:
        if self.last_period is not None and (self.first_period or 1) > self.last_period:
            yield Mistake(("last_period",), f"comes before first_period ({self.first_period}); swap them")

    @property
    def limit_name(self) -> str:
        """In the user's words: "quota aws us-east-1 H100-SXM spot", with its periods where it has any."""
        words = ["quota", self.provider, self.region, self.gpu, self.form]
        first, last = self.first_period, self.last_period
        if first is not None and last is not None:
            words.append(f"in period {first}" if first == last else f"in periods {first} to {last}")
        elif first is not None or last is not None:
            words.append(f"from period {first}" if last is None else f"to period {last}")
        return " ".join(word for word in words if word)

    def holds_in(self, period: int) -> bool:
        """Whether it holds in a period counted from 0."""
        return (self.first_period or 1) - 1 <= period and (self.last_period is None or period < self.last_period)


class SpotTerms(Strict):
    """What spot capacity is worth beside its price."""

    availability: Annotated[float, Field(gt=0, le=1), NoBool] = 0.9
    """Share of the time spot capacity that is asked for can be had."""
    restart_minutes: Annotated[float, Field(ge=0, le=1440), NoBool] = 15.0
    """Work lost and restart time after each interruption [min]."""


class Api(Strict):
    """A hosted API, paid per token; it may serve every workload whose model it offers."""

    provider: Name
    """API provider (`planner catalog apis`)."""
    model: Name
    """Our model id or the provider's own model name."""
    workloads: Names = Field([])
    """Workloads it may serve; empty means those that ask for this model."""
    max_share: Share = 1.0
    """Largest share of such a workload's demand in any block."""


class Supply(Strict):
    """Where capacity may come from."""

    rent: Rent | None = Rent()
    """Rented GPUs; null for none."""
    quotas: list[Quota] = Field([])
    """Quotas on rented GPUs."""
    capacity_blocks: list[CapacityBlock] = Field([])
    """Windows of capacity that may be bought up front."""
    spot: SpotTerms = SpotTerms()
    """Assumptions about spot."""
    own: Own = Own()
    """Owned systems."""
    compliance: dict[Name, Names] = Field({})
    """What you have found of providers, by name (own: your site): the tags that workloads may ask for."""
    api: list[Api] = Field([])
    """Hosted APIs."""
    signed: list[Signed] | None = None
    """Commitments and purchases that are made just so, and no others; absent means the plan decides them."""

    @rule
    def something_is_on_offer(self) -> Mistakes:
        offered = [self.own.systems, self.own.existing, self.api, self.capacity_blocks]
        if self.rent is None and not any(offered):
            yield Mistake(
                (), "offers nothing: rent is null and neither own nor api names anything; add one of the three"
            )

    @rule
    def quotas_are_on_rented_gpus(self) -> Mistakes:
        if self.quotas and self.rent is None and not self.capacity_blocks:
            yield Mistake(("quotas",), "have no effect, as rent is null; remove them or rent")

    @rule
    def quotas_are_said_once(self) -> Mistakes:
        for index, quota in enumerate(self.quotas):
            for earlier, other in enumerate(self.quotas[:index]):
                one, two = ((q.gpu, q.provider, q.region, q.form) for q in (quota, other))
                if one == two and any(quota.holds_in(t) and other.holds_in(t) for t in range(MOST_PERIODS)):
                    text = f"limits the same GPUs as quotas.{earlier} ({quota.gpu}); keep the smaller one"
                    yield Mistake(("quotas", index), text)
                    break

    @rule
    def signatures_are_listed_once(self) -> Mistakes:
        seen = [(one.pool, one.form, one.period) for one in self.signed or ()]
        for index, key in enumerate(seen):
            if key in seen[:index]:
                text = f"repeats signed.{seen.index(key)} ({key[0]}, {key[1]}, period {key[2]}); add up their nodes"
                yield Mistake(("signed", index), text)

    @rule
    def apis_are_listed_once(self) -> Mistakes:
        seen: dict[tuple[str, str], int] = {}
        for index, api in enumerate(self.api):
            first = seen.setdefault((api.provider, api.model), index)
            if first != index:
                yield Mistake(
                    ("api", index), f"repeats api.{first} ({api.provider}, {api.model}); merge their workloads"
                )
