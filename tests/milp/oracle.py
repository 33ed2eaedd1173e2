"""The optimum of a tiny instance by enumeration, written without the formulation.

Every count of commitments, kept systems, rented nodes and replicas is tried; a block's cheapest way to
serve its demand is found by going through all nodes and all replicas on them. Interactive demand only.
"""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

from planner.milp.instance import Deployment, Instance

INFINITE = math.inf


def brute_force(p: Instance, most_nodes: int) -> float:
    """Least net present cost with at most `most_nodes` of anything; infinite where nothing is feasible."""
    allowed = list(_allowed_configurations(p))
    return min(_Search(p, most_nodes, configs).best() for configs in allowed)


def _allowed_configurations(p: Instance) -> Iterator[frozenset[str]]:
    every = sorted({one.config for one in p.deployments})
    most = len(every) if p.configuration_limit is None else int(p.limits[p.configuration_limit].value)
    yield from (frozenset(some) for some in itertools.combinations(every, min(most, len(every))))


@dataclass
class _Search:
    p: Instance
    most_nodes: int
    configs: frozenset[str]

    def best(self) -> float:
        return min((self._cost(decision) for decision in self._decisions()), default=INFINITE)

    def _decisions(self) -> Iterator[dict[tuple[str, str, int], int]]:
        """Every way to buy and keep: nodes by (pool, form, period)."""
        keys = [
            (pool.id, form, t)
            for pool in self.p.pools.values()
            for form in [*pool.commitments, *(["existing"] if pool.existing else [])]
            for t in self.p.time.periods
        ]
        for counts in itertools.product(range(self.most_nodes + 1), repeat=len(keys)):
            decision = dict(zip(keys, counts, strict=True))
            if self._is_allowed(decision):
                yield decision

    def _is_allowed(self, decision: dict[tuple[str, str, int], int]) -> bool:
        for pool in self.p.pools.values():
            if pool.existing:
                kept = [decision[pool.id, "existing", t] for t in self.p.time.periods]
                if kept != sorted(kept, reverse=True) or kept[0] > pool.existing.count:
                    return False
        for limit in {option.limit for pool in self.p.pools.values() for option in pool.commitments.values()} - {""}:
            members = [(o.limit, p.id, form) for p in self.p.pools.values() for form, o in p.commitments.items()]
            bought = sum(decision[p, form, t] for to, p, form in members if to == limit for t in self.p.time.periods)
            if bought > self.p.limits[limit].value:
                return False
        return all(
            sum(self.p.pools[name].kw * self._active(decision, name, t, {"owned", "existing"}) for name in self.p.pools)
            <= self.p.limits[limit].value + 1e-9
            for limit in self.p.power_limits
            for t in self.p.time.periods
        )

    def _active(self, decision: dict[tuple[str, str, int], int], name: str, t: int, forms: set[str]) -> int:
        pool = self.p.pools[name]
        nodes = decision[name, "existing", t] if pool.existing and "existing" in forms else 0
        for form, option in pool.commitments.items():
            if form in forms:
                nodes += sum(decision[name, form, u] for u in self.p.time.periods if t in option.serves[u])
        return nodes

    def _cost(self, decision: dict[tuple[str, str, int], int]) -> float:
        npv = 0.0
        opex = [0.0] * len(self.p.time.months)
        capex = [0.0] * len(self.p.time.months)
        for (name, form, t), nodes in decision.items():
            pool = self.p.pools[name]
            if form == "existing":
                npv += nodes * pool.existing.usd[t] * self.p.time.discount[t]
                opex[t] += nodes * pool.existing.usd[t]
                continue
            option = pool.commitments[form]
            npv += nodes * sum(term[t] for term in option.terms.values())
            capex[t] += nodes * option.capex[t]
            for u in self.p.time.periods:
                opex[u] += nodes * option.opex[t][u]
        every = {"reserved_1y", "reserved_3y", "capacity_block", "owned", "existing"}
        rented = every - {"owned", "existing"}
        for t, b in self.p.time.slots:
            there = tuple(self._active(decision, name, t, every) for name in self.p.pools)
            forms = tuple(
                tuple((form, self._active(decision, name, t, {form})) for form in sorted(rented))
                for name in self.p.pools
            )
            usd = self._block(t, b, there, forms)
            if usd == INFINITE:
                return INFINITE
            npv += usd * self.p.time.discount[t]
            opex[t] += usd
        for budget in self.p.budgets:
            paid = {"opex": opex, "capex": capex, "total": [o + c for o, c in zip(opex, capex, strict=True)]}[
                budget.kind
            ]
            if max(paid) > self.p.limits[budget.limit].value + 1e-6:
                return INFINITE
        return npv

    def _block(self, t: int, b: int, there: tuple[int, ...], forms: tuple[tuple[tuple[str, int], ...], ...]) -> float:
        """Cheapest rents and API bill of a block beside the nodes that are there."""
        best = INFINITE
        pools = list(self.p.pools.values())
        ranges = [range(self.most_nodes + 1) if form in pool.rentals else (0,) for pool in pools for form in _RENTALS]
        for counts in itertools.product(*ranges):
            rented = {
                (pool.id, form): n for (pool, form), n in zip(itertools.product(pools, _RENTALS), counts, strict=True)
            }
            usd = sum(
                n * self.p.pools[name].rentals[form].usd_per_hour * self.p.time.hours[t][b]
                for (name, form), n in rented.items()
                if n
            )
            if usd >= best or not self._within_hourly_limits(t, rented, there, forms):
                continue
            firm = tuple(n + rented[pool.id, "on_demand"] for pool, n in zip(pools, there, strict=True))
            spot = tuple(rented[pool.id, "spot"] for pool in pools)
            best = min(best, usd + self._api_bill(t, b, firm, spot))
        return best

    def _within_hourly_limits(
        self,
        t: int,
        rented: dict[tuple[str, str], int],
        there: tuple[int, ...],
        forms: tuple[tuple[tuple[str, int], ...], ...],
    ) -> bool:
        gpus = {pool.id: pool.gpus for pool in self.p.pools.values()}
        in_use = rented | {(name, form): n for name, held in zip(gpus, forms, strict=True) for form, n in held}
        for quota in self.p.quotas:
            if (
                quota.holds_in(t)
                and sum(n * gpus[key[0]] for key, n in in_use.items() if key in quota.members)
                > self.p.limits[quota.limit].value
            ):
                return False
        if self.p.gpu_limit is None:
            return True
        total = sum(n * gpus[name] for (name, _), n in rented.items())
        total += sum(n * g for n, g in zip(there, gpus.values(), strict=True))
        return total <= self.p.limits[self.p.gpu_limit].value

    def _api_bill(self, t: int, b: int, firm: tuple[int, ...], spot: tuple[int, ...]) -> float:
        """Cheapest API bill over all ways to run replicas on these nodes; infinite if demand is not met."""
        pools = list(self.p.pools.values())
        room = {(pool.id, "firm"): float(pool.gpus * n) for pool, n in zip(pools, firm, strict=True)}
        for pool, n in zip(pools, spot, strict=True):
            usable = pool.rentals["spot"].usable_share if "spot" in pool.rentals else 0.0
            room[pool.id, "spot"] = usable * pool.gpus * n
        return min((self._bill(t, b, running) for running in _ways([*self._deployments()], room)), default=INFINITE)

    def _deployments(self) -> Iterator[Deployment]:
        yield from (one for one in self.p.deployments if one.config in self.configs)

    def _bill(self, t: int, b: int, running: list[tuple[Deployment, int]]) -> float:
        """API bill when `running` gives the loaded replicas of each deployment."""
        return sum(self._workload_bill(t, b, name, running) for name in self.p.workloads)

    def _workload_bill(self, t: int, b: int, name: str, running: list[tuple[Deployment, int]]) -> float:
        workload = self.p.workloads[name]
        mine = [(one, n) for one, n in running if one.workload == name and n]
        if len(workload.streams) == 2:
            return 0.0 if _two_sizes_fit(self.p, workload.streams, mine, t, b) else INFINITE
        (stream,) = workload.streams
        demand = self.p.streams[stream].planned[t][b]
        spot = sum(n * one.rates[stream] for one, n in mine if one.kind == "spot")
        served = sum(n * one.rates[stream] for one, n in mine) - spot + min(spot, workload.spot_max_share * demand)
        missing = demand - served
        if missing <= 1e-9:
            return 0.0
        usd = 0.0
        for api in sorted((a for a in self.p.apis if a.stream == stream), key=lambda a: a.usd_per_request):
            sent = min(missing, api.max_share * demand)
            usd += (
                sent
                * api.usd_per_request
                * self.p.streams[stream].expected_share[t][b]
                * 3600
                * self.p.time.hours[t][b]
            )
            missing -= sent
        return usd if missing <= 1e-9 else INFINITE


