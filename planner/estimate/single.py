"""The options of `planner estimate MODEL` as a question, and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from planner.catalog.specs import Catalog
from planner.errors import InputError
from planner.estimate.answers import Answer, answers
from planner.estimate.question import Names, question_from

OPTIONS = {
    "model": "MODEL",
    "isl": "--input",
    "osl": "--output",
    "requests_per_s": "--rate",
    **{name: f"--{name.replace('_', '-')}" for name in ("gpu", "tp", "pp", "dp", "ep", "weights", "kv", "engine")},
    **{name: f"--{name.replace('_', '-')}" for name in ("concurrency", "prefix_hit", "draft_tokens", "acceptance")},
}


def estimate_one(asked: Mapping[str, Any], catalog: Catalog) -> Answer:
    """The answer to one question; `asked` has the names of the table's columns. InputError lists all mistakes."""
    text = {name: str(value) for name, value in asked.items() if value is not None}
    question, mistakes = question_from(text, Names(catalog), OPTIONS)
    if text.get("concurrency") and text.get("requests_per_s"):
        mistakes = [*mistakes, "give --concurrency or --rate, not both"]
    if question is None or mistakes:
        raise InputError("planner estimate: " + "; ".join(mistakes))
    return answers([question], catalog)[0]
