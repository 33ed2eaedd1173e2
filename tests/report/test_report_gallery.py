"""The index: one line a problem, balanced, linked."""

import re
from pathlib import Path

from planner.plan.plan import Plan
from planner.report.gallery import answered, refused, write_gallery


def test_gallery(tmp_path: Path, plan: Plan) -> None:
    entries = [answered("01-half-year", plan), refused("02-none", "No <GPU> | fits", "Which?", "\nnone fits:\n  L4: …")]
    path = write_gallery(tmp_path, entries)
    text = path.read_text()
    assert path == tmp_path / "README.md"
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert [len(re.findall(r"(?<!\\)\|", row)) for row in rows] == [5, 5, 5, 5]
    assert "[report](01-half-year/report.md)" in rows[2]
    assert f"${plan.total_usd:,.0f}" in rows[2]
    assert "<script>" not in text
    assert "No &lt;GPU> \\| fits" in rows[3]
    assert "No plan: none fits:" in rows[3]
    assert "[refusal](02-none/refusal.md)" in rows[3]
    assert [one.name for one in tmp_path.iterdir()] == ["README.md"]
