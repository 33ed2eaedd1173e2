"""Rates from the user's own table: the published worked example, and every way to get a table wrong."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from planner.errors import InputError, NoCandidateError
from planner.inputs.load import load_problem
from planner.pipeline import plan_file
from planner.plan.plan import Plan
from planner.report.held import held_peak
from planner.report.lookup import Lookup

PROBLEM = Path(__file__).parents[2] / "problems" / "11-own-measured-rates.yaml"
AS_OF = date(2026, 11, 21)
HOURS = 730


def planned(folder: Path, table: str = "", files: Mapping[str, str] = {}, **changes: tuple[str, str]) -> Plan:
    """The shipped problem with another table, other files, or pieces of its text exchanged (old, new)."""
    text = PROBLEM.read_text(encoding="utf-8").replace("measured/", "")
    for old, new in changes.values():
        assert text.count(old) == 1
        text = text.replace(old, new)
    for path in (PROBLEM.parent / "measured").iterdir():
        (folder / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    for name, other in {**files, **({"rates.csv": table} if table else {})}.items():
        (folder / name).write_text(other, encoding="utf-8")
    (folder / "problem.yaml").write_text(text, encoding="utf-8")
    return plan_file(folder / "problem.yaml", None, AS_OF, None, "test")


def refused(folder: Path, table: str) -> str:
    with pytest.raises(InputError) as error:
        planned(folder, table)
    return str(error.value)


def test_the_published_example_costs_what_was_published() -> None:
    """30 requests/s in four sizes: 1 A100 and 1 A10G at 3.67 + 1.01 = 4.68 $/h, with one size on both."""
    plan = plan_file(PROBLEM, None, AS_OF, None, "test")
    assert plan.total_usd == pytest.approx(4.68 * HOURS)
    nodes = {row.pool: row.on_demand_nodes for row in plan.capacity}
    assert nodes == {"example/us-1/a100-1x": 1, "example/us-1/a10g-1x": 1}
    split = {flow.config: flow.requests_per_s for flow in plan.flows if flow.demand_class == "assistant/bucket-3"}
    a100, a10g = "llama-2-7b/A100-SXM-80GB/tp1-pp1/fp16/kv-bf16", "llama-2-7b/A10G/tp1-pp1/fp16/kv-bf16"
    assert split == pytest.approx({a100: 10.0, a10g: 5.0})
    assert 6 / 20 + 3 / 20 + split[a100] / 40 + 6 / 20 == pytest.approx(1.0)


def test_whole_sizes_cost_what_was_published() -> None:
    """One size, 3 replicas of an A10G, must leave the A100 (1.125 loaded by all four): 3.67 + 3 × 1.01 $/h."""
    plan = plan_file(PROBLEM.with_name("12-whole-size-buckets.yaml"), None, AS_OF, None, "test")
    assert plan.total_usd == pytest.approx(6.70 * HOURS)
    assert len({(flow.demand_class, flow.config) for flow in plan.flows}) == 4


def test_a_published_day_takes_the_nodes_that_were_published() -> None:
    """608 G input tokens a day, 342 G of them cached, and 168 G output tokens: 226.75 nodes, 87,072 $ a day."""
    plan = plan_file(PROBLEM.with_name("13-published-day-of-a-large-service.yaml"), None, AS_OF, None, "test")
    asked = plan.workloads[0]
    requests = asked.mean_requests_per_s * 86400
    assert requests * asked.mean_input_tokens == pytest.approx(608e9, rel=1e-4)
    assert requests * asked.mean_input_tokens * asked.prefix_hit == pytest.approx(342e9, rel=1e-4)
    assert requests * asked.mean_output_tokens == pytest.approx(168e9, rel=1e-4)
    share = {row.index: len(row.hours_of_week) / 168 for row in plan.blocks}
    nodes = sum(row.on_demand_nodes * share[row.block] for row in plan.capacity)
    assert nodes == pytest.approx(226.75, rel=0.05)
    assert plan.total_usd * 24 / HOURS == pytest.approx(87_072, rel=0.05)
    # of the mean: (608 − 342) G / 86,400 s / 32,200 = 95.6 nodes prefill, 168 G / 86,400 s / 14,800 = 131.4 decode;
    # nodes are whole in every hour, half a node more of either kind on average
    assert nodes == pytest.approx(95.6 + 131.4 + 1.0, abs=0.5)
    assert {row.role for row in plan.replicas} == {"prefill", "decode"}
    most = max(row.on_demand_nodes for row in plan.capacity)
    assert f"${most * 16 * HOURS:,.0f}" in held_peak(Lookup(plan))


def test_one_gpu_type_alone_costs_more(tmp_path: Path) -> None:
    """12 A10G (6/2 + 3/1 + 15/5 + 6/2), or 2 A100 (1.125 rounded up)."""
    for gpu, usd in (("A10G", 12 * 1.01), ("A100-SXM-80GB", 2 * 3.67)):
        plan = planned(tmp_path, model=("    model: llama-2-7b\n", f"    model: llama-2-7b\n    gpus: [{gpu}]\n"))
        assert plan.total_usd == pytest.approx(usd * HOURS)


def test_the_model_is_not_consulted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_args: object) -> None:
        raise AssertionError("the performance model was asked")

    monkeypatch.setattr("planner.plan.configs.under_load", never)
    monkeypatch.setattr("planner.candidates.judge.rows_from", never)
    plan = planned(tmp_path)
    assert {row.basis for row in plan.configs} == {"measured"}
    assert all(row.memory is None and row.busiest.tpot_mean_ms is None for row in plan.configs)
    assert not any("predicted by a model" in line for line in plan.assumptions)
    assert any("performance.table (rates.csv)" in line for line in plan.assumptions)
    assert "rates.csv" in {row.id for row in plan.sources}
    assert not any("performance model" in row.used_for for row in plan.sources)


def test_the_utilisation_cap_holds_for_measured_rates(tmp_path: Path) -> None:
    """At 80 % the load is 1.125/0.8 = 1.41 A100: a second one costs less than 4 A10G (0.41 x 8 = 3.25)."""
    plan = planned(tmp_path, cap=("utilization_cap: 1", "utilization_cap: 0.8"))
    rates = {row.demand_class: row.max_requests_per_s for row in plan.configs}
    assert rates == pytest.approx({f"assistant/bucket-{k}": rate for k, rate in enumerate((16, 16, 32, 16), 1)})
    assert plan.total_usd == pytest.approx(2 * 3.67 * HOURS)


def test_tokens_become_requests(tmp_path: Path) -> None:
    """500 output tokens/s are 20 requests/s of 25 tokens and 2.5 of 200."""
    table = "gpu,output_tokens_per_s\nA100,500\n"
    plan = planned(tmp_path, table)
    rates = {row.demand_class: row.max_requests_per_s for row in plan.configs}
    assert rates == pytest.approx({f"assistant/bucket-{k}": rate for k, rate in enumerate((20, 2.5, 20, 2.5), 1)})
    assert plan.configs[0].weights == "fp16", "the model's own format where the table names none"


def test_halves_by_their_tokens(tmp_path: Path) -> None:
    """A node each prefills 250 prompt tokens/s, or writes 500: 10 and 20 requests/s of 25 tokens in and 25 out."""
    table = "gpu,role,uncached_input_tokens_per_s,output_tokens_per_s\nA100,prefill,250,\nA10G,decode,,500\n"
    served = ("slo: {tpot_p95_ms: 120}", "slo: {tpot_p95_ms: 120}\n    serving: disaggregated")
    plan = planned(tmp_path, table, slo=served)
    rates = {(row.role, row.demand_class): row.max_requests_per_s for row in plan.configs}
    assert rates["prefill", "assistant/bucket-1"] == pytest.approx(10)
    assert rates["prefill", "assistant/bucket-3"] == pytest.approx(1)
    assert rates["decode", "assistant/bucket-1"] == pytest.approx(20)
    assert rates["decode", "assistant/bucket-2"] == pytest.approx(2.5)
    # 6/10 + 3/10 + 15/1 + 6/1 = 21.9 A100 and 6/20 + 3/2.5 + 15/20 + 6/2.5 = 4.65 A10G
    assert plan.total_usd == pytest.approx((22 * 3.67 + 5 * 1.01) * HOURS)


def test_roles_fit_how_the_workload_is_served(tmp_path: Path) -> None:
    said = refused(tmp_path, "gpu,role,requests_per_s\nA100,decode,20\n")
    assert "line 2: measures decode replicas, but workloads.assistant.serving is aggregated" in said
    assert "role 'both' is not among" in refused(tmp_path, "gpu,role,requests_per_s\nA100,both,20\n")
    for role, rate in (("decode", "uncached_input_tokens_per_s"), ("prefill", "output_tokens_per_s")):
        said = refused(tmp_path, f"gpu,role,{rate}\nA100,{role},20\n")
        assert f"has {rate}" in said and "needs one of requests_per_s" in said


def test_a_measured_latency_is_held_against_its_target(tmp_path: Path) -> None:
    kept = planned(tmp_path, "gpu,requests_per_s,tpot_p95_ms\nA100,20,110\nA10G,2,121\n")
    assert {row.gpu for row in kept.configs} == {"A100-SXM-80GB"}
    assert {json.dumps(row.latency) for row in kept.configs} == {'{"tpot_p95_ms": 110.0}'}
    missed = [row for row in kept.rejections if row.gpu == "A10G"]
    assert missed[0].reason == "slo" and "121 ms" in missed[0].detail and "120 ms asked" in missed[0].detail
    with pytest.raises(NoCandidateError, match="tpot p95 was measured as 121 ms"):
        planned(tmp_path, "gpu,requests_per_s,tpot_p95_ms\nA10G,2,121\n")


def test_a_replica_must_fit_the_nodes_on_offer(tmp_path: Path) -> None:
    with pytest.raises(NoCandidateError, match="spans 2 GPUs; the largest node on offer has 1"):
        planned(tmp_path, "gpu,tp,requests_per_s\nA100,2,20\n")


def test_ranks_that_share_attention_count_as_gpus(tmp_path: Path) -> None:
    """One replica of 2 x 4 GPUs takes a whole node of 8."""
    table = "gpu,tp,dp,ep,requests_per_s\nA100,2,4,8,40\n"
    offers = (
        (PROBLEM.parent / "measured" / "offers.csv").read_text(encoding="utf-8").replace("SXM-80GB,1,", "SXM-80GB,8,")
    )
    plan = planned(tmp_path, table, {"offers.csv": offers})
    assert {(row.config, row.gpus) for row in plan.configs} == {
        ("llama-2-7b/A100-SXM-80GB/tp2-pp1-dp4-ep8/fp16/kv-bf16", 8)
    }
    assert [row.on_demand_nodes for row in plan.capacity] == [1] and plan.total_usd == pytest.approx(3.67 * HOURS)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    table = (
        "workload,bucket,gpu,tp,weights,kv,requests_per_s,output_tokens_per_s,gpus\n"
        "asistant,1,A100,1,fp16,,2,,\n"
        "assistant,5,A100,1,fp16,,2,,\n"
        "assistant,1,A1000,1,fp16,,2,,\n"
        "assistant,1,A100,half,fp16,,2,,\n"
        "assistant,1,A100,1,fp17,,2,,\n"
        "assistant,1,A100,1,fp16,int3,2,,\n"
        "assistant,1,A100,1,fp16,,,,\n"
        "assistant,1,A100,1,fp16,,2,50,\n"
        "assistant,1,A100,1,fp16,,-2,,\n"
        "assistant,1,A100,1,fp16,,nan,,\n"
        "assistant,1,A100,1,fp16,,2,,\n"
        "assistant,,A100-80GB,1,fp16,,3,,\n"
    )
    said = refused(tmp_path, table).splitlines()
    assert said[0].startswith("performance.table: ") and said[0].endswith("has 12 problem(s):")
    for line, text in {
        1: "unknown column 'gpus' — did you mean 'gpu'?",
        2: "unknown workload 'asistant' — did you mean 'assistant'?",
        3: "bucket 5 is not there: assistant has 4",
        4: "unknown GPU 'A1000'",
        5: "tp must be a whole number from 1 on (got 'half')",
        6: "weights 'fp17' is not among",
        7: "kv 'int3' is not among bf16, fp8",
        8: "has neither",
        9: "has requests_per_s and output_tokens_per_s",
        10: "requests_per_s must be a number above 0 (got '-2')",
        11: "requests_per_s must be a number above 0 (got 'nan')",
        13: "says again what line 12 says of assistant/bucket-1",
    }.items():
        assert any(item.startswith(f"  line {line}: ") and text in item for item in said), (line, said)


def test_the_table_itself_must_be_there(tmp_path: Path) -> None:
    assert "has no column gpu" in refused(tmp_path, "card,requests_per_s\nA100,2\n")
    with pytest.raises(InputError, match=r"performance\.table: there is no file"):
        planned(tmp_path, table_=("table: rates.csv", "table: nowhere.csv"))


def test_other_workloads_keep_the_model_and_its_rules(tmp_path: Path) -> None:
    other = "  notes:\n    model: llama-3.1-8b\n    traffic: {requests_per_s: 0.1}\n    slo: interactive\n"
    table = "workload,gpu,requests_per_s\nassistant,A100,20\n"
    sized = f"{other}    requests: {{lengths: {{csv: sizes.csv}}, buckets: %d}}\n\nsupply:"
    plan = planned(tmp_path, table, other=("\nsupply:", sized % 1))
    assert {row.workload: row.basis for row in plan.configs} == {"assistant": "measured", "notes": "predicted"}
    assert any("predicted by a model" in line for line in plan.assumptions)
    with pytest.raises(InputError, match=r"workloads\.notes\.requests\.buckets: size buckets need"):
        planned(tmp_path, table, other=("\nsupply:", sized % 2))


def test_the_shipped_problem_names_its_table() -> None:
    problem = load_problem(PROBLEM, as_of=AS_OF)
    assert problem.performance.table == "measured/rates.csv" and problem.performance.engine is None
