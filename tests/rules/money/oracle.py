"""The money rules a second time, the slow way: day by day, in exact fractions, from the JSON form itself.

It shares no code with the product. What it does not know (explanations, evidence) is tried elsewhere.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from fractions import Fraction

LA_PAZ = dt.timezone(dt.timedelta(hours=-4))
DAY = dt.timedelta(days=1)


def half_up(value: Fraction, places: int = 2) -> Fraction:
    scaled = abs(value) * 10**places
    whole = scaled.numerator // scaled.denominator
    if scaled - whole >= Fraction(1, 2):
        whole += 1
    return Fraction(whole if value >= 0 else -whole, 10**places)


def month_days(period):
    year, month = int(period[:4]), int(period[5:])
    return [dt.date(year, month, number + 1) for number in range(monthrange(year, month)[1])]


def day(text):
    return dt.date.fromisoformat(text)


def instant(text):
    return dt.datetime.fromisoformat(text)


def natural(word):
    """Whole numbers before words, each by its own order; the cases' ids are a letter and a number."""
    return (word[0], int(word[1:]))


# ---- which speed on which day


def permanent_changes(service, as_of):
    """(effective, bills from, Mbps) of the winners of each day, and the temporary ones, and the refused ids."""
    contract = service["contract"]
    lowest = Fraction(contract.get("min_mbps", 0))
    alive, refused = [], []
    for change in service["speed_changes"]:
        if change["status"] != "approved" or instant(change["approved_at"]) > as_of:
            continue
        mbps = Fraction(change["mbps"])
        if mbps < lowest:
            if contract.get("min_policy", "refuse") == "refuse":
                refused.append(change)
                continue
            mbps = lowest
        alive.append((change, mbps))
    alive.sort(key=lambda pair: in_order(pair[0]))
    temporary = [pair for pair in alive if "end_exclusive" in pair[0]]
    by_day = {}
    for change, mbps in alive:
        if "end_exclusive" not in change:
            by_day[change["effective"]] = (change, mbps)
    winners = [by_day[each] for each in sorted(by_day)]
    steps = []
    for number, (change, mbps) in enumerate(winners):
        starts = day(change["effective"])
        if number and mbps != winners[number - 1][1]:
            starts = delayed(contract, change, starts, up=mbps > winners[number - 1][1])
        steps.append((starts, mbps))
    refused.sort(key=in_order)
    return steps, temporary, [change["id"] for change in refused]


def in_order(change):
    return change["effective"], instant(change["approved_at"]), natural(change["id"])


def delayed(contract, change, starts, *, up):
    policy = contract.get(
        "upgrade_policy" if up else "downgrade_policy", contract.get("change_policy", "immediate")
    )
    notice = 0 if up else int(contract.get("downgrade_notice_days", 0))
    if notice:
        asked = (
            change.get("requested_on") or instant(change["approved_at"]).astimezone(LA_PAZ).date().isoformat()
        )
        starts = max(starts, day(asked) + notice * DAY)
    if policy == "next_cycle":
        while starts.day != 1:
            starts += DAY
    return starts


def speed_and_price(service, on, as_of, known):
    """What a day bills: (price key, price, Mbps or None), or None where it bills nothing."""
    steps, temporary, _ = known
    contract = service["contract"]
    mbps = None
    for starts, speed in steps:  # in order of effective day: the latest that has started
        if starts <= on:
            mbps = speed
    versions = sorted((day(each["effective"]), number) for number, each in enumerate(contract["prices"]))
    _, number = [version for version in versions if version[0] <= on][-1]
    key, price = ("version", number), contract["prices"][number]
    for change, speed in temporary:
        if day(change["effective"]) <= on < day(change["end_exclusive"]):
            mbps = speed
            key, price = ("version", number), contract["prices"][number]
            if "price" in change:
                key, price = ("own", change["id"]), change["price"]
    if not any(is_suspended(each, on, as_of) for each in service.get("suspensions", [])):
        return key, price, mbps, True
    policy = contract.get("suspension_policy", "full")
    if policy == "none":
        return None
    lowest = Fraction(contract.get("min_mbps", 0))
    if (
        policy == "commit_only"
        and price["model"] not in {"committed_burst", "flat"}
        and mbps is not None
        and lowest
    ):
        mbps = min(mbps, lowest)
    return key, price, mbps, policy != "commit_only"


