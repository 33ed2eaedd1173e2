"""Rounding is honest: never onto 0 % or 100 %, never a better gap, never a figure that is none."""

import math
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.report import format as f

N = f.NBSP


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "$0"),
        (0.4, "$0.40"),
        (12.345, "$12.35"),
        (99.99, "$99.99"),
        (99.996, "$100"),
        (1234567.4, "$1,234,567"),
        (-315150.2, "−$315,150"),
        (-0.001, "$0.00"),
        (math.nan, "n/a"),
        (math.inf, "n/a"),
    ],
)
def test_money(value: float, said: str) -> None:
    assert f.money(value) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(55.04, "$55.04"), (0.78, "$0.78"), (0.0998, "$0.10"), (0.0341, "$0.034"), (0.00187, "$0.0019"), (0.0, "$0.00")],
)
def test_unit_price_keeps_two_digits_of_small_prices(value: float, said: str) -> None:
    assert f.unit_price(value) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1.0, f"100{N}%"),
        (0.99999, f">99.9{N}%"),
        (0.996, f"99.6{N}%"),
        (0.5, f"50{N}%"),
        (0.042, f"4.2{N}%"),
        (0.0999, f"10{N}%"),
        (0.0004, f"<0.1{N}%"),
        (0.0, f"0{N}%"),
        (1.004, f"100.4{N}%"),
        (1.38, f"138{N}%"),
        (math.nan, "n/a"),
    ],
)
def test_share(value: float, said: str) -> None:
    assert f.share(value) == said


@settings(max_examples=200)
@given(st.floats(min_value=0, max_value=2))
def test_share_says_all_or_nothing_only_where_it_is(value: float) -> None:
    assert (f.share(value) == f"100{N}%") == (abs(value - 1) < 1e-9)  # what sums of shares are off by
    assert (f.share(value) == f"0{N}%") == (abs(value) < 1e-9)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.0, "proven optimal"),
        (0.0004, f"proven within 0.04{N}%"),
        (0.00037, f"proven within 0.037{N}%"),
        (0.000371, f"proven within 0.038{N}%"),
        (0.0999, f"proven within 10{N}%"),
        (0.5, f"proven within 50{N}%"),
        (math.inf, "nothing proven"),
    ],
)
def test_gap_text(value: float, said: str) -> None:
    assert f.gap_text(value) == said


@settings(max_examples=200)
@given(st.floats(min_value=1e-8, max_value=0.9))
def test_a_gap_is_never_said_to_be_better_than_it_is(value: float) -> None:
    said = float(f.gap(value).removesuffix(f"{N}%").replace(",", ""))
    assert value * 100 <= said * (1 + 1e-6)
    assert said <= value * 100 * 1.11


@pytest.mark.parametrize(
    ("value", "said"),
    [(0, "0"), (12.34, "12.3"), (1234.5, "1,230"), (0.01234, "0.0123"), (5.0, "5"), (-2.5, "−2.5"), (math.inf, "n/a")],
)
def test_figure(value: float, said: str) -> None:
    assert f.figure(value) == said


@pytest.mark.parametrize(
    ("value", "said"), [(46.14, f"46.1{N}ms"), (1012.4, f"1,012{N}ms"), (12_340, f"12.3{N}s"), (math.nan, "n/a")]
)
def test_milliseconds(value: float, said: str) -> None:
    assert f.milliseconds(value) == said


def test_small_words() -> None:
    assert f.exact_share(0.9999) == f"99.99{N}%"
    assert f.change(0.38) == f"+38{N}%"
    assert f.change(-0.04) == f"−4.0{N}%"
    assert f.change(0.0001) == "same"
    assert f.gib(141.06) == f"141.1{N}GiB"
    assert f.tokens_millions(1_640_000) == f"1.64{N}trillion"
    assert f.tokens_millions(220_500) == f"220{N}billion"
    assert f.day(date(2027, 1, 1)) == f"1{N}January{N}2027"
    assert f.day(None) == "undated"
    assert f.age(None) == "unknown"
    assert f.age(1) == f"1{N}day"
    assert f.listed([]) == ""
    assert f.listed(["a"]) == "a"
    assert f.listed(["a", "b", "c"]) == "a, b and c"
    assert f.count(1234) == "1,234"
    assert f.count(2.26) == "2.3"
    assert f.money_short(1_234_567) == f"$1.23{N}million"
    assert f.money_short(999_999) == "$999,999"


def test_text_from_outside_is_one_printable_line() -> None:
    assert f.plain("a\nb\t c\x00\x1b[31m\ud800 \u202eevil\u2028x") == "a b c [31m evil x"
