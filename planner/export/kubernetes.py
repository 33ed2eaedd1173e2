"""Kubernetes files: for each period and deployment its pods' controller, service and autoscaler."""

from __future__ import annotations

from planner.export.clouds import NVIDIA, OWN, gpu_resource
from planner.export.commands import about
from planner.export.deployments import Deployment, Fleet
from planner.export.engines import Launch, launch
from planner.export.files import File
from planner.export.manifests import autoscaler, service, spot_words, workload_object
from planner.export.provenance import heading
from planner.export.scaling import Target, target_of
from planner.export.yaml_text import documents
from planner.plan.plan import PeriodRow


def kubernetes_files(fleet: Fleet) -> list[File]:
    """One file a deployment and period in which it runs."""
    return [_file(fleet, period, one) for period in fleet.plan.periods for one in fleet.running_in(period)]


def _file(fleet: Fleet, period: PeriodRow, one: Deployment) -> File:
    start = launch(fleet, one.workload, one.rows)
    bounds = one.bounds(period.index, fleet.plan.blocks)
    target = target_of(one, bounds[1])
    objects = [workload_object(one, start), service(one), autoscaler(one, bounds, target, start.engine.running)]
    comments = [*about(one.workload, one.config), *_says(one, period, bounds, target, start), *heading(fleet.plan)]
    return File(f"{fleet.folder(period)}{one.name}.yaml", documents(objects, comments))


def _says(one: Deployment, period: PeriodRow, bounds: tuple[int, int], target: Target, start: Launch) -> list[str]:
    least, most = bounds
    place = f"{one.pool.provider} {one.pool.region} {one.pool.instance_type}"
    said = [
        f"{period.label}: {least} to {most} replicas in {place}{' on spot nodes' if one.spot else ''}",
        f"Each takes {one.gpus_per_node} {gpu_resource(one.pool.gpu)} of a node's {one.pool.gpus_per_node};"
        " replicas of several deployments share nodes, as the plan counts them.",
        f"Autoscaling holds {target.value:.1f}: {target.why}. Bounds for each hour: `planner export --to router`.",
        *(f"{flag.name}{'' if flag.value is None else f' {flag.value}'}: {flag.why}" for flag in start.flags),
        *start.notes,
    ]
    if gpu_resource(one.pool.gpu) != NVIDIA:
        said.append(f"The image is built for NVIDIA GPUs: put the engine's build for {one.pool.gpu} in its place.")
    if one.config.nodes > 1:
        said.append(
            "One replica spans nodes: needs the LeaderWorkerSet controller; a Deployment cannot hold its pods together."
        )
    if not least:
        said.append(
            "minReplicas 0 needs Kubernetes 1.37, or the feature gate HPAScaleToZero, and the metric of a queue"
            " that holds requests while nothing runs; on older clusters set 1 and pay for it in the idle hours."
        )
    if one.spot:
        said.append(f"Spot nodes are those labelled {spot_words(one)}.")
    if one.pool.provider == OWN:
        said.append("Label your nodes with the instance type and region below; no cloud does it for you.")
    return said
