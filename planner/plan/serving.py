"""What an engine and a router are told: repository, context, chunk and memory share; the sizes of each class."""

from __future__ import annotations

from planner.candidates.candidate import ReplicaConfig
from planner.demand.types import DemandClass
from planner.plan.case import Case
from planner.plan.plan import ClassRow, ServingRow


def serving_row(case: Case, config: ReplicaConfig) -> ServingRow | None:
    """What `config`'s engine is told beside its layout; None where the catalogue does not know the model."""
    model = config.own_model or case.catalog.models.get(config.model)
    if model is None:
        return None
    figures = {name: figure.value for name, figure in case.catalog.calibration.items()}
    return ServingRow(
        repository=model.hf_repo,
        native_format=model.native_format,
        max_context=model.max_context,
        prefill_chunk_tokens=figures.get("prefill_chunk_tokens"),
        memory_utilisation=figures.get("memory_utilisation"),
        max_running_requests=figures.get("max_running_requests"),
    )


def class_rows(case: Case) -> list[ClassRow]:
    """The request sizes each demand class was planned with."""
    return [_class_row(one) for one in case.classes.values()]


def _class_row(one: DemandClass) -> ClassRow:
    total = one.lengths.input_tokens + one.lengths.output_tokens
    present = total[one.lengths.share > 0]
    return ClassRow(
        demand_class=one.id,
        workload=one.workload,
        mean_input_tokens=one.lengths.mean_input,
        mean_output_tokens=one.lengths.mean_output,
        shortest_tokens=float(present.min()),
        longest_tokens=float(present.max()),
    )
