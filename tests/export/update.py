"""Write the golden files again: `python tests/export/update.py`, then read the difference."""

from __future__ import annotations

import shutil
from pathlib import Path

from small import small_plan

from planner.export.write import FORMATS, export

GOLDEN = Path(__file__).parent / "golden"


def main() -> None:
    shutil.rmtree(GOLDEN, ignore_errors=True)
    for name in FORMATS:
        export(small_plan(), name, GOLDEN / name, {})


if __name__ == "__main__":
    main()
