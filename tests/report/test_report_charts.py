"""Drawings: named, coloured by role, self-contained, the same every time."""

import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest
from sample_investment import invested

from planner.plan.plan import Plan
from planner.report.charts import DRAWINGS, draw
from planner.report.palette import PALETTE, ROLE_OF
from planner.report.shapes import Figure
from planner.report.svg import inline, standalone
from planner.report.view import view_of

FIGURES = (
    "cost-by-period", "cost-by-workload", "buy-or-rent-costs", "buy-or-rent-paid", "buy-or-rent-map",
    "buy-or-rent-curves", "buy-or-rent-tornado", "timeline", "latency", "memory", "gpus-by-hour", "requests-by-hour",
    "utilisation", "swings", "front", "runners-up", "api-prices",
)  # fmt: skip
OF_BUYING = {"paid", "tornado", "turning", "winners"}
"""Drawn where buying is compared with renting, which the sample is not asked."""


@pytest.fixture(scope="module")
def drawings(plan: Plan) -> dict[str, tuple[Figure, str]]:
    return {figure.id: (figure, draw(figure)) for figure in view_of(invested(plan)).figures}


def test_the_sample_has_every_chart(drawings: dict[str, tuple[Figure, str]]) -> None:
    assert tuple(drawings) == FIGURES
    assert {figure.kind for figure, _ in drawings.values()} | OF_BUYING == set(DRAWINGS)


@pytest.mark.parametrize("name", FIGURES)
def test_inline_is_named_and_coloured_by_role(name: str, drawings: dict[str, tuple[Figure, str]]) -> None:
    figure, drawing = drawings[name]
    root = ET.fromstring(inline(drawing, figure))
    assert root.get("role") == "img"
    assert figure.title in root.get("aria-label", "")
    assert root[0].tag.endswith("title")
    assert root[0].text == figure.title
    for element in root.iter():
        for attribute in ("fill", "stroke"):
            colour = element.get(attribute, "none")
            assert colour in ROLE_OF or colour in ("none", "transparent"), (
                f"{colour} has no role and stays bright in the dark"
            )
            if colour in ROLE_OF:
                assert f"{attribute[0]}-{ROLE_OF[colour]}" in element.get("class", "")


@pytest.mark.parametrize("name", FIGURES)
def test_a_file_needs_nothing_else(name: str, drawings: dict[str, tuple[Figure, str]]) -> None:
    figure, drawing = drawings[name]
    text = standalone(drawing, figure)
    assert set(re.findall(r"https?://[^\"' )]+", text)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    assert "@font-face" not in text
    assert "prefers-color-scheme:dark" in text
    assert 'class="f-paper"' in text
    assert len(text) < 200_000


@pytest.mark.parametrize("name", ["cost-by-period", "utilisation"])
def test_the_same_figure_is_the_same_drawing(name: str, drawings: dict[str, tuple[Figure, str]]) -> None:
    figure, drawing = drawings[name]
    assert draw(figure) == drawing


def test_ids_are_unique_over_all_charts(drawings: dict[str, tuple[Figure, str]]) -> None:
    ids = [
        one for figure, drawing in drawings.values() for one in re.findall(r'\bid="([^"]+)"', inline(drawing, figure))
    ]
    assert len(ids) == len(set(ids))
    assert len(ids) >= len(FIGURES)


def test_what_a_drawing_refers_to_keeps_its_name() -> None:
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><clipPath id="clip0"><path d="M0.123456,1e-7"/>'
        '</clipPath><g clip-path="url(#clip0)" aria-label="x" role="graphics-object"/><g display="none"/></svg>'
    )
    text = inline(drawing, Figure("cost", "Cost", "says", "bars", ()))
    assert 'id="cost-clip0"' in text
    assert 'clip-path="url(#cost-clip0)"' in text
    assert "M0.12,1e-7" in text
    assert "graphics-object" not in text
    assert "display" not in text


def test_a_heat_map_has_a_cell_for_every_hour(drawings: dict[str, tuple[Figure, str]]) -> None:
    figure, drawing = drawings["utilisation"]
    root = ET.fromstring(inline(drawing, figure))
    tips = [element.text for element in root.iter() if element.tag.endswith("title")]
    assert len(tips) == 1 + 3 * 168
    assert any(re.fullmatch(r"support-chat, Mon 00:00: \d+\s%", tip or "") for tip in tips)


def test_hostile_names_stay_text() -> None:
    rows = ({"name": "<script>x</script> & 'q' \"d\"", "form": "owned", "usd": 1.0, "label": "</text><b>"},)
    figure = Figure("x", "<b>", '"><script>', "bars", rows)
    text = inline(draw(figure), figure)
    assert "<script" not in text
    assert "<b>" not in text
    assert "&lt;script&gt;" in text


def test_colours_of_light_are_unique() -> None:
    assert len(ROLE_OF) == len(PALETTE)


def test_forms_differ_in_lightness_for_colour_blind_readers() -> None:
    """Neighbours in a stack stay apart without hue."""
    for side in (0, 1):
        order = ["owned", "reserved_3y", "reserved_1y", "on_demand", "spot"]
        lights = [_luminance(PALETTE[role][side]) for role in order]
        assert all(abs(a - b) > 0.05 for a, b in pairwise(lights))


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("role", ["ink", "muted", "over", "kv"])
def test_text_has_contrast(role: str, side: int) -> None:
    paper, text = sorted((_luminance(PALETTE["paper"][side]), _luminance(PALETTE[role][side])))
    assert (text + 0.05) / (paper + 0.05) >= 4.5


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
