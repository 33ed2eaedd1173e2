"""Where rates come from: the performance model, the model set right by own benchmarks, or an own table."""

from typing import Literal

from planner.inputs.base import Mistake, Mistakes, Name, Strict, rule

EngineName = Literal["vllm", "sglang", "trtllm"]


class Performance(Strict):
    """What replicas are believed to do."""

    engine: EngineName | None = None
    """The serving engine; absent means the constants that fit all of them."""
    calibration: Name | None = None
    """YAML that `planner calibrate` wrote from your own benchmarks: step times are multiplied by its factors."""
    table: Name | None = None
    """CSV of your own measured rates. The workloads it names are planned with its rows alone, without the model."""

    @rule
    def calibration_is_of_an_engine(self) -> Mistakes:
        if self.calibration is not None and self.engine is None:
            text = "is missing: a calibration holds for the engine it was measured with; add e.g. engine: vllm"
            yield Mistake(("engine",), text)
