"""What every row of a plan is.

Files of rows do without `from __future__ import annotations`: Pydantic would have to compile every annotation again.
"""

from pydantic import BaseModel, ConfigDict


class Row(BaseModel):
    """Frozen, complete, nothing unknown; built when it is first used."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, ser_json_inf_nan="strings")
