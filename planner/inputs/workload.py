"""What must be served: a model, its demand, its request sizes, its promise, and where it may run."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, Tag

from planner.inputs.base import (
    Mistake,
    Mistakes,
    Name,
    Names,
    NoBool,
    Positive,
    Share,
    Strict,
    by_shape,
    distinct,
    rule,
    written,
)
from planner.inputs.requests import Requests
from planner.inputs.slo import Slo
from planner.inputs.traffic import Batch, Traffic

WeightFormat = Literal["fp32", "bf16", "fp16", "fp8", "int8", "int4", "mxfp4", "nvfp4"]
KvFormat = Literal["bf16", "fp8"]


class Precision(Strict):
    """Number formats a replica may use; every combination the GPU supports becomes a candidate."""

    weights: Annotated[list[WeightFormat], Field(min_length=1), AfterValidator(distinct)] | None = None
    """Allowed weight formats; absent means the model's native one, plus fp8 where the GPU computes it."""
    kv: Annotated[list[KvFormat], Field(min_length=1), AfterValidator(distinct)] = Field(["bf16"])
    """Allowed KV-cache formats."""
    min_weight_bits: Annotated[float, Field(ge=1, le=32), NoBool] | None = None
    """No weight format of fewer bits may be used; a scale for a block of weights does not count [bits]."""


