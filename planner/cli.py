"""The command line: parse, call, print, exit. Expected failures print one message and their exit code."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from planner import __version__
from planner.errors import PlannerError


class Commands(click.Group):
    """Turns a `PlannerError` into one message on stderr and its exit code; bugs keep their traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except PlannerError as error:
            click.echo(f"planner: {error}", err=True)
            ctx.exit(error.exit_code)


def _today(_ctx: click.Context, _param: click.Parameter, value: datetime | None) -> date:
    return value.date() if value else datetime.now(tz=UTC).date()


def _facts(command: Callable[..., None]) -> Callable[..., None]:
    """The options every command that reads facts shares."""
    data = click.option(
        "--data", type=click.Path(path_type=Path, file_okay=False), help="Folder of facts instead of the shipped data/."
    )
    as_of = click.option(
        "--as-of",
        type=click.DateTime(["%Y-%m-%d"]),
        callback=_today,
        help="The day price ages count to; today if absent.",
    )
    return data(as_of(command))


MAX_AGE = click.option(
    "--max-age-days", type=click.IntRange(min=0), help="Refuse prices older than this many days at --as-of."
)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="planner")
def main() -> None:
    """Which GPUs to rent or buy for serving language models, how many, run how, at what cost."""


@main.command()
@click.argument("problem", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Report folder; reports/<problem name> if absent."
)
@click.option("--tables", is_flag=True, help="Also write every table of the plan as CSV.")
@MAX_AGE
@_facts
def plan(
    problem: Path, out: Path | None, tables: bool, max_age_days: int | None, data: Path | None, as_of: date
) -> None:
    """Solve PROBLEM (a YAML file) and write plan.json, report.md and report.html."""
    from planner.pipeline import plan_file

    command = f"planner plan {shlex.quote(str(problem))} --as-of {as_of}"
    made = plan_file(problem, data, as_of, max_age_days, command)
    _deliver(made, out or Path("reports") / problem.stem, tables)


def _deliver(plan: Any, folder: Path, tables: bool) -> None:
    """Write a plan's report and say where it is."""
    from planner.plan.tables import write_tables
    from planner.report.render import write_report
    from planner.report.summary import summary_text

    written = write_report(plan, folder)
    if tables:
        written += write_tables(plan, folder / "tables")
    click.echo(summary_text(plan))
    html = next(path for path in written if path.suffix == ".html")
    click.echo(f"\nReport: {html}  (also {folder / 'report.md'} and {folder / 'plan.json'})")


@main.command()
@click.argument("plan_json", metavar="PLAN", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Report folder; the plan's own if absent."
)
@click.option("--tables", is_flag=True, help="Also write every table of the plan as CSV.")
def report(plan_json: Path, out: Path | None, tables: bool) -> None:
    """Render the report of a stored PLAN (plan.json) again, without solver or catalogue."""
    from planner.plan.store import load_plan

    _deliver(load_plan(plan_json), out or plan_json.parent, tables)


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
@_facts
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
@click.option(
    "--performance",
    type=click.Choice(["aiconfigurator"]),
    help="Ask another model too, and say where it lies outside our interval (pip install 'llm-fleet-planner[aic]').",
)
@_facts
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


@main.command()
@click.argument("measurements", metavar="[FILE]", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The document; docs/accuracy.md if absent, reports/<file name>/accuracy.md for a FILE.",
)
@click.option("--refit", is_flag=True, help="First fit the constants to the shipped runs again; needs scipy, minutes.")
@_facts
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
@_facts
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


@main.group()
def catalog() -> None:
    """The facts plans stand on: list them, show one with its source, check them all."""


def _listing(kind: str, explain: str) -> None:
    @catalog.command(kind, help=f"{explain} ID shows one with all its figures and sources.")
    @click.argument("identifier", metavar="[ID]", required=False)
    @click.option(
        "--filter", "filters", multiple=True, metavar="COLUMN=VALUE", help="Only rows with this value. Repeatable."
    )
    @click.option("--csv", "as_csv", is_flag=True, help="Print as CSV.")
    @_facts
    def command(identifier: str | None, filters: tuple[str, ...], as_csv: bool, data: Path | None, as_of: date) -> None:
        from planner.catalog.load import load_catalog
        from planner.catalog.tables import listing, show

        facts = load_catalog(data, as_of=as_of)
        if identifier is not None:
            rows = show(facts, kind, identifier)
            width = max(len(name) for name, _ in rows)
            click.echo("\n".join(f"{name:<{width}}  {value}" for name, value in rows))
            return
        table = listing(facts, kind, filters)
        click.echo(table.to_csv(index=False) if as_csv else table.to_string(index=False, na_rep=""))


for _kind, _explain in {
    "gpus": "Accelerators and CPU hosts.",
    "systems": "Node systems that can be bought.",
    "models": "Open-weight models.",
    "offers": "Instance offers of all providers.",
    "commitments": "Reservations and savings plans.",
    "apis": "Hosted-API prices.",
    "profiles": "Weekly traffic shapes.",
    "lengths": "Token-length histograms.",
    "ownership": "What owning costs.",
    "sources": "Where all of it comes from.",
}.items():
    _listing(_kind, _explain)


@catalog.command("check")
@MAX_AGE
@_facts
def catalog_check(max_age_days: int | None, data: Path | None, as_of: date) -> None:
    """Check every rule the facts must obey and say which; exit 3 if one is broken."""
    from planner.catalog.integrity import RULES, check_catalog, stale_rows
    from planner.catalog.load import load_catalog
    from planner.errors import CatalogError

    facts = load_catalog(data, as_of=as_of)
    broken = [str(violation) for violation in check_catalog(facts)]
    if max_age_days is not None:
        broken += [str(row) for row in stale_rows(facts, max_age_days)]
    for rule in RULES:
        click.echo(f"rule {rule.id}: {rule.says}")
    if broken:
        raise CatalogError(f"{len(broken)} rows break a rule or are stale:\n" + "\n".join(f"  {row}" for row in broken))
    sizes = {name: len(getattr(facts, name)) for name in ("gpus", "systems", "models", "offers", "commitments", "apis")}
    click.echo("all rules hold: " + ", ".join(f"{count} {name}" for name, count in sizes.items()))


@main.command()
def schema() -> None:
    """Print the JSON schema of the problem file."""
    from planner.inputs.schema import schema_text

    click.echo(schema_text(), nl=False)


@main.command()
@click.argument("problems", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("reports", type=click.Path(path_type=Path, file_okay=False))
@_facts
def gallery(problems: Path, reports: Path, data: Path | None, as_of: date) -> None:
    """Solve every problem in PROBLEMS and write its report, or its refusal, into REPORTS with an index."""
    from planner.gallery import write_all

    for line in write_all(problems, reports, data, as_of):
        click.echo(line)


if __name__ == "__main__":
    main()
