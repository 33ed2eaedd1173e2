"""From a drawing to an SVG that fits a page: named, coloured by class, without anything it does not need."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from planner.report.palette import ROLE_OF, file_css, light
from planner.report.shapes import Figure

SVG = "http://www.w3.org/2000/svg"
FONTS = "Helvetica, Arial, 'Liberation Sans', sans-serif"
"""Three fonts of the same widths, so that labels keep the room they were given."""

_PADDING = 14
_LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")
_NUMERIC = ("d", "transform", "x", "y", "x2", "y2", "width", "height")


def inline(drawing: str, figure: Figure) -> str:
    """For inside a page: takes the page's colours; `--width` tells the page how wide it was drawn."""
    root = _cleaned(drawing, figure)
    root.set("style", f"--width:{root.attrib['width']}px")
    return _written(root)


def standalone(drawing: str, figure: Figure) -> str:
    """For a file: brings its own paper, so that it reads on white and on black, and turns dark by itself."""
    root = _cleaned(drawing, figure)
    width, height = (float(root.attrib[name]) for name in ("width", "height"))
    whole = (width + 2 * _PADDING, height + 2 * _PADDING)
    root.set("viewBox", f"{-_PADDING} {-_PADDING} {whole[0]:g} {whole[1]:g}")
    root.set("width", f"{whole[0]:g}")
    root.set("height", f"{whole[1]:g}")
    paper = {"x": f"{-_PADDING}", "y": f"{-_PADDING}", "width": f"{whole[0]:g}", "height": f"{whole[1]:g}", "rx": "6"}
    root.insert(1, ET.Element(f"{{{SVG}}}rect", {**paper, "fill": light("paper"), "class": "f-paper"}))
    style = ET.Element(f"{{{SVG}}}style")
    style.text = file_css(_roles(root))
    root.insert(1, style)
    return _written(root) + "\n"


def _cleaned(drawing: str, figure: Figure) -> ET.Element:
    root = ET.fromstring(drawing)
    tips = {str(row["tip"]) for row in figure.rows if "tip" in row}
    for parent in list(root.iter()):
        for child in list(parent):
            if child.get("display") == "none":
                parent.remove(child)
        _clean(parent, figure.id, tips)
    root.set("id", f"chart-{figure.id}")
    root.set("role", "img")
    root.set("aria-label", f"{figure.title}: {figure.says}")
    title = ET.Element(f"{{{SVG}}}title")
    title.text = figure.title
    root.insert(0, title)
    return root


def _clean(element: ET.Element, name: str, tips: set[str]) -> None:
    tip = element.get("aria-label")
    for attribute in list(element.attrib):
        if attribute.startswith("aria-") or attribute in ("role", "class", "pointer-events", "version"):
            del element.attrib[attribute]
    for attribute in _NUMERIC:
        if attribute in element.attrib:
            element.set(attribute, _LONG_NUMBER.sub(_rounded, element.attrib[attribute]))
    for attribute, value in element.attrib.items():
        if attribute == "id":
            element.set(attribute, f"{name}-{value}")
        elif "url(#" in value:
            element.set(attribute, value.replace("url(#", f"url(#{name}-"))
    if "font-family" in element.attrib:
        element.set("font-family", FONTS)
    _colour(element)
    if tip in tips:
        element.attrib.setdefault("fill", "transparent")
        ET.SubElement(element, f"{{{SVG}}}title").text = tip


def _colour(element: ET.Element) -> None:
    """One class for each colour that has a role; the colour itself stays, for readers without CSS."""
    classes = [
        f"{attribute[0]}-{ROLE_OF[element.attrib[attribute]]}"
        for attribute in ("fill", "stroke")
        if element.get(attribute) in ROLE_OF
    ]
    if classes:
        element.set("class", " ".join(classes))


def _roles(root: ET.Element) -> set[str]:
    names = [name for element in root.iter() for name in element.get("class", "").split()]
    return {name[2:] for name in names}


def _rounded(match: re.Match[str]) -> str:
    return f"{round(float(match.group()), 2):g}"


def _written(root: ET.Element) -> str:
    ET.register_namespace("", SVG)
    return ET.tostring(root, encoding="unicode")
