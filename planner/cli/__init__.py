"""The command line: parse, call, print, exit. Expected failures print one message and their exit code.

One file a group of commands; each registers itself, and imports what it runs only when it runs.
"""

from planner.cli import (
    accuracy,
    buy_vs_rent,
    catalog,
    cheapest,
    check,
    diff,
    estimate,
    explain,
    export,
    pareto,
    plan,
    schema,
    value,
    whatif,
    why_not,
)
from planner.cli.group import main

__all__ = [
    "accuracy",
    "buy_vs_rent",
    "catalog",
    "cheapest",
    "check",
    "diff",
    "estimate",
    "explain",
    "export",
    "main",
    "pareto",
    "plan",
    "schema",
    "value",
    "whatif",
    "why_not",
]
