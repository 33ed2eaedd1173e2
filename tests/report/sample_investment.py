"""A comparison of buying and renting for the sample plan, in round figures."""

from __future__ import annotations

from planner.plan.plan import Plan
from planner.plan.rows.investment import (
    BreakEvenRow,
    BuyingRow,
    CellRow,
    InvestmentRow,
    ProbeRow,
    RuleRow,
    StrategyRow,
    SwingOfBuyingRow,
)


def invested(plan: Plan) -> Plan:
    """The sample plan with a comparison; its findings are not made anew."""
    periods = len(plan.periods)

    def strategy(name: str, usd: float) -> StrategyRow:
        flows = [usd / periods] * periods
        return StrategyRow.model_validate(
            {
                "id": name, "name": f"<b>{name}</b>", "says": "", "usd": usd, "npv_usd": usd, "bound_usd": usd,
                "cash_usd": flows, "flows_usd": [*flows, 0.0], "peak_funding_usd": usd / 10,
                "most_in_a_period_usd": usd / periods, "million_tokens": 1000.0, "usd_per_million_tokens": usd / 1000,
                "utilisation": 0.5,
            }
        )  # fmt: skip

    probes = [ProbeRow(value=value, buying_usd=100.0, renting_usd=100.0 * value) for value in (0.5, 0.98, 1.02, 2.0)]
    turn = BreakEvenRow(
        id="cloud", subject="cloud | prices", unit="times today's", at=1.1, turns_at=1.0, buys="above", low=0.5,
        high=2.0, below=probes[1], above=probes[2], curve=probes, says="all of them",
    )  # fmt: skip
    never = BreakEvenRow(
        id="resale", subject="resale value", unit="", at=0.1, turns_at=None, buys="never", low=0, high=1
    )
    winners = ("rent", "later", "mix", "own", "none")
    row = InvestmentRow(
        strategies=[
            *(strategy(name, usd) for name, usd in (("optimal", 900.0), ("renting", 1000.0), ("buying", 900.0))),
            StrategyRow(id="api", name="All hosted API", says="", refusal="supply.api names no <i>hosted</i> API"),
        ],
        buying=[
            BuyingRow(
                id="buying", over="renting", flows_usd=[100.0 / periods] * periods + [0.0], saves_usd=100.0,
                irr_per_year=0.2, other_rates=[3.0], payback_months=7.5, discounted_payback_months=None,
                pays_back_in="later",
            )
        ],
        rule=[RuleRow(step="Rule", says="all", purchase_usd=900.0, saves_usd_per_month=65.0, payback_months=13.8)],
        break_evens=[turn, never],
        swings=[
            SwingOfBuyingRow(subject="staff", unit="USD", low=1, high=2, low_gains_usd=120.0, high_gains_usd=-40.0),
            SwingOfBuyingRow(subject="PUE", unit="", low=1, high=2, low_gains_usd=None, high_gains_usd=1.0),
        ],
        cells=[
            CellRow.model_validate({"utilisation": 0.2 * at, "months": 12, "winner": name, "gains_usd": gains})
            for at, (name, gains) in enumerate(zip(winners, (-1e4, -1.0, 2e3, 9e4, None), strict=True), start=1)
        ],
        believe="Buying wins if you believe *this*.",
        notes=["A note."],
        solves=12,
        not_reached=["the map"],
    )  # fmt: skip
    return plan.model_copy(update={"investment": row})
