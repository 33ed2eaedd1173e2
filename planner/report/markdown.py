"""Text as Markdown text: whatever a user or a catalogue wrote stays words on a code host."""

from __future__ import annotations

import re

from planner.report.format import plain, printable

_ALWAYS = re.compile(r"([\\`*\[\]|~])")
_UNDERSCORE = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_DOLLAR = re.compile(r"\$(?!\d)")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_LINE_START = re.compile(r"^(#{1,6}(?=\s|$)|[-+=](?=\s|$|[-=])|>)")
_NUMBERED = re.compile(r"^(\d+)([.)])(?=\s|$)")


def escaped(text: str) -> str:
    """One line of Markdown that renders as exactly this text, in a paragraph, a list or a table cell."""
    line = _ENTITY.sub("&amp;", plain(text)).replace("<", "&lt;")
    line = _DOLLAR.sub(r"\\$", _UNDERSCORE.sub(r"\\_", _ALWAYS.sub(r"\\\1", line)))
    return _NUMBERED.sub(r"\1\\\2", _LINE_START.sub(r"\\\1", line))


def code_block(text: str) -> str:
    """An indented code block: nothing in it can end it or be read as markup."""
    return "\n".join(f"    {printable(line)}".rstrip() for line in text.splitlines())
