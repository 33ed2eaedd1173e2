"""Small stored plans, each made once."""

from datetime import date
from pathlib import Path

import pytest

from planner.again import Question, question_in
from planner.plan.plan import Plan
from planner.plan.store import load_plan, write_plan

DAY = date(2026, 11, 21)
CHAT = """
title: Chat on one model
workloads:
  chat:
    model: llama-3.1-8b
    traffic: {requests_per_s: 30}
    requests: {input: 800, output: 200}
    slo: {ttft_p95_ms: 1000, tpot_p95_ms: 40}
horizon: {hours: flat, blocks: 1}
supply:
  rent: {providers: [aws], regions: [us], forms: [on_demand]}
limits:
  budget: [{usd_per_period: 10000}]
solve: {mip_gap: 0.0}
"""


@pytest.fixture(scope="session")
def chat_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("chat") / "chat.yaml"
    path.write_text(CHAT, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def question(chat_file: Path) -> Question:
    return question_in(chat_file, None, DAY, "planner plan chat.yaml")


@pytest.fixture(scope="session")
def plan(question: Question) -> Plan:
    return question.answered()


@pytest.fixture(scope="session")
def plan_file(plan: Plan, chat_file: Path) -> Path:
    path = chat_file.parent / "plan.json"
    write_plan(plan, path)
    assert load_plan(path) == plan
    return path
