"""Every statement of every explained plan of the gallery, checked by planning the changed question again.

Run `python -m benchmarks.explanations [number …] [--limit SECONDS] [--most N] [--gap GAP]` in the checkout: the plans
stored in reports/ are explained within the limit, and of each kind of statement at most N are verified, evenly spread;
each changed question is planned to the gap, its own if absent. Prints one line a plan, and every statement that does
not hold.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "explain"))
from holds import Again, Statement, Tally, spread, statements  # noqa: E402

from planner.again import question_of  # noqa: E402
from planner.explain.everything import fully_explained  # noqa: E402
from planner.plan.store import load_plan  # noqa: E402

HEAD = (
    "| plan | statements | verified | hold | untold | wrong | wall s | processor s |\n|---|---|---|---|---|---|---|---|"
)


def main() -> None:
    """One line a plan."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("numbers", nargs="*", help="of the problems; all that have a plan if absent")
    asked.add_argument("--limit", type=float, help="seconds to explain a plan; the usual if absent")
    asked.add_argument("--most", type=int, default=1000, help="statements of a kind that are verified")
    asked.add_argument("--gap", type=float, help="that planning again is to prove; the problem's own if absent")
    told = asked.parse_args()
    more = {} if told.gap is None else {"solve.mip_gap": told.gap}
    print(HEAD)
    wrong = []
    for path in sorted((ROOT / "reports").glob("*/plan.json")):
        if not told.numbers or path.parent.name[:2] in told.numbers:
            wrong += verified(path, told.limit, told.most, more)
    print("\n".join(["", *wrong]) if wrong else "\nNothing that was said is wrong.")


def verified(path: Path, limit: float | None, most: int, more: Mapping[str, float]) -> list[str]:
    """Explain one plan, plan again what it says, print the count; what does not hold."""
    wall, processor = time.perf_counter(), time.process_time()
    stored = load_plan(path)
    question = question_of(stored, None, None, "verify")
    plan = stored if stored.explained and limit is None else fully_explained(stored, question, limit)
    by_kind: dict[str, list[Statement]] = {}
    for one in statements(Again(question, plan, more)):
        by_kind.setdefault(one.kind, []).append(one)
    tally = Tally()
    for some in by_kind.values():
        for one in spread(some, most):
            tally.add(one.verdict(), f"{path.parent.name}: {one.kind}: {one.words}")
    said, done = sum(map(len, by_kind.values())), tally.held + tally.open + len(tally.wrong)
    spent = f"{time.perf_counter() - wall:.0f} | {time.process_time() - processor:.0f}"
    counts = f"{said} | {done} | {tally.held} | {tally.open} | {len(tally.wrong)}"
    print(f"| {path.parent.name} | {counts} | {spent} |", flush=True)
    return tally.wrong


if __name__ == "__main__":
    main()
