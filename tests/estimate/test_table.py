"""A table in, the same table with answers out."""

import csv
import io
import time
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from planner.catalog.load import load_catalog
from planner.catalog.specs import Catalog
from planner.cli import main
from planner.errors import InputError
from planner.estimate.table import ADDED, BOUNDS, Extra, estimate_table

HEADER = "model,gpu,n_gpus,tp,pp,dp,ep,weights,kv,engine,isl,osl,concurrency"
GOOD = "meta-llama/Llama-3.1-70B,h100_sxm,4,4,1,1,1,fp8,fp8,vllm,1000,200,16"


@cache
def catalog() -> Catalog:
    return load_catalog(as_of=date(2026, 11, 21))


def answered(tmp_path: Path, *lines: str) -> list[dict[str, str]]:
    (tmp_path / "rows.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    estimate_table(tmp_path / "rows.csv", tmp_path / "out.csv", catalog())
    return list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text(encoding="utf-8"))))


def test_columns_are_kept_and_answers_added(tmp_path: Path) -> None:
    row = answered(tmp_path, f"run,{HEADER},note", f'007,{GOOD},"a, b"')[0]
    assert list(row) == ["run", *HEADER.split(","), "note", *ADDED]
    assert (row["run"], row["gpu"], row["note"]) == ("007", "h100_sxm", "a, b")
    assert row["fits"] == "true"
    assert row["reason"] == ""
    assert row["basis"].startswith("modelled")
    assert 3 < float(row["tpot_ms"]) < 40
    assert float(row["ttft_mean_ms"]) <= float(row["ttft_p95_ms"])
    assert float(row["max_concurrency"]) > 16


def test_throughput_is_what_littles_law_says(tmp_path: Path) -> None:
    row = answered(tmp_path, HEADER, GOOD)[0]
    cycle_s = (float(row["ttft_mean_ms"]) + 199 * float(row["tpot_ms"])) / 1000
    assert float(row["output_tokens_per_s_per_gpu"]) == pytest.approx(16 * 200 / cycle_s / 4, rel=0.02)


def test_order_is_kept_over_both_kinds_of_load(tmp_path: Path) -> None:
    loads = ["16,", ",0.5", "64,", ",1.0", "128,"]
    body = GOOD.removesuffix(",16")
    rows = answered(tmp_path, f"{HEADER},requests_per_s", *(f"{body},{load}" for load in loads))
    assert [f"{row['concurrency']},{row['requests_per_s']}" for row in rows] == loads
    tpots = [float(row["tpot_ms"]) for row in rows]
    assert tpots[0] < tpots[2] < tpots[4]
    assert tpots[1] < tpots[3] < tpots[0]


def test_what_does_not_fit_keeps_its_row_and_says_why(tmp_path: Path) -> None:
    rows = answered(
        tmp_path,
        HEADER,
        GOOD,
        "llama-3.1-405b,h100_sxm,8,8,1,1,1,bf16,bf16,vllm,1000,200,4",
        "llama-3.1-405b,h100_sxm,8,8,1,1,1,fp8,bf16,vllm,1000,200,4",
        "deepseek-ai/DeepSeek-V3,h100_sxm,8,8,1,1,1,fp8,bf16,vllm,1000,200,4",
        "deepseek-ai/DeepSeek-V3,h200_sxm,8,8,1,1,1,fp8,bf16,vllm,1000,200,4",
        "llama-3.1-70b,h100_sxm,3,3,1,1,1,fp8,bf16,vllm,1000,200,4",
        "llama-3.1-70b,A100-SXM-80GB,8,8,1,1,1,fp8,fp8,vllm,1000,200,4",
        "zai-org/GLM-5-FP8,h200_sxm,8,8,1,1,1,,fp8,vllm,8192,500,10",
    )
    assert [row["fits"] for row in rows] == ["true", "false", "true", "false", "true", "false", "false", "true"]
    refused = [row for row in rows if row["fits"] == "false"]
    figures = ("ttft_mean_ms", "tpot_ms", "output_tokens_per_s_per_gpu")
    short, senseless = refused[:2], refused[2:]
    assert all(float(row[name]) > 0 for row in short for name in figures), "with memory enough it would do this"
    assert all(row[name] == "" for row in senseless for name in figures)
    assert "GiB of weights" in rows[1]["reason"]
    assert "64 query heads" in rows[5]["reason"]
    assert "fp8" in rows[6]["reason"]


def test_clients_beyond_the_cache_are_said_to_wait(tmp_path: Path) -> None:
    row = answered(tmp_path, HEADER, "llama-3.1-70b,h100_sxm,2,2,1,1,1,fp8,bf16,vllm,8000,500,512")[0]
    assert row["fits"] == "true"
    holds = float(row["max_concurrency"])
    assert holds < 512
    assert f"holds {holds:,.0f} of 512 requests; the other {512 - holds:,.0f} wait" in row["reason"]