class Workload(Strict):
    """One stream of requests for one purpose. Give `traffic` (interactive) or `batch`."""

    model: Name | None = None
    """Model id (`planner catalog models`), Hugging Face id, or path of a config.json."""
    model_any_of: Annotated[Names, Field(min_length=1)] | None = None
    """Several acceptable models instead of `model`: the cheapest mix is chosen."""
    traffic: Traffic | None = None
    """Interactive demand."""
    batch: Batch | None = None
    """Deferrable demand."""
    requests: Requests
    """Token lengths of a request."""
    slo: (
        Annotated[
            Annotated[Slo, Tag("<table>")] | Annotated[Literal["real-time", "interactive", "batch"], Tag("<text>")],
            by_shape("table", "text"),
        ]
        | None
    ) = None
    """Latency targets, or a named class: real-time or interactive, batch for a batch workload."""
    precision: Precision = Precision()
    """Allowed weight and KV formats."""
    model_quality: dict[Name, Annotated[float, Field(ge=0, le=1e6), NoBool]] = Field({})
    """Your score of each model that may serve it, by the name it has here or under supply.api; higher is better."""
    min_quality: Annotated[float, Field(ge=0, le=1e6), NoBool] | None = None
    """No request is served by a model of a lower score."""
    min_mean_quality: Annotated[float, Field(ge=0, le=1e6), NoBool] | None = None
    """The mean score over all requests of any block is at least this."""
    serving: Literal["aggregated", "disaggregated", "both"] = "aggregated"
    """Whole replicas, or prefill and decode pools of their own, balanced; or whichever mix of both is best."""
    interruptible: bool = False
    """True where spot capacity may serve it."""
    spot_max_share: Share = 1.0
    """Largest share of an interruptible workload's load on spot in any block."""
    availability: (
        Annotated[
            Annotated[float, Field(gt=0, lt=1), NoBool, Tag("<number>")]
            | Annotated[Literal["standard", "high", "critical"], Tag("<text>")],
            by_shape("number", "text"),
        ]
        | None
    ) = None
    """Share of time its capacity must be up, or standard (99 %), high (99.9 %), critical (99.99 %): N+k spares."""
    regions: Names = Field([])
    """Where it may run: geographies (us, eu, …), provider regions, or own; empty means anywhere."""
    compliance: Names = Field([])
    """Tags that whoever serves it must have under supply.compliance, e.g. [hipaa]."""
    gpus: Names = Field([])
    """GPU ids it may use; empty means all."""
    unserved_usd_per_1k_requests: Positive | None = None
    """Price of a thousand requests left unserved; absent means all must be served [USD]."""
    max_unserved_share: Share = 1.0
    """Largest share of its demand left unserved in any block (deferrable: in a week)."""
    priority: Annotated[int, Field(ge=1, le=10), NoBool] = 1
    """1 is the highest: it is left unserved only where all that may be of lower priorities already is."""
    survives_loss: bool = True
    """False: need not survive the loss that limits.survive_loss_of names."""
    team: Name | None = None
    """Team that is charged for it."""
    cost_centre: Name | None = None
    """Account it is charged to."""

    @property
    def availability_target(self) -> float | None:
        """The availability target as a share of time; named classes are two, three and four nines."""
        if isinstance(self.availability, str):
            return {"standard": 0.99, "high": 0.999, "critical": 0.9999}[self.availability]
        return self.availability

    @rule
    def one_model(self) -> Mistakes:
        ways = written(self, "model", "model_any_of")
        if not ways:
            yield Mistake((), "names no model; add model, or model_any_of where several would do")
        if len(ways) > 1:
            yield Mistake((), "gives both model and model_any_of; keep one")

    @rule
    def quality_is_scored(self) -> Mistakes:
        floors = written(self, "min_quality", "min_mean_quality")
        if self.model_quality and not floors:
            yield Mistake(("model_quality",), "has no effect without min_quality or min_mean_quality; add one of them")
        names = self.model_any_of or ([self.model] if self.model else [])
        unscored = [name for name in names if name not in self.model_quality]
        if floors and unscored:
            yield Mistake(("model_quality",), f"lacks a score for {', '.join(unscored)}; {floors[0]} needs one")
        for floor in floors:
            best = max(self.model_quality.values(), default=0.0)
            if not unscored and getattr(self, floor) > best:
                text = f"is {getattr(self, floor):g}, but no model scores above {best:g}"
                yield Mistake((floor,), f"{text}; lower it, or allow a better model")

    @rule
    def traffic_or_batch(self) -> Mistakes:
        ways = written(self, "traffic", "batch")
        if not ways:
            yield Mistake((), "says no demand; add traffic (interactive) or batch (deferrable)")
        if len(ways) > 1:
            yield Mistake((), "gives both traffic and batch; keep one, or split it into two workloads")

    @rule
    def promise_fits_demand(self) -> Mistakes:
        kinds = written(self, "traffic", "batch")
        if kinds == ["traffic"] and not written(self, "slo"):
            yield Mistake(
                ("slo",),
                "is missing: an interactive workload needs a latency target; "
                "add e.g. slo: {ttft_p95_ms: 1500, tpot_p95_ms: 50}, or slo: interactive",
            )
        if kinds == ["traffic"] and self.slo == "batch":
            yield Mistake(("slo",), "the class 'batch' is for batch workloads; use real-time, interactive or targets")
        if kinds == ["batch"] and self.slo not in {None, "batch"}:
            yield Mistake(
                ("slo",), "a batch workload has no latency targets, its promise is batch.deadline_h; remove slo"
            )

    @rule
    def deadline_is_said_once(self) -> Mistakes:
        usual = Batch.model_fields["deadline_h"].default
        if self.slo == "batch" and self.batch is not None and self.batch.deadline_h != usual:
            yield Mistake(
                ("slo",), "names the class 'batch', whose deadline batch.deadline_h repeats; keep one of the two"
            )

    @rule
    def spot_is_not_available(self) -> Mistakes:
        if self.interruptible and self.availability is not None:
            yield Mistake(
                ("availability",),
                "contradicts interruptible: true, as spot capacity can vanish; remove one of the two",
            )

    @rule
    def unserved_demand_has_a_price(self) -> Mistakes:
        if self.unserved_usd_per_1k_requests is None:
            for key in ("max_unserved_share", "priority"):
                if getattr(self, key) != Workload.model_fields[key].default:
                    yield Mistake((key,), "has no effect without unserved_usd_per_1k_requests; add that, or remove it")

    @rule
    def spot_share_needs_spot(self) -> Mistakes:
        if self.spot_max_share < 1 and not self.interruptible:
            yield Mistake(("spot_max_share",), "has no effect without interruptible: true; add that, or remove it")

    @rule
    def halves_need_a_first_token(self) -> Mistakes:
        if self.serving == "aggregated" or not isinstance(self.slo, Slo):
            return
        targets = self.slo.targets()
        for metric, share in targets:
            if metric == "e2e" and ("ttft", share) not in targets:
                text = f"needs ttft_p{share * 100:.0f}_ms beside its e2e target, which prefill and decode share"
                yield Mistake(("serving",), f"{self.serving} {text}; add it, or serve aggregated")

    @rule
    def concurrency_needs_a_latency(self) -> Mistakes:
        if self.traffic is None or self.traffic.concurrent_requests is None or not isinstance(self.slo, Slo):
            return
        metrics = {metric for metric, _ in self.slo.targets()}
        if "e2e" not in metrics and not {"ttft", "tpot"} <= metrics:
            yield Mistake(
                ("traffic", "concurrent_requests"),
                "needs the time a request takes to become a rate; "
                "add an e2e target, or both a ttft and a tpot target, to slo, or give requests_per_s",
            )
