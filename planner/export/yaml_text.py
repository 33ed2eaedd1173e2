"""YAML as people write it: keys in the order given, scripts as blocks, everything from outside quoted as needed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml

from planner.export.escape import plain

WIDTH = 120


class _Dumper(yaml.SafeDumper):
    """No anchors, and lists indented below their key."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Scripts as blocks; what does not print is escaped in double quotes."""
    prints = all(part.isprintable() for part in text.split("\n"))
    style = '"' if not prints else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _numbers(dumper: yaml.SafeDumper, values: list[Any]) -> yaml.SequenceNode:
    inline = bool(values) and all(isinstance(value, int) for value in values)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=inline)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(list, _numbers)


def document(data: Any, comments: Iterable[str] = ()) -> str:
    """One YAML document below its comment lines."""
    body = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH, default_flow_style=False)
    return commented(comments) + body


def documents(items: Iterable[Any], comments: Iterable[str] = ()) -> str:
    """Several documents in one file."""
    return commented(comments) + "---\n".join(document(item) for item in items)


def commented(lines: Iterable[str]) -> str:
    """Comment lines, each on one line whatever it holds."""
    return "".join(f"# {text}\n" if (text := plain(line)) else "#\n" for line in lines)
