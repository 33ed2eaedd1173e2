"""Text from outside made harmless for where it goes: names, comments, labels, Markdown, spreadsheets."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping

NAME_LENGTH = 52
"""Room for the endings that controllers add to names of at most 63 characters."""
_MARK = 8
_FILE_LENGTH = 200
_NO_TEXT = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_FORMULA = ("=", "+", "-", "@")


def plain(text: str) -> str:
    """On one line, without control, surrogate and direction characters: safe in any comment."""
    shown = "".join(" " if unicodedata.category(char) in _NO_TEXT else char for char in text)
    return " ".join(shown.split())


def slug(text: str) -> str:
    """Lower-case letters, digits and single hyphens, a letter first: a DNS label but for its length."""
    words = file_name(text)
    return words if words[0].isalpha() else f"x-{words}"


def file_name(text: str) -> str:
    """Lower-case letters, digits and single hyphens; "none" where nothing of the text is left."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")[:_FILE_LENGTH] or "none"


def names(wanted: Mapping[tuple[str, ...], str]) -> dict[tuple[str, ...], str]:
    """A DNS label for each key from the words wanted; one too long or wanted twice ends in a mark of its key."""
    slugs = {key: slug(words) for key, words in wanted.items()}
    often = Counter(slugs.values())
    return {
        key: _marked(name, key) if often[name] > 1 or len(name) > NAME_LENGTH else name for key, name in slugs.items()
    }


def _marked(name: str, key: tuple[str, ...]) -> str:
    mark = hashlib.sha256("\0".join(key).encode()).hexdigest()[:_MARK]
    return f"{name[: NAME_LENGTH - _MARK - 1].rstrip('-')}-{mark}"


def label_value(text: str) -> str:
    """A Kubernetes label value: at most 63 letters, digits, dots, hyphens and underscores, none of these at an end."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", text)[:63].strip("-_.") or "none"


def argument(text: str) -> str:
    """An argument of a Kubernetes container, in which $(NAME) would be replaced by the environment."""
    return text.replace("$(", "$$(")


def markdown(text: str) -> str:
    """One line that shows as written in Markdown, in a table as well as outside."""
    return re.sub(r"([\\`*_\[\]<>|~#!&$])", r"\\\1", plain(text))


def cell(value: str | float | int | None) -> str | float | int:
    """A CSV cell; text that a spreadsheet would take for a formula starts with an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, str):
        text = plain(value)
        return f"'{text}" if text.startswith(_FORMULA) else text
    return value
