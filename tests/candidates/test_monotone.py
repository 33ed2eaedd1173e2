"""Better hardware, narrower numbers and shorter prompts never serve less: for any model, GPU, layout and target.

Answers have sixteen tokens or more: below that a percentile of the time per output token says little. Of 55,000
feasible random pairs a change none fell by 1 in 100,000, but for two of 3 in 100,000 with an fp8 cache and 0.0006
requests/s, where the search tells no more apart, and one of 5 in 1,000 with prefix hits in a pipeline.
"""

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from workbench import catalog, fixed, max_rates, replica

from planner.candidates.rows import Replica
from planner.catalog.specs import GpuSpec

TARGETS = [{("ttft", 0.95): 1.0, ("tpot", 0.95): 0.05}, {("ttft", 0.99): 20.0}, {("e2e", 0.9): 20.0}, {}]
GPUS = [gpu.id for gpu in catalog().gpus.values() if {"bf16", "fp8"} <= set(gpu.tflops) and gpu.kind == "gpu"]
INSIDE = [(1, 1), (2, 1), (4, 1), (8, 1), (2, 2), (1, 4), (2, 3)]
SHARING = [(8, 1, 1, 8), (2, 1, 2, 4), (1, 1, 8, 8)]  # experts whole, then attention group by group
SPANNING = [(8, 2), (8, 4), (4, 2, 2, 8), (1, 2, 8, 8)]  # a stage on each of several nodes
LAYOUTS = INSIDE + SHARING + SPANNING
NETWORK_GB_PER_S = 12.5
BUBBLES = 1e-2  # by which a prefix hit may lose in a pipeline, whose bubbles are as long as a mean chunk, not the last
BISECTION = 1e-5  # what is told apart at all
RARE, BISECTION_OF_FEW = 0.01, 5e-5  # requests/s below which it is less
CASES = st.lists(
    st.tuples(
        st.sampled_from(sorted(catalog().models)),
        st.sampled_from(GPUS),
        st.sampled_from(LAYOUTS),
        st.floats(20, 30000),
        st.floats(16, 3000),
        st.floats(1.05, 4),
    ),
    min_size=1,
    max_size=20,
)


def faster(gpu: GpuSpec, factor: float, what: str) -> GpuSpec:
    if what == "bandwidth":
        return dataclasses.replace(gpu, bandwidth_gb_per_s=gpu.bandwidth_gb_per_s * factor)
    if what == "flops":
        return dataclasses.replace(gpu, tflops={kind: value * factor for kind, value in gpu.tflops.items()})
    if what == "memory":
        return dataclasses.replace(gpu, memory_gib=gpu.memory_gib * factor)
    links = {name: getattr(gpu, name) for name in ("link_gb_per_s", "link_peer_gb_per_s", "pcie_gb_per_s")}
    return dataclasses.replace(gpu, **{name: value and value * factor for name, value in links.items()})


def built(
    model: str,
    gpu: str | GpuSpec,
    layout: tuple[int, ...],
    formats: tuple[str, str] = ("bf16", "bf16"),
    network: float = NETWORK_GB_PER_S,
    **requests: object,
) -> Replica:
    """A replica inside a node, or over nodes of eight on a network."""
    made = replica(model, gpu, layout, formats, **requests)
    if layout not in SPANNING:
        return made
    return dataclasses.replace(made, fabric=dataclasses.replace(made.fabric, node_gpus=8, network_gb_per_s=network))


def on_faster(what: str) -> Callable[..., Replica]:
    def build(model, gpu, layout, prompt, output, factor):  # type: ignore[no-untyped-def]
        return built(model, faster(catalog().gpus[gpu], factor, what), layout, lengths=fixed(prompt, output))

    return build


CHANGES: dict[str, Callable[..., Replica]] = {
    "more bandwidth": on_faster("bandwidth"),
    "more FLOPs": on_faster("flops"),
    "faster links": on_faster("links"),
    "more memory": on_faster("memory"),
    "a faster network": lambda m, g, cut, s, o, f: built(m, g, cut, network=NETWORK_GB_PER_S * f, lengths=fixed(s, o)),
    "fp8 weights": lambda m, g, cut, s, o, f: built(m, g, cut, ("fp8", "bf16"), lengths=fixed(s, o)),
    "fp8 cache": lambda m, g, cut, s, o, f: built(m, g, cut, ("bf16", "fp8"), lengths=fixed(s, o)),
    "shorter prompts": lambda m, g, cut, s, o, f: built(m, g, cut, lengths=fixed(s / f, o)),
    "prefix hits": lambda m, g, cut, s, o, f: built(m, g, cut, lengths=fixed(s, o), prefix_hit=1 - 1 / f),
    "calmer arrivals": lambda m, g, cut, s, o, f: built(m, g, cut, lengths=fixed(s, o), arrival_scv=1 / f),
}


@pytest.mark.parametrize("change", CHANGES)
@settings(max_examples=20, deadline=None, derandomize=True)
@given(cases=CASES, slo=st.sampled_from(TARGETS))
def test_never_serves_less(change: str, cases: list[tuple], slo: dict) -> None:  # type: ignore[type-arg]
    before = [built(m, g, cut, lengths=fixed(s, o)) for m, g, cut, s, o, _ in cases]
    after = [CHANGES[change](*case) for case in cases]
    rates = max_rates([*before, *after], slo)
    least, most = rates[: len(cases)], rates[len(cases) :]
    piped = np.array([len(cut) > 1 and cut[1] > 1 for _, _, cut, *_ in cases])
    told_apart = np.where(
        piped & (change == "prefix hits"), BUBBLES, np.where(least < RARE, BISECTION_OF_FEW, BISECTION)
    )
    assert np.all(most >= least * (1 - told_apart))


def test_the_property_tests_see_real_rates() -> None:
    """A property over zeros would hold by itself: most cases must be feasible, and the changes must matter."""
    cases = [("llama-3.1-8b", gpu, (1, 1), 1000.0, 200.0, 2.0) for gpu in GPUS]
    slo = TARGETS[0]
    before = max_rates([replica(m, g, cut, lengths=fixed(s, o)) for m, g, cut, s, o, _ in cases], slo)
    assert np.mean(before > 0) > 0.8
    for name in ("more bandwidth", "more FLOPs", "shorter prompts", "prefix hits"):
        after = max_rates([CHANGES[name](*case) for case in cases], slo)
        assert after.sum() > before.sum() * 1.02, name


def test_the_new_layouts_are_real_too() -> None:
    cases = [("deepseek-v3", "B200-SXM", cut, 1000.0, 200.0, 4.0) for cut in SHARING + SPANNING if cut != (2, 1, 2, 4)]
    slo = TARGETS[0]
    before = max_rates([built(m, g, cut, ("fp8", "bf16"), lengths=fixed(s, o)) for m, g, cut, s, o, _ in cases], slo)
    assert np.all(before > 0)
    wider = max_rates(
        [
            built(m, g, cut, ("fp8", "bf16"), network=NETWORK_GB_PER_S * f, lengths=fixed(s, o))
            for m, g, cut, s, o, f in cases
        ],
        slo,
    )
    over_nodes = np.array([cut in SPANNING for _, _, cut, *_ in cases])
    assert np.all(wider[over_nodes] > before[over_nodes]) and np.all(wider[~over_nodes] == before[~over_nodes])
