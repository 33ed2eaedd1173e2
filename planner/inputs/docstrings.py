"""What the docstrings under a model's keys say, read from its source when somebody asks.

Pydantic can do so for every model as it is imported; that would be a fifth of the time of a short command.
"""

from __future__ import annotations

import ast
import inspect
import sys
from functools import cache
from itertools import pairwise
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema


def docstring_of(model: type[BaseModel], key: str) -> str:
    """The docstring of a key, its own or that of the model it comes from; "" where there is none."""
    for owner in model.__mro__:
        if owner is BaseModel:
            break
        if text := _docstrings(owner.__module__).get(owner.__name__, {}).get(key):
            return text
    return ""


@cache
def _docstrings(module: str) -> dict[str, dict[str, str]]:
    """Of every class of a module by name, those of its keys."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: _under_keys(node) for node in tree.body if isinstance(node, ast.ClassDef)}


def _under_keys(node: ast.ClassDef) -> dict[str, str]:
    return {
        key.target.id: inspect.cleandoc(text.value.value)
        for key, text in pairwise(node.body)
        if isinstance(key, ast.AnnAssign) and isinstance(key.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)
    }


class Described(GenerateJsonSchema):
    """Schemas in which every key has its docstring."""

    def model_schema(self, schema: core_schema.ModelSchema) -> dict[str, Any]:
        """The schema of one model."""
        found = super().model_schema(schema)
        for key, one in found.get("properties", {}).items():
            if text := docstring_of(schema["cls"], key):
                one.setdefault("description", text)
        return found
