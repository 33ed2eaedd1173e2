"""One node at 1.2 USD an hour signed or 2 rented; demand of 1 or 3: the worst cost and the worst regret by hand."""

import pytest
from fleets import near
from scenarios import YEAR_H, aim, assert_bites, decide, together, year


@pytest.mark.parametrize(
    ("measure", "signed", "value"),
    [
        ("worst_cost", 3, 3.6),  # 1 signed: 1.2 + 2 x 2 = 5.2; 2: 4.4; 3: 3.6
        (
            "worst_regret",
            2,
            1.2,
        ),  # 1 signed: 5.2 - 3.6 = 1.6; 2: 2.4 - 1.2 = 1.2 and 4.4 - 3.6 = 0.8; 3: 3.6 - 1.2 = 2.4
    ],
)
def test_the_worst_by_hand(measure: str, signed: int, value: float) -> None:
    found = decide(together([year(1), year(3)], [0.5, 0.5], aim(measure)))  # type: ignore[arg-type]
    assert found.trial.signed["bought"] == {("p", "reserved_1y", 0): signed}
    assert found.value == near(YEAR_H * value)
    assert found.bound == near(YEAR_H * value)


def test_probabilities_do_not_matter_among_what_may_happen() -> None:
    values = [decide(together([year(1), year(3)], [q, 1 - q], aim("worst_regret"))).value for q in (0.01, 0.99)]
    assert values == [near(YEAR_H * 1.2)] * 2


def test_of_what_is_equally_bad_the_least_expected_is_taken() -> None:
    """A demand of 5 costs 6 USD an hour however many are signed, up to 5; a demand of 2 the least with 2."""
    found = decide(together([year(2), year(5, rent=1.2)], [0.5, 0.5], aim("worst_cost")))
    assert found.value == near(YEAR_H * 6)
    assert found.trial.costs["base case"] == near(YEAR_H * 2.4)


@pytest.mark.parametrize("measure", ["worst_cost", "worst_regret"])
def test_bear_worst_bites(measure: str) -> None:
    assert_bites(together([year(1), year(3)], [0.5, 0.5], aim(measure)), "bear_worst")  # type: ignore[arg-type]
