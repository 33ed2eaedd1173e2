"""Prefill here, decode there: both rates, the cache between them, and the targets they share, by hand."""

import numpy as np
import pytest
from workbench import catalog, constants, demand_class, fixed, replica

from planner.candidates.candidate import Rate
from planner.candidates.disaggregated import Disaggregated, Link, Pair, Refused, disaggregated, prompt_bytes, transfer_s
from planner.candidates.engine import engine_of
from planner.candidates.judge import judge
from planner.candidates.roofline import decode_step
from planner.candidates.rows import rows_from
from planner.candidates.state import state
from planner.candidates.trials import Facts, Trial, config_of
from planner.demand.types import LengthMix
from planner.inputs.problem import Limits

PROMPT, OUTPUT = 4000, 401
SLO = {("ttft", 0.95): 1.5, ("tpot", 0.95): 0.04}
NO_LIMITS = Limits(utilization_cap=1.0, throughput_margin=0.0)
WIRE = Link(50, 0.8)


def facts() -> Facts:
    return Facts(catalog(), constants())


def trial(
    gpu: str,
    tp: int,
    model: str = "llama-3.3-70b",
    kv: str = "fp8",
    lengths: LengthMix | None = None,
    slo: dict[tuple[str, float], float] = SLO,
) -> Trial:
    lengths = lengths or fixed(PROMPT, OUTPUT)
    row = replica(model, gpu, (tp, 1), ("fp8", kv), lengths)
    config = config_of(row.model, row.fabric, row.layout, ("fp8", kv), known=True)
    return Trial(config, demand_class(lengths, slo), row)


def works(prefill: Trial, decode: Trial, link: Link = WIRE) -> Disaggregated:
    found = disaggregated([Pair(prefill, decode)], facts(), NO_LIMITS, link)[0]
    assert isinstance(found, Disaggregated), found
    return found


def refused(prefill: Trial, decode: Trial, link: Link = WIRE) -> str:
    found = disaggregated([Pair(prefill, decode)], facts(), NO_LIMITS, link)[0]
    assert isinstance(found, Refused)
    return found.reason


def whole(one: Trial) -> Rate:
    rates, _ = judge([one], facts(), NO_LIMITS)
    return rates[0]


def test_the_cache_of_a_prompt_by_hand() -> None:
    llama, deepseek = (catalog().models[name].attention for name in ("llama-3.3-70b", "deepseek-v3"))
    assert prompt_bytes(llama, "bf16", 1) == 2 * 80 * 8 * 128 * 2
    assert prompt_bytes(llama, "fp8", 4000) == 4000 * 2 * 80 * 8 * 128
    assert prompt_bytes(deepseek, "bf16", 1000) == 1000 * 61 * (512 + 64) * 2
    gemma = catalog().models["gemma-3-27b"].attention
    growth = prompt_bytes(gemma, "bf16", 9000) - prompt_bytes(gemma, "bf16", 8000)
    assert growth == 1000 * gemma.kv_elements_per_token * 2


def test_the_transfer_by_hand() -> None:
    """655,360,000 bytes over four links of 50 GB/s at 80 %."""
    pair = Pair(trial("H100-SXM", 4), trial("H200-SXM", 8))
    assert transfer_s(pair, PROMPT, WIRE) == pytest.approx(655_360_000 / (4 * 50e9 * 0.8))
    assert works(pair.prefill, pair.decode).transfer_ms == pytest.approx(4.096)
    assert works(pair.prefill, pair.decode).kv_bytes == 655_360_000


def test_a_decode_pool_only_decodes() -> None:
    found = works(trial("H100-SXM", 4), trial("H200-SXM", 4)).decode
    assert found.at_max is not None
    row = trial("H200-SXM", 4).replica
    engine = engine_of(rows_from([row], constants()), constants())
    n = np.array([found.at_max.concurrency])
    alone = float(decode_step(engine.step, n + 1)[0])  # a request finds the others and itself
    assert found.at_max.tpot_mean_ms == pytest.approx(1000 * alone)
    assert found.max_requests_per_s == pytest.approx(n[0] / (400 * alone))
    assert found.at_max.prefill_utilization == 0
    assert found.at_max.tpot_p95_ms <= 40.001
    assert state(engine, n).tpot[0] > alone


def test_a_prefill_pool_only_prefills() -> None:
    """At most one prompt after another, and no answer's steps between them."""
    found = works(trial("H100-SXM", 4), trial("H200-SXM", 4)).prefill
    engine = engine_of(rows_from([trial("H100-SXM", 4).replica], constants()), constants())
    service = float(state(engine, np.array([1e-6])).prefill[0])
    assert 0.5 / service < found.max_requests_per_s < 1.05 / service
    assert found.limited_by == "ttft p95"


