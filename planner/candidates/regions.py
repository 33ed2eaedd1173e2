"""Where capacity is, and whether that satisfies a wish: a geography, a provider's region, or own."""

from __future__ import annotations

from collections.abc import Sequence

OWN = "own"
ANYWHERE = "any"  # sold at one price in all the provider's regions
GEOGRAPHIES = ("us", "ca", "eu", "uk", "apac")


def satisfies(wanted: Sequence[str], region: str, geography: str) -> bool:
    """Whether capacity in `region` of `geography` lies where it is wanted; an empty wish is anywhere.

    Capacity of unspecified geography satisfies no wish; owned systems only the wish for `own`.
    """
    if not wanted:
        return True
    if geography == ANYWHERE:
        return any(wish != OWN for wish in wanted)
    return region in wanted or geography in wanted
