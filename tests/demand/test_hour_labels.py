"""Block labels: exact where a few words suffice, honest where they do not, never the same twice."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.demand.hour_labels import DAYS, LONGEST, hour_labels


def hours(days: range | list[int], clock: range | list[int]) -> tuple[int, ...]:
    return tuple(day * 24 + hour for day in days for hour in clock)


@pytest.mark.parametrize(
    ("group", "label"),
    [
        (tuple(range(168)), "all week"),
        (hours(range(5), range(9, 17)), "Mon–Fri 09–17"),
        (hours([5, 6], range(24)), "Sat–Sun"),
        (hours(range(7), [22, 23, 0, 1, 2, 3, 4, 5]), "daily 22–06"),
        (hours(range(7), [8]), "daily 08–09"),
        (hours([0, 2], [9, 10, 14]), "Mon, Wed 09–11, 14–15"),
        (hours(range(5), range(8)) + hours([5, 6], range(24)), "Mon–Fri 00–08; Sat–Sun"),
        ((41,), "Tue 17–18"),
        ((*hours(range(5), range(8, 12))[:-2], 3, 50, 149, 160), "22 h of the week, mostly Mon–Fri 08–12"),
        (tuple(range(0, 168, 5)), "34 scattered h of the week"),
    ],
)
def test_labels(group: tuple[int, ...], label: str) -> None:
    assert hour_labels([group]) == (label,)


def test_what_is_left_of_a_few_hours() -> None:
    few = {9, 3 * 24 + 13, 3 * 24 + 15}
    rest = tuple(hour for hour in range(168) if hour not in few)
    assert hour_labels([rest]) == ("all but Mon 09–10; Thu 13–14, 15–16",)


def test_alike_descriptions_are_numbered() -> None:
    groups = [tuple(range(start, 168, 5)) for start in range(3)]
    assert hour_labels(groups) == (
        "34 scattered h of the week",
        "34 scattered h of the week #2",
        "34 scattered h of the week #3",
    )


def decoded(label: str) -> set[int]:
    """The hours an exact label names."""
    found = set()
    for part in label.split("; "):
        clock = re.findall(r"(\d\d)–(\d\d)", part) or [("00", "24")]
        named = re.findall(r"([A-Z][a-z]{2})(?:–([A-Z][a-z]{2}))?", part)
        days = [d for a, b in named for d in range(DAYS.index(a), DAYS.index(b or a) + 1)] or list(range(7))
        for start, end in ((int(a), int(b)) for a, b in clock):
            run = range(start, end) if start < end else [*range(start, 24), *range(end)]
            found |= set(hours(days, list(run)))
    return found


@settings(max_examples=100, deadline=None)
@given(st.sets(st.integers(0, 6), min_size=1), st.sets(st.integers(0, 23), min_size=1), st.booleans())
def test_labels_name_the_hours_they_stand_for(days: set[int], clock: set[int], inverted: bool) -> None:
    group = set(hours(sorted(days), sorted(clock)))
    group = set(range(168)) - group if inverted and len(group) < 168 else group
    (label,) = hour_labels([tuple(sorted(group))])
    if label == "all week":
        assert len(group) == 168
    elif label.startswith("all but "):
        assert set(range(168)) - decoded(label.removeprefix("all but ")) == group
    elif " h of the week" in label:
        assert label.startswith(f"{len(group)} ")
    else:
        assert decoded(label) == group
        assert len(label) <= LONGEST
