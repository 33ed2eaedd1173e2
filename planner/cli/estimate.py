"""What one replica does at one load, or a table of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from planner.cli.group import main
from planner.cli.options import SECOND, reads_facts


@main.command()
@click.argument("model", required=False)
@click.option("--gpu", help="GPU id or alias.")
@click.option("--tp", type=int, help="Tensor-parallel GPUs; 1 if absent.")
@click.option("--pp", type=int, help="Pipeline stages; 1 if absent.")
@click.option("--dp", type=int, help="Attention data-parallel ranks; 1 if absent.")
@click.option("--ep", type=int, help="GPUs that share the experts out; 1 if absent.")
@click.option("--weights", help="Weight format; as published if absent.")
@click.option("--kv", help="KV-cache format; bf16 if absent.")
@click.option("--engine", help="vllm, sglang or trtllm; vllm if absent.")
@click.option("--input", "isl", type=float, help="Mean prompt length [tokens].")
@click.option("--output", "osl", type=float, help="Mean answer length [tokens].")
@click.option("--concurrency", type=float, help="Clients that each send the next request when the last one ends.")
@click.option("--rate", "requests_per_s", type=float, help="Requests per second instead, arriving at random.")
@click.option("--prefix-hit", type=float, help="Share of the prompt found in the prefix cache; 0 if absent.")
@click.option("--draft-tokens", type=int, help="Tokens guessed ahead a step (speculative decoding, MTP); 0 if absent.")
@click.option("--acceptance", type=float, help="Chance that a guessed token is right; 0.7 if absent.")
@click.option("--explain", is_flag=True, help="Also print where each millisecond and each GiB goes.")
@click.option("--json", "as_json", is_flag=True, help="Print question, figures, memory and terms as JSON.")
@click.option("--csv", "table", type=click.Path(path_type=Path, dir_okay=False), help="Answer every row of a table.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="With --csv: the answers; else on screen.")
@click.option("--intervals", is_flag=True, help="With --csv: also the 80 % interval of each figure, as columns.")
@click.option(
    "--calibration", type=click.Path(path_type=Path, dir_okay=False), help="Own factors from `planner calibrate`."
)
@SECOND
@reads_facts
def estimate(calibration: Path | None, data: Path | None, as_of: date, **asked: Any) -> None:
    """What one replica of MODEL does at one load: latency, throughput, memory.

    \b
    With --csv a table of such questions. Columns: model, gpu, isl, osl, and
    concurrency or requests_per_s (concurrency wins); if wanted n_gpus, tp, pp,
    dp, ep, weights, kv, engine, prefix_hit, draft_tokens, acceptance,
    fixed_lengths (yes: requests all have the same lengths). Other columns are kept.
    """
    from planner.catalog.load import load_catalog

    overlays = {"calibration": calibration} if calibration else {}
    facts = load_catalog(data, overlays=overlays, as_of=as_of)
    shown = {name: asked.pop(name) for name in ("table", "out", "intervals", "explain", "as_json", "performance")}
    if shown["table"] is None:
        _estimate_one(asked, facts, shown)
    else:
        _estimate_table(asked, facts, shown)


def _estimate_table(asked: dict[str, Any], facts: Any, shown: dict[str, Any]) -> None:
    from planner.estimate.table import Extra, estimate_table

    if any(value is not None for value in asked.values()) or shown["explain"] or shown["as_json"]:
        raise click.UsageError("--csv takes everything from its table; leave the other options out")
    extra = Extra(intervals=shown["intervals"], second_opinion=bool(shown["performance"]))
    for note in estimate_table(shown["table"], shown["out"], facts, extra):
        click.echo(note, err=True)


def _estimate_one(asked: dict[str, Any], facts: Any, shown: dict[str, Any]) -> None:
    from planner.estimate.second_opinion import opinions_on
    from planner.estimate.single import estimate_one
    from planner.estimate.text import answer_json, answer_text

    if shown["out"] is not None or shown["intervals"]:
        raise click.UsageError("--out and --intervals go with --csv")
    answer = estimate_one(asked, facts)
    opinion = opinions_on([answer.question], facts)[0] if shown["performance"] else None
    click.echo(answer_json(answer, opinion) if shown["as_json"] else answer_text(answer, shown["explain"], opinion))
