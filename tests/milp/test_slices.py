"""Fractional routing is never dearer than slices that go whole to one type, on instances of the benchmark."""

import sys
from datetime import date
from pathlib import Path

import pulp
import pytest

from planner.catalog.load import load_catalog

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
slices = pytest.importorskip("slices")
TPOT_S = 0.06


@pytest.fixture(scope="module")
def cases() -> list:
    catalog = load_catalog(as_of=date(2026, 11, 21))
    usd, table = slices.prices(catalog), slices.largest_rates(catalog, TPOT_S)
    return [slices.case(seed, usd, dict.fromkeys(slices.TPOTS_S, table)) for seed in range(6)]


def test_instances_are_as_they_are_said_to_be(cases: list) -> None:
    for one in cases:
        assert len(one.demand) == 100
        assert 4 <= len(one.usd) <= 10
        assert 8 <= sum(one.demand.values()) <= 256
        assert {size for size, _ in one.served} == set(one.demand)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # PuLP 3 announces PuLP 4, which brings no CBC
@pytest.mark.skipif("PULP_CBC_CMD" not in pulp.listSolvers(onlyAvailable=True), reason="PuLP has no CBC here")
def test_ours_is_never_dearer(cases: list, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "SLICE_FACTOR", 1)  # fewer binaries; a relaxation of none of the finer ones
    monkeypatch.setattr(slices, "CBC_LIMIT_S", 5)
    for one in cases[:3]:
        mine, theirs = slices.ours(one), slices.slices(one)
        assert mine.proven
        assert mine.usd <= theirs.usd * (1 + 1e-6)


def test_a_type_that_hardly_serves_a_size_misleads_no_solver() -> None:
    """A10 serve the longest answers at 1.5e-7 requests/s; bounds on such routes once made this seem infeasible."""
    catalog = load_catalog(as_of=date(2026, 11, 21))
    tables = {tpot: slices.largest_rates(catalog, tpot) for tpot in slices.TPOTS_S}
    one = slices.case(32, slices.prices(catalog), tables)
    assert min(one.served.values()) < 1e-5
    able = slices.Case(one.usd, {key: rate for key, rate in one.served.items() if rate > 1e-3}, one.demand)
    assert slices.ours(one).usd == pytest.approx(slices.ours(able).usd, rel=1e-6)
