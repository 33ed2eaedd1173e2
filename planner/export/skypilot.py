"""SkyPilot service tasks: for each period and deployment the node to rent, its bounds, and how engines are started.

SkyServe scales whole machines, so a task's replica is a node: where several replicas of the plan fit on one, it starts
as many engines behind nginx. Nodes that the plan shares between configurations are then rented for each of them.
"""

from __future__ import annotations

import math
from typing import Any

from planner.export.clouds import OWN, skypilot_accelerator, skypilot_cloud
from planner.export.commands import about, array
from planner.export.deployments import Deployment, Fleet
from planner.export.engines import PORT, Launch, launch, rank_flags
from planner.export.escape import slug
from planner.export.files import File
from planner.export.manifests import START_S
from planner.export.provenance import heading
from planner.export.yaml_text import document
from planner.plan.plan import PeriodRow
from planner.units import BYTES_PER_GB, BYTES_PER_GIB

_LEAST_DISK_GB = 256
_SYSTEM_GB = 100
_FIRST_BEHIND = PORT + 1


def skypilot_files(fleet: Fleet) -> list[File]:
    """One task a deployment and period in which it runs, where SkyPilot knows the cloud."""
    return [
        _file(fleet, period, one)
        for period in fleet.plan.periods
        for one in fleet.running_in(period)
        if infra(fleet, one) is not None
    ]


def infra(fleet: Fleet, one: Deployment) -> str | None:
    """SkyPilot's place of a deployment; None where it has none."""
    if one.pool.provider == OWN:
        return f"ssh/{slug(one.pool.instance_type)}"
    cloud = skypilot_cloud(fleet.plan, one.pool)
    return None if cloud is None else f"{cloud}/{one.pool.region}"


def node_bounds(one: Deployment, bounds: tuple[int, int]) -> tuple[int, int]:
    """The same replicas as SkyServe's: whole nodes, each with all the replicas that fit."""
    least, most = bounds
    return math.ceil(least / one.per_node), math.ceil(most / one.per_node)


def _file(fleet: Fleet, period: PeriodRow, one: Deployment) -> File:
    start = launch(fleet, one.workload, one.rows)
    bounds = one.bounds(period.index, fleet.plan.blocks)
    task = {
        "name": one.name,
        "resources": _resources(fleet, one),
        **({"num_nodes": one.config.nodes} if one.config.nodes > 1 else {}),
        "service": _service(one, start, bounds),
        "setup": _setup(one, start),
        "run": _run(one, start),
    }
    comments = [*about(one.workload, one.config), *_says(one, period, bounds), *start.notes, *heading(fleet.plan)]
    return File(f"{fleet.folder(period)}{one.name}.yaml", document(task, comments))


def _says(one: Deployment, period: PeriodRow, bounds: tuple[int, int]) -> list[str]:
    said = [f"{period.label}: {bounds[0]} to {bounds[1]} replicas in {one.pool.id}{' on spot' if one.spot else ''}"]
    if one.per_node > 1:
        least, most = node_bounds(one, bounds)
        said.append(
            f"{one.per_node} fit on a node of {one.pool.gpus_per_node} GPUs, so SkyServe keeps {least} to {most} nodes."
            " Where the plan shares nodes between configurations, this rents more: the Kubernetes files share them."
        )
    if one.pool.provider == OWN:
        said.append("Own nodes: list them in ~/.sky/ssh_node_pools.yaml under the name after ssh/, then `sky ssh up`.")
    return said


def _resources(fleet: Fleet, one: Deployment) -> dict[str, Any]:
    cloud = skypilot_cloud(fleet.plan, one.pool)
    named = {"accelerators": {skypilot_accelerator(one.pool.gpu): one.pool.gpus_per_node}}
    machine: dict[str, Any] = {} if cloud is None else {"instance_type": one.pool.instance_type}
    return {
        "infra": infra(fleet, one),
        **machine,
        **(named if cloud in (None, "gcp") else {}),
        "use_spot": one.spot,
        "disk_size": _disk_gb(one),
        "ports": PORT,
    }


def _disk_gb(one: Deployment) -> int:
    """Room for the system and twice the weights a replica holds, so that a 16-bit checkpoint run in 8 fits [GB]."""
    weights = (
        one.config.memory.weights_gib * one.config.gpus * BYTES_PER_GIB / BYTES_PER_GB if one.config.memory else 0.0
    )
    return max(_LEAST_DISK_GB, _SYSTEM_GB + math.ceil(2 * weights))


def _service(one: Deployment, start: Launch, bounds: tuple[int, int]) -> dict[str, Any]:
    least, most = node_bounds(one, bounds)
    policy: dict[str, Any] = {"min_replicas": least, "max_replicas": most}
    if least != most:
        rate = min(row.busiest.requests_per_s for row in one.rows) * one.per_node
        policy["target_qps_per_replica"] = float(f"{rate:.6g}")
    return {
        "readiness_probe": {"path": start.engine.health, "initial_delay_seconds": START_S},
        "replica_policy": policy,
    }


def _setup(one: Deployment, start: Launch) -> str:
    lines = [f"pip install '{start.engine.package}=={start.engine.version}'"]
    if one.per_node > 1:
        lines.append("sudo apt-get update -qq && sudo apt-get install -y -qq nginx-light")
    return "\n".join([*lines, ""])


def _run(one: Deployment, start: Launch) -> str:
    lines = ["set -euo pipefail", *array(start)]
    if one.config.nodes > 1:
        lines += _over_nodes(one, start)
    elif one.per_node > 1:
        lines += _side_by_side(one)
    else:
        lines.append('exec "${command[@]}"')
    return "\n".join([*lines, ""])


def _over_nodes(one: Deployment, start: Launch) -> list[str]:
    ranks = rank_flags(start.engine, str(one.config.nodes), '"$SKYPILOT_NODE_RANK"', '"$head"')
    lines = ['head="$(head -n 1 <<< "$SKYPILOT_NODE_IPS")"', f"command+=({' '.join(ranks)})"]
    if start.engine.package == "vllm":
        lines.append('if [ "$SKYPILOT_NODE_RANK" != 0 ]; then command+=(--headless); fi')
    return [*lines, 'exec "${command[@]}"']


def _side_by_side(one: Deployment) -> list[str]:
    """Engines on their own GPUs and ports, and nginx in front that sends a request to the least busy."""
    each = one.config.gpus
    lines = []
    for index in range(one.per_node):
        gpus = ",".join(str(gpu) for gpu in range(index * each, (index + 1) * each))
        lines.append(f'CUDA_VISIBLE_DEVICES={gpus} "${{command[@]}}" --port {_FIRST_BEHIND + index} &')
    servers = " ".join(f"server 127.0.0.1:{_FIRST_BEHIND + index};" for index in range(one.per_node))
    return [
        *lines,
        "cat > fleet-nginx.conf <<'END'",
        "worker_processes auto;",
        "pid fleet-nginx.pid;",
        "error_log stderr;",
        "events { worker_connections 8192; }",
        "http {",
        "  access_log off;",
        f"  upstream engines {{ least_conn; {servers} }}",
        "  server {",
        f"    listen {PORT};",
        "    client_max_body_size 64m;",
        "    location / {",
        "      proxy_pass http://engines; proxy_http_version 1.1; proxy_buffering off; proxy_read_timeout 1h;",
        "    }",
        "  }",
        "}",
        "END",
        'nginx -p "$PWD" -c fleet-nginx.conf -g "daemon off;" &',
        "wait -n",
    ]
