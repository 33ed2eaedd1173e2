"""The JSON schema of the problem file, for editors: committed as problems/schema.json."""

from __future__ import annotations

import json

from planner.inputs.docstrings import Described
from planner.inputs.problem import Problem


def schema_text() -> str:
    """The schema as JSON text, with descriptions and defaults from the models' docstrings."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Problem.model_json_schema(schema_generator=Described),
    }
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
