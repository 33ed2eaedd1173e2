"""Carbon of the electricity of all nodes at work, period by period."""

from __future__ import annotations

from planner.candidates.candidate import Electricity
from planner.plan.case import Case, provenance_row
from planner.plan.plan import CapacityRow, CarbonRow, ElectricityRow


def carbon_rows(case: Case, capacity: list[CapacityRow]) -> list[CarbonRow]:
    """One row a period; none where the electricity of some pool in use is not known [kg CO2e]."""
    if any(case.pool(name).electricity is None for name in case.fleet.pools()):
        return []
    kg = {period.index: 0.0 for period in case.periods}
    for row in capacity:
        pool = case.pool(row.pool)
        if pool.electricity:
            nodes = row.committed_nodes + row.on_demand_nodes + row.spot_nodes
            kwh = nodes * pool.kw_per_node * case.hours(row.period, row.block)
            kg[row.period] += kwh * pool.electricity.kg_co2_per_kwh
    return [CarbonRow(period=period, kg=total) for period, total in kg.items()]


def electricity_row(electricity: Electricity | None) -> ElectricityRow | None:
    """A pool's electricity as the plan stores it."""
    if electricity is None:
        return None
    return ElectricityRow(
        grid=electricity.grid,
        g_co2_per_kwh=electricity.g_co2_per_kwh,
        pue=electricity.pue,
        provenance=provenance_row(electricity.provenance),
        pue_provenance=provenance_row(electricity.pue_provenance),
    )
