"""Every file of the small plan, byte for byte. `python tests/export/update.py` writes them again."""

from pathlib import Path

import pytest
from small import small_plan

from planner.export.deployments import Fleet
from planner.export.write import FORMATS, export

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", FORMATS)
def test_files_are_as_reviewed(name: str, tmp_path: Path) -> None:
    written, _ = export(small_plan(), name, tmp_path, {})
    fresh = {path.relative_to(tmp_path): path.read_text(encoding="utf-8") for path in written}
    kept = {
        path.relative_to(GOLDEN / name): path.read_text(encoding="utf-8")
        for path in (GOLDEN / name).rglob("*") if path.is_file()
    }  # fmt: skip
    assert fresh == kept


@pytest.mark.parametrize("name", FORMATS)
def test_order_of_rows_does_not_matter(name: str) -> None:
    plan = small_plan()
    turned = plan.model_copy(
        update={
            field: list(reversed(getattr(plan, field))) for field in ("replicas", "flows", "capacity", "kept", "api")
        }
    )
    assert FORMATS[name](Fleet(plan)) == FORMATS[name](Fleet(turned))
