"""Broken problem files: each is refused with one message that names the key, the value and the next step."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from question import SMALLEST, bent

from planner.errors import InputError
from planner.inputs import base
from planner.inputs.keys import tables
from planner.inputs.load import load_problem, problem_from
from planner.inputs.yaml_text import read_yaml

AS_OF = date(2026, 11, 21)
NIGHT = (
    SMALLEST
    + """\
  night:
    model: llama-3.1-8b
    batch: {requests_per_day: 1000, deadline_h: 12}
    requests: {input: 900, output: 250}
"""
)

BROKEN = {
    # numbers
    "negative rate": (
        bent("requests_per_s: 5", "requests_per_s: -3"),
        [
            "workloads.chat.traffic.requests_per_s: must be greater than 0 (got -3); ",
            "mean arrival rate",
            "[requests/s]",
        ],
    ),
    "rate as a word": (
        bent("requests_per_s: 5", "requests_per_s: many"),
        ["workloads.chat.traffic.requests_per_s: must be a number (got 'many'); "],
    ),
    "rate with a unit": (
        bent("requests_per_s: 5", "requests_per_s: 5/s"),
        ["requests_per_s: must be a number (got '5/s'); write the bare number, the unit is in the key: 5"],
    ),
    "share in per cent": (
        bent("output: 250", "output: 250, prefix_hit: 35%"),
        ["workloads.chat.requests.prefix_hit: must be a number (got '35%'); write 0.35"],
    ),
    "share above one": (
        bent("output: 250", "output: 250, prefix_hit: 35"),
        ["prefix_hit: must be less than 1 (got 35); a share lies between 0 and 1: 35 % is 0.35"],
    ),
    "thousands separator": (
        bent("requests_per_s: 5", "users: '1,200', requests_per_user_per_hour: 2"),
        ["traffic.users: must be a number (got '1,200'); write it without separators: 1200"],
    ),
    "true as a number": (
        bent("requests_per_s: 5", "requests_per_s: true"),
        ["requests_per_s: must be a number (got true)"],
    ),
    "not a number": (bent("requests_per_s: 5", "requests_per_s: .nan"), ["must be a finite number (got nan)"]),
    "infinity": (bent("requests_per_s: 5", "requests_per_s: .inf"), ["must be a finite number (got inf)"]),
    "infinity in disguise": (bent("requests_per_s: 5", "requests_per_s: 1e999"), ["must be a finite number (got inf)"]),
    "absurd rate": (
        bent("requests_per_s: 5", "requests_per_s: 1e12"),
        ["requests_per_s: must be at most 1000000 (got 1000000000000)"],
    ),
    "five thousand digits": (bent("requests_per_s: 5", f"requests_per_s: {'9' * 5000}"), ["must be a finite number"]),
    "half a period": (
        SMALLEST + "horizon: {periods: 1.5}\n",
        ["horizon.periods: must be a whole number (got 1.5)"],
    ),
    # keys
    "misspelt key": (
        bent("requests_per_s: 5", "requests_per_sec: 5"),
        ["traffic.requests_per_sec: unknown key — did you mean 'requests_per_s'?"],
    ),
    "key in the wrong place": (
        SMALLEST + "utilization_cap: 0.8\n",
        ["  utilization_cap: unknown key here; it belongs under limits"],
    ),
    "key nobody knows": (
        SMALLEST + "limits: {carbon: 3}\n",
        ["limits.carbon: unknown key; known here: budget, power_kw"],
    ),
    "number as a key": (
        bent("requests_per_s: 5", "requests_per_s: 5, 5: rate"),
        ["traffic.5: is no key: keys are words"],
    ),
    "missing title": (
        bent("title: Smallest\n", ""),
        ["  title: is missing; title is: heading of the report"],
    ),
    "no workloads": ("title: T\nworkloads: {}\n", ["  workloads: needs at least 1 entry (got an empty table)"]),
    "workloads as a list": (
        "title: T\nworkloads: [{model: m}]\n",
        ["  workloads: must be a table of names (got a list of 1)"],
    ),
    "empty workload": (
        "title: T\nworkloads:\n  chat:\n",
        ["workloads.chat: has no value, must be a table of keys; keys here: model, model_any_of, traffic"],
    ),
    # text
    "title of two lines": (
        bent("title: Smallest", 'title: "two\\nlines"'),
        ["title: must be one line without control characters (got 'two\\nlines')"],
    ),
    "title of a number": (bent("title: Smallest", "title: 2027"), ["title: must be text (got 2027); put it in quotes"]),
    "workload with a slash": (
        bent("chat:", "chat/a:"),
        ["workloads.chat/a: needs another name", "leave out '/'"],
    ),
    "number as a workload": (bent("chat:", "7:"), ["workloads.7: is no usable name: it must be text (got 7)"]),
    "currency": (SMALLEST + "currency: EUR\n", ["currency: must be 'USD' (got 'EUR')"]),
    "objective": (SMALLEST + "objective: costs\n", ["objective: must be", "(got 'costs'); did you mean 'cost'?"]),
    "purchase form": (
        SMALLEST + "supply: {rent: {forms: [on-demand]}}\n",
        ["supply.rent.forms.0: must be 'on_demand', ", "(got 'on-demand'); did you mean 'on_demand'?"],
    ),
    "weight format": (
        bent("output: 250}", "output: 250}\n    precision: {weights: [fp7]}"),
        ["precision.weights.0: must be 'fp32', ", "(got 'fp7'); did you mean 'fp"],
    ),
    "same entry twice": (
        SMALLEST + "supply: {rent: {gpus: [L4, L40S, L4]}}\n",
        ["supply.rent.gpus: names 'L4' more than once; keep one"],
    ),
    # demand
    "two ways to say the rate": (
        bent("requests_per_s: 5", "requests_per_s: 5, concurrent_requests: 3"),
        ["traffic: says how many requests arrive in 2 ways (requests_per_s, concurrent_requests); keep one"],
    ),
    "no way to say the rate": (
        bent("requests_per_s: 5", "burstiness_cv: 2"),
        ["workloads.chat.traffic: does not say how many requests arrive; add requests_per_s, users or"],
    ),
    "users without habits": (
        bent("requests_per_s: 5", "users: 400"),
        ["workloads.chat.traffic.requests_per_user_per_hour: is missing; users needs it"],
    ),
    "concurrency without a latency": (
        bent("requests_per_s: 5", "concurrent_requests: 10").replace(", tpot_p95_ms: 50", ""),
        ["workloads.chat.traffic.concurrent_requests: needs the time a request takes", "add an e2e target"],
    ),
    "traffic and batch": (
        bent("requests_per_s: 5}", "requests_per_s: 5}\n    batch: {requests_per_day: 10}"),
        ["workloads.chat: gives both traffic and batch; keep one"],
    ),
    "no demand": (
        bent("    traffic: {requests_per_s: 5}\n", ""),
        ["workloads.chat: says no demand; add traffic (interactive) or batch"],
    ),
    "batch two ways": (
        NIGHT.replace("requests_per_day: 1000", "requests_per_day: 1000, input_tokens_per_day: 1e9"),
        ["workloads.night.batch: says how much work arrives in 2 ways"],
    ),
    "deadline of a fortnight": (
        NIGHT.replace("deadline_h: 12", "deadline_h: 336"),
        ["workloads.night.batch.deadline_h: must be at most 168 (got 336)"],
    ),
    "profile of seven": (
        bent("requests_per_s: 5", "requests_per_s: 5, profile: [1, 2, 3, 4, 5, 6, 7]"),
        ["traffic.profile: has 7 weights; give 24 (hours of a day) or 168"],
    ),
    "profile of zeros": (
        bent("requests_per_s: 5", f"requests_per_s: 5, profile: {[0] * 24}"),
        ["traffic.profile: has only zeros; at least one hour needs a weight above 0"],
    ),
    "profile weight as a word": (
        bent("requests_per_s: 5", "requests_per_s: 5, profile: [1, x]"),
        ["traffic.profile.1: must be a number (got 'x')"],
    ),
    "profile as a number": (
        bent("requests_per_s: 5", "requests_per_s: 5, profile: 3"),
        ["traffic.profile: must be a name or a list or a table of keys (got 3)"],
    ),
    "growth list too short": (
        bent("requests_per_s: 5", "requests_per_s: 5, growth_per_month: [1, 2]") + "horizon: {periods: 3}\n",
        ["traffic.growth_per_month: lists 2 multipliers for 3 periods; give one for each period"],
    ),
    "growth beyond reason": (
        bent("requests_per_s: 5", "requests_per_s: 5, growth_per_month: 5") + "horizon: {periods: 60, period: year}\n",
        ["traffic.growth_per_month: compounds to more than a million-fold change over 720 months"],
    ),
    # sizes
    "no lengths": (
        bent("requests: {input: 900, output: 250}", "requests: {prefix_hit: 0.2}"),
        ["workloads.chat.requests: does not say how long requests are; add input and output [tokens], or lengths"],
    ),
    "no requests": (
        bent("    requests: {input: 900, output: 250}\n", ""),
        ["workloads.chat.requests: is missing; requests is: token lengths of a request"],
    ),
    "lengths twice": (
        bent("input: 900", "lengths: azure2023-conv, input: 900"),
        ["workloads.chat.requests: gives lengths and also input and output; keep lengths, or input and output"],
    ),
    "output forgotten": (
        bent(", output: 250", ""),
        ["workloads.chat.requests.output: is missing; input needs it beside it"],
    ),
    "length below a token": (bent("output: 250", "output: 0.2"), ["requests.output: must be at least 1 (got 0.2)"]),
    "p95 below the median": (
        bent("input: 900", "input: {p50: 900, p95: 800}"),
        ["requests.input: has p95 (800) not above p50 (900); swap or correct them"],
    ),
    "mean below the median": (
        bent("input: 900", "input: {mean: 500, p50: 900}"),
        ["requests.input: has a mean (500) below p50 (900)"],
    ),
    "p95 out of reach of the mean": (
        bent("input: 900", "input: {mean: 900, p95: 9000}"),
        ["requests.input: has p95 (9000) outside 1 to 3.87 times the mean (900)"],
    ),
    "spread out of reach": (
        bent("input: 900", "input: {p50: 10, p95: 100000}"),
        ["requests.input: implies a coefficient of variation of "],
    ),
    "three figures": (
        bent("input: 900", "input: {mean: 900, p50: 700, p95: 2000}"),
        ["requests.input: gives 3 figures (mean, p50, p95); two fix a log-normal"],
    ),
    "spread of nothing": (
        bent("input: 900", "input: {cv: 2}"),
        ["requests.input: says no length; add mean, p50 or p95"],
    ),
    # promises
    "no slo": (
        bent("    slo: {ttft_p95_ms: 1000, tpot_p95_ms: 50}\n", ""),
        ["workloads.chat.slo: is missing: an interactive workload needs a latency target; add e.g. slo: {ttft_p95_ms"],
    ),
    "empty slo": (
        bent("slo: {ttft_p95_ms: 1000, tpot_p95_ms: 50}", "slo: {}"),
        ["workloads.chat.slo: has no target; add at least one"],
    ),
    "p99 below p95": (
        bent("ttft_p95_ms: 1000", "ttft_p95_ms: 1000, ttft_p99_ms: 500"),
        ["slo.ttft_p99_ms: is 500, but ttft_p95_ms is 1000: a higher percentile is never faster"],
    ),
    "whole request before its first token": (
        bent("ttft_p95_ms: 1000", "ttft_p95_ms: 1000, e2e_p95_s: 0.5"),
        ["slo.e2e_p95_s: is 0.5 s, but ttft_p95_ms gives the first token alone 1 s; check the units"],
    ),
    "slowest request before the usual first token": (
        bent("ttft_p95_ms: 1000", "ttft_p95_ms: 1000, ttft_p99_ms: 900000, e2e_p99_s: 0.9"),
        ["slo.e2e_p99_s: is 0.9 s, but ttft_p99_ms gives the first token alone 900 s; check the units"],
    ),
    "batch class for a chat": (
        bent("slo: {ttft_p95_ms: 1000, tpot_p95_ms: 50}", "slo: batch"),
        ["workloads.chat.slo: the class 'batch' is for batch workloads"],
    ),
    "unknown class": (
        bent("slo: {ttft_p95_ms: 1000, tpot_p95_ms: 50}", "slo: interactiv"),
        ["workloads.chat.slo: must be", "(got 'interactiv'); did you mean 'interactive'?"],
    ),
    "latency for a batch": (
        NIGHT + "    slo: {ttft_p95_ms: 1000}\n",
        ["workloads.night.slo: a batch workload has no latency targets, its promise is batch.deadline_h; remove slo"],
    ),
    "deadline said twice": (
        NIGHT + "    slo: batch\n",
        ["workloads.night.slo: names the class 'batch', whose deadline batch.deadline_h repeats; keep one"],
    ),
    "available on spot": (
        bent("output: 250}", "output: 250}\n    interruptible: true\n    availability: high"),
        ["workloads.chat.availability: contradicts interruptible: true, as spot capacity can vanish"],
    ),
    "spot share without spot": (
        bent("output: 250}", "output: 250}\n    spot_max_share: 0.5"),
        ["workloads.chat.spot_max_share: has no effect without interruptible: true"],
    ),
    "quality without scores": (
        bent("output: 250}", "output: 250}\n    min_quality: 70"),
        ["workloads.chat.model_quality: lacks a score for llama-3.1-8b; min_quality needs one"],
    ),
    "halves without a first token": (
        bent("{ttft_p95_ms: 1000, tpot_p95_ms: 50}", "{e2e_p95_s: 30, tpot_p95_ms: 50}\n    serving: both"),
        ["workloads.chat.serving: both needs ttft_p95_ms beside its e2e target", "or serve aggregated"],
    ),
    "halves that must survive": (
        bent("output: 250}", "output: 250}\n    serving: disaggregated") + "limits: {survive_loss_of: region}\n",
        ["workloads.chat.serving: is disaggregated, which is not planned to survive a loss", "survives_loss: false"],
    ),
    "priority without a price": (
        bent("output: 250}", "output: 250}\n    priority: 2"),
        ["workloads.chat.priority: has no effect without unserved_usd_per_1k_requests"],
    ),
    "unserved demand where money is not weighed": (
        bent("output: 250}", "output: 250}\n    unserved_usd_per_1k_requests: 1") + "objective: gpus\n",
        ["workloads.chat.unserved_usd_per_1k_requests: is a price, which objective: gpus does not weigh"],
    ),
    "excess of nothing": (
        SMALLEST + "limits: {carbon_excess_usd_per_kg: 0.1}\n",
        ["limits.carbon_excess_usd_per_kg: has no effect without carbon_kg_per_period"],
    ),
    "least shares beyond the whole": (
        SMALLEST + "limits: {provider_shares: [{provider: aws, min_share: 0.6}, {provider: gcp, min_share: 0.6}]}\n",
        ["limits.provider_shares: asks for least shares of 120% together"],
    ),
    "a share turned around": (
        SMALLEST + "limits: {provider_shares: [{provider: aws, min_share: 0.6, max_share: 0.4}]}\n",
        ["limits.provider_shares.0.min_share: is more than max_share (0.4)"],
    ),
    "zones nobody counted": (
        SMALLEST + "limits: {survive_loss_of: zone}\n",
        ["limits.zones_per_region: is missing: the facts do not say how many zones a region has"],
    ),
    "a loss nobody survives": (
        bent("output: 250}", "output: 250}\n    survives_loss: false") + "limits: {survive_loss_of: region}\n",
        ["limits.survive_loss_of: has no effect: no interactive workload survives losses"],
    ),
    "availability in per cent": (
        bent("output: 250}", "output: 250}\n    availability: 99.9"),
        ["availability: must be less than 1 (got 99.9); a share lies between 0 and 1: 99.9 % is 0.999"],
    ),
    "two models": (
        bent("model: llama-3.1-8b", "model: llama-3.1-8b\n    model_any_of: [a, b]"),
        ["workloads.chat: gives both model and model_any_of; keep one"],
    ),
    "no model": (bent("    model: llama-3.1-8b\n", ""), ["workloads.chat: names no model; add model, or model_any_of"]),
    # supply
    "nothing on offer": (
        SMALLEST + "supply: {rent: null}\n",
        ["supply: offers nothing: rent is null and neither own nor api names anything"],
    ),
    "own without systems": (
        SMALLEST + "supply: {own: {site: {pue: 1.3}}}\n",
        ["supply.own: names no system; add systems (to buy) or existing (already there), or remove own"],
    ),
    "cap on what is not bought": (
        SMALLEST + "supply: {own: {systems: [dgx-h200], max_systems: {dgx-h20: 2}}}\n",
        ["supply.own.max_systems.dgx-h20: is not in systems", "did you mean 'dgx-h200'?"],
    ),
    "least systems of none": (
        SMALLEST + "supply: {own: {existing: [{system: dgx-h200, count: 1}], order_at_once: 2}}\n",
        ["supply.own.order_at_once: has no effect without systems that may be bought; add them or remove it"],
    ),
    "signed twice": (
        SMALLEST + "supply: {signed: [{pool: a/b/c, form: owned, nodes: 1}, {pool: a/b/c, form: owned, nodes: 2}]}\n",
        ["supply.signed.1: repeats signed.0 (a/b/c, owned, period 1); add up their nodes"],
    ),
    "signed after the end": (
        SMALLEST + "supply: {signed: [{pool: a/b/c, form: reserved_1y, period: 3, nodes: 1}]}\n",
        ["supply.signed.0.period: comes after the horizon's 1 periods; lower it or remove the entry"],
    ),
    "data in two places": (
        bent("model: llama-3.1-8b", "model: llama-3.1-8b\n    regions: [us, eu]")
        + "signals: {data_must_stay_in: [eu]}\n",
        ["workloads.chat.regions: names us, which signals.data_must_stay_in leaves out; remove one of the two"],
    ),
    "nothing short to sign": (
        SMALLEST
        + "horizon: {periods: 12}\nsupply: {rent: {forms: [reserved_1y]}}\nsignals: {commit_at_most_months: 3}\n",
        ["signals.commit_at_most_months: leaves none of supply.rent.forms; add on_demand there, or raise it"],
    ),
    "owned twice": (
        SMALLEST + "supply: {own: {existing: [{system: dgx-h200, count: 1}, {system: dgx-h200, count: 2}]}}\n",
        ["supply.own.existing: lists 'dgx-h200' at age 0 months more than once; add up the counts"],
    ),
    "own without own systems": (
        bent("output: 250}", "output: 250}\n    regions: [own]"),
        ["workloads.chat.regions: is only own, but supply.own names no system"],
    ),
    "GPU in and out": (
        SMALLEST + "supply: {rent: {gpus: [L4], exclude_gpus: [L4]}}\n",
        ["supply.rent.exclude_gpus: leaves out 'L4', which gpus asks for"],
    ),
    "quota on a workload": (
        SMALLEST + "supply: {quotas: [{gpu: chat, max_gpus: 4}]}\n",
        ["supply.quotas.0.gpu: 'chat' is a workload, a quota is on a GPU; see `planner catalog gpus`"],
    ),
    "quota said twice": (
        SMALLEST + "supply: {quotas: [{gpu: L4, max_gpus: 4}, {gpu: L4, max_gpus: 8}]}\n",
        ["supply.quotas.1: limits the same GPUs as quotas.0 (L4); keep the smaller one"],
    ),
    "quota without rent": (
        SMALLEST + "supply: {rent: null, own: {systems: [dgx-h200]}, quotas: [{gpu: L4, max_gpus: 4}]}\n",
        ["supply.quotas: have no effect, as rent is null"],
    ),
    "API for nobody": (
        SMALLEST + "supply: {api: [{provider: together, model: m, workloads: [chatt]}]}\n",
        ["supply.api.0.workloads: names no workload of this file: 'chatt' — did you mean 'chat'?"],
    ),
    "API twice": (
        SMALLEST + "supply: {api: [{provider: a, model: m}, {provider: a, model: m}]}\n",
        ["supply.api.1: repeats api.0 (a, m); merge their workloads"],
    ),
    "egress without a size": (
        SMALLEST + "supply: {rent: {egress_usd_per_gib: 0.09}}\n",
        ["supply.rent.egress_usd_per_gib: needs egress_bytes_per_token: how large a token is on its way; add it"],
    ),
    "quota that ends before it starts": (
        SMALLEST + "supply: {quotas: [{gpu: L4, max_gpus: 1, first_period: 3, last_period: 2}]}\n",
        ["supply.quotas.0.last_period: comes before first_period (3); swap them"],
    ),
    "quota after the end": (
        SMALLEST + "supply: {quotas: [{gpu: L4, max_gpus: 1, first_period: 2}]}\n",
        ["supply.quotas.0.first_period: starts after the horizon's 1 periods and never holds; lower or remove it"],
    ),
    "staff said twice": (
        SMALLEST + "supply: {own: {systems: [dgx-h100], site: {systems_per_person: 8, usd_per_person_year: 1, "
        "staff_usd_per_system_year: 1}}}\n",
        ["supply.own.site.systems_per_person: and staff_usd_per_system_year are two ways to say the same; remove one"],
    ),
    "persons without a price": (
        SMALLEST + "supply: {own: {systems: [dgx-h100], site: {systems_per_person: 8}}}\n",
        [
            "supply.own.site.systems_per_person: needs systems_per_person and usd_per_person_year "
            "together; add the other"
        ],
    ),
    "rate of a straight line": (
        SMALLEST + "supply: {own: {systems: [dgx-h100], site: {depreciation_rate_per_year: 0.2}}}\n",
        ["site.depreciation_rate_per_year: has no effect without depreciation: declining; add it"],
    ),
    "value said twice": (
        SMALLEST + "supply: {own: {systems: [dgx-h100], site: {residual_share: 0.2, value_curve: "
        "[{years: 2, share: 0.5}]}}}\n",
        ["supply.own.site.value_curve: and residual_share are two ways to say the same; remove one of them"],
    ),
    "ages that fall": (
        SMALLEST + "supply: {own: {systems: [dgx-h100], site: {value_curve: [{years: 2, share: 0.5}, "
        "{years: 1, share: 0.6}]}}}\n",
        ["supply.own.site.value_curve: must list ages that rise; sort it, each age once"],
    ),
    "own room and colocation": (
        SMALLEST + "supply: {own: {systems: [dgx-h100], site: {own_room: true, colocation_usd_per_kw_month: 200}}}\n",
        ["supply.own.site.own_room: and colocation_usd_per_kw_month are two ways to say the same; remove one"],
    ),
    "a room nobody builds": (
        SMALLEST + "supply: {own: {systems: [dgx-h100], site: {room_life_years: 10}}}\n",
        ["supply.own.site.room_life_years: has no effect without own_room: true; add it"],
    ),
    "leased and borrowed for": (
        SMALLEST + "horizon: {periods: 12}\nsupply: {own: {systems: [dgx-h100], "
        "loan: {rate_per_year: 0.1, years: 1}, lease: {rate_per_year: 0.1, years: 1}}}\n",
        ["supply.own.lease: leaves nothing to borrow for; remove loan or lease"],
    ),
    "leased and refreshed": (
        SMALLEST + "horizon: {periods: 12}\nsupply: {own: {systems: [dgx-h100], refresh: true, "
        "lease: {rate_per_year: 0.1, years: 1}}}\n",
        ["supply.own.lease: ends before refresh could; remove one of the two"],
    ),
    "a loan of a year and a half": (
        SMALLEST
        + "horizon: {period: year}\nsupply: {own: {systems: [dgx-h100], loan: {rate_per_year: 0.1, years: 1.5}}}\n",
        ["supply.own.loan.years: is 18 months, no whole number of 12-month periods; round it"],
    ),
    "a lease of seven years": (
        SMALLEST
        + "horizon: {periods: 36}\nsupply: {own: {systems: [dgx-h100], lease: {rate_per_year: 0.1, years: 7}}}\n",
        ["supply.own.lease.years: runs 84 months, of which the horizon sees 36; plan at least 42 months, or lower"],
    ),
    "classes of a straight line": (
        SMALLEST + "supply: {own: {systems: [dgx-h100], tax: {rate: 0.3, macrs_class: 5}}}\n",
        ["supply.own.tax.macrs_class: has no effect with depreciation: straight_line; remove it, or choose macrs"],
    ),
    "a price of gas": (
        SMALLEST + "price_trends: {gas: 0.1}\n",
        ["price_trends.gas: is no usable name: it must be 'on_demand'"],
    ),
    "capacity block of two kinds": (
        SMALLEST + "supply: {capacity_blocks: [{provider: a, gpu: L4, instance: n1, first_period: 1}]}\n",
        ["supply.capacity_blocks.0: needs either gpu or instance, to say which nodes; give exactly one"],
    ),
    "capacity block past the end": (
        SMALLEST + "supply: {capacity_blocks: [{provider: a, gpu: L4, first_period: 1, periods: 2}]}\n",
        ["supply.capacity_blocks.0: ends with period 2, but the horizon has 1; move or shorten the window"],
    ),
    # horizon, limits, catalogue
    "reservation beyond the horizon": (
        SMALLEST + "supply: {rent: {forms: [on_demand, reserved_3y]}}\nhorizon: {periods: 12}\n",
        ["supply.rent.forms.1: 'reserved_3y' runs 36 months, of which the horizon sees 12; plan at least 18 months"],
    ),
    "size buckets on full replicas": (
        bent("output: 250", "output: 250, buckets: 2") + "limits: {utilization_cap: 1}\n",
        ["workloads.chat.requests.buckets: size buckets need limits.utilization_cap of at most 0.95; lower it"],
    ),
    "size buckets and whole requests": (
        bent("output: 250", "output: 250, buckets: 2").replace("tpot_p95_ms: 50", "e2e_p95_s: 50"),
        ["workloads.chat.requests.buckets: size buckets need targets on TTFT and TPOT, not on the whole request"],
    ),
    "blocks of a flat day": (
        SMALLEST + "horizon: {hours: flat, blocks: 4}\n",
        ["horizon.blocks: is 4, but hours: flat tells only 1 apart; lower it to at most 1"],
    ),
    "blocks beyond a day": (SMALLEST + "horizon: {hours: day, blocks: 25}\n", ["horizon.blocks: is 25", "at most 24"]),
    "past horizon": (
        SMALLEST + "horizon: {start: 2024-01-01, periods: 2, period: quarter}\n",
        ["  horizon: ended on 2024-07-01, which lies in the past on 2026-11-21; move start, or say --as-of"],
    ),
    "year as a date": (
        SMALLEST + "horizon: {start: 2027}\n",
        ["horizon.start: must be a date like 2027-01-01 (got 2027)"],
    ),
    "no such day": (
        SMALLEST + "horizon: {start: 2027-02-30}\n",
        ["horizon.start: must be a date like 2027-01-01 (got '2027-02-30')"],
    ),
    "budget twice": (
        SMALLEST + "limits: {budget: [{usd_per_period: 1}, {kind: total, usd_per_period: 2}]}\n",
        ["limits.budget: has 2 budgets of kind total; keep the smallest"],
    ),
    "a coarse search elsewhere": (
        SMALLEST + "solve: {fidelity: core, solver: cbc}\n",
        ["  solve.fidelity: 'core' needs solver: highs; remove one of them"],
    ),
    "replace by nothing": (
        SMALLEST + "catalog: {replace_offers: true}\n",
        ["catalog.replace_offers: leaves no offer at all, as offers names no file"],
    ),
    "a calibration of no engine": (
        SMALLEST + "performance: {calibration: calibration.yaml}\n",
        ["performance.engine: is missing: a calibration holds for the engine", "engine: vllm"],
    ),
    "too many cells": (
        "title: T\nhorizon: {periods: 60, blocks: 168}\nworkloads:\n"
        + "".join(
            f"  w{i}: {{model: m, batch: {{requests_per_day: 1}}, requests: {{input: 9, output: 9, buckets: 16}}}}\n"
            for i in range(10)
        ),
        ["  is too large: 160 demand classes x 60 periods x 168 blocks are 1,612,800 cells"],
    ),
    # scenarios
    "scenario that changes the horizon": (
        SMALLEST + "scenarios: {longer: {set: {horizon.periods: 4}}}\n",
        ["scenarios.longer.set.horizon.periods: is the same in all scenarios: what is signed now is signed for all"],
    ),
    "scenario with a dot too many": (
        SMALLEST + "scenarios: {odd: {set: {limits..max_gpus: 4}}}\n",
        ["scenarios.odd.set.limits..max_gpus: is no dotted key like workloads.chat.traffic.requests_per_s"],
    ),
    "scenario without a change": (
        SMALLEST + "scenarios: {same: {set: {}}}\n",
        ["scenarios.same.set: needs at least 1 entry (got an empty table); set is: dotted keys and their values there"],
    ),
    "scenario with a misspelt key": (
        SMALLEST + "scenarios: {less: {set: {limits.max_gpu: 4}}}\n",
        ["scenarios.less.set.limits.max_gpu: unknown key — did you mean 'max_gpus'?"],
    ),
    "scenario of a workload that is not there": (
        SMALLEST + "scenarios: {more: {set: {workloads.chatt.traffic.requests_per_s: 4}}}\n",
        ["more.set.workloads.chatt.traffic.requests_per_s: there is no 'chatt' under workloads — did you mean 'chat'?"],
    ),
    "scenario with a wrong type": (
        SMALLEST + "scenarios: {less: {set: {limits.max_gpus: few}}}\n",
        ["scenarios.less.set.limits.max_gpus: must be a whole number (got 'few'); max_gpus is: GPUs"],
    ),
    "scenario that multiplies nothing": (
        SMALLEST + "scenarios: {less: {set: {limits.max_gpus: x0.5}}}\n",
        ["limits.max_gpus: multiplies a number by 0.5, but nothing is said there; give the value itself"],
    ),
    "scenario below a single value": (
        SMALLEST + "scenarios: {longer: {set: {workloads.chat.requests.input.mean: 2000}}}\n",
        ["workloads.chat.requests.input is 900, which has no keys below it; set workloads.chat.requests.input"],
    ),
    "scenario past the end of a list": (
        SMALLEST + "supply: {quotas: [{gpu: A100, max_gpus: 8}]}\n"
        "scenarios: {more: {set: {supply.quotas.1.max_gpus: x2}}}\n",
        ["scenarios.more.set.supply.quotas.1.max_gpus: needs a place of the list, from 0 to 0 (got '1')"],
    ),
    "scenario that breaks a rule": (
        SMALLEST + "scenarios: {two: {set: {workloads.chat.traffic.concurrent_requests: 3}}}\n",
        ["scenarios.two.set.workloads.chat.traffic.concurrent_requests: then workloads.chat.traffic says how many "],
    ),
    "probabilities above one": (
        SMALLEST
        + "scenarios: {a: {probability: 0.7, set: {prices.spot: 2}}, b: {probability: 0.6, set: {prices.spot: x3}}}\n",
        ["scenarios: have probabilities that add up to 1.3; at most 1 is left to give"],
    ),
    "scenario called base case": (
        SMALLEST + "scenarios: {base case: {set: {prices.spot: 2}}}\n",
        ["scenarios.base case: is what the problem is called without a scenario; rename it"],
    ),
    "robust against nothing": (
        SMALLEST + "robust: {}\n",
        ["robust: has nothing to weigh; add scenarios or remove it"],
    ),
    "robust in GPUs": (
        SMALLEST + "objective: [cost, gpus]\nrobust: {}\nscenarios: {a: {set: {prices.spot: 2}}}\n",
        ["robust: weighs costs, so the objective must be cost alone; change one of the two"],
    ),
    "scenarios in GPUs": (
        SMALLEST + "objective: gpus\nscenarios: {a: {set: {prices.spot: 2}}}\n",
        ["scenarios: are compared by cost, so cost must be the first goal; change one of the two"],
    ),
    "robust with alternatives": (
        SMALLEST + "alternatives: {}\nrobust: {}\nscenarios: {a: {set: {prices.spot: 2}}}\n",
        ["robust: decides for all scenarios, alternatives are to the plan of one; remove one of the two"],
    ),
    "weight of a tail nobody asks for": (
        SMALLEST + "robust: {cvar_weight: 0.3}\nscenarios: {a: {set: {prices.spot: 2}}}\n",
        ["robust.cvar_weight: has no effect on objective: expected; remove it, or ask for cvar"],
    ),
    "factor on prices of zero": (
        SMALLEST + "prices: {spot: x0}\n",
        ["prices.spot: must be greater than 0 (got 0)"],
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_one_clear_message(name: str, tmp_path: Path) -> None:
    text, expected = BROKEN[name]
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refusal:
        load_problem(path, AS_OF)
    lines = str(refusal.value).splitlines()
    assert lines[0] == f"{path}: 1 problem", lines
    for piece in expected:
        assert piece in lines[1], f"{piece!r} is not in {lines[1]!r}"


def test_the_smallest_problem_is_sound(tmp_path: Path) -> None:
    for text in (SMALLEST, NIGHT):
        path = tmp_path / "mine.yaml"
        path.write_text(text, encoding="utf-8")
        load_problem(path, AS_OF)


def test_every_rule_refuses_one_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that no broken problem meets could be switched off unnoticed."""
    spoken: set[str] = set()
    rules_of = base._rules

    def recording(model: type[BaseModel]) -> tuple[Callable[[Any], Iterable[base.Mistake]], ...]:
        def recorded(check: Callable[[Any], Iterable[base.Mistake]]) -> Callable[[Any], Iterable[base.Mistake]]:
            def told(subject: object) -> Iterator[base.Mistake]:
                for mistake in check(subject):
                    spoken.add(check.__name__)
                    yield mistake

            return told

        return tuple(recorded(check) for check in rules_of(model))

    monkeypatch.setattr(base, "_rules", recording)
    for text, _ in BROKEN.values():
        with pytest.raises(InputError):
            problem_from(read_yaml(text), "mine.yaml", AS_OF)
    assert {check.__name__ for model in tables() for check in rules_of(model)} == spoken
