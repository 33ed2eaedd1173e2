"""Launch commands: a shell script for each configuration of a workload, and all of them as JSON."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable
from typing import Any

from planner.export.deployments import Deployment, Fleet, layout_name
from planner.export.engines import Flag, Launch, launch, rank_flags, words
from planner.export.escape import names, plain
from planner.export.files import File
from planner.export.provenance import heading, made
from planner.plan.plan import ConfigRow, Plan, WorkloadRow

_NUMBERS = re.compile(r"\[\n\s+(\d+(?:,\n\s+\d+)*)\n\s+\]")
Key = tuple[str, str]
"""Workload and configuration."""


def command_files(fleet: Fleet) -> list[File]:
    """One script a configuration of a workload, and `commands.json`."""
    plan = fleet.plan
    runs: dict[Key, list[Deployment]] = {}
    for one in fleet.deployments:
        runs.setdefault((one.workload.id, one.config.config), []).append(one)
    called = names({key: f"{key[0]}-{layout_name(several[0].config)}" for key, several in runs.items()})
    made_of = {key: launch(fleet, several[0].workload, several[0].rows) for key, several in runs.items()}
    scripts = [File(f"{called[key]}.sh", script(plan, several, made_of[key]), True) for key, several in runs.items()]
    listed = [_entry(called[key], several, made_of[key]) for key, several in runs.items()]
    return [*scripts, File("commands.json", as_json({"format": 1, "plan": made(plan), "commands": listed}))]


def as_json(data: Any) -> str:
    """Readable JSON with a line end; whole numbers in a row stay on one line."""
    text = json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False)
    return _NUMBERS.sub(lambda found: "[" + " ".join(found[1].split()) + "]", text) + "\n"


def script(plan: Plan, deployments: list[Deployment], start: Launch) -> str:
    """A bash script that starts one replica; further arguments are passed on and win."""
    one = deployments[0]
    lines = [
        "#!/usr/bin/env bash",
        *(f"# {plain(line)}" for line in [*about(one.workload, one.config), *_places(deployments), *start.notes]),
        *(f"# {plain(line)}" for line in heading(plan)),
        "set -euo pipefail",
        *array(start),
        *_ranks(start),
        'exec "${command[@]}" "$@"',
    ]
    return "\n".join(lines) + "\n"


def array(start: Launch) -> list[str]:
    """The command as a bash array, an option a line with the figure it comes from."""
    return [
        "command=(",
        f"  {shlex.join(start.program)}",
        *(f"  {shlex.join(words(flag))}  # {plain(flag.why)}" for flag in start.flags),
        ")",
    ]


def about(workload: WorkloadRow, row: ConfigRow) -> list[str]:
    """What is started, in a sentence."""
    half = "" if row.role == "aggregated" else f", the {row.role} half of each request"
    nodes = f" over {row.nodes} nodes" if row.nodes > 1 else ""
    return [f"One replica of {row.model} for {workload.id} on {row.gpus} × {row.gpu}{nodes}{half}: {row.config}"]


def _places(deployments: Iterable[Deployment]) -> list[str]:
    return [
        f"Runs in {one.pool.id}{' on spot nodes' if one.spot else ''}, {max(one.replicas.values())} at once at most"
        for one in deployments
    ]


def _ranks(start: Launch) -> list[str]:
    if start.nodes == 1:
        return []
    extra = " ".join(rank_flags(start.engine, str(start.nodes), '"$NODE_RANK"', '"$HEAD_ADDRESS"'))
    lines = [
        f"# Run on each of {start.nodes} nodes: NODE_RANK 0 to {start.nodes - 1}, HEAD_ADDRESS of the node of rank 0.",
        ': "${NODE_RANK:?0 on the first node}" "${HEAD_ADDRESS:?address of the node of rank 0}"',
        f"command+=({extra})",
    ]
    if start.engine.package == "vllm":
        lines.append('if [ "$NODE_RANK" != 0 ]; then command+=(--headless); fi')
    return lines


def _entry(name: str, deployments: list[Deployment], start: Launch) -> dict[str, Any]:
    one = deployments[0]
    row = one.config
    entry: dict[str, Any] = {
        "name": name,
        "workload": one.workload.id,
        "config": row.config,
        "model": row.model,
        "repository": start.repository,
        "engine": start.engine.name,
        "engine_version": start.engine.version,
        "role": row.role,
        "gpu": row.gpu,
        "gpus": row.gpus,
        "nodes": row.nodes,
        "pools": [
            {"pool": at.pool.id, "kind": at.kind, "most_replicas": max(at.replicas.values())} for at in deployments
        ],
        "argv": start.argv,
        "explained": [_explained(flag) for flag in start.flags],
        "notes": list(start.notes),
    }
    if start.nodes > 1:
        entry["each_node_adds"] = rank_flags(start.engine, str(start.nodes), "$NODE_RANK", "$HEAD_ADDRESS")
    return entry


def _explained(flag: Flag) -> dict[str, Any]:
    return {"flag": flag.name, "value": flag.value, "why": flag.why}