def test_requests_longer_than_the_context_are_said_to_be(tmp_path: Path) -> None:
    row = answered(tmp_path, HEADER, "llama-2-7b,h100_sxm,1,1,1,1,1,,,vllm,8000,1000,4")[0]
    assert (row["fits"], row["reason"]) == ("true", "requests of 9,000 tokens exceed the model's context of 4,096")


def test_a_rate_too_high_is_said_to_be(tmp_path: Path) -> None:
    row = answered(tmp_path, HEADER.replace("concurrency", "requests_per_s"), GOOD.replace(",16", ",900"))[0]
    assert "of the 900 requests/s asked" in row["reason"]


def test_a_row_that_cannot_be_read_says_why_and_stops_nothing(tmp_path: Path) -> None:
    bad = GOOD.replace("h100_sxm", "h100_xsm")
    lines = [GOOD, bad, bad, GOOD.replace(",16", ",0"), "", bad, GOOD + ",7", GOOD.removesuffix(",16")]
    (tmp_path / "rows.csv").write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    notes = estimate_table(tmp_path / "rows.csv", tmp_path / "out.csv", catalog(), Extra(intervals=True))
    assert notes == [
        "6 of 7 rows cannot be read:\n"
        "  unknown GPU 'h100_xsm' — did you mean 'H100-SXM'?: lines 3–4, 7\n"
        "  concurrency 0 is not between 1 and 1e+09: line 5\n"
        "  14 cells where the first line has 13: line 8\n"
        "  concurrency or requests_per_s is missing: line 9"
    ]
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text(encoding="utf-8"))))
    assert [row["fits"] for row in rows] == ["true", *["false"] * 6]
    assert rows[1]["reason"] == "unknown GPU 'h100_xsm' — did you mean 'H100-SXM'?"
    assert all(rows[1][name] == "" for name in (*ADDED, *BOUNDS) if name not in {"fits", "reason"})
    assert (rows[5]["concurrency"], rows[6]["concurrency"]) == ("16", "")


def test_replicas_share_the_load_of_more_gpus_than_one_takes(tmp_path: Path) -> None:
    rows = answered(
        tmp_path,
        HEADER,
        GOOD,
        GOOD.replace("h100_sxm,4,4", "h100_sxm,8,4").replace(",16", ",32"),
        GOOD.replace("4,4,1,1,1", "8,4,1,2,2").replace(",16", ",32"),
        GOOD.replace("4,4,1,1,1", "6,4,1,1,1"),
    )
    figures = ("ttft_mean_ms", "ttft_p95_ms", "tpot_ms", "output_tokens_per_s_per_gpu", "max_concurrency")
    assert all(rows[0][name] == rows[1][name] == rows[2][name] for name in figures)
    assert rows[1]["reason"] == "2 replicas of 4 GPUs share the load evenly"
    assert "without experts" in rows[2]["reason"]
    assert "6 is not tp × pp × dp = 4, nor a multiple" in rows[3]["reason"]


def test_more_expert_parallelism_than_gpus_is_taken_as_all_of_them(tmp_path: Path) -> None:
    body = "gpt-oss-120b,b200,{0},{0},1,1,{1},,,vllm,1000,200,16"
    rows = answered(tmp_path, HEADER, body.format(4, 8), body.format(4, 4))
    assert rows[0]["tpot_ms"] == rows[1]["tpot_ms"]
    assert rows[0]["reason"] == "ep 8 is taken as 4, the GPUs that hold each layer"


@pytest.mark.parametrize(
    ("column", "said", "like"),
    [
        ("gpu", "NVIDIA H100 80GB HBM3", "h100_sxm"),
        ("gpu", "H100-80GB", "h100_sxm"),
        ("gpu", "H100", "h100_sxm"),
        ("weights", "fp8_e4m3", "fp8"),
        ("weights", "FP8", "fp8"),
        ("weights", "W8A8_FP8", "fp8"),
        ("weights", "AWQ", "int4"),
        ("weights", "gptq", "int4"),
        ("weights", "torch.bfloat16", "bf16"),
        ("weights", "N/A", ""),
        ("kv", "FP8_E5M2", "fp8"),
        ("kv", "auto", "bf16"),
        ("engine", "vLLM 0.11.0", "vllm"),
        ("engine", "sglang-0.4.6.post1", "sglang"),
        ("engine", "TensorRT-LLM 1.0", "trtllm"),
        ("engine", "", "vllm"),
        ("isl", "1000.0", "1000"),
        ("concurrency", "16.0", "16"),
        ("pp", "", "1"),
        ("ep", "nan", "1"),
    ],
)
def test_other_spellings_mean_the_same(tmp_path: Path, column: str, said: str, like: str) -> None:
    cells = dict(zip(HEADER.split(","), GOOD.split(","), strict=True))
    rows = answered(tmp_path, HEADER, *(",".join((cells | {column: value}).values()) for value in (said, like)))
    assert rows[0]["fits"] == "true"
    assert [rows[0][name] for name in ADDED] == [rows[1][name] for name in ADDED]


