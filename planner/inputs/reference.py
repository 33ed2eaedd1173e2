"""Every key of the problem file as Markdown, generated into docs/problem-file.md from the models."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from planner.inputs.keys import ANY, Key, all_keys, tables
from planner.inputs.problem import Problem

NO_REAL_BOUND = 1e15  # the bound of numbers that have no other
MARK = "<!-- Generated from planner/inputs by planner.inputs.reference.with_reference; edit the docstrings there. -->"


def with_reference(document: str) -> str:
    """A document whose part after `MARK` is the reference as it is now."""
    written, mark, _ = document.partition(MARK)
    if not mark:
        raise ValueError(f"the document has no line {MARK!r}")
    return f"{written}{MARK}\n\n{reference_text()}"


def reference_text() -> str:
    """One section a table of the problem file, one row a key: what it takes, its default, its meaning."""
    return "\n".join(line for model in tables() for line in _section(model))


def _section(model: type[BaseModel]) -> Iterator[str]:
    homes = dict.fromkeys(key.path[:-1] for key in all_keys() if key.owner is model)
    yield "## " + " and ".join(_title(home) for home in homes)
    yield ""
    yield " ".join((model.__doc__ or "").split())
    yield ""
    yield "| key | takes | default | meaning |"
    yield "|---|---|---|---|"
    properties = _schema()["$defs"].get(model.__name__, _schema())["properties"]
    for key in all_keys():
        if key.owner is model and key.path[:-1] == next(iter(homes)):
            yield _row(key, properties[key.path[-1]])
    yield ""


def _title(home: tuple[str, ...]) -> str:
    return (
        f"`{'.'.join(home).replace('.' + ANY, '.<name>' if home[:1] == ('workloads',) else '[]')}`"
        if home
        else "Top level"
    )


def _row(key: Key, schema: dict[str, Any]) -> str:
    cells = (f"`{key.path[-1]}`", takes(schema), _default(key), key.meaning)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _default(key: Key) -> str:
    if key.info.is_required():
        return "**required**"
    value = key.info.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        return "see below"
    return "–" if value is None or value == "" else f"`{json.dumps(value, ensure_ascii=False)}`"


def takes(schema: dict[str, Any]) -> str:
    """What a key takes, from its JSON schema, in a few words."""
    if schema.get("$ref", "").endswith("/JsonValue"):
        return "what the key takes"
    if "$ref" in schema:
        return "table"
    if branches := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(dict.fromkeys(takes(branch) for branch in branches if branch.get("type") != "null"))
    if "const" in schema or "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
    kind = schema.get("type")
    if kind == "array":
        return f"list of {_plural(takes(schema['items']))}"
    if kind == "object":
        return f"names with {_plural(takes(schema['additionalProperties']))}"
    if kind in {"number", "integer"}:
        return " ".join(part for part in ("number" if kind == "number" else "whole number", _range(schema)) if part)
    if kind == "boolean":
        return "`true`, `false`"
    return "date" if schema.get("format") == "date" else "text"


def _plural(text: str) -> str:
    for one, many in (("whole number", "whole numbers"), ("table", "tables"), ("text", "names"), ("number", "numbers")):
        if text.startswith(one):
            return text.replace(one, many, 1)
    return text


def _range(schema: dict[str, Any]) -> str:
    signs = {"exclusiveMinimum": ">", "minimum": "≥", "exclusiveMaximum": "<", "maximum": "≤"}
    bounds = ((sign, schema[name]) for name, sign in signs.items() if name in schema)
    return ", ".join(f"{sign} {bound:,.12g}" for sign, bound in bounds if bound < NO_REAL_BOUND)


def _schema() -> dict[str, Any]:
    return Problem.model_json_schema()
