"""The smallest problem, and ways to bend it."""

from pathlib import Path

SMALLEST = """\
title: Smallest
workloads:
  chat:
    model: llama-3.1-8b
    traffic: {requests_per_s: 5}
    requests: {input: 900, output: 250}
    slo: {ttft_p95_ms: 1000, tpot_p95_ms: 50}
"""
PROBLEMS = Path(__file__).parents[2] / "problems"


def bent(old: str, new: str) -> str:
    """The smallest problem with one piece of text exchanged."""
    assert SMALLEST.count(old) == 1, f"{old!r} stands {SMALLEST.count(old)} times in the smallest problem"
    return SMALLEST.replace(old, new)
