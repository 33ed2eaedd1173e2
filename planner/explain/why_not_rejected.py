"""Why something cannot be had at all: the problem leaves it out, nobody offers it, or it does not work."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from planner.candidates.acceptance import lacking, too_narrow
from planner.candidates.candidate import Rejection
from planner.candidates.price_factors import HOSTED
from planner.candidates.regions import OWN, satisfies
from planner.candidates.resolve import Names, resolve_names
from planner.catalog.specs import Offer
from planner.explain.why_not_offers import FORM_WORDS
from planner.explain.why_not_world import MARKET, Subject, World, allowed_formats
from planner.inputs.problem import Rent

_SHOWN = 3


@dataclass(frozen=True)
class Rejected:
    """Why, and each refusal with its arithmetic."""

    reason: str
    details: list[str] = field(default_factory=list)


def rejected(world: World, subject: Subject) -> Rejected | None:
    """None where it could serve something."""
    if subject.kind in MARKET:
        if world.offers(subject):
            return None
        return {"gpu": _gpu, "provider": _provider, "form": _form}[subject.kind](world, subject.name)
    return _way(world, subject)


def _gpu(world: World, name: str) -> Rejected:
    mine = [one for one in world.candidates.rejections if one.gpu == name]
    if not mine:
        problem = world.question.problem
        rent = problem.supply.rent
        names = resolve_names(problem, world.question.catalog, world.question.base)
        if rent is not None and names.rent_gpus and name not in names.rent_gpus:
            return Rejected(f"supply.rent.gpus allows {_listed(sorted(names.rent_gpus))} only")
        if rent is None:
            return Rejected("the problem rents nothing (supply.rent is null), and no own system has it")
        return Rejected("nothing that the problem allows has it: no offer, no system, no configuration")
    return _told(mine)


def _told(mine: list[Rejection]) -> Rejected:
    """The commonest reason of each workload with its first example, and one line for each kind of refusal."""
    by_workload: dict[str, list[Rejection]] = defaultdict(list)
    for one in mine:
        by_workload[one.workload].append(one)
    parts = []
    for workload, ones in by_workload.items():
        reasons = Counter(one.reason for one in ones)
        best = min(ones, key=lambda one: (-reasons[one.reason], ones.index(one)))
        subject = "" if best.subject == best.gpu else f"{best.subject}: "
        parts.append(f"for {workload}: {subject}{best.detail} ({best.reason})")
    lines = dict.fromkeys(f"{one.workload}: {one.subject}: {one.detail} ({one.reason})" for one in mine)
    left = len(parts) - _SHOWN
    more = f"; and for {left} more workload{'s' if left > 1 else ''}" if left > 0 else ""
    return Rejected("rejected " + "; ".join(parts[:_SHOWN]) + more, list(lines))


def _form(world: World, form: str) -> Rejected:
    problem = world.question.problem
    supply, rent = problem.supply, problem.supply.rent
    if form == HOSTED:
        if not supply.api:
            return Rejected("the problem names no hosted API (supply.api)")
        hosted = [one for one in world.candidates.rejections if one.subject.startswith("hosted API")]
        return _told(hosted) if hosted else Rejected("none of supply.api offers a model that a workload asks for")
    if form == "owned":
        if supply.own.systems:
            return Rejected("none of supply.own.systems can run a configuration that works")
        return Rejected("the problem names no system that may be bought (supply.own.systems)")
    if form == "capacity_block":
        return Rejected("the problem asks for no capacity block that works (supply.capacity_blocks)")
    if rent is None:
        return Rejected("the problem rents nothing (supply.rent is null)")
    if form not in rent.forms:
        return Rejected(f"supply.rent.forms allows {_listed(FORM_WORDS[one] for one in rent.forms)} only")
    if form == "spot" and not any(asked.interruptible for asked in problem.workloads.values()):
        return Rejected("no workload may be interrupted (workloads.*.interruptible)")
    return Rejected(f"no provider that is allowed quotes a price {FORM_WORDS[form]} of GPUs that can serve")


def _provider(world: World, name: str) -> Rejected:
    return Rejected(next(_provider_reasons(world, name)), _gpus_refused(world, name))


def _provider_reasons(world: World, name: str) -> Iterator[str]:
    problem, catalog = world.question.problem, world.question.catalog
    rent = problem.supply.rent
    names = resolve_names(problem, catalog, world.question.base)
    offers = [one for one in catalog.offers.values() if one.provider == name]
    if name == OWN:
        yield "none of the own systems can run a configuration that works"
    if not offers:
        yield "it rents out no GPUs that the catalogue knows, and the problem names no API of its that may serve"
    if rent is None:
        yield "the problem rents nothing (supply.rent is null)"
        return
    if rent.providers and name not in rent.providers:
        yield f"supply.rent.providers allows {_listed(rent.providers)} only"
    yield from _filtered(offers, rent, names, world)
    workloads = problem.workloads.values()
    if all(lacking(asked, name, problem) for asked in workloads):
        tags = sorted({tag for asked in workloads for tag in lacking(asked, name, problem)})
        yield f"supply.compliance gives it no {_listed(tags)}"
    gpus = sorted({one.gpu for one in offers})
    yield f"no GPU of its {_listed(gpus[:_SHOWN])} offers can serve a workload"


def _filtered(offers: list[Offer], rent: Rent, names: Names, world: World) -> Iterator[str]:
    """The first filter that leaves nothing of its offers."""
    where = [one for one in offers if satisfies(rent.regions, one.region, one.geography)]
    if not where:
        yield f"its offers are in {_listed(sorted({one.geography for one in offers}))}; {_wanted(rent.regions)}"
    asked = list(world.question.problem.workloads.values())
    here = [one for one in where if any(satisfies(w.regions, one.region, one.geography) for w in asked)]
    if where and not here:
        wishes = sorted({region for one in asked for region in one.regions})
        yield f"its offers are in {_listed(sorted({one.geography for one in where}))}; {_wanted(wishes)}"
    wanted = [one for one in here if not names.rent_gpus or one.gpu in names.rent_gpus]
    wanted = [one for one in wanted if one.gpu not in names.excluded_gpus]
    if here and not wanted:
        shown = sorted({one.gpu for one in here})[:_SHOWN]
        yield f"it offers {_listed(shown)} there, none of which supply.rent.gpus and exclude_gpus allow"
    priced = [one for one in wanted if one.on_demand_usd_per_hour is not None or one.spot_usd_per_hour is not None]
    if wanted and not priced:
        yield "the catalogue has no price of its offers"


def _wanted(regions: list[str]) -> str:
    return f"the problem asks for {_listed(regions)}"


def _gpus_refused(world: World, name: str) -> list[str]:
    """Refusals of the GPUs that a provider has."""
    gpus = {offer.gpu for offer in world.question.catalog.offers.values() if offer.provider == name}
    kinds: dict[tuple[str, str, str], str] = {}
    for one in world.candidates.rejections:
        if one.gpu in gpus:
            kinds.setdefault(
                (one.workload, one.gpu, one.reason), f"{one.workload}: {one.subject}: {one.detail} ({one.reason})"
            )
    return list(kinds.values())[: 4 * _SHOWN]


def _way(world: World, subject: Subject) -> Rejected | None:
    """A number format or model: not allowed, or refused wherever it was tried."""
    problem = world.question.problem
    if subject.kind == "precision":
        narrow = {too_narrow(asked, subject.name) for asked in problem.workloads.values()}
        if all(narrow):
            return Rejected(sorted(narrow)[0])
        if subject.name not in (allowed := allowed_formats(world)):
            return Rejected(f"workloads.*.precision.weights allows {_listed(sorted(allowed))} only")
    if subject.kind == "cache":
        allowed = {one for asked in problem.workloads.values() for one in asked.precision.kv}
        if subject.name not in allowed:
            return Rejected(f"workloads.*.precision.kv allows {_listed(sorted(allowed))} only")
    if world.ways(subject) is not None:
        return None
    word = f" {subject.name} " if subject.kind == "precision" else f"{subject.name} "
    mine = [one for one in world.candidates.rejections if word in f" {one.subject} "]
    return _told(mine) if mine else Rejected("no configuration with it works for any workload")


def _listed(names: Iterable[str]) -> str:
    found = list(names)
    return " and ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found)
