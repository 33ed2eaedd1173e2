"""The same problem, but …: named variants, and what is to be best over all of them."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, JsonValue

from planner.inputs.base import Mistake, Mistakes, Name, NoBool, Share, Strict, rule

BASE_CASE = "base case"
SAME_IN_ALL = frozenset(
    {
        "title", "question", "currency", "horizon", "objective", "solve", "catalog", "alternatives", "scenarios",
        "robust", "chargeback",
    }
)  # fmt: skip
_TIMES = re.compile(r"x\s*(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)")


def times(value: object) -> float | None:
    """2.0 for "x2", the way to say "twice what it was"; None for everything else."""
    found = _TIMES.fullmatch(value.strip()) if isinstance(value, str) else None
    return float(found[1]) if found else None


def _as_number(value: Any) -> Any:
    factor = times(value)
    return value if factor is None else factor


Factor = Annotated[
    float,
    Field(gt=0, le=1000, json_schema_extra={"examples": [1.5, "x1.5"]}),
    NoBool,
    BeforeValidator(_as_number, json_schema_input_type=float | str),
]
"""2 or "x2"."""


Changes = Annotated[dict[Name, JsonValue], Field(min_length=1, max_length=100)]


class Scenario(Strict):
    """The same problem with some keys changed."""

    probability: Share | None = None
    """How likely it is; those without share what the others leave equally with the base case."""
    set: Changes
    """Dotted keys and their values there; "x1.5" multiplies the number (or every number of the list) by 1.5."""

    @rule
    def one_decision_for_all(self) -> Mistakes:
        for key in self.set:
            if not all(key.split(".")):
                yield Mistake(("set", key), "is no dotted key like workloads.chat.traffic.requests_per_s")
            if key.split(".")[0] in SAME_IN_ALL:
                yield Mistake(
                    ("set", key), "is the same in all scenarios: what is signed now is signed for all of them"
                )


class Robust(Strict):
    """What is bought, signed and kept is decided once for all scenarios; rents, replicas and APIs in each of them."""

    objective: Literal["expected", "worst_regret", "worst_cost", "cvar"] = "expected"
    """Expected cost, the largest regret against each scenario's own best plan, the largest cost, or with its tail."""
    cvar_share: Annotated[float, Field(ge=0, lt=1), NoBool] = 0.9
    """Conditional value at risk: the mean cost of the worst 1 - this share of what may happen."""
    cvar_weight: Share = 0.5
    """`cvar` minimises (1 - this) x expected cost + this x conditional value at risk."""

    @rule
    def weights_have_an_effect(self) -> Mistakes:
        if self.objective != "cvar" and self.cvar_weight != Robust.model_fields["cvar_weight"].default:
            yield Mistake(("cvar_weight",), f"has no effect on objective: {self.objective}; remove it, or ask for cvar")


def probabilities(given: dict[str, float | None]) -> dict[str, float]:
    """Of the base case and every scenario; they add up to 1."""
    left = max(0.0, 1.0 - sum(share for share in given.values() if share is not None))
    open_ones = [BASE_CASE, *(name for name, share in given.items() if share is None)]
    return {
        name: left / len(open_ones) if share is None else share for name, share in {BASE_CASE: None, **given}.items()
    }


def unweighable(scenarios: Mapping[str, Scenario], first_goal: str) -> Mistakes:
    """Why scenarios cannot be weighed against each other."""
    given = [one.probability for one in scenarios.values()]
    if (total := sum(share for share in given if share is not None)) > 1 + 1e-9:
        yield Mistake(("scenarios",), f"have probabilities that add up to {total:g}; at most 1 is left to give")
    if scenarios and first_goal != "cost":
        yield Mistake(("scenarios",), "are compared by cost, so cost must be the first goal; change one of the two")
    if BASE_CASE in scenarios:
        yield Mistake(("scenarios", BASE_CASE), "is what the problem is called without a scenario; rename it")


def undecidable(scenarios: Mapping[str, Scenario], goals: Sequence[str], with_alternatives: bool) -> Mistakes:
    """Why nothing can be decided for all scenarios."""
    if not scenarios:
        yield Mistake(("robust",), "has nothing to weigh; add scenarios or remove it")
    if goals[0] == "cost" != goals[-1]:
        yield Mistake(("robust",), "weighs costs, so the objective must be cost alone; change one of the two")
    if with_alternatives:
        yield Mistake(
            ("robust",), "decides for all scenarios, alternatives are to the plan of one; remove one of the two"
        )
