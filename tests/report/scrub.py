"""What a golden report leaves out: the version, and drawings, which the chart library may change."""

from __future__ import annotations

import re

SCRUBS = (
    (re.compile(r"(llm-fleet-planner )[\w.+-]+"), r"\1VERSION"),
    (re.compile(r"(<dt>Version</dt><dd>)[^<]*"), r"\1VERSION"),
    (re.compile(r"(- Version )[^,]*"), r"\1VERSION"),
    (re.compile(r'<svg [^>]*?id="(chart-[^"]*)".*?</svg>', re.DOTALL), r"<svg>\1</svg>"),
)


def scrubbed(text: str) -> str:
    for pattern, instead in SCRUBS:
        text = pattern.sub(instead, text)
    return text
