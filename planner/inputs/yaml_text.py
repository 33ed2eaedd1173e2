"""YAML text → plain Python values, with every trap of YAML 1.1 shut.

Words mean what they look like: `no`, `on` and 12:30 are text, 1e9 and 1_000 are numbers, 2027-01-01
is text (a date where the schema wants one). Refused with line and column: broken syntax, a key
written twice, tags, several documents, and aliases that blow up.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import yaml

from planner.inputs.base import Mistake

try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # PyYAML without libyaml
    from yaml import SafeLoader  # type: ignore[assignment]

MOST_NODES = 100_000
MOST_DEPTH = 40
TOO_DEEP = f"nested more than {MOST_DEPTH} deep; a problem file needs 6"
PREFIX = "tag:yaml.org,2002:"
WORDS = {
    "bool": (r"true|True|TRUE|false|False|FALSE", "tTfF"),
    "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "int": (r"[-+]?[0-9][0-9_]*", "-+0123456789"),
    "float": (
        r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+.0123456789",
    ),
    "merge": (r"<<", "<"),
}


class PlainLoader(SafeLoader):
    """Only resolves what `WORDS` lists."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


for _kind, (_pattern, _first) in WORDS.items():
    PlainLoader.add_implicit_resolver(PREFIX + _kind, re.compile(rf"^(?:{_pattern})$"), list(_first))


class YamlError(Exception):
    """The text is not the YAML we accept; carries every mistake found."""

    def __init__(self, *mistakes: str) -> None:
        super().__init__("; ".join(mistakes))
        self.mistakes = [Mistake((), text) for text in mistakes]


def read_yaml(text: str) -> object:
    """The one document in `text`, as dicts, lists and scalars; raises YamlError."""
    try:
        _refuse_monsters(text)
        root = yaml.compose(text, PlainLoader)
    except yaml.MarkedYAMLError as error:
        raise YamlError(_syntax(error, text)) from None
    except yaml.YAMLError as error:
        raise YamlError(_unreadable(error, text)) from None
    if root is None:
        return None
    _size(root, {}, set())
    mistakes: list[str] = []
    value = _plain(root, mistakes)
    if mistakes:
        raise YamlError(*mistakes)
    return value


def _refuse_monsters(text: str) -> None:
    """Walk the events before anything recursive does: depth and number of documents."""
    depth = documents = 0
    for event in yaml.parse(text, PlainLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
        if depth > MOST_DEPTH:
            raise YamlError(f"{_at(event.start_mark)}: {TOO_DEEP}")
        if documents > 1:
            raise YamlError(
                f"{_at(event.start_mark)}: a second document begins ('---'); one file is one problem, split it"
            )


def _size(node: yaml.Node, known: dict[int, int], open_nodes: set[int]) -> int:
    """Nodes below, every alias expanded; refuses what is endless or too much."""
    if id(node) in open_nodes:
        raise YamlError(f"{_at(node.start_mark)}: an alias contains itself; write the values out")
    if id(node) not in known:
        open_nodes.add(id(node))
        known[id(node)] = 1 + sum(_size(child, known, open_nodes) for child in _children(node))
        open_nodes.remove(id(node))
    if known[id(node)] > MOST_NODES:
        raise YamlError(
            f"{_at(node.start_mark)}: holds more than {MOST_NODES:,} values once its aliases (*name) are filled in; "
            "write what is needed without aliases"
        )
    return known[id(node)]


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _plain(node: yaml.Node, mistakes: list[str]) -> Any:
    if isinstance(node, yaml.MappingNode) and node.tag == PREFIX + "map":
        return _table(node, mistakes)
    if isinstance(node, yaml.SequenceNode) and node.tag == PREFIX + "seq":
        return [_plain(child, mistakes) for child in node.value]
    if isinstance(node, yaml.ScalarNode) and node.tag in SCALARS:
        return SCALARS[node.tag](node.value)
    mistakes.append(
        f"{_at(node.start_mark)}: the tag {node.tag.replace(PREFIX, '!!')!r} is not accepted; write plain values"
    )
    return None


SCALARS: dict[str, Callable[[str], Any]] = {
    PREFIX + "str": str,
    PREFIX + "merge": str,
    PREFIX + "null": lambda _: None,
    PREFIX + "bool": lambda text: text.lower() == "true",
    PREFIX + "int": lambda text: int(text.replace("_", "")) if len(text) < 30 else float(text.replace("_", "")),
    PREFIX + "float": lambda text: float(text.replace("_", "").replace(".inf", "inf").replace(".nan", "nan")),
}


def _table(node: yaml.MappingNode, mistakes: list[str]) -> dict[Any, Any]:
    """A mapping; keys from `<<` give way to keys written out."""
    table: dict[Any, Any] = {}
    merged: dict[Any, Any] = {}
    first: dict[Any, yaml.Node] = {}
    for key_node, value_node in node.value:
        value = _plain(value_node, mistakes)
        if key_node.tag == PREFIX + "merge":
            merged |= _merged(value, value_node, mistakes)
            continue
        key = _plain(key_node, mistakes)
        if not isinstance(key_node, yaml.ScalarNode):
            mistakes.append(f"{_at(key_node.start_mark)}: a key must be one word, not a list or table")
        elif key in first:
            mistakes.append(
                f"{_at(key_node.start_mark)}: {key!r} is written twice in one table, first in line "
                f"{first[key].start_mark.line + 1}; keep one"
            )
        else:
            first[key], table[key] = key_node, value
    return merged | table


def _merged(value: Any, node: yaml.Node, mistakes: list[str]) -> dict[Any, Any]:
    sources = value if isinstance(value, list) else [value]
    if not all(isinstance(source, dict) for source in sources):
        mistakes.append(f"{_at(node.start_mark)}: << takes in tables only")
        return {}
    return {key: entry for source in reversed(sources) for key, entry in source.items()}


def _at(mark: Any) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}"


def _syntax(error: yaml.MarkedYAMLError, text: str) -> str:
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return f"not valid YAML: {error.problem}; check indentation, colons and quotes"
    if "nesting depth" in str(error.problem):  # libyaml reads ahead and has a limit of its own
        return f"{_at(mark)}: {TOO_DEEP}"
    lines = text.splitlines()
    if mark.line < len(lines) and lines[mark.line][mark.column : mark.column + 1] == "\t":
        return f"{_at(mark)}: a tab; indent with spaces"
    context = f" ({error.context})" if error.context else ""
    return (
        f"{_at(mark)}: not valid YAML: {error.problem}{context}; check indentation, colons and quotes around that line"
    )


def _unreadable(error: yaml.YAMLError, text: str) -> str:
    position = getattr(error, "position", None)
    if position is None:
        return f"not valid YAML: {error}"
    line = text.encode()[:position].count(b"\n") + 1
    return f"line {line}: holds the control character {getattr(error, 'character', 0)!r}; delete it"
