"""The bill and the cash flow, added up again from purchases, nodes, options and hours."""

from __future__ import annotations

from collections.abc import Iterator

from planner.plan.plan import Finding, PurchaseRow
from planner.plan.proofs.book import CENT, RELATIVE, Book, added, differences, finding, usd
from planner.plan.proofs.carbon import carbon_kg
from planner.plan.proofs.financing import financing, lease_periods, lease_usd, price_usd
from planner.plan.proofs.owning import end_discount, owning_charges, resales, sales_of, sold_by, value_at
from planner.plan.proofs.shortage import shadow_charges
from planner.plan.proofs.traffic import traffic_charges
from planner.plan.proofs.week import week_charges
from planner.units import HOURS_PER_MONTH, SECONDS_PER_HOUR

Charge = tuple[str, str, int, float, float]  # term, subject, period, USD, discounted USD
_NOT_PAID = frozenset(
    {
        "owned_value_left",
        "owned_loan_left",
        "owned_tax",
        "owned_tax_left",
        "existing_value_left",
        "existing_value_at_start",
        "unserved",
        "excess",
    }
)


def cost_adds_up(book: Book) -> Finding:
    """Every cost row re-derived; nothing claimed that is not found, nothing found that is not claimed."""
    again = list(charges(book))
    found = added((term, subject, period, amount) for term, subject, period, amount, _ in again)
    worth = added((term, subject, period, npv) for term, subject, period, _, npv in again)
    told = added((row.term, row.subject, row.period, row.usd) for row in book.plan.costs)
    told_worth = added((row.term, row.subject, row.period, row.npv_usd) for row in book.plan.costs)
    wrong = [*differences(told, found, CENT), *differences(told_worth, worth, CENT)]
    return finding(
        "cost_adds_up",
        [
            f"{term} {subject} {book.when(period)}: re-added {usd(f)}, claimed {usd(t)}"
            for (term, subject, period), f, t in wrong
        ],
        f"re-added {usd(sum(found.values()))}, claimed {usd(sum(told.values()))}; "
        f"discounted {usd(sum(worth.values()))}, claimed {usd(sum(told_worth.values()))}",
    )


def objective_is_met(book: Book) -> Finding:
    """What the solver claims to have minimised, goal by goal, is what the rows add up to."""
    certificate = book.plan.certificate
    claims = {certificate.objective_name: certificate.objective} | {row.goal: row.value for row in certificate.stages}
    texts, wrong = [], []
    for name, claimed in claims.items():
        found = _reached(book, name)
        unit = {"cost": "USD discounted", "gpus": "GPU-hours", "energy": "kWh", "carbon": "kg CO2e"}[name]
        texts.append(f"re-added {found:,.2f}, solver claimed {claimed:,.2f} {unit}")
        if abs(found - claimed) > max(CENT, RELATIVE * abs(claimed)):
            wrong.append(texts[-1])
    hourly = certificate.bound if certificate.hourly_bound is None else certificate.hourly_bound
    bound = max(certificate.bound, hourly)
    if bound > certificate.objective + max(CENT, RELATIVE * abs(certificate.objective)):
        wrong.append(f"claimed {certificate.objective:,.2f}, below its own bound {bound:,.2f}")
    return finding("objective_is_met", wrong, "; ".join(texts))


def _reached(book: Book, goal: str) -> float:
    """What the plan's rows add up to for a goal."""
    if goal == "cost":
        return sum(charge[-1] for charge in charges(book))
    if goal == "carbon":
        return sum(carbon_kg(book).values())
    per_node = {row.id: row.gpus_per_node if goal == "gpus" else row.kw_per_node for row in book.plan.pools}
    return sum(
        (row.committed_nodes + row.on_demand_nodes + row.spot_nodes)
        * per_node[row.pool]
        * book.hours(row.period, row.block)
        for row in book.plan.capacity
    )


