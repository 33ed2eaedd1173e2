"""The shipped catalogue on a fixed day, and the folder of facts it was rebuilt from (absent outside the project)."""

from __future__ import annotations

from pathlib import Path

import pytest
from facts_day import TODAY

from planner.catalog.load import load_catalog
from planner.catalog.specs import Catalog

FACTS = Path(__file__).resolve().parents[3] / "shared" / "facts"


@pytest.fixture(scope="session")
def shipped() -> Catalog:
    return load_catalog(as_of=TODAY)


@pytest.fixture(scope="session")
def facts() -> Path:
    if not FACTS.is_dir():
        pytest.skip("the collected facts are not here")
    return FACTS
