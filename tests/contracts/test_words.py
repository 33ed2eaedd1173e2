"""Words that two layers must share without importing each other."""

from typing import get_args

from planner.candidates.pools import UPFRONT_SHARE
from planner.catalog.specs import Basis, Commitment
from planner.inputs.supply import Form, PriceBasis
from planner.units import MONTHS_PER_TERM


def test_price_basis_is_the_catalogues_best_first() -> None:
    assert list(get_args(PriceBasis)) == [basis.value for basis in Basis]


def test_every_reserved_form_has_a_term() -> None:
    assert set(MONTHS_PER_TERM) == {form for form in get_args(Form) if form.startswith("reserved")}


def test_every_payment_has_an_upfront_share() -> None:
    assert "payment" in Commitment.__annotations__
    assert set(UPFRONT_SHARE) == {"none", "partial", "all", "unspecified"}
