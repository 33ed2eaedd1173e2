"""How far small fleets are proven: three models, four quarters of 24 blocks, all in whole nodes and replicas.

Run `python -m benchmarks.small_fleets [name …]` in the checkout; prints one Markdown row a question, and with
`--write FOLDER` only writes the problem files.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from planner.candidates.generate import generate_candidates
from planner.demand.build import build_demand
from planner.inputs.load import load_problem
from planner.milp.optimise import optimise
from planner.pipeline import catalog_from, sources_for

AS_OF = date(2026, 11, 21)
FIVE = "providers: [aws, gcp, azure, lambda, nebius], "
THREE = "providers: [aws, gcp, azure], "
HEAD = "| question | requests/s | cost | bound | gap | wall s | processor s |\n|---|---|---|---|---|---|---|"


@dataclass(frozen=True)
class Question:
    """Requests/s of the three models, and what differs from rent and one-year reservations at five providers."""

    chat: float
    small: float
    assistant: float
    three_years: bool = False
    providers: str = FIVE
    forms: str = "on_demand, spot, reserved_1y"
    availability: str = ""
    quotas: str = ""

    def text(self, name: str) -> str:
        """As a problem file."""
        inside = ", commitment_share_inside: 0.2" if self.three_years else ""
        forms = f"{self.forms}, reserved_3y" if self.three_years else self.forms
        return f"""title: {name}
horizon: {{periods: 4, period: quarter, hours: week, blocks: 24, discount_rate_per_year: 0.08{inside}}}
workloads:
  chat:
    model: llama-3.3-70b
    traffic: {{requests_per_s: {self.chat}, profile: azure2024-conv, growth_per_month: 0.05}}
    requests: {{lengths: azure2023-conv}}
    slo: {{ttft_p95_ms: 1500, tpot_p95_ms: 50}}
    precision: {{weights: [fp8, bf16], kv: [bf16, fp8]}}
    regions: [us]{self.availability}
  small:
    model: llama-3.1-8b
    traffic: {{requests_per_s: {self.small}, profile: azure2024-code, growth_per_month: 0.03}}
    requests: {{lengths: azure2023-code}}
    slo: {{ttft_p95_ms: 800, tpot_p95_ms: 40}}
    precision: {{weights: [fp8, bf16], kv: [bf16, fp8]}}
    regions: [us]{self.availability}
  assistant:
    model: qwen3-32b
    traffic: {{requests_per_s: {self.assistant}, profile: servegen-deepseek-r1, growth_per_month: 0.04}}
    requests: {{input: {{mean: 900, p95: 3000}}, output: {{mean: 400, p95: 1200}}}}
    slo: {{ttft_p95_ms: 2000, tpot_p95_ms: 60}}
    precision: {{weights: [fp8, bf16], kv: [bf16, fp8]}}
    regions: [us, eu]
    interruptible: true
supply:
  rent: {{{self.providers}regions: [us, eu], forms: [{forms}]}}{self.quotas}
solve: {{time_limit_s: 45, mip_gap: 0.01, threads: 2}}
"""


QUESTIONS = {
    "tiny": Question(1.5, 1, 0.7),
    "base": Question(6, 4, 3),
    "four times": Question(24, 16, 12),
    "rent only": Question(6, 4, 3, forms="on_demand, spot"),
    "availability": Question(6, 4, 3, availability="\n    availability: high"),
    "quotas": Question(
        12,
        8,
        6,
        quotas="\n  quotas:\n    - {provider: lambda, gpu: H100-SXM, max_gpus: 8}"
        "\n    - {provider: nebius, gpu: H100-SXM, max_gpus: 16}\n    - {provider: gcp, gpu: H100-SXM, max_gpus: 16}",
    ),
    "tiny, cheap commitments": Question(1.5, 1, 0.7, three_years=True),
    "base, cheap commitments": Question(6, 4, 3, three_years=True),
    "three times, cheap commitments": Question(20, 14, 10, three_years=True),
    "three clouds, cheap commitments": Question(10, 30, 2, three_years=True, providers=THREE),
    "all providers, cheap commitments": Question(8, 6, 20, three_years=True, providers=""),
}


def row(name: str, question: Question) -> str:
    """The question solved, as a Markdown table row."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "problem.yaml"
        path.write_text(question.text(name), encoding="utf-8")
        wall, processor = time.perf_counter(), time.process_time()
        problem = load_problem(path, as_of=AS_OF)
        catalog = catalog_from(sources_for(problem, path.parent, None, AS_OF, None))
        demand = build_demand(problem, catalog, path.parent)
        c = optimise(problem, demand, generate_candidates(problem, catalog, demand, path.parent)).certificate
    seconds = f"{time.perf_counter() - wall:.0f} | {time.process_time() - processor:.0f}"
    rates = f"{question.chat:g}, {question.small:g}, {question.assistant:g}"
    return f"| {name} | {rates} | {c.objective:,.0f} | {c.bound:,.0f} | {c.gap:.1%} | {seconds} |"


def main(names: list[str]) -> None:
    """Print a row for each question named, or for all; or write the files."""
    if names[:1] == ["--write"]:
        for name, question in QUESTIONS.items():
            file = Path(names[1]) / f"{name.replace(', ', '-').replace(' ', '-')}.yaml"
            file.write_text(question.text(name), encoding="utf-8")
        return
    sys.stdout.write(f"{HEAD}\n")
    for name in names or QUESTIONS:
        sys.stdout.write(f"{row(name, QUESTIONS[name])}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
