"""One model, one rate, one latency target."""

from __future__ import annotations

import shlex
import sys
from datetime import date
from pathlib import Path
from typing import Any

import click

from planner.cli.group import main
from planner.cli.options import SECOND, reads_facts


@main.command()
@click.argument("model")
@click.option("--rate", type=float, required=True, help="Requests per second to serve.")
@click.option("--input", "input_tokens", type=float, required=True, help="Mean prompt length [tokens].")
@click.option("--output", "output_tokens", type=float, required=True, help="Mean answer length [tokens].")
@click.option("--ttft-p95-ms", type=float, help="Time to first token, 95th percentile [ms].")
@click.option("--tpot-p95-ms", type=float, help="Time per output token, 95th percentile [ms].")
@click.option("--e2e-p95-s", type=float, help="Whole request, 95th percentile [s].")
@click.option("--form", "forms", multiple=True, help="Purchase forms to consider; on_demand if absent. Repeatable.")
@click.option("--provider", "providers", multiple=True, help="Only these providers. Repeatable.")
@click.option("--region", "regions", multiple=True, help="Only these geographies or regions. Repeatable.")
@click.option("--gpu", "gpus", multiple=True, help="Only these GPUs. Repeatable.")
@click.option("--weights", multiple=True, help="Weight formats to consider; native and fp8 if absent. Repeatable.")
@click.option("--kv", multiple=True, help="KV-cache formats to consider; bf16 if absent. Repeatable.")
@click.option("--engine", help="vllm, sglang or trtllm; what fits all of them if absent.")
@click.option("--calibration", help="Own factors from `planner calibrate`; needs --engine.")
@click.option("--worst-basis", help="Weakest basis of a price to plan with (listed, observed, secondary, derived, …).")
@click.option("--json", "as_json", is_flag=True, help="Print the whole plan as JSON.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Also write the full report there.")
@SECOND
@reads_facts
def cheapest(model: str, as_json: bool, out: Path | None, data: Path | None, as_of: date, **asked: Any) -> None:
    """The cheapest way to serve MODEL at one steady rate within its latency targets."""
    from planner.cheapest import cheapest_plan
    from planner.report.cheapest import cheapest_text

    command = f"planner {shlex.join(sys.argv[1:])}"
    plan = cheapest_plan(model, asked, data=data, as_of=as_of, command=command)
    click.echo(plan.model_dump_json(indent=1) if as_json else cheapest_text(plan))
    if out is not None:
        from planner.report.render import write_report

        write_report(plan, out)
