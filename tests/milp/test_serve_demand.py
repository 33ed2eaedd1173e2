"""Interactive demand is met in every block."""

from dataclasses import replace

from fleets import assert_bites, best, clock, cost, near, pool, question, runs, stream

from planner.milp.instance import Api


def two_gpu_kinds(demand: float) -> object:
    time = clock()
    pools = [pool("big", time, on_demand=4.0), pool("small", time, on_demand=1.5)]
    return question(time, [stream("chat", [[demand]])], pools, [runs("chat", "big", 10.0), runs("chat", "small", 3.0)])


def test_optimum_by_hand() -> None:
    # 12 req/s: big + small = 5.5 USD/h (13 req/s); 4 small = 6.0; 2 big = 8.0
    assert cost(two_gpu_kinds(12.0)) == near(5.5 * 730)


def test_bites() -> None:
    assert_bites(two_gpu_kinds(12.0), "serve_demand")


def test_routes_add_up_to_the_demand_exactly() -> None:
    served = best(two_gpu_kinds(12.0)).values["served"]
    assert sum(served.values()) == near(12.0)
    assert served["chat", "chat/tp1", "big", "firm", 0, 0] <= 10.0 + 1e-9


def test_every_block_counts() -> None:
    # blocks of 365 h with 3 and 9 req/s: 1 and 3 small ones, (1 + 3) × 1.5 × 365
    time = clock(blocks=2)
    p = question(time, [stream("chat", [[3.0, 9.0]])], [pool("a", time, on_demand=1.5)], [runs("chat", "a", 3.0)])
    assert cost(p) == near(4 * 1.5 * 365)


def test_api_serves_what_is_cheaper_there() -> None:
    # the API costs 2e-4 × 3600 = 0.72 USD/h a req/s: 1.5 + 0.72 beats two replicas (3.0) and API alone (2.88)
    time = clock()
    demand = [stream("chat", [[4.0]])]
    p = question(time, demand, [pool("a", time, on_demand=1.5)], [runs("chat", "a", 3.0)])
    hosted = replace(p, apis=(Api("acme/llm", "chat", 2e-4),))
    solution = best(hosted)
    assert solution.certificate.objective == near((1.5 + 0.72) * 730)
    assert solution.values["api"] == {("chat", "acme/llm", 0, 0): near(1.0)}


def test_api_bill_counts_expected_requests_not_planned_ones() -> None:
    # planned 2 req/s, of which half are expected: 2 × 0.5 × 3600 × 730 × 1e-4 USD
    time = clock()
    p = question(time, [stream("chat", [[2.0]], expected=0.5)], [], [], apis=(Api("acme/llm", "chat", 1e-4),))
    assert cost(p) == near(2 * 0.5 * 3600 * 730 * 1e-4)


def test_api_keeps_to_its_share() -> None:
    # at most 25 % of 4 req/s may go to the API, so one replica of 3 req/s is still needed
    time = clock()
    p = question(
        time, [stream("chat", [[4.0]])], [pool("a", time, on_demand=9.0)], [runs("chat", "a", 3.0)],
        apis=(Api("acme/llm", "chat", 1e-5, max_share=0.25),),
    )  # fmt: skip
    assert cost(p) == near((9.0 + 1.0 * 3600 * 1e-5) * 730)
