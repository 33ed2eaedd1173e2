#!/usr/bin/env bash
# One replica of qwen3-235b for split on 8 × B200-SXM, the decode half of each request: qwen3-235b/B200-SXM/dp8-ep8/fp8/kv-fp8/decode
# Runs in nebius/eu-north1/b200x8, 1 at once at most
# org/qwen3-235b is published in bf16: it is quantised while loading; a checkpoint in fp8 would load sooner; --checkpoint qwen3-235b=REPOSITORY names one.
# Plan: =cmd|' /C calc'!A0 <script>alert(1)</script> | `$(reboot)` *b* - not: yaml
# From a.yaml (sha256 aaaaaaaaaaaa) as of 2026-12-01
# Made by: planner plan 'a b.yaml'; $(reboot)
set -euo pipefail
command=(
  vllm serve org/qwen3-235b
  --served-model-name qwen3-235b  # the plan's name of the model
  --host 0.0.0.0  # reached from other machines
  --port 8000  # where probes and services expect it
  --tensor-parallel-size 1  # plan: tp 1
  --data-parallel-size 8  # plan: dp 8, attention of its own in each group
  --enable-expert-parallel  # plan: experts whole on 8 GPUs
  --quantization fp8_per_tensor  # plan: weights fp8, published in bf16: quantised while loading
  --kv-cache-dtype fp8  # plan: KV cache fp8
  --gpu-memory-utilization 0.9  # plan: 0.9 of a GPU's memory, 70.0 GiB
  --max-num-seqs 5  # plan: 2.5 at once in the busiest block in each of 8 groups + 3 standard deviations; KV cache holds 6
  --max-model-len 8192  # twice the longest request planned (3,900 tokens), within model and KV cache
  --enable-chunked-prefill  # plan: prompts ride along with decoding steps
  --max-num-batched-tokens 8192  # plan: steps of at most 8,192 tokens
  --kv-transfer-config '{"kv_connector": "NixlConnector", "kv_role": "kv_consumer"}'  # plan: the decode half of each request
)
exec "${command[@]}" "$@"
