#!/usr/bin/env bash
# One replica of llama-3.1-8b for night-digest on 1 × L4: llama-3.1-8b/L4/tp1-pp1/fp8/kv-bf16
# Runs in gcp/us-central1/g2-standard-48 on spot nodes, 8 at once at most
# evil/$(rm -rf ~)'" is published in bf16: it is quantised while loading; a checkpoint in fp8 would load sooner; --checkpoint llama-3.1-8b=REPOSITORY names one.
# Plan: =cmd|' /C calc'!A0 <script>alert(1)</script> | `$(reboot)` *b* - not: yaml
# From a.yaml (sha256 aaaaaaaaaaaa) as of 2026-12-01
# Made by: planner plan 'a b.yaml'; $(reboot)
set -euo pipefail
command=(
  vllm serve 'evil/$(rm -rf ~)'"'"'"'
  --served-model-name llama-3.1-8b  # the plan's name of the model
  --host 0.0.0.0  # reached from other machines
  --port 8000  # where probes and services expect it
  --tensor-parallel-size 1  # plan: tp 1
  --quantization fp8_per_tensor  # plan: weights fp8, published in bf16: quantised while loading
  --kv-cache-dtype auto  # plan: KV cache bf16
  --gpu-memory-utilization 0.9  # plan: 0.9 of a GPU's memory, 70.0 GiB
  --max-num-seqs 34  # plan: 20.0 at once in the busiest block + 3 standard deviations; KV cache holds 47
  --max-model-len 4096  # twice the longest request planned (200,000 tokens), within model and KV cache
  --enable-chunked-prefill  # plan: prompts ride along with decoding steps
  --max-num-batched-tokens 8192  # plan: steps of at most 8,192 tokens
)
exec "${command[@]}" "$@"