_RENTALS = ("on_demand", "spot")


def _ways(deployments: list[Deployment], room: dict[tuple[str, str], float]) -> Iterator[list[tuple[Deployment, int]]]:
    """Every number of loaded replicas of each deployment that fits, spares included."""
    if not deployments:
        yield []
        return
    one, *rest = deployments
    place = one.pool, one.kind
    count = 0
    while True:
        gpus = one.gpus * (count + (one.spares if count else 0))
        if gpus > room[place] + 1e-9:
            if count:
                return
            break
        for others in _ways(rest, room | {place: room[place] - gpus}):
            yield [(one, count), *others]
        count += 1


def _two_sizes_fit(
    p: Instance, streams: tuple[str, ...], running: list[tuple[Deployment, int]], t: int, b: int
) -> bool:
    """Two request sizes: give each replica to the size it is relatively best at, splitting at most one kind."""
    first, second = (p.streams[name].planned[t][b] for name in streams)
    able = [(n * one.rates.get(streams[0], 0.0), n * one.rates.get(streams[1], 0.0)) for one, n in running]
    able.sort(key=lambda rates: -rates[0] / rates[1] if rates[1] else -math.inf)
    for one, other in able:
        part = min(1.0, first / one) if one and first > 1e-12 else 0.0
        first -= part * one
        second -= (1 - part) * other
    return first <= 1e-9 and second <= 1e-9
