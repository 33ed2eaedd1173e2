"""The index: one line a problem, balanced, linked."""

import re
from pathlib import Path

from planner.plan.plan import Plan
from planner.report.gallery import GalleryEntry, answered, refused, write_gallery
from planner.report.refusal import refusal


def _refused() -> GalleryEntry:
    message = "none fits:\n  L4: …\nThis is enough, solved:\n  allow A100"
    return refused("02-none", refusal("No <GPU> | fits", "Which?", message, "planner plan x"))


def test_gallery(tmp_path: Path, plan: Plan) -> None:
    entries = [answered("01-half-year", plan), _refused()]
    path = write_gallery(tmp_path, entries)
    text = path.read_text()
    assert path == tmp_path / "README.md"
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert [len(re.findall(r"(?<!\\)\|", row)) for row in rows] == [5, 5, 5, 5]
    assert "[report](01-half-year/report.md)" in rows[2]
    assert f"${plan.total_usd:,.0f}" in rows[2]
    assert "<script>" not in text
    assert "No &lt;GPU> \\| fits" in rows[3]
    assert "No plan: none fits: L4: …. This is enough, solved: allow A100." in rows[3]
    assert "[refusal](02-none/refusal.md), [page](02-none/refusal.html)" in rows[3]
    assert [one.name for one in tmp_path.iterdir()] == ["README.md"]