def test_missing_columns_are_named_with_what_is_near(tmp_path: Path) -> None:
    with pytest.raises(InputError) as failure:
        answered(tmp_path, "model,GPUs,isl,output_len", "a,b,1,2")
    said = str(failure.value)
    assert "no column 'gpu' — did you mean 'GPUs'?" in said
    assert "no column 'osl'" in said
    assert "no column 'concurrency' or 'requests_per_s'" in said


def test_columns_may_be_in_capitals(tmp_path: Path) -> None:
    assert answered(tmp_path, HEADER.upper(), GOOD)[0]["tpot_ms"] == answered(tmp_path, HEADER, GOOD)[0]["tpot_ms"]


def test_a_column_named_like_an_answer_makes_room(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(f"{HEADER},tpot_ms\n{GOOD},9.87\n", encoding="utf-8")
    notes = estimate_table(tmp_path / "rows.csv", tmp_path / "out.csv", catalog())
    row = next(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text(encoding="utf-8"))))
    assert row["tpot_ms_given"] == "9.87"
    assert row["tpot_ms"] != "9.87"
    assert notes == ["your column tpot_ms is kept as tpot_ms_given"]


def test_intervals_are_columns_on_request(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(
        f"{HEADER}\n{GOOD}\n{GOOD.replace('fp8,fp8', 'bf16,fp8').replace('4,4', '1,1')}\n"
    )
    estimate_table(tmp_path / "rows.csv", tmp_path / "out.csv", catalog(), Extra(intervals=True))
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text(encoding="utf-8"))))
    assert tuple(rows[0])[-6:] == BOUNDS
    for name in ("ttft_mean_ms", "tpot_ms", "output_tokens_per_s_per_gpu"):
        low, value, high = (float(rows[0][column]) for column in (f"{name}_low", name, f"{name}_high"))
        assert low < value < high
        assert low * high == pytest.approx(value**2, rel=1e-4)
    assert rows[1]["fits"] == "false"
    assert {rows[1][name] for name in BOUNDS} == {""}


def test_ground_nobody_measured_is_said_to_be(tmp_path: Path) -> None:
    rows = answered(tmp_path, HEADER, GOOD, GOOD.replace("h100_sxm", "mi300x"), GOOD.replace("fp8,fp8", "int4,bf16"))
    assert rows[0]["basis"] == "modelled on measured ground"
    assert "MI300X is not among the GPUs" in rows[1]["basis"]
    assert "no int4 weights were measured" in rows[2]["basis"]


def test_spreadsheet_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_bytes(f"\ufeff{HEADER}\r\n{GOOD}\r\n\r\n".encode())
    estimate_table(tmp_path / "rows.csv", tmp_path / "out.csv", catalog())
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").startswith(f"{HEADER},ttft_mean_ms")


def test_an_empty_table_has_an_empty_answer(tmp_path: Path) -> None:
    assert answered(tmp_path, HEADER) == []


def test_ten_thousand_rows_take_seconds(tmp_path: Path) -> None:
    lines = [GOOD.removesuffix("16") + str(1 + index % 300) for index in range(10_000)]
    start = time.process_time()
    assert len(answered(tmp_path, HEADER, *lines)) == 10_000
    assert time.process_time() - start < 6


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, ["estimate", *words])
    return done.exit_code, done.stdout, done.stderr


def test_the_command_reads_and_writes_tables(tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text(f"{HEADER}\n{GOOD}\n", encoding="utf-8")
    code, shown, _ = run("--csv", str(rows))
    assert code == 0
    assert run("--csv", str(rows), "--out", str(tmp_path / "out.csv")) == (0, "", "")
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == shown


def test_the_command_refuses_what_it_cannot_read_or_write(tmp_path: Path) -> None:
    code, _, said = run("--csv", str(tmp_path / "no.csv"))
    assert (code, said) == (2, f"planner: cannot read {tmp_path / 'no.csv'}: No such file or directory\n")
    (tmp_path / "latin.csv").write_bytes(b"mod\xe8le\n")
    assert "not UTF-8" in run("--csv", str(tmp_path / "latin.csv"))[2]
    (tmp_path / "rows.csv").write_text(f"{HEADER}\n{GOOD}\n", encoding="utf-8")
    assert "cannot write" in run("--csv", str(tmp_path / "rows.csv"), "--out", str(tmp_path / "no" / "out.csv"))[2]
    assert run("--csv", str(tmp_path / "rows.csv"), "--tp", "4")[0] == 2
