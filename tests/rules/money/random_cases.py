"""Cases by chance, in the JSON form: every model and clause, dates crowded around one month.

`make(random)` takes a `random.Random` or the one that hypothesis drives, which can then shrink what fails.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange

DAY = dt.timedelta(days=1)
MODELS = ("flat", "per_mbps", "volume", "graduated", "committed_burst")


def make(random, *, simple: bool = False) -> dict:
    year, month = random.randint(2024, 2028), random.randint(1, 12)
    first = dt.date(year, month, 1)
    last = dt.date(year, month, monthrange(year, month)[1])
    case = _service(random, first)
    defined_at = _instant(random, last + random.randint(-3, 6) * DAY)
    case["billing"] = {
        "period": f"{first:%Y-%m}",
        "as_of": defined_at,
        "invoice_currency": "USD",
    }
    if simple:
        return case
    if random.random() < 0.4:
        case["prior_invoices"] = _priors(random, first)
        case["billing"]["as_of"] = max([defined_at, *(prior["as_of"] for prior in case["prior_invoices"])])
    _dress(random, case, first, last)
    return case


def _dress(random, case, first, last) -> None:
    """Hang on the month what a month may carry."""
    extras = {
        "opening_credit": lambda: case["billing"].update(opening_credit=_amount(random, 3000)),
        "fx": lambda: case["billing"].update(
            invoice_currency="BOB", fx_rate=f"{random.randint(60000, 130000) / 10000:.4f}"
        ),
        "tax": lambda: case.update(tax={"model": "included", "rate": "0.13"}),
        "one_offs": lambda: case.update(one_offs=_one_offs(random)),
        "sla": lambda: case.update(sla=_sla(random)),
        "minimum": lambda: case["contract"].update(minimum_invoice=_amount(random, 9000)),
        "scope": lambda: _share_tiers(random, case, first),
    }
    for add in extras.values():
        if random.random() < 0.25:
            add()
    if _bursts(case) and random.random() < 0.8:
        case["traffic"] = _traffic(random, first, last, case)


def _one_offs(random) -> list[dict]:
    return [
        {"text": f"cargo {number}", "amount": random.choice(["", "", "-"]) + _amount(random, 500)}
        for number in range(random.randint(1, 3))
    ]


def _share_tiers(random, case, first) -> None:
    case["contract"]["tier_scope"] = random.choice(["contract", "customer"])
    case["siblings"] = [_service(random, first) for _ in range(random.randint(1, 3))]


def _service(random, first) -> dict:
    start = first + random.choice([-400, -400, -400, -400, -35, -1, 0, 14, 27]) * DAY
    contract = {
        "currency": "USD",
        "start": start.isoformat(),
        "prices": _prices(random, first),
    }
    if random.random() < 0.25:
        contract["end_exclusive"] = max(start, first + random.randint(-1, 33) * DAY).isoformat()
        if random.random() < 0.5:
            contract["end_approved_at"] = _instant(random, first + random.randint(-20, 50) * DAY)
    if random.random() < 0.3:
        contract["min_mbps"] = str(random.choice([0, 100, 300, 500]))
        contract["min_policy"] = random.choice(["refuse", "bill_at_minimum"])
    if random.random() < 0.3:
        contract["downgrade_notice_days"] = random.choice([1, 10, 30])
    if random.random() < 0.2:
        contract["change_policy"] = random.choice(["immediate", "next_cycle"])
    if random.random() < 0.1:
        contract["downgrade_policy"] = random.choice(["immediate", "next_cycle"])
    service = {"contract": contract, "speed_changes": _changes(random, first, start)}
    if random.random() < 0.25:
        contract["suspension_policy"] = random.choice(["full", "commit_only", "none"])
        service["suspensions"] = [_suspension(random, first) for _ in range(random.randint(1, 2))]
    return service


def _prices(random, first) -> list[dict]:
    versions = random.choice([0, 0, 0, 1, 2])
    days = [first - 800 * DAY, *(first + random.randint(-40, 31) * DAY for _ in range(versions))]
    prices = [_price(random) | {"effective": each.isoformat()} for each in sorted(set(days))]
    random.shuffle(prices)
    return prices


def _price(random) -> dict:
    model = random.choice(MODELS)
    if model == "flat":
        return {"model": model, "monthly_fee": _amount(random, 9000)}
    if model == "per_mbps":
        return {"model": model, "unit_price": _unit(random)}
    if model == "committed_burst":
        rounding = {"burst_rounding": "ceil_mbps"} if random.random() < 0.5 else {}
        return {"model": model, "commit_price": _unit(random), "burst_price": _unit(random)} | rounding
    limits = sorted(random.sample([100, 300, 500, 700, 1000, 1500], random.randint(0, 3)))
    tiers = [{"up_to": str(limit), "unit_price": _unit(random)} for limit in limits]
    return {"model": model, "tiers": [*tiers, {"up_to": None, "unit_price": _unit(random)}]}


def _changes(random, first, start) -> list[dict]:
    changes = []
    for number in range(random.randint(1, 6)):
        offset = -500 if number == 0 and random.random() < 0.9 else random.randint(-45, 33)
        effective = first + offset * DAY
        asked = effective + random.randint(-40, 10) * DAY
        change = {
            "id": f"c{number}",
            "effective": effective.isoformat(),
            "mbps": _mbps(random),
            "status": random.choice(["approved"] * 12 + ["requested", "rejected"]),
            "approved_at": _instant(
                random, asked + random.randint(0, 45) * DAY if number else effective - 10 * DAY
            ),
        }
        if random.random() < 0.7:
            change["requested_on"] = asked.isoformat()
        if number and random.random() < 0.2:
            change["end_exclusive"] = (effective + random.randint(1, 20) * DAY).isoformat()
            if random.random() < 0.5:
                change["price"] = _price(random)
        changes.append(change)
    random.shuffle(changes)
    return changes


def _suspension(random, first) -> dict:
    cut = first + random.randint(-20, 28) * DAY
    found = {"cut": cut.isoformat()}
    if random.random() < 0.7:
        found["reconnected"] = (cut + random.randint(0, 25) * DAY).isoformat()
        if random.random() < 0.5:
            found["fee"] = _amount(random, 200)
        if random.random() < 0.3:
            found["reconnected_approved_at"] = _instant(random, first + random.randint(-20, 50) * DAY)
    if random.random() < 0.4:
        found["approved_at"] = _instant(random, first + random.randint(-20, 50) * DAY)
    return found


def _priors(random, first) -> list[dict]:
    priors, month = [], first
    for _ in range(random.randint(1, 3)):
        month = (month - DAY).replace(day=1)
        after = (month + 32 * DAY).replace(day=1)
        prior = {"period": f"{month:%Y-%m}", "as_of": _instant(random, after + random.randint(0, 3) * DAY)}
        if random.random() < 0.2:
            prior["burst"] = _amount(random, 900)
        priors.append(prior)
    random.shuffle(priors)
    return priors


def _sla(random) -> dict:
    outage = {"outage_minutes": random.choice(["0", "59", "60", "100", "433", "2000.5", "50000"])}
    model = random.choice(["pro_rata", "per_full_hour", "percent_bands"])
    if model == "pro_rata":
        return outage | {"model": model, "multiplier": random.choice(["1", "2", "0.5"])}
    if model == "per_full_hour":
        return outage | {"model": model, "pct_per_hour": random.choice(["1", "2.5"])}
    bands = [
        {"below": "99.9", "credit_pct": "10"},
        {"below": "99", "credit_pct": "25"},
        {"below": "95", "credit_pct": "120"},
    ]
    return outage | {"model": model, "bands": random.sample(bands, random.randint(1, 3))}


def _bursts(case) -> bool:
    own = [change["price"] for change in case["speed_changes"] if "price" in change]
    return any(price["model"] == "committed_burst" for price in [*case["contract"]["prices"], *own])


def _traffic(random, first, last, case) -> dict:
    runs, left = [], (last - max(first, dt.date.fromisoformat(case["contract"]["start"]))).days * 288 + 288
    left -= 288 * 3 * ("suspensions" in case)  # the first billed day may come later than the contract's
    while left > 0 and len(runs) < 12:
        count = min(left, random.choice([1, 100, 288, 432, 433, 2000]))
        left -= count
        if random.random() < 0.1:
            runs.append({"count": count, "missing": True})
        else:
            runs.append({"count": count, "in": _mbps(random), "out": _mbps(random)})
    return {"interval_minutes": 5, "min_coverage": random.choice(["0", "0.5", "0.90"]), "samples_rle": runs}


def _mbps(random) -> str:
    return random.choice(
        ["0", "50", "100", "100.5", "290", "300", "500", "700", "1000", "1000.000001", "1001", "2000"]
    )


def _unit(random) -> str:
    return f"{random.randint(0, 200000) / 10000:.4f}" if random.random() < 0.7 else str(random.randint(1, 20))


def _amount(random, most: int) -> str:
    cents = random.randint(0, most * 100)
    return f"{cents // 100}.{cents % 100:02d}"


def _instant(random, on) -> str:
    return f"{on}T{random.choice(['00:00:00', '08:00:00', '23:59:59'])}-04:00"
