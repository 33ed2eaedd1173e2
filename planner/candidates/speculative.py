"""Speculative decoding and multi-token prediction: guess k tokens ahead, check them all in one step.

With each guess right with probability a, independently, a step yields 1 + a + a² + … + a^k tokens: the
guesses up to the first wrong one, and one the model itself supplies there (Leviathan et al., 2023,
"Fast Inference from Transformers via Speculative Decoding", equation 1).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Draft:
    """`tokens` guessed ahead at each step, each right with probability `acceptance` if those before it are."""

    tokens: int
    acceptance: float

    @property
    def tokens_per_step(self) -> float:
        """Mean tokens a request gains in one step: between 1 and tokens + 1."""
        return sum(self.acceptance**guess for guess in range(self.tokens + 1))