def test_the_first_token_waits_for_the_transfer() -> None:
    slow = Link(1, 0.8)
    near, far = (works(trial("H100-SXM", 4), trial("H200-SXM", 4), link) for link in (WIRE, slow))
    assert far.transfer_ms == pytest.approx(655_360_000 / (4 * 0.8e9) * 1000)
    assert near.ttft_p95_ms is not None
    assert far.ttft_p95_ms is not None
    assert near.ttft_p95_ms == pytest.approx(1500, rel=0.01)
    assert far.ttft_p95_ms == pytest.approx(1500, rel=0.01)
    assert far.prefill.max_requests_per_s < near.prefill.max_requests_per_s
    assert far.decode.max_requests_per_s == near.decode.max_requests_per_s
    assert "moving a prompt's cache takes 2,048 ms, 1,500 ms asked" in refused(
        trial("H100-SXM", 4), trial("H200-SXM", 4), Link(0.1, 0.8)
    )


def test_the_longest_prompts_count_for_the_percentile() -> None:
    mix = LengthMix(np.array([1000.0, 16000.0]), np.array([401.0, 401.0]), np.array([0.9, 0.1]))
    found = works(trial("H100-SXM", 4, lengths=mix), trial("H200-SXM", 4, lengths=mix))
    assert found.transfer_ms == pytest.approx(2500 * 163_840 / (4 * 40e9) * 1000)
    assert found.prefill.at_max is not None
    assert found.ttft_p95_ms == pytest.approx(found.prefill.at_max.ttft_p95_ms + 16000 * 163_840 / (4 * 40e9) * 1000)


def test_pools_in_balance() -> None:
    found = works(trial("H100-SXM", 4), trial("H200-SXM", 8))
    first, second = found.prefill.max_requests_per_s, found.decode.max_requests_per_s
    assert found.decode_per_prefill == pytest.approx(first / second)
    assert found.gpu_seconds_per_request == pytest.approx(4 / first + 8 / second)


def test_splitting_pays_where_prompts_disturb_answers() -> None:
    """Tight TPOT and long prompts: an aggregated replica must stay nearly empty."""
    tight = {("ttft", 0.95): 2.0, ("tpot", 0.95): 0.020}
    one = trial("H100-SXM", 8, lengths=fixed(8000, 200), slo=tight)
    together = whole(one)
    found = works(one, one)
    assert found.gpu_seconds_per_request < 8 / together.max_requests_per_s


def test_splitting_cannot_create_capacity_where_nothing_is_asked_for() -> None:
    """Without targets both ways do the same work; two pools only add a transfer and lose the sharing of steps."""
    one = trial("H100-SXM", 8, slo={})
    found = works(one, one)
    assert found.gpu_seconds_per_request > 0.9 * 8 / whole(one).max_requests_per_s


def test_an_end_to_end_target_is_shared_out() -> None:
    slo = {("ttft", 0.95): 1.5, ("e2e", 0.95): 13.5}
    found = works(trial("H100-SXM", 4, slo=slo), trial("H200-SXM", 4, slo=slo))
    assert found.decode.at_max is not None
    assert found.decode.limited_by in {"e2e p95", "kv cache", "running requests"}
    assert 400 * found.decode.at_max.tpot_mean_ms < 12_000
    alone = {("e2e", 0.95): 13.5}
    assert "p95 needs one for the time to first token" in refused(
        trial("H100-SXM", 4, slo=alone), trial("H200-SXM", 4, slo=alone)
    )


def test_pairs_that_make_no_sense_are_refused() -> None:
    assert "different formats, bf16 and fp8" in refused(trial("H100-SXM", 4, kv="bf16"), trial("H200-SXM", 4))
    assert "same model" in refused(trial("H100-SXM", 4), trial("H200-SXM", 4, model="llama-3.1-70b"))
    assert refused(trial("L40S", 1), trial("H200-SXM", 4)).startswith("prefill on L40S: needs ")
    hopeless = {("ttft", 0.95): 1.5, ("tpot", 0.95): 0.001}
    said = refused(trial("H100-SXM", 4, slo=hopeless), trial("H200-SXM", 4, slo=hopeless))
    assert said.startswith("decode on H200-SXM: tpot p95 is ")


def test_pairs_keep_their_order_and_share_halves() -> None:
    gpus = [("H100-SXM", 4), ("L40S", 1), ("H200-SXM", 4)]
    pairs = [Pair(trial(*first), trial(*second)) for first in gpus for second in gpus]
    found = disaggregated(pairs, facts(), NO_LIMITS, WIRE)
    assert [isinstance(item, Refused) for item in found] == [
        "L40S" in pair.prefill.config.id or "L40S" in pair.decode.config.id for pair in pairs
    ]
    kept = [item for item in found if isinstance(item, Disaggregated)]
    assert kept[0].prefill.config.endswith("/prefill-4")
    assert kept[0].decode.config.endswith("/decode")
    assert kept[0].prefill.demand_class == "chat"


def test_the_usual_network_comes_from_the_facts() -> None:
    found = disaggregated([Pair(trial("H100-SXM", 4), trial("H200-SXM", 4))], facts(), NO_LIMITS)[0]
    assert isinstance(found, Disaggregated)
    assert found.transfer_ms == pytest.approx(655_360_000 / (4 * 50e9 * 0.7) * 1000)
