"""The installed AIConfigurator: what it covers, and what it says of one replica.

It interpolates in its own operator measurements; ours is a closed form. Models are only asked for that it carries
a configuration of, so that nothing is downloaded.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module, metadata, resources
from math import nan
from typing import Any

from planner.errors import InputError

INSTALL = "pip install 'llm-fleet-planner[aic]'"
NAME = "AIConfigurator"


@dataclass(frozen=True)
class Opinion:
    """What it says; nan and a reason where it says nothing."""

    version: str
    ttft_mean_ms: float = nan
    tpot_ms: float = nan
    output_tokens_per_s_per_gpu: float = nan
    reason: str = ""


class Library:
    """The installed AIConfigurator; InputError with the command that installs it where there is none."""

    def __init__(self) -> None:
        try:
            with quiet():
                self._estimate: Callable[..., Any] = import_module("aiconfigurator.cli.api").cli_estimate
            self._files = resources.files("aiconfigurator_core")
            self.version = metadata.version("aiconfigurator")
        except (ImportError, AttributeError) as error:
            raise InputError(f"{NAME} is not installed ({error}); install it with: {INSTALL}") from None

    @cached_property
    def models(self) -> list[str]:
        """Hugging Face ids it carries a configuration of, those of the model's own maker first."""
        names = [entry.name for entry in (self._files / "model_configs").iterdir()]
        ends = "_config.json"
        found = [name.removesuffix(ends).replace("--", "/") for name in names if name.endswith(ends)]
        return sorted((name for name in found if not name.endswith("_hf_quant")), key=lambda n: (n[:7] == "nvidia/", n))

    @cached_property
    def systems(self) -> list[str]:
        """GPU types it has measurements of."""
        names = (entry.name for entry in (self._files / "systems").iterdir())
        return sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml"))

    def estimate(self, question: Mapping[str, Any]) -> Opinion:
        """Its answer, or the reason it gives for having none."""
        with quiet():
            try:
                told = self._estimate(**question)
            except Exception as error:  # it has no common base class for what it cannot answer
                return Opinion(self.version, reason=f"{NAME} has no answer: {str(error).splitlines()[0][:200]}")
        found = Opinion(self.version, float(told.ttft), float(told.tpot), float(told.tokens_per_second_per_gpu))
        if told.kv_cache_warning:
            return Opinion(self.version, reason=f"{NAME} says the requests do not fit into the KV cache")
        return found


@contextmanager
def quiet() -> Iterator[None]:
    """Its remarks are not ours."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
