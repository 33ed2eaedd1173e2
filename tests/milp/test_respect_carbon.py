"""Carbon of all nodes at work stays within the cap of every period."""

from dataclasses import replace

from fleets import assert_bites, best, clock, cost, near, pool, question, runs, stream

from planner.milp.instance import Instance, Limit


def two_grids(cap_kg: float, periods: int = 1) -> Instance:
    """A cheap node on coal (1 kg/kWh) and a dear one on hydro (0.1), 1 kW each; three are needed, a month has 730 h."""
    time = clock(periods=periods)
    coal = replace(pool("coal", time, on_demand=1.0), kg_co2_per_kwh=1.0)
    hydro = replace(pool("hydro", time, on_demand=1.5), kg_co2_per_kwh=0.1)
    limits = {"carbon": Limit(cap_kg, "kg")}
    demand = [stream("chat", [[3.0]] * periods)]
    deployments = [runs("chat", "coal", 1.0), runs("chat", "hydro", 1.0)]
    return question(time, demand, [coal, hydro], deployments, limits=limits, carbon_limit="carbon")


def test_optimum_by_hand() -> None:
    # three on coal emit 2190 kg; under 2189 one moves to hydro (1533), under 1000 two (876), under 219 none is left
    assert cost(two_grids(2190)) == near(3 * 730)
    assert cost(two_grids(2189)) == near(2 * 730 + 1.5 * 730)
    assert cost(two_grids(1000)) == near(730 + 2 * 1.5 * 730)
    assert cost(two_grids(219)) == near(3 * 1.5 * 730)


def test_bites() -> None:
    assert_bites(two_grids(1000), "respect_carbon")


def test_each_period_has_its_own_cap() -> None:
    assert cost(two_grids(1000, periods=2)) == near(2 * (730 + 2 * 1.5 * 730))


def test_committed_nodes_emit_in_every_hour() -> None:
    # a reserved node is half the price, but at work by night too: 730 kg instead of 365
    time = clock(blocks=2)
    both = replace(pool("mixed", time, on_demand=1.0, reserved_1y=0.4), kg_co2_per_kwh=1.0)
    demand = [stream("chat", [[1.0, 0.0]])]

    def capped(kg: float) -> Instance:
        more = {"limits": {"carbon": Limit(kg, "kg")}, "carbon_limit": "carbon"}
        return question(time, demand, [both], [runs("chat", "mixed", 1.0)], **more)

    assert cost(capped(730)) == near(0.4 * 730)
    assert cost(capped(729)) == near(365)


def test_carbon_as_the_goal() -> None:
    # all on hydro, and of the plans with least carbon the cheapest
    p = replace(two_grids(1e9), objective="carbon")
    solution = best(p)
    assert solution.certificate.objective == near(3 * 730 * 0.1)
    assert solution.values["on_demand"] == {("hydro", 0, 0): 3}


def test_a_cleaner_grid_covers_a_dirtier_one_only_at_no_more_carbon() -> None:
    # without the cap coal replaces hydro; with it hydro must stay in the model
    from planner.milp.prune import prune

    assert set(prune(replace(two_grids(1e9), carbon_limit=None)).pools) == {"coal"}
    assert set(prune(two_grids(1000)).pools) == {"coal", "hydro"}
    assert set(prune(replace(two_grids(1e9), carbon_limit=None, objective="carbon")).pools) == {"coal", "hydro"}
