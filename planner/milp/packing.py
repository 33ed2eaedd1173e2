"""How many GPUs of a node a replica takes, so that one row per pool packs whole nodes exactly.

If the sizes on a pool and its node size form a divisibility chain, replicas fit on `n` nodes exactly
when their sizes add up to at most `n` nodes' GPUs (largest first never leaves a hole that a smaller
size cannot fill). Sizes off the chain are rounded up to it; beyond a node, to whole nodes.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache


def footprints(sizes: Iterable[int], node_gpus: int) -> dict[int, int]:
    """GPUs each replica size takes on nodes of `node_gpus`, along the chain that wastes least."""
    distinct = sorted(set(sizes))
    chain = min(_chains(node_gpus), key=lambda one: (sum(_rounded(size, one) / size for size in distinct), one))
    return {size: _rounded(size, chain) for size in distinct}


def _rounded(size: int, chain: tuple[int, ...]) -> int:
    node_gpus = chain[-1]
    if size > node_gpus:
        return -(-size // node_gpus) * node_gpus
    return next(step for step in chain if step >= size)


@cache
def _chains(gpus: int) -> tuple[tuple[int, ...], ...]:
    """Every divisor chain 1 | … | gpus."""
    if gpus == 1:
        return ((1,),)
    divisors = [divisor for divisor in range(1, gpus) if gpus % divisor == 0]
    return tuple((*chain, gpus) for divisor in divisors for chain in _chains(divisor))
