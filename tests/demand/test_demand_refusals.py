"""What a problem asks of the catalogue or of CSV files and does not get: one line with key and next step."""

from pathlib import Path
from typing import Any

import pytest
from facts import chat, demand_of, only_class

from planner.errors import InputError


def refusal(base: Path = Path(), **workloads: dict[str, Any]) -> str:
    with pytest.raises(InputError) as caught:
        demand_of(base, **workloads)
    return str(caught.value)


def profiled(profile: object) -> dict[str, Any]:
    return chat(traffic={"requests_per_s": 10, "profile": profile})


def test_unknown_profile() -> None:
    assert refusal(chat=profiled("weekday")) == (
        "workloads.chat.traffic.profile: no profile is called 'weekday' — did you mean 'weekdays'?; "
        "see `planner catalog profiles`"
    )


def test_unknown_lengths() -> None:
    message = refusal(chat=chat(requests={"lengths": "two-kind"}))
    assert (
        "workloads.chat.requests.lengths: no length table is called 'two-kind' — did you mean 'two-kinds'?" in message
    )


def test_unknown_class() -> None:
    assert "workloads.chat.slo: the catalogue has no service class 'real-time'" in refusal(chat=chat(slo="real-time"))


def test_several_workloads_are_told_at_once() -> None:
    head, *lines = refusal(a=profiled("x"), b=chat(), c=chat(requests={"lengths": "y"})).splitlines()
    assert head == "2 problems"
    assert [line.split(":")[0] for line in lines] == ["  workloads.a.traffic.profile", "  workloads.c.requests.lengths"]


def test_more_buckets_than_kinds_of_request() -> None:
    requests = {"lengths": "two-kinds", "buckets": 3}
    assert refusal(chat=chat(requests=requests)) == (
        "workloads.chat.requests.buckets: asks for 3 buckets, but the lengths have 2 kinds of request; "
        "lower it to at most 2"
    )


def test_rates_beyond_reason() -> None:
    traffic = {"users": 1e10, "requests_per_user_per_hour": 1e5}
    assert "workloads.chat: comes to 2.78e+11 requests/s, at most 1e+06 can be planned" in refusal(
        chat=chat(traffic=traffic)
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("hour,load\n0,1\n", "has no column weight (its first line: hour, load); name the columns weight"),
        ("weight\n" + "1\n" * 23, "has 23 hours; give 24 (a day) or 168 (a week, Monday 00:00 first)"),
        ("weight\n" + "0\n" * 24, "has only zeros; at least one hour needs a weight above 0"),
        ("weight\n1\nmany\n", "line 3, weight: must be a number (got 'many'); correct it"),
        ("weight\n1\n-1\n", "line 3, weight: must be a finite number from 0 on (got -1); correct it"),
        ("weight\nnan\n", "line 2, weight: must be a finite number from 0 on (got nan); correct it"),
        ("weight\n", "has no rows below its header; add them"),
        ("", "has no column weight (its first line: empty)"),
        ('weight\n"1\n', "is no CSV table"),
    ],
)
def test_broken_profile_csv(content: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "hours.csv").write_text(content, encoding="utf-8")
    told = refusal(tmp_path, chat=profiled({"csv": "hours.csv"}))
    assert told.startswith("workloads.chat.traffic.profile")
    assert message in told
    assert "\n" not in told


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("input_tokens,output_tokens\n1,2\n", "has no column share"),
        ("input_tokens,output_tokens,share\n10,0.5,1\n", "has a length below 1 token; leave such requests out"),
        ("input_tokens,output_tokens,share\n10,5,0\n", "has only zero shares; give each row its share or count"),
        ("input_tokens,output_tokens,share\n10,5\n", "line 2, share: must be a number (got '')"),
        ("input_tokens,output_tokens,share\n" + "10,5,1\n" * 10_001, "has 10,001 rows, at most 10,000"),
    ],
)
def test_broken_lengths_csv(content: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "lengths.csv").write_text(content, encoding="utf-8")
    told = refusal(tmp_path, chat=chat(requests={"lengths": {"csv": "lengths.csv"}}))
    assert told.startswith("workloads.chat.requests.lengths.csv: ")
    assert message in told


def test_csv_that_is_no_text_file(tmp_path: Path) -> None:
    asks = profiled({"csv": "hours.csv"})
    assert "workloads.chat.traffic.profile.csv: there is no file" in refusal(tmp_path, chat=asks)
    (tmp_path / "hours.csv").write_bytes(b"weight\n\xff\n")
    assert "is not UTF-8 text; save it as UTF-8" in refusal(tmp_path, chat=asks)
    (tmp_path / "hours.csv").write_bytes(b"x" * 5_000_001)
    assert "is larger than 5 MB; thin it out" in refusal(tmp_path, chat=asks)


def test_sound_csv_files(tmp_path: Path) -> None:
    hours = "\n".join(["hour,weight", *(f"{hour},{1 + hour % 2}" for hour in range(24)), ""])
    (tmp_path / "hours.csv").write_text(hours, encoding="utf-8-sig")
    counts = "share,input_tokens,output_tokens,comment\n30,100,50,short\n0,1,1,never\n10,900,250,long\n\n"
    (tmp_path / "lengths.csv").write_text(counts, encoding="utf-8")
    workload = profiled({"csv": "hours.csv"}) | {"requests": {"lengths": {"csv": "lengths.csv"}}}
    single = only_class(demand_of(tmp_path, chat=workload))
    assert single.lengths.share.tolist() == [0.75, 0.25]
    assert single.lengths.mean_input == 300
    assert single.planned_requests_per_s.max() == pytest.approx(10 / 1.5 * 2)
