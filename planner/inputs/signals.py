"""What people know of their situation, as constraints and costs: each signal is worked into keys that it names.

Nothing is scored. A signal only writes what could be written by hand, before the file is read any further; what a
workload or the site says itself stands.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Annotated, Any

from pydantic import Field

from planner.inputs.base import Names, NoBool, Positive, Strict
from planner.units import MONTHS_PER_PERIOD, MONTHS_PER_TERM


class NewTeam(Strict):
    """People who are hired to look after owned systems, as nobody is there yet."""

    systems_per_person: Positive
    """Owned systems that one of them looks after; whole persons are paid, the first with the first system."""
    usd_per_person_year: Positive
    """Cost of such a person [USD/year]."""


class Signals(Strict):
    """Signals, and what each does to the problem."""

    data_must_stay_in: Names = Field([])
    """Places that data may not leave (geographies, provider regions, own): the `regions` of every workload that names
    none. With [own] nothing is rented; a hosted API then serves only workloads that its entry names."""
    must_comply_with: Names = Field([])
    """Tags that whoever serves must have under supply.compliance: added to the `compliance` of every workload."""
    demand_uncertainty: Annotated[float, Field(ge=0, le=2), NoBool] | None = None
    """For variable demand: the `forecast_error` of all traffic and batch work that says none; more is then planned."""
    no_infra_team: NewTeam | None = None
    """For no infrastructure team: staff of `supply.own.site` by whole persons, so that owning anything costs one."""
    commit_at_most_months: Annotated[int, Field(ge=0, le=120), NoBool] | None = None
    """For rapid experiments: longer reservations and capacity blocks are not offered, and nothing is bought."""


def worked_in(data: Mapping[str, Any]) -> dict[str, Any]:
    """The plain values of a problem with its signals written where they belong; what is no table is left to be told."""
    found = deepcopy(dict(data))
    signals = found.get("signals")
    if not isinstance(signals, dict):
        return found
    workloads = found.get("workloads")
    for workload in workloads.values() if isinstance(workloads, dict) else ():
        if isinstance(workload, dict):
            _into_workload(workload, signals)
    supply = found.get("supply")
    if isinstance(supply, dict):
        if isinstance(team := signals.get("no_infra_team"), dict):
            _hire(supply, team)
        months = signals.get("commit_at_most_months")
        if isinstance(months, int) and not isinstance(months, bool):
            _shorten(supply, months, found.get("horizon"))
    return found


def _into_workload(workload: dict[str, Any], signals: Mapping[str, Any]) -> None:
    if isinstance(places := signals.get("data_must_stay_in"), list) and places and not workload.get("regions"):
        workload["regions"] = list(places)
    tags, own = signals.get("must_comply_with"), workload.get("compliance", [])
    if isinstance(tags, list) and isinstance(own, list) and tags:
        workload["compliance"] = [*own, *(tag for tag in tags if tag not in own)]
    error = signals.get("demand_uncertainty")
    for kind in ("traffic", "batch"):
        if error is not None and isinstance(asked := workload.get(kind), dict):
            asked.setdefault("forecast_error", error)


def _hire(supply: dict[str, Any], team: Mapping[str, Any]) -> None:
    own = supply.get("own")
    if isinstance(own, dict) and own:
        site = own.setdefault("site", {})
        if isinstance(site, dict):
            for key, value in team.items():
                site.setdefault(key, value)


def _shorten(supply: dict[str, Any], months: int, horizon: object) -> None:
    """Without what binds for longer; forms are left as they are where none would be left."""
    rent, own, blocks = supply.get("rent"), supply.get("own"), supply.get("capacity_blocks")
    if isinstance(rent, dict) and isinstance(forms := rent.get("forms"), list):
        rent["forms"] = [form for form in forms if MONTHS_PER_TERM.get(form, 0) <= months] or forms
    if isinstance(own, dict):
        for key in ("systems", "max_systems", "order_at_once"):
            own.pop(key, None)
        if not own.get("existing"):
            supply.pop("own")
    period = horizon.get("period", "month") if isinstance(horizon, dict) else "month"
    if isinstance(blocks, list):
        step = MONTHS_PER_PERIOD.get(period, 1)
        supply["capacity_blocks"] = [
            one for one in blocks if not isinstance(one, dict) or one.get("periods", 1) * step <= months
        ]


def signal_notes(signals: Signals) -> list[str]:
    """What the reader must know of them."""
    places, tags, error = signals.data_must_stay_in, signals.must_comply_with, signals.demand_uncertainty
    team, months = signals.no_infra_team, signals.commit_at_most_months
    notes = [f"Data stays in {', '.join(places)} (signals.data_must_stay_in)."] if places else []
    notes += [f"Whoever serves has {', '.join(tags)} (signals.must_comply_with)."] if tags else []
    notes += [f"Demand is taken to be uncertain by {error:.0%} (signals.demand_uncertainty)."] if error else []
    if team:
        usd, each = f"{team.usd_per_person_year:,.0f} USD", f"{team.systems_per_person:g}"
        notes.append(f"One person at {usd} a year is hired for every {each} owned systems (signals.no_infra_team).")
    if months is not None:
        notes.append(f"Nothing is bought or signed for more than {months} months (signals.commit_at_most_months).")
    return notes
