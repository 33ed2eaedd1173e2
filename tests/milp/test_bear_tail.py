"""One node at 1.2 USD an hour signed or 2 rented; the tail of demands of 1, 2 and 4 by hand."""

import pytest
from fleets import near
from scenarios import YEAR_H, aim, assert_bites, decide, together, year

DEMANDS = [year(1), year(2), year(4)]
SHARES = [0.5, 0.3, 0.2]


@pytest.mark.parametrize(
    ("weight", "signed", "value"),
    [
        # expected cost by nodes signed: 1: 1.2 + 0.3 x 2 + 0.2 x 6 = 3.0; 2: 2.4 + 0.2 x 4 = 3.2; 4: 4.8
        # mean of the worst half: 1: (0.2 x 7.2 + 0.3 x 3.2) / 0.5 = 4.8; 2: (0.2 x 6.4 + 0.3 x 2.4) / 0.5 = 4.0;
        # 3: (0.2 x 5.6 + 0.3 x 3.6) / 0.5 = 4.4; 4: 4.8
        (0.0, 1, 3.0),
        (0.1, 1, 0.9 * 3.0 + 0.1 * 4.8),
        (0.5, 2, 0.5 * 3.2 + 0.5 * 4.0),
        (1.0, 2, 4.0),
    ],
)
def test_the_tail_by_hand(weight: float, signed: int, value: float) -> None:
    found = decide(together(DEMANDS, SHARES, aim("cvar", 0.5, weight)))
    assert found.trial.signed["bought"] == {("p", "reserved_1y", 0): signed}
    assert found.value == near(YEAR_H * value)
    assert found.bound == near(YEAR_H * value)


def test_the_furthest_tail_is_the_worst_cost() -> None:
    furthest = decide(together(DEMANDS, SHARES, aim("cvar", 0.9, 1.0)))
    assert furthest.value == near(decide(together(DEMANDS, SHARES, aim("worst_cost"))).value)


def test_bear_tail_bites() -> None:
    assert_bites(together(DEMANDS, SHARES, aim("cvar", 0.5, 0.5)), "bear_tail")
