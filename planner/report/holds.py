"""Whether a stored plan still holds, on a terminal: one line a finding, the verdict last."""

from __future__ import annotations

from planner.plan.rows.holds import StillRow
from planner.report import format as f


def holds_text(still: StillRow) -> str:
    """Every finding after "holds" or "FAILS"."""
    lines = []
    for one in still.findings:
        subject = f" {one.subject}:" if one.subject else ":"
        lines.append(f"{'holds' if one.ok else 'FAILS'}  {one.topic}{subject} {one.text}")
    failed = sum(not one.ok for one in still.findings)
    verdict = "The plan holds" if still.holds else f"The plan no longer holds: {f.plural(failed, 'finding')}"
    lines += ["", f"{verdict}, as of {still.as_of}."]
    return "\n".join(f.printable(line).replace(f.NBSP, " ") for line in lines)
