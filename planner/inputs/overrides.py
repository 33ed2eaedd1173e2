"""A problem with some keys changed: dotted keys and values laid over what was written, and read again.

    workloads.support-chat.traffic.growth_per_month: 0.12     a value
    limits.power_kw: x1.5                                      a multiple of what it was, written or by default
    supply.quotas.0.max_gpus: 128                              a place in a list, counted from 0

Names may hold dots themselves: the longest name that is there is meant.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from planner.inputs.base import Mistake, Path
from planner.inputs.explain import dotted, mistakes_in, shown
from planner.inputs.hints import did_you_mean
from planner.inputs.keys import ANY, Key, all_keys, key_at
from planner.inputs.problem import Problem
from planner.inputs.scenarios import SAME_IN_ALL, times

_NOT_THE_QUESTION = ("scenarios", "robust")


def written_in(problem: Problem) -> dict[str, Any]:
    """What the problem's file says, as plain values, defaults left out; without its scenarios."""
    data = problem.model_dump(mode="json", exclude_unset=True)
    return {key: value for key, value in data.items() if key not in _NOT_THE_QUESTION}


def changed(
    data: Mapping[str, Any], changes: Mapping[str, Any], known: Collection[Mistake]
) -> tuple[Problem | None, list[Mistake]]:
    """The problem that `data` with `changes` spells, or every mistake by the changed key that made it.

    `data` are plain values; mistakes that no changed key explains stand at their own place in the problem, and
    those of the data itself, that are `known`, are not told again.
    """
    edit = _Edit(deepcopy(dict(data)))
    for key, value in changes.items():
        edit.set(key, value)
    try:
        problem = Problem.model_validate(edit.data)
    except ValidationError as error:
        told = [edit.told(mistake) for mistake in mistakes_in(error) if mistake not in known]
        return None, [*edit.mistakes, *dict.fromkeys(told)]
    return (None if edit.mistakes else problem), edit.mistakes


@dataclass
class _Edit:
    """Plain values under change; `places` says which part of them each changed key is."""

    data: dict[str, Any]
    mistakes: list[Mistake] = field(default_factory=list)
    places: dict[Path, str] = field(default_factory=dict)

    def set(self, key: str, value: Any) -> None:
        """Lay one value over the data, or note why not."""
        path = self._resolved(key)
        if path is None:
            return
        if (factor := times(value)) is not None:
            now = _value_at(self.data, path)
            if _is_number(now) or (isinstance(now, list) and now and all(map(_is_number, now))):
                value = [one * factor for one in now] if isinstance(now, list) else now * factor
            elif key_at(path) is not None:
                there = "nothing is said there" if now is None else f"there is {shown(now)}"
                self._refuse(key, f"multiplies a number by {factor:g}, but {there}; give the value itself")
                return
        self.places[path] = key
        *above, last = path
        node: Any = self.data
        for part in above:
            node = _below(node, part)
        node[last] = value

    def told(self, mistake: Mistake) -> Mistake:
        """The mistake at the changed key it lies in or above; elsewhere at its own place."""
        for path, key in self.places.items():
            shared = min(len(path), len(mistake.path))
            if shared and path[:shared] == mistake.path[:shared]:
                inside = mistake.path == path
                return Mistake((key,), mistake.text if inside else f"then {dotted(mistake.path)} {mistake.text}")
        return mistake

    def _refuse(self, key: str, text: str) -> None:
        self.mistakes.append(Mistake((key,), text))

    def _resolved(self, key: str) -> Path | None:
        """Where a dotted key points in the data; None, with a mistake noted, where it cannot."""
        parts = key.split(".")
        path: Path = ()
        found: Any = self.data
        while parts:
            if isinstance(found, list):
                part: str | int | None = self._place(key, found, parts)
                used = 1
            elif isinstance(found, dict) or found is None:
                part, used = _name(found or {}, parts)
                if used < len(parts) and part not in (found or {}) and _is_named(path):
                    self._unknown(key, path, str(part), found or {})
                    return None
            else:
                text = f"{dotted(path)} is {shown(found)}, which has no keys below it; set {dotted(path)}"
                self._refuse(key, text)
                return None
            if part is None:
                return None
            path, parts = (*path, part), parts[used:]
            found = _step(found, part)
        return path

    def _place(self, key: str, items: list[Any], parts: list[str]) -> int | None:
        if parts[0].isdigit() and int(parts[0]) < len(items):
            return int(parts[0])
        last = f"from 0 to {len(items) - 1}" if items else "none, as it is empty"
        self._refuse(key, f"needs a place of the list, {last} (got {parts[0]!r})")
        return None

    def _unknown(self, key: str, path: Path, name: str, there: Mapping[str, Any]) -> None:
        hint = did_you_mean(name, there) or (f"; there: {', '.join(there)}" if there else ", which is empty")
        self._refuse(key, f"there is no {name!r} under {dotted(path)}{hint}")


def _name(table: Mapping[str, Any], parts: list[str]) -> tuple[str, int]:
    """The longest name of the table that the parts begin with, else the first part; how many parts it takes."""
    for used in range(len(parts), 0, -1):
        if (name := ".".join(parts[:used])) in table:
            return name, used
    return parts[0], 1


def _is_named(path: Path) -> bool:
    """Whether the table at a path has names of the user's for keys, with tables below."""
    wanted = len(path) + 1
    return any(
        len(key.path) > wanted
        and key.path[wanted - 1] == ANY
        and all(part in {ANY, here} for part, here in zip(key.path, path, strict=False))
        for key in all_keys()
    )


def _step(node: Any, part: str | int) -> Any:
    if isinstance(node, list) and isinstance(part, int):
        return node[part]
    return (node or {}).get(part)


def _below(node: Any, part: str | int) -> Any:
    """What stands there; an empty table where nothing does."""
    if isinstance(node, dict) and node.get(str(part)) is None:
        node[str(part)] = {}
    return node[part]


def _value_at(data: Any, path: Path) -> Any:
    """What the data says at a path, else the default of its key; None where there is neither."""
    for part in path:
        data = _step(data, part)
        if data is None:
            return _default(key_at(path))
    return data


def _default(key: Key | None) -> Any:
    if key is None or key.info.is_required():
        return None
    value = key.info.get_default(call_default_factory=True)
    return None if isinstance(value, BaseModel) else value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def scenario_mistakes(data: Mapping[str, Any], known: list[Mistake]) -> Iterator[Mistake]:
    """What is wrong with the problems that the scenarios of a file's plain values make, beyond what is `known`."""
    scenarios = data.get("scenarios")
    base = {key: value for key, value in data.items() if key not in _NOT_THE_QUESTION}
    for name, scenario in scenarios.items() if isinstance(scenarios, dict) else ():
        changes = scenario.get("set") if isinstance(scenario, dict) else None
        if not isinstance(changes, dict) or not all(isinstance(key, str) and all(key.split(".")) for key in changes):
            continue
        changes = {key: value for key, value in changes.items() if key.split(".")[0] not in SAME_IN_ALL}
        for mistake in changed(base, changes, known)[1]:
            if len(mistake.path) == 1 and mistake.path[0] in changes:
                yield Mistake(("scenarios", name, "set", *mistake.path), mistake.text)
            else:
                yield Mistake(("scenarios", name), f"makes a problem in which {dotted(mistake.path)} {mistake.text}")
