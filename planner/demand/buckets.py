"""Request-size classes: a length distribution cut into parts of about equal token work."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.demand.types import LengthMix
from planner.errors import InputError


@dataclass(frozen=True)
class SizeBucket:
    """Requests of similar size: their share of all requests and their own lengths."""

    share: float
    lengths: LengthMix


def size_buckets(lengths: LengthMix, count: int, where: str) -> tuple[SizeBucket, ...]:
    """`count` buckets, shortest requests first, each with as equal a share of all tokens as whole cells allow."""
    if count == 1:
        return (SizeBucket(1.0, lengths),)
    size = lengths.input_tokens + lengths.output_tokens
    order = np.lexsort((lengths.input_tokens, size))
    if len(order) < count:
        raise InputError(
            f"{where}: asks for {count} buckets, but the lengths have {len(order)} "
            f"kind{'s' if len(order) > 1 else ''} of request; lower it to at most {len(order)}"
        )
    done = np.cumsum((size * lengths.share)[order])
    borders = [0]
    for k in range(1, count):
        nearest = int(np.abs(done - done[-1] * k / count).argmin()) + 1
        borders.append(min(max(nearest, borders[-1] + 1), len(order) - (count - k)))
    return tuple(
        _bucket(lengths, order[start:end]) for start, end in zip(borders, [*borders[1:], len(order)], strict=True)
    )


def _bucket(lengths: LengthMix, cells: np.ndarray[tuple[int], np.dtype[np.intp]]) -> SizeBucket:
    share = float(lengths.share[cells].sum())
    own = LengthMix(lengths.input_tokens[cells], lengths.output_tokens[cells], lengths.share[cells] / share)
    return SizeBucket(share, own)
