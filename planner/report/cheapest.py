"""The answer to `planner cheapest` as a screenful of text: the fleet, its latency, and every other GPU's price."""

from __future__ import annotations

from planner.plan.plan import ApiOptionRow, ConfigRow, Plan, RunnerUpRow
from planner.report.format import count, figure, gap_text, milliseconds, money, plain, plural, tokens, unit_price
from planner.units import HOURS_PER_MONTH

SHOWN = 12


def cheapest_text(plan: Plan) -> str:
    """One plan of one workload, one period, one block, as plain text."""
    workload = plan.workloads[0]
    asked = (
        f"{plain(workload.models[0])}: {figure(workload.mean_requests_per_s)} requests/s, "
        f"{tokens(workload.mean_input_tokens)} tokens in, {tokens(workload.mean_output_tokens)} out; "
        + ", ".join(f"{_target(name)} within {figure(value)} {name.rsplit('_', 1)[1]}" for name, value in workload.slo.items())
    )
    lines = [asked, "", *_fleet(plan), *_money(plan), ""]
    lines += [line for config in plan.configs for line in _running(plan, config)]
    lines += ["", *_others(plan)]
    return "\n".join(lines).replace("\u00a0", " ")


def _target(name: str) -> str:
    metric, percentile, _ = name.split("_")
    return f"{metric.upper()} {percentile}"


def _fleet(plan: Plan) -> list[str]:
    pools = {pool.id: pool for pool in plan.pools}
    lines = []
    for row in plan.capacity:
        pool = pools[row.pool]
        for nodes, form in ((row.on_demand_nodes, "on demand"), (row.spot_nodes, "spot"), (row.committed_nodes, "committed")):
            if nodes:
                lines.append(
                    f"Rent {nodes} × {pool.instance_type} ({pool.gpus_per_node} × {pool.gpu}) at {pool.provider} "
                    f"{pool.region}, {form}"
                )
    lines += [f"Send {figure(row.requests_per_s)} requests/s to the API {row.api}" for row in plan.api]
    return lines


def _money(plan: Plan) -> list[str]:
    hours = plan.periods[0].hours
    million_tokens = sum(row.million_tokens for row in plan.workload_costs)
    return [
        f"{money(plan.total_usd / hours)} an hour, {money(plan.total_usd / hours * HOURS_PER_MONTH)} a month, "
        f"{unit_price(plan.total_usd / million_tokens)} per million tokens; {gap_text(plan.certificate.gap)}"
    ]


def _running(plan: Plan, config: ConfigRow) -> list[str]:
    replicas = sum(row.replicas for row in plan.replicas if row.config == config.config)
    layout = f"TP{config.tp}" + (f" × PP{config.pp}" if config.pp > 1 else "")
    point, memory = config.busiest, config.memory
    return [
        f"{plural(replicas, 'replica')} of {layout} on {config.gpu}, {config.weights} weights, {config.kv} KV cache",
        f"  each {figure(point.requests_per_s)} of at most {figure(config.max_requests_per_s)} requests/s "
        f"(limited by {config.limited_by}), {count(round(point.concurrency))} requests in flight",
        f"  expected TTFT p95 {milliseconds(point.ttft_p95_ms)}, TPOT p95 {milliseconds(point.tpot_p95_ms)}",
        f"  {memory.arithmetic}",
        *[f"  note: {warning}" for warning in config.warnings],
    ]


def _others(plan: Plan) -> list[str]:
    """The cheapest way on every other GPU, at full load, and the hosted APIs, cheapest first."""
    rows = sorted(plan.runners_up, key=lambda row: row.usd_per_million_tokens)
    lines = ["Each GPU at its cheapest, fully loaded:", *[_other(row) for row in rows[:SHOWN]]]
    if len(rows) > SHOWN:
        lines.append(f"  … and {len(rows) - SHOWN} more GPUs")
    lines += [_api(row) for row in sorted(plan.api_options, key=lambda row: row.usd_per_request)]
    if plan.rejections:
        lines.append(f"{count(len(plan.rejections))} configurations rejected; see the full report (--out).")
    return lines


def _other(row: RunnerUpRow) -> str:
    mark = "*" if row.chosen else " "
    return (
        f" {mark} {row.gpu:<15} {unit_price(row.usd_per_million_tokens):>9} per M tokens  "
        f"{money(row.usd_per_hour):>9}/h  {figure(row.requests_per_s):>6} req/s  {row.config}  {row.pool}"
    )


def _api(row: ApiOptionRow) -> str:
    return f"   API {row.provider:<11} {unit_price(row.usd_per_million_tokens):>9} per M tokens  {row.model}"
