"""What a plan costs and whether it holds, from the instance and the plan's own numbers: no model, no arrays.

For questions whose blocks only commitments couple: commitments, rents, replicas, routes and APIs.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from planner.milp.instance import Instance, Pool
from planner.milp.solution import Key

Values = Mapping[str, Mapping[Key, float]]
_SECONDS_PER_HOUR = 3600


def cost_of(p: Instance, values: Values) -> float:
    """Net present cost [USD]."""
    usd = 0.0
    for (pool, form, t), nodes in values["bought"].items():
        usd += nodes * sum(term[t] for term in p.pools[pool].commitments[form].terms.values())
    for (pool, t), nodes in values["kept"].items():
        usd += nodes * p.pools[pool].existing.usd[t] * p.time.discount[t]
    for form in ("on_demand", "spot"):
        for (pool, t, b), nodes in values[form].items():
            usd += nodes * p.pools[pool].rentals[form].usd_per_hour * p.time.hours[t][b] * p.time.discount[t]
    price = {(api.stream, api.id): api.usd_per_request for api in p.apis}
    for (stream, api, t, b), rate in values["api"].items():
        requests = rate * p.streams[stream].expected_share[t][b] * p.time.hours[t][b] * _SECONDS_PER_HOUR
        usd += requests * price[stream, api] * p.time.discount[t]
    return usd


def worst_breach(p: Instance, values: Values) -> float:
    """How far the plan misses anything it must keep, as a share of what is asked (or absolute below one)."""
    return max(_breaches(p, values), default=0.0)


def _breaches(p: Instance, values: Values) -> Iterator[float]:
    for family in ("bought", "kept", "on_demand", "spot", "replicas"):
        for count in values[family].values():
            yield abs(count - round(count))
    yield from _unserved(p, values)
    yield from _overloaded(p, values)
    yield from _too_many_gpus(p, values)
    yield from _caps(p, values)


def _over(used: float, allowed: float) -> float:
    return max(0.0, used - allowed) / max(1.0, abs(allowed))


def _unserved(p: Instance, values: Values) -> Iterator[float]:
    served, on_spot = defaultdict(float), defaultdict(float)
    for (stream, _, _, kind, t, b), rate in values["served"].items():
        served[stream, t, b] += rate
        if kind == "spot":
            on_spot[p.streams[stream].workload, t, b] += rate
    for (stream, _, t, b), rate in values["api"].items():
        served[stream, t, b] += rate
    for one in p.streams.values():
        for t, b in p.time.slots:
            yield _over(one.planned[t][b], served[one.id, t, b])
    for workload in p.workloads.values():
        for t, b in p.time.slots:
            load = sum(one.planned[t][b] for one in p.streams_of(workload.id))
            yield _over(on_spot[workload.id, t, b], workload.spot_max_share * load)


def _overloaded(p: Instance, values: Values) -> Iterator[float]:
    """Replicas carry their load, spares left out."""
    by_key = {one.key: one for one in p.deployments}
    load = defaultdict(float)
    for (stream, config, pool, kind, t, b), rate in values["served"].items():
        key = p.streams[stream].workload, config, pool, kind
        load[*key, t, b] += rate / by_key[key].rates[stream]
    for key, used in load.items():
        yield _over(used, values["replicas"].get(key, 0) - by_key[key[:4]].spares)


def _too_many_gpus(p: Instance, values: Values) -> Iterator[float]:
    gpus = {one.key: one.gpus for one in p.deployments}
    taken = defaultdict(float)
    for key, count in values["replicas"].items():
        taken[key[2], key[3], key[4], key[5]] += count * gpus[key[:4]]
    there = _committed(p, values)
    for (pool, kind, t, b), used in taken.items():
        one = p.pools[pool]
        if kind == "spot":
            room = one.rentals["spot"].usable_share * values["spot"].get((pool, t, b), 0)
        else:
            room = values["on_demand"].get((pool, t, b), 0) + sum(
                there.get((pool, form, t), 0) for form in (*one.commitments, "existing")
            )
        yield _over(used, room * one.gpus)


def _committed(p: Instance, values: Values) -> dict[tuple[str, str, int], float]:
    found = defaultdict(float)
    for (pool, form, signed), nodes in values["bought"].items():
        for t in p.pools[pool].commitments[form].serves[signed]:
            found[pool, form, t] += nodes
    for (pool, t), nodes in values["kept"].items():
        found[pool, "existing", t] += nodes
    return found


def _caps(p: Instance, values: Values) -> Iterator[float]:
    there = _committed(p, values)
    for form in ("on_demand", "spot"):
        for (pool, _, _), nodes in values[form].items():
            most = p.pools[pool].rentals[form].max_nodes
            yield _over(nodes, nodes if most is None else most)
    for pool in p.pools.values():
        yield from _ledger(p, pool, values, there)
    for limit in p.power_limits:
        for t in p.time.periods:
            kw = sum(nodes * p.pools[n].kw for (n, form, u), nodes in there.items() if u == t and form in _OWNED)
            yield _over(kw, p.limits[limit].value)
    for quota in p.quotas:
        for t, b in p.time.slots:
            used = sum(p.pools[n].gpus * _at_work(values, there, n, form, t, b) for n, form in quota.members)
            yield _over(used, p.limits[quota.limit].value)
    if p.gpu_limit is not None:
        for t, b in p.time.slots:
            forms = [(n, form) for n in p.pools for form in ("on_demand", "spot", *p.pools[n].commitments, "existing")]
            used = sum(p.pools[n].gpus * _at_work(values, there, n, form, t, b) for n, form in forms)
            yield _over(used, p.limits[p.gpu_limit].value)


_OWNED = frozenset({"owned", "existing"})


def _at_work(
    values: Values, there: Mapping[tuple[str, str, int], float], pool: str, form: str, t: int, b: int
) -> float:
    return values[form].get((pool, t, b), 0) if form in ("on_demand", "spot") else there.get((pool, form, t), 0)


def _ledger(p: Instance, pool: Pool, values: Values, there: Mapping[tuple[str, str, int], float]) -> Iterator[float]:
    for form, one in pool.commitments.items():
        bought = sum(nodes for (name, o, _), nodes in values["bought"].items() if (name, o) == (pool.id, form))
        yield _over(bought, p.limits[one.limit].value if one.limit else bought)
    if pool.existing:
        kept = [there.get((pool.id, "existing", t), 0) for t in p.time.periods]
        yield from (_over(after, before) for before, after in zip([pool.existing.count, *kept], kept, strict=False))
