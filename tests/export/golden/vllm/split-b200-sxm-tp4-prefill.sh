#!/usr/bin/env bash
# One replica of qwen3-235b for split on 4 × B200-SXM, the prefill half of each request: qwen3-235b/B200-SXM/tp4/fp8/kv-fp8/prefill-8
# Runs in nebius/eu-north1/b200x8, 2 at once at most
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
  --tensor-parallel-size 4  # plan: tp 4
  --quantization fp8_per_tensor  # plan: weights fp8, published in bf16: quantised while loading
  --kv-cache-dtype fp8  # plan: KV cache fp8
  --gpu-memory-utilization 0.9  # plan: 0.9 of a GPU's memory, 70.0 GiB
  --max-num-seqs 34  # plan: 20.0 at once in the busiest block + 3 standard deviations; KV cache holds 47
  --max-model-len 8192  # twice the longest request planned (3,900 tokens), within model and KV cache
  --enable-chunked-prefill  # plan: prompts ride along with decoding steps
  --max-num-batched-tokens 8192  # plan: steps of at most 8,192 tokens
  --kv-transfer-config '{"kv_connector": "NixlConnector", "kv_role": "kv_producer"}'  # plan: the prefill half of each request
)
exec "${command[@]}" "$@"
