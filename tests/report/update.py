"""Accept what the sample plan renders today: `python -m tests.report.update`. Read the diff before committing."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
GOLDEN = HERE / "golden"
NAMES = ("report.html", "report.md")


def main() -> None:
    sys.path.insert(0, str(HERE))
    from sample import sample_plan
    from scrub import scrubbed

    from planner.report.render import write_report

    with tempfile.TemporaryDirectory() as folder:
        write_report(sample_plan(), Path(folder))
        GOLDEN.mkdir(exist_ok=True)
        for name in NAMES:
            fresh = scrubbed((Path(folder) / name).read_text(encoding="utf-8"))
            (GOLDEN / name).write_text(fresh, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
