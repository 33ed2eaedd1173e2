"""Who is good enough: by quality, width of weights and compliance, from the problem file to the report."""

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from planner.cli import main
from planner.errors import InputError, NoCandidateError
from planner.pipeline import plan_file
from planner.plan.plan import Plan
from planner.plan.store import load_plan

AS_OF = date(2026, 11, 21)
PROBLEM = """
title: Good enough
horizon: {{periods: 1, period: month, hours: flat, blocks: 1}}
workloads:
  chat:
    model_any_of: [llama-3.3-70b, llama-3.1-8b]
    traffic: {{requests_per_s: 30}}
    requests: {{input: 1000, output: 200}}
    slo: {{ttft_p95_ms: 2000, tpot_p95_ms: 60}}
    {more}
supply:
  rent: {{forms: [on_demand], gpus: [H100-SXM, L40S], providers: [nebius, aws]}}
  {supply}
solve: {{time_limit_s: 20, mip_gap: 0}}
"""
SCORED = "model_quality: {llama-3.3-70b: 80, llama-3.1-8b: 60}"


def written(folder: Path, *more: str, supply: str = "api: []") -> Path:
    path = folder / "problem.yaml"
    path.write_text(PROBLEM.format(more="\n    ".join(more), supply=supply), encoding="utf-8")
    return path


def planned(folder: Path, *more: str, supply: str = "api: []") -> Plan:
    return plan_file(written(folder, *more, supply=supply), None, AS_OF, None, "test")


def models(plan: Plan) -> dict[str, float]:
    """Requests/s by model."""
    model = {row.config: row.model for row in plan.configs}
    found: dict[str, float] = {}
    for flow in plan.flows:
        found[model[flow.config]] = found.get(model[flow.config], 0.0) + flow.requests_per_s
    return found


def test_command_line_to_report(tmp_path: Path) -> None:
    path = written(tmp_path, SCORED, "min_mean_quality: 65")
    done = CliRunner().invoke(main, ["plan", str(path), "--as-of", str(AS_OF), "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    plan = load_plan(tmp_path / "out" / "plan.json")
    served = models(plan)
    assert set(served) == {"llama-3.3-70b", "llama-3.1-8b"}
    assert (80 * served["llama-3.3-70b"] + 60 * served["llama-3.1-8b"]) / 30 >= 65 - 1e-6
    (limit,) = [row for row in plan.limits if row.limit == "min_mean_quality chat"]
    assert limit.cap == 15
    assert limit.used <= 15 + 1e-6
    for page in ("report.md", "report.html"):
        text = (tmp_path / "out" / page).read_text("utf-8")
        assert "with a mean score of at least 65 in every block" in text
        assert "min_mean_quality chat" in text


def test_a_higher_mean_is_never_cheaper(tmp_path: Path) -> None:
    usd = [planned(tmp_path, SCORED, f"min_mean_quality: {floor}").total_usd for floor in (60, 65, 75, 80)]
    assert usd == sorted(usd)
    assert usd[0] == pytest.approx(planned(tmp_path).total_usd)
    assert usd[0] < usd[-1]


def test_a_model_below_the_floor_is_refused(tmp_path: Path) -> None:
    plan = planned(tmp_path, SCORED, "min_quality: 70")
    assert set(models(plan)) == {"llama-3.3-70b"}
    (refused,) = [row for row in plan.rejections if row.reason == "quality"]
    assert (refused.subject, refused.detail) == ("llama-3.1-8b", "scores 60; min_quality asks for 70")


def test_a_hosted_api_is_scored_by_the_name_it_is_given(tmp_path: Path) -> None:
    api = "api: [{provider: deepinfra, model: meta-llama/Meta-Llama-3.1-8B-Instruct}]"
    plan = planned(tmp_path, SCORED, "min_quality: 70", supply=api)
    assert not plan.api
    assert {row.subject.split()[0] for row in plan.rejections if row.reason == "quality"} == {"llama-3.1-8b", "hosted"}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("min_quality: 70", "lacks a score for llama-3.3-70b, llama-3.1-8b"),
        ("model_quality: {llama-3.3-70b: 80, llama-3.1-8b: 60}", "has no effect without min_quality"),
        ("model_quality: {llama-3.3-70b: 80, llama-3.1-8b: 60}\n    min_mean_quality: 90", "no model scores above 80"),
    ],
)
def test_floors_need_scores_and_scores_floors(tmp_path: Path, more: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        planned(tmp_path, more)


def test_weights_below_the_floor_are_refused(tmp_path: Path) -> None:
    assert {row.weights for row in planned(tmp_path).configs} == {"fp8"}
    plan = planned(tmp_path, "precision: {min_weight_bits: 16}")
    assert {row.weights for row in plan.configs} == {"bf16"}
    detail = "fp8 has 8 bits a weight; precision.min_weight_bits asks for 16"
    assert detail in {row.detail for row in plan.rejections if row.reason == "precision"}
    with pytest.raises(NoCandidateError, match=r"precision\.min_weight_bits asks for 32"):
        planned(tmp_path, "precision: {min_weight_bits: 32}")


def test_providers_without_the_tag_are_refused(tmp_path: Path) -> None:
    tags = "compliance: {aws: [hipaa, soc2], nebius: [soc2]}"
    free = planned(tmp_path, "compliance: [soc2]", supply=tags)
    assert {row.provider for row in free.pools} == {"nebius"}
    bound = planned(tmp_path, "compliance: [hipaa, soc2]", supply=tags)
    assert {row.provider for row in bound.pools} == {"aws"}
    assert bound.total_usd > free.total_usd
    with pytest.raises(NoCandidateError, match="aws, nebius have no fedramp"):
        planned(tmp_path, "compliance: [fedramp]", supply=tags)
    only = planned(tmp_path, "compliance: [hipaa]", "gpus: [H100-SXM, L40S]", supply="compliance: {nebius: [hipaa]}")
    assert {row.provider for row in only.pools} == {"nebius"}


def test_an_unknown_provider_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"supply\.compliance: unknown provider 'nebbius' — did you mean 'nebius'"):
        planned(tmp_path, supply="compliance: {nebbius: [hipaa]}")