def is_suspended(each, on, as_of):
    if "approved_at" in each and instant(each["approved_at"]) > as_of:
        return False
    back = each.get("reconnected")
    if back and "reconnected_approved_at" in each and instant(each["reconnected_approved_at"]) > as_of:
        back = None
    return day(each["cut"][:10]) < on and (back is None or on < day(back[:10]))


def billed_days(service, period, as_of):
    contract = service["contract"]
    end = day(contract["end_exclusive"]) if "end_exclusive" in contract else None
    if end is not None and "end_approved_at" in contract and instant(contract["end_approved_at"]) > as_of:
        end = None
    known = permanent_changes(service, as_of)
    found = {}
    for on in month_days(period):
        if on < day(contract["start"]) or (end is not None and on >= end):
            continue
        state = speed_and_price(service, on, as_of, known)
        if state is not None and (state[2] is not None or state[1]["model"] == "flat"):
            found[on] = state
    return found


def monthly(price, mbps, total, scope):
    model = price["model"]
    if model == "flat":
        return Fraction(price["monthly_fee"])
    if model == "per_mbps":
        return mbps * Fraction(price["unit_price"])
    if model == "committed_burst":
        return mbps * Fraction(price["commit_price"])
    shared = scope != "service"
    chooses = total if shared else mbps
    if model == "volume":
        for tier in price["tiers"]:
            if tier["up_to"] is None or chooses <= Fraction(tier["up_to"]):
                return mbps * Fraction(tier["unit_price"])
    amount, below = Fraction(0), Fraction(0)
    for tier in price["tiers"]:
        top = chooses if tier["up_to"] is None else min(chooses, Fraction(tier["up_to"]))
        amount += max(Fraction(0), top - below) * Fraction(tier["unit_price"])
        below = max(below, top)
    if shared:
        return amount * mbps / chooses if chooses else Fraction(0)
    return amount


# ---- lines


def recurring(service, period, as_of):
    """Lines as (kind, from, days, amount), the day states, and the refused ids."""
    days = billed_days(service, period, as_of)
    siblings = [billed_days(each, period, as_of) for each in service.get("siblings", [])]
    count = len(month_days(period))
    runs = []
    for on in sorted(days):
        key, price, mbps, _ = days[on]
        total = (mbps or Fraction(0)) + sum(
            (each[on][2] or Fraction(0) for each in siblings if on in each), Fraction(0)
        )
        scope = price.get("tier_scope", service["contract"].get("tier_scope", "service"))
        amount = monthly(price, mbps or Fraction(0), total, scope if key[0] == "version" else "service")
        same = None if price["model"] == "flat" else mbps
        if runs and runs[-1]["last"] + DAY == on and runs[-1]["as"] == (key, same, amount):
            runs[-1]["last"] = on
        else:
            kind = "commit" if price["model"] == "committed_burst" else "service"
            runs.append({"as": (key, same, amount), "first": on, "last": on, "monthly": amount, "kind": kind})
    lines = []
    for run in runs:
        length = (run["last"] - run["first"]).days + 1
        lines.append((run["kind"], run["first"], length, half_up(run["monthly"] * length / count)))
    return lines, days


