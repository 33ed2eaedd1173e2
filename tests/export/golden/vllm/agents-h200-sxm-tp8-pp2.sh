#!/usr/bin/env bash
# One replica of glm-5 for agents on 16 × H200-SXM over 2 nodes: glm-5/H200-SXM/tp8-pp2/fp8/kv-fp8
# Runs in own/dgx-h200, 1 at once at most
# Plan: =cmd|' /C calc'!A0 <script>alert(1)</script> | `$(reboot)` *b* - not: yaml
# From a.yaml (sha256 aaaaaaaaaaaa) as of 2026-12-01
# Made by: planner plan 'a b.yaml'; $(reboot)
set -euo pipefail
command=(
  vllm serve zai-org/GLM-5-FP8
  --served-model-name glm-5  # the plan's name of the model
  --host 0.0.0.0  # reached from other machines
  --port 8000  # where probes and services expect it
  --tensor-parallel-size 8  # plan: tp 8
  --pipeline-parallel-size 2  # plan: pp 2
  --kv-cache-dtype fp8  # plan: KV cache fp8
  --gpu-memory-utilization 0.9  # plan: 0.9 of a GPU's memory, 70.0 GiB
  --max-num-seqs 34  # plan: 20.0 at once in the busiest block + 3 standard deviations; KV cache holds 47
  --max-model-len 17408  # twice the longest request planned (8,500 tokens), within model and KV cache
  --enable-chunked-prefill  # plan: prompts ride along with decoding steps
  --max-num-batched-tokens 8192  # plan: steps of at most 8,192 tokens
)
# Run on each of 2 nodes: NODE_RANK 0 to 1, HEAD_ADDRESS of the node of rank 0.
: "${NODE_RANK:?0 on the first node}" "${HEAD_ADDRESS:?address of the node of rank 0}"
command+=(--nnodes 2 --node-rank "$NODE_RANK" --master-addr "$HEAD_ADDRESS" --master-port 29500)
if [ "$NODE_RANK" != 0 ]; then command+=(--headless); fi
exec "${command[@]}" "$@"
