"""What one request looks like: token lengths, what the prefix cache saves, hidden reasoning."""

from math import exp, expm1, log, log1p, sqrt
from typing import Annotated

from pydantic import Field, Tag

from planner.inputs.base import CsvFile, Mistake, Mistakes, Name, NoBool, Strict, by_shape, rule, written

Tokens = Annotated[float, Field(ge=1, le=1e7), NoBool]

CV_OF_A_SINGLE_FIGURE = 1.0  # spread of a token length of which one figure is known; see TokenLength.cv
Z95 = 1.6448536269514722  # 95th percentile of the standard normal


class TokenLength(Strict):
    """A token-length distribution: log-normal through one or two of the figures."""

    mean: Tokens | None = None
    """Mean length [tokens]."""
    p50: Tokens | None = None
    """Median [tokens]."""
    p95: Tokens | None = None
    """95th percentile [tokens]."""
    cv: Annotated[float, Field(ge=0, le=10), NoBool] | None = None
    """Coefficient of variation, beside one other figure; 1 where only one figure is given, 0 is one fixed length."""

    @rule
    def figures_agree(self) -> Mistakes:
        given = written(self, "mean", "p50", "p95")
        figures = given + written(self, "cv")
        if not given:
            yield Mistake((), "says no length; add mean, p50 or p95")
        elif len(figures) > 2:
            text = f"gives {len(figures)} figures ({', '.join(figures)}); two fix a log-normal, keep at most two"
            yield Mistake((), text)
        elif contradiction := self._contradiction():
            yield Mistake((), contradiction)

    def _contradiction(self) -> str:
        mean, p50, p95 = self.mean, self.p50, self.p95
        if p50 is not None and p95 is not None and p95 <= p50:
            return f"has p95 ({p95:g}) not above p50 ({p50:g}); swap or correct them"
        if mean is not None and p50 is not None and mean < p50:
            return f"has a mean ({mean:g}) below p50 ({p50:g}): token lengths lean to the right; correct one of them"
        if mean is not None and p95 is not None and not mean <= p95 <= exp(Z95**2 / 2) * mean:
            return (
                f"has p95 ({p95:g}) outside 1 to 3.87 times the mean ({mean:g}), where no log-normal lies; "
                "give p50 and p95, or take lengths from a CSV"
            )
        if (cv := sqrt(expm1(self.log_normal()[1] ** 2))) > 10:
            return f"implies a coefficient of variation of {cv:.3g}, beyond 10; correct it, or take lengths from a CSV"
        return ""

    @property
    def is_single(self) -> bool:
        """True where one figure is given, so that the spread is assumed."""
        return [self.mean, self.p50, self.p95, self.cv].count(None) == 3

    def log_normal(self) -> tuple[float, float]:
        """Mean μ and standard deviation σ of ln(length) of the log-normal through the figures."""
        mean, p50, p95 = self.mean, self.p50, self.p95
        if p50 is not None and p95 is not None:
            return log(p50), log(p95 / p50) / Z95
        if mean is not None and p50 is not None:
            return log(p50), sqrt(2 * log(mean / p50))
        if mean is not None and p95 is not None:  # ln(p95/mean) = zσ - σ²/2; the smaller root
            sigma = Z95 - sqrt(max(Z95**2 - 2 * log(p95 / mean), 0.0))
            return log(mean) - sigma**2 / 2, sigma
        sigma = sqrt(log1p((CV_OF_A_SINGLE_FIGURE if self.cv is None else self.cv) ** 2))
        if mean is not None:
            return log(mean) - sigma**2 / 2, sigma
        return (log(p50), sigma) if p50 is not None else (log(p95 or 1.0) - Z95 * sigma, sigma)


Length = Annotated[
    Annotated[Tokens, Tag("<number>")] | Annotated[TokenLength, Tag("<table>")], by_shape("number", "table")
]


class Requests(Strict):
    """What one request looks like: `lengths` (a joint histogram) or `input` and `output`."""

    lengths: (
        Annotated[
            Annotated[Name, Tag("<text>")] | Annotated[CsvFile, Tag("<table>")],
            by_shape("text", "table"),
        ]
        | None
    ) = None
    """Joint length histogram: a named one (`planner catalog lengths`), or a CSV: input_tokens, output_tokens, share."""
    input: Length | None = None
    """Prompt length; a bare number is the mean [tokens]."""
    output: Length | None = None
    """Visible answer length; a bare number is the mean [tokens]."""
    buckets: Annotated[int, Field(ge=1, le=16), NoBool] = 1
    """Request-size classes the optimiser may route to different configurations."""
    split_buckets: bool = True
    """False: in each block a size bucket goes whole to one configuration or hosted API, as simple routers do."""
    prefix_hit: Annotated[float, Field(ge=0, lt=1), NoBool] = 0.0
    """Share of prompt tokens found in the prefix cache: saves prefill work, not memory."""
    reasoning_tokens: Annotated[float, Field(ge=0, le=1e7), NoBool] = 0.0
    """Hidden output tokens a request, added to every output length [tokens]."""

    @rule
    def lengths_are_said_once(self) -> Mistakes:
        means = written(self, "input", "output")
        if written(self, "lengths"):
            if means:
                yield Mistake((), f"gives lengths and also {' and '.join(means)}; keep lengths, or input and output")
        elif not means:
            yield Mistake((), "does not say how long requests are; add input and output [tokens], or lengths")
        elif len(means) == 1:
            other = "output" if means == ["input"] else "input"
            yield Mistake((other,), f"is missing; {means[0]} needs it beside it, e.g. {other}: 300")
