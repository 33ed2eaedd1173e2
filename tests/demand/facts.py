"""A catalogue just large enough for demand, and problems in a few words."""

from datetime import date
from pathlib import Path
from typing import Any

from planner.catalog.specs import Basis, Catalog, LengthTable, Profile, Provenance
from planner.demand.build import build_demand
from planner.demand.types import Demand, DemandClass
from planner.inputs.load import problem_from

SOURCE = Provenance("made-up", date(2026, 1, 1), Basis.ASSUMED)
DAY_AND_NIGHT = [1.0] * 8 + [4.0] * 12 + [1.0] * 4  # mean 2.5, peak 1.6 times the mean
WEEKDAYS = tuple(1.4 if hour < 120 else 0.0 for hour in range(168))  # mean 1


def catalog() -> Catalog:
    """Two profiles, one length table, two service classes."""
    return Catalog(
        sources={},
        gpus={},
        systems={},
        models={},
        offers={},
        commitments={},
        spot_risks=(),
        apis={},
        profiles={"weekdays": Profile("weekdays", "no weekend", WEEKDAYS, SOURCE)},
        lengths={"two-kinds": LengthTable("two-kinds", "", ((100.0, 50.0, 0.75), (900.0, 250.0, 0.25)), SOURCE)},
        ownership={},
        service_classes={"interactive": {"ttft_p95_ms": 5000, "tpot_p95_ms": 100}, "batch": {"e2e_p95_s": 7200}},
    )


def chat(**changes: Any) -> dict[str, Any]:
    """An interactive workload of 10 fixed-size requests a second."""
    usual = {
        "model": "any",
        "traffic": {"requests_per_s": 10},
        "requests": {"input": {"mean": 1000, "cv": 0}, "output": {"mean": 201, "cv": 0}},
        "slo": {"ttft_p95_ms": 2000, "tpot_p95_ms": 50},
    }
    return usual | changes


def demand_of(base: Path = Path(), *, horizon: Any = None, limits: Any = None, **workloads: dict[str, Any]) -> Demand:
    """The demand of a problem with these workloads."""
    question = {
        "title": "T",
        "horizon": horizon or {},
        "limits": limits or {},
        "workloads": {name.replace("_", "-"): workload for name, workload in workloads.items()},
    }
    return build_demand(problem_from(question, "mine.yaml"), catalog(), base)


def only_class(demand: Demand) -> DemandClass:
    (single,) = demand.classes
    return single
