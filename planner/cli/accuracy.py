"""How right the performance model is, and how it is set right by own benchmarks."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from planner.cli.group import main
from planner.cli.options import reads_facts


@main.command()
@click.argument("measurements", metavar="[FILE]", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The document; docs/accuracy.md if absent, reports/<file name>/accuracy.md for a FILE.",
)
@click.option("--refit", is_flag=True, help="First fit the constants to the shipped runs again; needs scipy, minutes.")
@reads_facts
def accuracy(measurements: Path | None, out: Path | None, refit: bool, data: Path | None, as_of: date) -> None:
    """Score the performance model on measured runs: the shipped ones, or those in FILE.

    \b
    Fits nothing, unless told to with --refit. FILE has the columns of
    `planner estimate --csv` and at least one of ttft_mean_ms, tpot_ms,
    output_tokens_per_s_per_gpu. Writes tables and a picture.
    """
    from planner.accuracy.command import score, scored_text, write

    if refit:
        from planner.accuracy.refit import refit as fit_again
        from planner.catalog.locate import data_folder

        if measurements is not None:
            raise click.UsageError("--refit fits to the shipped runs; leave FILE out")
        fit_again(data or data_folder(), as_of, click.echo)
    scored = score(measurements, data, as_of)
    click.echo(scored_text(scored))
    usual = Path("reports") / measurements.stem if measurements else Path("docs")
    written = write(scored, out or usual / "accuracy.md")
    click.echo(f"\nWritten: {', '.join(map(str, written))}")


@main.command()
@click.argument("files", metavar="FILE…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), default=Path("calibration.yaml"), show_default=True
)
@click.option("--model", help="Model that ran, whatever the files call it.")
@click.option("--gpu", help="GPU it ran on.")
@click.option("--n-gpus", help="GPUs of the replica.")
@click.option("--tp", help="Tensor-parallel ranks.")
@click.option("--pp", help="Pipeline stages.")
@click.option("--dp", help="Attention data-parallel groups.")
@click.option("--ep", help="GPUs that share the experts out.")
@click.option("--weights", help="Weight format.")
@click.option("--kv", help="KV-cache format.")
@click.option("--engine", help="vllm, sglang or trtllm.")
@click.option("--prefix-hit", help="Share of the prompts found in the prefix cache.")
@reads_facts
def calibrate(files: tuple[Path, ...], out: Path, data: Path | None, as_of: date, **given: str | None) -> None:
    """Fit the performance model to your own benchmark results and write what plans read.

    \b
    FILEs are results of vllm bench serve, sglang.bench_serving, GuideLLM, AIPerf,
    GenAI-Perf or InferenceX (JSON), or a CSV with the columns of
    `planner estimate --csv` and tpot_ms. What the files leave out, mostly the GPU
    and how the model is cut, is said with the options; they hold for every run.
    """
    from planner.calibration.calibrate import calibrate as fit_files
    from planner.catalog.load import load_catalog

    said = {name: value for name, value in given.items() if value is not None}
    click.echo(fit_files(files, said, out, load_catalog(data, as_of=as_of), as_of))
