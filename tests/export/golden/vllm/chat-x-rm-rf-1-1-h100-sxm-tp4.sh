#!/usr/bin/env bash
# One replica of llama-3.3-70b for chat "x" $(rm -rf /) =1+1 on 4 × H100-SXM: llama-3.3-70b/H100-SXM/tp4-pp1/fp8/kv-fp8
# Runs in aws/us-east-1/p5.48xlarge, 4 at once at most
# org/llama-3.3-70b is published in bf16: it is quantised while loading; a checkpoint in fp8 would load sooner; --checkpoint llama-3.3-70b=REPOSITORY names one.
# Plan: =cmd|' /C calc'!A0 <script>alert(1)</script> | `$(reboot)` *b* - not: yaml
# From a.yaml (sha256 aaaaaaaaaaaa) as of 2026-12-01
# Made by: planner plan 'a b.yaml'; $(reboot)
set -euo pipefail
command=(
  vllm serve org/llama-3.3-70b
  --served-model-name llama-3.3-70b  # the plan's name of the model
  --host 0.0.0.0  # reached from other machines
  --port 8000  # where probes and services expect it
  --tensor-parallel-size 4  # plan: tp 4
  --quantization fp8_per_tensor  # plan: weights fp8, published in bf16: quantised while loading
  --kv-cache-dtype fp8  # plan: KV cache fp8
  --gpu-memory-utilization 0.9  # plan: 0.9 of a GPU's memory, 70.0 GiB
  --max-num-seqs 42  # plan: 20.0 at once in the busiest block + 3 standard deviations; KV cache holds 47
  --max-model-len 60416  # twice the longest request planned (30,000 tokens), within model and KV cache
  --enable-prefix-caching  # plan: 30% of prompt tokens found in the cache
  --enable-chunked-prefill  # plan: prompts ride along with decoding steps
  --max-num-batched-tokens 8192  # plan: steps of at most 8,192 tokens
)
exec "${command[@]}" "$@"
