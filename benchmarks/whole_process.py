"""Every size that is promised, each as a process of its own from start to exit: seconds, memory and the proven gap.

Run `python -m benchmarks.whole_process [small three fleets a c b60 b]` in the checkout; prints Markdown rows.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, Popen
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.small_fleets import QUESTIONS

HEAD = "| line | asked | gap | wall s | CPU s | peak MB |\n|---|---|---|---|---|---|"
PLANNER = [sys.executable, "-m", "planner"]
INSTALLED = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""As where it was installed: modules are compiled once, not in every process."""
CHEAPEST = "llama-3.3-70b --rate 6 --input 1200 --output 350 --ttft-p95-ms 2000 --tpot-p95-ms 60"
THREE = Path(__file__).parent / "problems" / "three-workloads-full-catalogue.yaml"
AS_OF = ["--as-of", "2026-11-21"]
_GAP = re.compile(r"[\d.]+(?:e-\d+)?%")


@dataclass(frozen=True)
class Ran:
    """One process from start to exit."""

    output: str
    wall_s: float
    cpu_s: float
    peak_mb: float


def ran(command: list[str]) -> Ran:
    """Run it; raises RuntimeError where it fails."""
    started = perf_counter()
    with Popen(command, stdout=PIPE, text=True, env=INSTALLED) as process:
        output = process.stdout.read() if process.stdout else ""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command} exits with {process.returncode}")
    return Ran(output, perf_counter() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def small() -> Iterator[str]:
    """One period, one block, the whole catalogue: the best of seven runs, as the first fills the disk's cache."""
    runs = [ran([*PLANNER, "cheapest", *CHEAPEST.split(), *AS_OF, "--json"]) for _ in range(7)]
    best = min(runs, key=lambda one: one.wall_s)
    yield row("one period, one block", "exact, 1 s", f"{json.loads(best.output)['certificate']['gap']:.2%}", best)


def three() -> Iterator[str]:
    """Three workloads, four quarters, 24 blocks, the whole catalogue, tens of nodes, report and checks included."""
    with TemporaryDirectory() as folder:
        one = ran([*PLANNER, "plan", str(THREE), *AS_OF, "--out", folder])
        gap = json.loads((Path(folder) / "plan.json").read_text(encoding="utf-8"))["certificate"]["gap"]
    yield row("3 workloads × 4 × 24, tens of nodes", "1 %, 30 s", f"{gap:.2%}", one)


def fleets() -> Iterator[str]:
    """The small fleets, one after the other."""
    for name in QUESTIONS:
        one = ran([sys.executable, "-m", "benchmarks.small_fleets", name])
        yield row(f"small fleet: {name}", "5 %, aiming at 1 %, 60 s", last_gap(one), one)


def generated(case: str, asked: str) -> Callable[[], Iterator[str]]:
    """A generated instance of `sizes`."""

    def line() -> Iterator[str]:
        one = ran([sys.executable, "-m", "benchmarks.sizes", case])
        yield row(f"sizes {case}", asked, last_gap(one), one)

    return line


LINES: dict[str, Callable[[], Iterator[str]]] = {
    "small": small,
    "three": three,
    "fleets": fleets,
    "a": generated("a", "0.5 %, 60 s, 2 GB"),
    "c": generated("c", "20 s"),
    "b60": generated("b60", "1 %, 60 s"),
    "b": generated("b", "0.3 %, 180 s, 4 GB"),
}


def last_gap(one: Ran) -> str:
    """The last percentage of what a benchmark printed: its gap."""
    return str(_GAP.findall(one.output)[-1])


def row(line: str, asked: str, gap: str, one: Ran) -> str:
    """As a Markdown table row."""
    return f"| {line} | {asked} | {gap} | {one.wall_s:.2f} | {one.cpu_s:.2f} | {one.peak_mb:,.0f} |"


def main(names: list[str]) -> None:
    """Print the rows of the lines named, or of all."""
    sys.stdout.write(f"{HEAD}\n")
    for name in names or LINES:
        for text in LINES[name]():
            sys.stdout.write(f"{text}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
