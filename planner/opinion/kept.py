"""Every opinion asked for once: answers are kept in a file for each version of the library."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from planner.candidates.predict import Asked
from planner.catalog.specs import Catalog
from planner.opinion.ask import arguments_for
from planner.opinion.library import Library, Opinion


def second_opinions(
    questions: Sequence[tuple[Asked, float | None]], catalog: Catalog, library: Library, cache: Path | None = None
) -> list[Opinion]:
    """One opinion for each deployment and its number of clients.

    What the cache file holds is not asked again, and what is new is kept in it.
    """
    known = _read(cache)
    before = len(known)
    opinions = []
    for deployment, clients in questions:
        arguments = arguments_for(deployment, clients, catalog, library)
        if isinstance(arguments, str):
            opinions.append(Opinion(library.version, reason=arguments))
            continue
        key = json.dumps(arguments, sort_keys=True)
        if key not in known:
            known[key] = library.estimate(arguments)
        opinions.append(known[key])
    if cache and len(known) > before:
        _keep(cache, known)
    return opinions


def cache_file(version: str) -> Path:
    """Where the answers of one version are kept."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "llm-fleet-planner" / f"aiconfigurator-{version}.json"


def _read(cache: Path | None) -> dict[str, Opinion]:
    """What is kept; nothing where the file is missing or broken."""
    try:
        kept = json.loads(cache.read_text(encoding="utf-8")) if cache else {}
        return {str(key): Opinion(**said) for key, said in kept.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _keep(cache: Path, known: Mapping[str, Opinion]) -> None:
    """Write the file; where that cannot be, the answers are asked for again next time."""
    with suppress(OSError):
        cache.parent.mkdir(parents=True, exist_ok=True)
        cache.write_text(json.dumps({key: asdict(said) for key, said in known.items()}), encoding="utf-8")
