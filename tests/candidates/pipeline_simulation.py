"""A pipeline of stages, step by step: what the closed forms of replicas with pipeline stages are checked against."""

from collections import deque

import numpy as np
from test_step_simulation import step_times

from planner.candidates.engine import Engine


class Pipeline:
    """Stages that each take their share of a step; no step overtakes another."""

    def __init__(self, layers: int, stages: int) -> None:
        whole, more = divmod(layers, stages)
        self.shares = [(whole + (stage < more)) / layers for stage in range(stages)]
        self.free = [0.0] * stages

    def send(self, start: float, seconds: float) -> float:
        """When a step of so many seconds that is ready at `start` leaves the last stage."""
        clock = start
        for stage, share in enumerate(self.shares):
            clock = max(clock, self.free[stage]) + seconds * share
            self.free[stage] = clock
        return clock


class Lane:
    """A micro-batch: the requests that decode in it, and those whose prompt ends in its step under way."""

    def __init__(self) -> None:
        self.running: deque[tuple[int, int]] = deque()  # (request, step of the lane in which it ends)
        self.started: list[int] = []
        self.step, self.ends = 0, np.inf  # inf: nothing under way

    def finish(self, first: np.ndarray, last: np.ndarray, output: int) -> None:
        """Book what the step that ends brought."""
        self.step += 1
        while self.running and self.running[0][1] <= self.step:
            last[self.running.popleft()[0]] = self.ends
        for request in self.started:
            first[request] = self.ends
            self.running.append((request, self.step + output - 1))
        self.started, self.ends = [], np.inf


def simulate(ready: Engine, rate: float, lengths: tuple[int, int], served: int) -> tuple[np.ndarray, np.ndarray]:
    """TTFT and TPOT of each request under Poisson arrivals [s]. Prompts enter with the next step of any micro-batch."""
    prompt, output = lengths
    stages, chunk = int(ready.rows.pp[0]), int(ready.k.prefill_chunk_tokens)
    arrivals = np.cumsum(np.random.default_rng(7).exponential(1 / rate, served))
    seconds = step_times(ready, prompt)
    pipeline, lanes = Pipeline(int(ready.rows.layers[0]), stages), [Lane() for _ in range(stages)]
    waiting: deque[list[int]] = deque()
    first, last = np.zeros(served), np.zeros(served)
    admitted, clock = 0, 0.0
    while True:
        lane = min(lanes, key=lambda one: one.ends)
        asks = clock if waiting else (arrivals[admitted] if admitted < served else np.inf)
        enters = max(asks, pipeline.free[0])
        idle = next((one for one in lanes if one.ends == np.inf), None)
        if idle is not None and enters < lane.ends:
            lane, clock = idle, enters
        elif lane.ends < np.inf:
            clock = max(lane.ends, pipeline.free[0])
            lane.finish(first, last, output)
        else:
            break
        while admitted < served and arrivals[admitted] <= clock:
            waiting.append([admitted, prompt])
            admitted += 1
        budget, tokens = chunk - len(lane.running), 0
        while waiting and budget > 0:
            part = min(budget, waiting[0][1])
            waiting[0][1] -= part
            budget, tokens = budget - part, tokens + part
            if waiting[0][1] == 0:
                lane.started.append(waiting.popleft()[0])
        if tokens or lane.running:
            lane.ends = pipeline.send(clock, seconds(len(lane.running), tokens))
    kept = slice(served // 10, served - served // 10)
    return (first - arrivals)[kept] + ready.k.first_token_overhead_s, ((last - first) / (output - 1))[kept]
