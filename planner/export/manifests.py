"""Kubernetes objects of one deployment: pods, their controller, service and autoscaler."""

from __future__ import annotations

import math
from typing import Any

from planner.export.clouds import OTHER_SPOT, SPOT, gpu_resource, spot_of
from planner.export.deployments import Deployment
from planner.export.engines import PORT, Launch, rank_flags
from planner.export.escape import argument, label_value
from planner.export.scaling import Target

START_S = 3600
"""Time a replica has to load its weights."""
_PROBE_S = 10
_LEAST_GRACE_S = 60
_LWS = "leaderworkerset.sigs.k8s.io"
_APP = "app.kubernetes.io"
_MULTI_NODE = 'exec "$@" {ranks}'


def workload_object(one: Deployment, start: Launch) -> dict[str, Any]:
    """A Deployment, or a LeaderWorkerSet where a replica spans nodes; its replicas are the autoscaler's to set."""
    return _spanning(one, start) if one.config.nodes > 1 else _deployment(one, start)


def service(one: Deployment) -> dict[str, Any]:
    """Where requests to the deployment go."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _metadata(one),
        "spec": {
            "selector": _selector(one) | _leader(one),
            "ports": [{"name": "http", "port": PORT, "targetPort": "http"}],
        },
    }


def autoscaler(one: Deployment, bounds: tuple[int, int], target: Target, metric: str) -> dict[str, Any]:
    """Between the plan's fewest and most replicas; from none only a metric outside the pods can start one."""
    least, most = bounds
    kind = {"apiVersion": f"{_LWS.replace('sigs.k8s.io', 'x-k8s.io')}/v1", "kind": "LeaderWorkerSet"}
    controller = kind if one.config.nodes > 1 else {"apiVersion": "apps/v1", "kind": "Deployment"}
    value = {"type": "AverageValue", "averageValue": quantity(target.value)}
    name = "http_requests_per_second" if target.per_second else metric.replace(":", "_")
    inside = {"type": "Pods", "pods": {"metric": {"name": name}, "target": value}}
    queue = {"name": "router_requests_in_flight", "selector": {"matchLabels": {"deployment": one.name}}}
    outside = {"type": "External", "external": {"metric": queue, "target": value}}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": _metadata(one),
        "spec": {
            "scaleTargetRef": {**controller, "name": one.name},
            "minReplicas": least,
            "maxReplicas": most,
            "metrics": [inside] if least else [outside],
        },
    }


def quantity(value: float) -> str:
    """A Kubernetes quantity, in thousandths."""
    return f"{max(1, round(value * 1000))}m"


def _deployment(one: Deployment, start: Launch) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _metadata(one),
        "spec": {
            "selector": {"matchLabels": _selector(one)},
            "progressDeadlineSeconds": START_S + 600,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}},
            "template": _pod(one, [argument(word) for word in start.argv], start, serves=True),
        },
    }


def _spanning(one: Deployment, start: Launch) -> dict[str, Any]:
    """Pods of one replica on several nodes start and fail together, which no Deployment can do."""
    ranks = rank_flags(start.engine, '"$LWS_GROUP_SIZE"', '"$LWS_WORKER_INDEX"', '"$LWS_LEADER_ADDRESS"')
    wrap = _MULTI_NODE.format(ranks=" ".join(ranks))
    if start.engine.package == "vllm":
        wrap = f'if [ "$LWS_WORKER_INDEX" != 0 ]; then set -- "$@" --headless; fi; {wrap}'
    command = ["bash", "-c", argument(wrap), "replica", *(argument(word) for word in start.argv)]
    return {
        "apiVersion": "leaderworkerset.x-k8s.io/v1",
        "kind": "LeaderWorkerSet",
        "metadata": _metadata(one),
        "spec": {
            "leaderWorkerTemplate": {
                "size": one.config.nodes,
                "restartPolicy": "RecreateGroupOnPodRestart",
                "leaderTemplate": _pod(one, command, start, serves=True),
                "workerTemplate": _pod(one, command, start, serves=False),
            },
        },
    }


def _pod(one: Deployment, command: list[str], start: Launch, serves: bool) -> dict[str, Any]:
    container: dict[str, Any] = {
        "name": "engine",
        "image": f"{start.engine.image}:v{start.engine.version}",
        "command": command,
        "env": [
            {
                "name": "HF_TOKEN",
                "valueFrom": {"secretKeyRef": {"name": "huggingface", "key": "token", "optional": True}},
            }
        ],
        "resources": {"limits": {gpu_resource(one.pool.gpu): one.gpus_per_node}},
        "volumeMounts": [{"name": "shm", "mountPath": "/dev/shm"}],
    }
    if serves:
        container |= {"ports": [{"name": "http", "containerPort": PORT}]} | _probes(start.engine.health)
    seconds = one.config.busiest.e2e_mean_s
    return {
        "metadata": {"labels": _labels(one)},
        "spec": {
            "nodeSelector": {
                "node.kubernetes.io/instance-type": label_value(one.pool.instance_type),
                "topology.kubernetes.io/region": label_value(one.pool.region),
            },
            **_placement(one),
            "terminationGracePeriodSeconds": max(_LEAST_GRACE_S, math.ceil(3 * seconds) if seconds else 0),
            "containers": [container],
            "volumes": [{"name": "shm", "emptyDir": {"medium": "Memory"}}],
        },
    }


def _probes(health: str) -> dict[str, Any]:
    get = {"httpGet": {"path": health, "port": "http"}, "periodSeconds": _PROBE_S}
    return {
        "startupProbe": get | {"failureThreshold": START_S // _PROBE_S},
        "readinessProbe": get | {"failureThreshold": 3},
        "livenessProbe": get | {"failureThreshold": 6, "timeoutSeconds": 5},
    }


def _placement(one: Deployment) -> dict[str, Any]:
    """Spot replicas only on spot nodes, firm ones never."""
    resource = gpu_resource(one.pool.gpu)
    tolerations: list[dict[str, Any]] = [{"key": resource, "operator": "Exists", "effect": "NoSchedule"}]
    mark = spot_of(one.pool)
    if one.spot and mark.taint:
        tolerations.append({"key": mark.taint, "operator": "Equal", "value": mark.value, "effect": "NoSchedule"})
    wanted = {"key": mark.label, "operator": "In" if one.spot else "NotIn", "values": [mark.value]}
    required = {"nodeSelectorTerms": [{"matchExpressions": [wanted]}]}
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}
    marked = one.spot or one.pool.provider in SPOT
    return ({"affinity": affinity} if marked else {}) | {"tolerations": tolerations}


def spot_words(one: Deployment) -> str:
    """What nodes must carry for this deployment."""
    mark = spot_of(one.pool)
    return f"{mark.label}={mark.value}" + (" of your own making" if mark is OTHER_SPOT else "")


def _metadata(one: Deployment) -> dict[str, Any]:
    return {"name": one.name, "labels": _labels(one)}


def _labels(one: Deployment) -> dict[str, str]:
    return {
        **_selector(one),
        f"{_APP}/component": label_value(one.workload.id),
        f"{_APP}/managed-by": "llm-fleet-planner",
        "fleet/gpu": label_value(one.config.gpu),
        "fleet/role": one.config.role,
    }


def _selector(one: Deployment) -> dict[str, str]:
    return {f"{_APP}/name": one.name}


def _leader(one: Deployment) -> dict[str, str]:
    return {f"{_LWS}/worker-index": "0"} if one.config.nodes > 1 else {}