def purchases_add_up(book: Book) -> Finding:
    """What each commitment or purchase costs the horizon, what lies after it, and what of that is paid already."""
    wrong = []
    for row in book.plan.purchases:
        own, after = list(_purchase(book, row)), _after(book, row)
        found = {
            "usd": sum(charge[3] for charge in own),
            "npv_usd": sum(charge[4] for charge in own),
            "usd_after_horizon": after,
            "prepaid_usd": after * book.options[row.pool, row.form].upfront_share,
        }
        told = {name: getattr(row, name) for name in found}
        for name, was, claimed in differences(told, found, CENT):
            wrong.append(f"{row.form} {row.pool} {name}: re-added {usd(was)}, claimed {usd(claimed)}")
    total = sum(row.usd for row in book.plan.purchases)
    after = sum(row.usd_after_horizon for row in book.plan.purchases)
    right = f"{len(book.plan.purchases)} purchases cost {usd(total)}, {usd(after)} lie after the horizon"
    return finding("purchases_add_up", wrong, right)


def cash_adds_up(book: Book) -> Finding:
    """Every payment re-derived in the period in which it is made."""
    found = added(payments(book))
    told = added((row.kind, row.term, row.subject, row.period, row.usd) for row in book.plan.cash)
    wrong = [
        f"{kind} {term} {subject} {book.when(period)}: re-added {usd(f)}, claimed {usd(t)}"
        for (kind, term, subject, period), f, t in differences(told, found, CENT)
    ]
    return finding("cash_adds_up", wrong, f"re-added {usd(sum(found.values()))}, claimed {usd(sum(told.values()))}")


def bill_is_shared_out(book: Book) -> Finding:
    """Workloads and idle capacity together carry the bill, to the cent, and each token once."""
    shared, bill = sum(row.usd for row in book.plan.workload_costs), book.plan.total_usd
    wrong = [] if abs(shared - bill) <= CENT + 1e-9 * abs(bill) else [f"shared out {usd(shared)} of {usd(bill)}"]
    told = added((row.workload, row.period, row.million_tokens) for row in book.plan.workload_costs)
    for (workload, period), f, t in differences(told, _million_tokens(book), RELATIVE):
        wrong.append(f"{workload} {book.when(period)}: {f:,.3f} million tokens expected, {t:,.3f} claimed")
    return finding("bill_is_shared_out", wrong, f"shared out {usd(shared)} of {usd(bill)}")


def energy_adds_up(book: Book) -> Finding:
    """Kilowatt-hours of all nodes at work, period by period."""
    found = added(
        (
            row.period,
            (row.committed_nodes + row.on_demand_nodes + row.spot_nodes)
            * book.pools[row.pool].kw_per_node
            * book.hours(row.period, row.block),
        )
        for row in book.plan.capacity
    )
    told = added((row.period, row.kwh) for row in book.plan.energy)
    wrong = [
        f"{book.when(key[0])}: re-added {f:,.1f}, claimed {t:,.1f} kWh" for key, f, t in differences(told, found, 1e-3)
    ]
    return finding(
        "energy_adds_up", wrong, f"re-added {sum(found.values()):,.1f}, claimed {sum(told.values()):,.1f} kWh"
    )


def charges(book: Book) -> Iterator[Charge]:
    """Every cost again, from what the plan runs and buys."""
    for row in book.plan.capacity:
        for form, nodes in (("on_demand", row.on_demand_nodes), ("spot", row.spot_nodes)):
            if nodes:
                amount = book.rent(row.pool, form, row.period) * book.hours(row.period, row.block) * nodes
                yield form, row.pool, row.period, amount, amount * book.periods[row.period].discount
    for kept in book.plan.kept:
        amount = book.running_usd(book.options[kept.pool, "existing"], kept.period) * kept.nodes
        yield "existing_running", kept.pool, kept.period, amount, amount * book.periods[kept.period].discount
    for bought in book.plan.purchases:
        yield from _purchase(book, bought)
    yield from week_charges(book)
    yield from owning_charges(book)
    yield from traffic_charges(book)
    yield from shadow_charges(book)
    prices = _api_prices(book)
    for sent in book.plan.api:
        requests = sent.requests_per_s * book.expected_share(sent.demand_class, sent.period, sent.block)
        amount = (
            prices[sent.api, sent.demand_class, sent.period]
            * requests
            * SECONDS_PER_HOUR
            * book.hours(sent.period, sent.block)
        )
        yield "api", sent.api, sent.period, amount, amount * book.periods[sent.period].discount


def _api_prices(book: Book) -> dict[tuple[str, str, int], float]:
    """(hosted API, demand class, period) → USD a request, from what was on offer at the start."""
    return {
        (one.api, one.demand_class, index): one.usd_per_request * book.price_after(one.trend_per_year, index)
        for one in book.plan.api_options
        for index in book.periods
    }


