"""On a terminal: short, plain, the worst news first."""

import pytest
from sample import sample_plan

from planner.plan.plan import Plan
from planner.report.cheapest import cheapest_text
from planner.report.summary import LINES, WIDTH, summary_text


def sized(text: str) -> None:
    lines = text.splitlines()
    assert len(lines) <= LINES
    assert all(len(line) <= WIDTH for line in lines)
    assert "\u00a0" not in text


def test_summary_has_what_matters(plan: Plan) -> None:
    text = summary_text(plan)
    sized(text)
    for said in (
        "by more than 0.037 %", f"${plan.total_usd:,.0f} over January to June 2027", "40 × H100-SXM",
        "reserve 1 × p5.48xlarge", "order 1 × dgx-h100", "up to 8 × llama-3.3-70b on 4 × H100-SXM, TP4",
        "per million tokens", "secondary", "… and 3 more",
    ):  # fmt: skip
        assert said in text, said


def test_failed_checks_come_first_and_long_plans_are_cut() -> None:
    findings = [{"check": f"check_{n}", "ok": False, "detail": "x" * 300} for n in range(9)]
    text = summary_text(sample_plan(findings=findings))
    sized(text)
    assert text.startswith("FAILED CHECK  check_0")
    assert "… and 7 more" in text


@pytest.mark.parametrize("title", ["a\x1b[31mred", "a\nb\nc", "long " * 60])
def test_hostile_titles_stay_plain(title: str) -> None:
    problem = {**sample_plan().problem, "title": title}
    text = summary_text(sample_plan(problem=problem))
    sized(text)
    assert "\x1b" not in text


def test_cheapest_says_what_to_rent_and_what_came_next(plan: Plan) -> None:
    text = cheapest_text(plan)
    for said in (
        "rent up to 1 × p5.48xlarge (aws us-east-1, 8 × H100-SXM), on demand, $55.04 an hour each",
        "run 8 × llama-3.3-70b on 4 × H100-SXM",
        "expect TTFT p95 1,012 ms (633 ms to 1,620 ms), TPOT p95 46.1 ms (43.9 ms to 48.4 ms)",
        "5.5 requests/s each (4.4 to 6.88), limited by tpot p95", "four times in five", "← chosen", "T4",
    ):  # fmt: skip
        assert said in text, said
    assert "\u00a0" not in text


def test_cheapest_without_runners_up() -> None:
    assert "Alone at full load" not in cheapest_text(sample_plan(runners_up=[]))
