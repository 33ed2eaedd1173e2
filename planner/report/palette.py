"""Colours by role, for light and dark. Forms stay apart for colour-blind readers by hue and by lightness."""

from __future__ import annotations

PALETTE: dict[str, tuple[str, str]] = {
    "paper": ("#fdfcfa", "#14171b"),
    "ink": ("#1d2126", "#e9e6e0"),
    "muted": ("#5b626b", "#a5abb3"),
    "hair": ("#dedbd4", "#343a42"),
    "existing": ("#66768a", "#8c9bad"),
    "owned": ("#143f6c", "#3a7cc0"),
    "reserved_3y": ("#2f74b5", "#66a8e6"),
    "reserved_1y": ("#86b7de", "#b3d7f8"),
    "capacity_block": ("#7a5fb0", "#a48fd6"),
    "on_demand": ("#d68910", "#efa73a"),
    "spot": ("#0c8a6b", "#34b892"),
    "api": ("#a5568f", "#d88dc2"),
    "egress": ("#8a8d3b", "#b9bc62"),
    "switching": ("#6b5b4b", "#a8937d"),
    "firm": ("#2f6aa5", "#5a9ad8"),
    "committed": ("#467aab", "#4f8ecb"),
    "idle": ("#bab7af", "#5b6068"),
    "over": ("#b3261e", "#ff8073"),
    "weights": ("#345f8e", "#6496cc"),
    "activations": ("#d9a441", "#e6b65c"),
    "runtime": ("#8f8b83", "#86837d"),
    "kv": ("#0c7d70", "#2fb3a2"),
    "free": ("#cfe5df", "#27443f"),
    "heat-0": ("#efece6", "#2c2b29"),
    "heat-1": ("#dae7f3", "#1c3550"),
    "heat-2": ("#a8c8e6", "#27507c"),
    "heat-3": ("#6ea3d3", "#3878b4"),
    "heat-4": ("#3978b3", "#69a6de"),
    "heat-5": ("#123d6b", "#b6daf9"),
}
"""Role → (light, dark). Light colours are unique: a chart's colours are recognised by them."""

ROLE_OF = {light: role for role, (light, _) in PALETTE.items()}


def light(role: str) -> str:
    """The colour charts are drawn in; the page may replace it."""
    return PALETTE[role][0]


def page_css() -> str:
    """Custom properties for both schemes, and one class for each role of a chart's marks."""
    bright, dark = (";".join(f"--{role}:{pair[side]}" for role, pair in PALETTE.items()) for side in (0, 1))
    marks = "".join(f".f-{role}{{fill:var(--{role})}}.s-{role}{{stroke:var(--{role})}}" for role in PALETTE)
    return f":root{{{bright}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n{marks}"


def file_css(roles: set[str]) -> str:
    """What a chart in its own file needs to turn dark where the reader's screen is dark."""
    rules = "".join(
        f".f-{role}{{fill:{PALETTE[role][1]}}}.s-{role}{{stroke:{PALETTE[role][1]}}}" for role in sorted(roles)
    )
    return f"@media (prefers-color-scheme:dark){{{rules}}}"