def _purchase(book: Book, row: PurchaseRow) -> Iterator[Charge]:
    option, signed = book.options[row.pool, row.form], book.periods[row.period].discount
    times = book.price_after(option.trend_per_year, row.period)
    if row.form == "owned":
        yield from _bought(book, row)
        yield from resales(book, row)
    for index in range(row.first_period, row.last_period + 1):
        period = book.periods[index]
        if row.form == "owned":
            running = book.running_usd(option, index, times) * (row.nodes - sold_by(book, row, index))
            yield "owned_running", row.pool, index, running, running * period.discount
        else:
            rent = book.rent(row.pool, row.form, row.period) * period.hours * row.nodes
            upfront = option.upfront_share * rent
            yield row.form, row.pool, index, rent, (rent - upfront) * period.discount + upfront * signed


def _bought(book: Book, row: PurchaseRow) -> Iterator[Charge]:
    """Price, value in the end, lease, loan and tax of nodes that are sold in some period, and of the others."""
    price, end = price_usd(book, row) * row.nodes, max(book.periods) + 1
    yield "owned_purchase", row.pool, row.period, price, price * book.periods[row.period].discount
    stay = row.nodes - sold_by(book, row)
    worth = value_at(book, row, row.last_period + 1) * stay
    if row.first_period <= row.last_period + 1 < end:
        brought = worth * book.periods[row.last_period + 1].discount
        yield "owned_retired", row.pool, row.last_period + 1, -worth, -brought
    else:
        yield "owned_value_left", row.pool, end - 1, -worth, -worth * end_discount(book)
    for leaves, nodes in [*sales_of(book, row), (row.last_period + 1, stay)]:
        for term, period, each, at_the_end in financing(book, row, leaves):
            discount = end_discount(book) if at_the_end else book.periods[period].discount
            yield term, row.pool, period, each * nodes, each * nodes * discount


def payments(book: Book) -> Iterator[tuple[str, str, str, int, float]]:
    """(kind, term, subject, period, USD) of every payment again."""
    for term, subject, period, amount, _ in charges(book):
        if term in {"owned_purchase", "owned_resale", "owned_retired", "existing_resale"}:
            yield "capex", term, subject, period, amount
        elif term == "owned_loan":
            yield "financing", term, subject, period, amount
        elif term in {"reserved_1y", "reserved_3y", "capacity_block"}:
            yield "opex", term, subject, period, amount * (1 - book.options[subject, term].upfront_share)
        elif term not in _NOT_PAID:
            yield "opex", term, subject, period, amount
    for row in book.plan.purchases:
        if row.form != "owned":
            upfront = book.options[row.pool, row.form].upfront_share
            yield "opex", row.form, row.pool, row.period, upfront * _whole_term(book, row) * row.nodes


def _whole_term(book: Book, row: PurchaseRow) -> float:
    return book.rent(row.pool, row.form, row.period) * HOURS_PER_MONTH * book.options[row.pool, row.form].term_months


def _after(book: Book, row: PurchaseRow) -> float:
    if row.form == "owned":
        if row.last_period < max(book.periods):
            return 0.0
        lease = lease_usd(book, row) * row.nodes
        due = lease * (lease_periods(book) - (row.last_period + 1 - row.first_period)) if lease else 0.0
        return due - value_at(book, row, row.last_period + 1) * (row.nodes - sold_by(book, row))
    served = sum(book.periods[index].hours for index in range(row.first_period, row.last_period + 1))
    return (_whole_term(book, row) - book.rent(row.pool, row.form, row.period) * served) * row.nodes


def _million_tokens(book: Book) -> dict[tuple[str, int], float]:
    """Tokens of the expected demand that is served, at each workload's mean request (sizes keep their mix)."""
    requests = [
        (row.workload, row.period, row.mean_requests_per_s * book.hours(row.period, row.block) * SECONDS_PER_HOUR)
        for row in book.plan.demand
    ]
    requests += [(row.workload, row.period, -row.requests) for row in book.plan.unserved]
    sizes = {row.id: row.mean_input_tokens + row.mean_output_tokens for row in book.plan.workloads}
    return added((name, period, number * sizes[name] / 1e6) for name, period, number in requests)
