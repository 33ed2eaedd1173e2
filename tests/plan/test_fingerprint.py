"""The hash of the facts changes with every file that a plan's numbers come from, a measured table too."""

from datetime import date
from pathlib import Path

import pytest

from planner.errors import InputError
from planner.inputs.load import load_problem
from planner.pipeline import fingerprint, plan_file, sources_for

AS_OF = date(2026, 11, 21)
PROBLEM = """
title: Own rates
workloads:
  chat:
    model: llama-3.1-8b
    traffic: {requests_per_s: 2}
    requests: {input: 1000, output: 100}
    slo: {tpot_p95_ms: 50}
supply: {rent: {gpus: [H100-SXM]}}
performance: {table: rates.csv}
"""
TABLE = "workload,gpu,tp,weights,kv,requests_per_s,tpot_p95_ms\nchat,H100-SXM,1,fp8,bf16,{rate},30\n"


def hash_of(folder: Path, problem: str = PROBLEM) -> str:
    (folder / "problem.yaml").write_text(problem)
    return fingerprint(sources_for(load_problem(folder / "problem.yaml", as_of=AS_OF), folder, None, AS_OF, None))


def test_a_changed_table_of_rates_changes_it(tmp_path: Path) -> None:
    found = []
    for rate in (3, 4, 3):
        (tmp_path / "rates.csv").write_text(TABLE.format(rate=rate))
        found.append(hash_of(tmp_path))
    assert found[0] == found[2] != found[1]
    assert hash_of(tmp_path, PROBLEM.replace("performance: {table: rates.csv}\n", "")) not in found


def test_the_plan_carries_it(tmp_path: Path) -> None:
    (tmp_path / "rates.csv").write_text(TABLE.format(rate=3))
    expected = hash_of(tmp_path)
    assert plan_file(tmp_path / "problem.yaml", None, AS_OF, None, "test").made.catalog_sha256 == expected


def test_a_missing_table_is_still_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "problem.yaml").write_text(PROBLEM)
    with pytest.raises(InputError, match=r"performance\.table"):
        plan_file(tmp_path / "problem.yaml", None, AS_OF, None, "test")