def bursts(case, days, count):
    """Burst lines and whether a segment lacked samples."""
    samples = {}
    if "traffic" in case and days:
        stamps = []
        for run in case["traffic"]["samples_rle"]:
            pair = None if run.get("missing") else (Fraction(run["in"]), Fraction(run["out"]))
            stamps += [pair] * run["count"]
        first = min(days)
        for number, pair in enumerate(stamps):
            samples.setdefault(first + number // 288 * DAY, []).append(pair)
    segments = []
    for on in sorted(days):
        key, price, mbps, burst = days[on]
        if price["model"] != "committed_burst" or not burst:
            continue
        if segments and segments[-1][0][-1] + DAY == on and segments[-1][1:3] == (key, mbps):
            segments[-1][0].append(on)
        else:
            segments.append(([on], key, mbps, price))
    lines, low = [], False
    for on_days, _, mbps, price in segments:
        pairs = [pair for on in on_days for pair in samples.get(on, []) if pair is not None]
        least = Fraction(case["traffic"]["min_coverage"]) if "traffic" in case else Fraction(1)
        if not pairs or Fraction(len(pairs), 288 * len(on_days)) < least:
            low = True
            continue
        dropped = len(pairs) * 5 // 100
        p95 = max(sorted((pair[way] for pair in pairs), reverse=True)[dropped] for way in (0, 1))
        above = max(Fraction(0), p95 - mbps)
        if price.get("burst_rounding") == "ceil_mbps":
            above = Fraction(-(-above.numerator // above.denominator))
        lines.append(
            (
                "burst",
                on_days[0],
                len(on_days),
                half_up(above * Fraction(price["burst_price"]) * len(on_days) / count),
            )
        )
    return lines, low


def complement(service, days, count, cents):
    least = Fraction(service["contract"].get("minimum_invoice", 0))
    return half_up(max(Fraction(0), least * len(days) / count - cents))


def month_total(service, prior, as_of):
    lines, days = recurring(service, prior["period"], as_of)
    total = sum((line[3] for line in lines), Fraction(0))
    return total + complement(
        service, days, len(month_days(prior["period"])), total + Fraction(prior.get("burst", 0))
    )


def credit(sla, base, days, service, as_of):
    minutes = Fraction(len(days) * 1440)
    for on in days:
        for each in service.get("suspensions", []):
            if is_suspended(each, on, as_of):
                minutes -= 1440
                break
    outage = Fraction(sla["outage_minutes"])
    if not minutes or not outage or base <= 0:
        return Fraction(0)
    if sla["model"] == "pro_rata":
        share = outage / minutes * Fraction(sla.get("multiplier", 1))
    elif sla["model"] == "per_full_hour":
        share = (outage // 60) * Fraction(sla["pct_per_hour"]) / 100
    else:
        available = max(Fraction(0), minutes - outage) / minutes * 100
        share = (
            max(
                [Fraction(0)]
                + [
                    Fraction(band["credit_pct"])
                    for band in sla["bands"]
                    if available < Fraction(band["below"])
                ]
            )
            / 100
        )
    return base * min(Fraction(1), share)


def rate(case):
    """(lines as (kind, amount), the totals) of a case; every amount a fraction."""
    billing = case["billing"]
    as_of, count = instant(billing["as_of"]), len(month_days(billing["period"]))
    lines, days = recurring(case, billing["period"], as_of)
    base = sum((line[3] for line in lines), Fraction(0))
    over, low = bursts(case, days, count)
    found = [(line[0], line[3]) for line in lines + over]
    lacks = complement(case, days, count, sum((amount for _, amount in found), Fraction(0)))
    found += [("minimum_complement", lacks)] if lacks else []
    found += [("one_off", half_up(Fraction(each["amount"]))) for each in case.get("one_offs", [])]
    for each in case.get("suspensions", []):
        known = all(
            name not in each or instant(each[name]) <= as_of
            for name in ("approved_at", "reconnected_approved_at")
        )
        if known and "fee" in each and each.get("reconnected", "")[:7] == billing["period"]:
            found.append(("reconnection_fee", half_up(Fraction(each["fee"]))))
    if "sla" in case:
        earned = credit(case["sla"], base, days, case, as_of)
        found += [("sla_credit", half_up(-earned))] if earned else []
    found += adjustments(case, as_of)
    return found, totals(case, found), low


def adjustments(case, as_of):
    """Each invoice in turn, remembering what was billed for every month: no telescope."""
    billed = {}
    for prior in sorted(
        case.get("prior_invoices", []), key=lambda each: (instant(each["as_of"]), each["period"])
    ):
        for month, (earlier, so_far) in billed.items():
            now = month_total(case, earlier, instant(prior["as_of"]))
            billed[month] = (earlier, so_far + (now - so_far))
        billed[prior["period"]] = (prior, month_total(case, prior, instant(prior["as_of"])))
    lines = []
    for month in sorted(billed):
        prior, so_far = billed[month]
        difference = month_total(case, prior, as_of) - so_far
        if difference:
            lines.append(("debit_adjustment" if difference > 0 else "credit_adjustment", difference))
    return lines


def totals(case, found):
    billing = case["billing"]
    amounts = [amount for _, amount in found]
    if billing["invoice_currency"] != case["contract"]["currency"]:
        amounts = [half_up(amount * Fraction(billing["fx_rate"])) for amount in amounts]
    whole = sum(amounts, Fraction(0))
    opening = Fraction(billing.get("opening_credit", 0))
    total = max(Fraction(0), whole - opening)
    carried = total - (whole - opening)
    tax = half_up(total * Fraction(case["tax"]["rate"])) if "tax" in case else None
    return {"lines_total": whole, "total": total, "credit_carried_forward": carried, "tax_included": tax}
