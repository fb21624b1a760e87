"""The agreements of the demonstration's ISPs: clauses, prices of each model, papers, one contract observed, changes asked for.

Made up, like everything of the examples; what is there already stays as people left it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from mayorista.apps.contracts import operations as contracts
from mayorista.apps.contracts.models import Contract, Reception, Service, SpeedChange, Terms
from mayorista.apps.contracts.operations import speed
from mayorista.apps.procedure.actors import Actor, for_job
from mayorista.rules import agreements, lapaz

JOB = for_job("datos de ejemplo")
BANDS = {
    "model": "percent_bands",
    "bands": [
        {"below": "99.9", "credit_pct": "5"},
        {"below": "99.5", "credit_pct": "10"},
        {"below": "99", "credit_pct": "25"},
    ],
}
CHECKED = {
    "port": "Te0/0/0/3 10G, óptica LR",
    "lag": "sin LAG",
    "uplink": "41 % al percentil 95",
    "backbone": "52 % en el tramo más cargado",
    "upstream": "6,4 de 10 Gbps del compromiso",
    "licences": "",
    "router": "",
    "policer": "policer 2G → 3G",
    "prefixes": "1 de 20",
}


@dataclass(frozen=True, slots=True)
class _Deal:
    """A contract's clauses and the price of each of its circuits."""

    number: str
    signatories: tuple[str, ...]
    prices: Mapping[str, tuple[str, Mapping[str, Any]]]
    clauses: Mapping[str, Any] = field(default_factory=dict)
    in_advance: bool = False
    lacking: tuple[int, ...] = ()


DEALS = (
    _Deal(
        "CT-014",
        ("Marco Vargas", "Ing. Ana Rojas"),
        {
            "TIP-0141": ("per_mbps", {"unit_price": "11.50"}),
            "TIP-0142": (
                "graduated",
                {"tiers": [{"up_to": "300", "unit_price": "13.00"}, {"up_to": None, "unit_price": "12.20"}]},
            ),
        },
        {
            "payment_days": 30, "min_kbps": 300_000, "changes_per_month": 1, "objection_days": 10, "sla_credit": BANDS,
            "clause_references": {"min_kbps": "7.2", "changes_per_month": "7.3", "payment_days": "5.1"},
        },
    ),
    _Deal(
        "CT-003",
        ("Beatriz Paz",),
        {"TIP-0032": ("committed_burst", {"commit_price": "9.80", "burst_price": "12.50", "burst_rounding": "ceil_mbps"})},
        {"payment_days": 20, "downgrade_notice_days": 30, "sla_credit": BANDS},
    ),
    _Deal(
        "CT-007",
        ("Raúl Mamani",),
        {"TIP-0077": ("per_mbps", {"unit_price": "12.80"})},
        {"payment_days": 15, "payment_from": "ISSUE"},
        in_advance=True,
    ),
    _Deal(
        "CT-009",
        ("Gonzalo Arce",),
        {"TIP-0090": ("per_mbps", {"unit_price": "12.75"})},
        {"payment_days": 30, "minimum_invoice": Decimal("9000.00")},
        lacking=(8, 9),
    ),
    _Deal(
        "CT-010",
        ("Héctor Flores",),
        {
            "TIP-0105": (
                "volume",
                {"tiers": [{"up_to": "500", "unit_price": "14.00"}, {"up_to": "1000", "unit_price": "13.10"}, {"up_to": None, "unit_price": "12.40"}]},
            )
        },
        {"payment_days": 30, "requires_addendum": True, "min_kbps": 500_000, "min_policy": "bill_at_minimum"},
    ),
)  # fmt: skip


def load(*, at: dt.datetime, actor_of: Callable[[str, dt.datetime], Actor]) -> None:
    """Write the agreements of the examples that are not there yet; `actor_of` gives a person of the demonstration."""
    for deal in DEALS:
        contract = Contract.objects.filter(number=deal.number).first()
        if contract is None or Terms.objects.filter(contract=contract).exists():
            continue
        _clauses(deal, contract, at)
        if not Reception.objects.filter(contract=contract).exists():
            _reception(deal, contract, at, actor_of)
    if not SpeedChange.objects.exists():
        _changes(at, actor_of)


def _clauses(deal: _Deal, contract: Contract, at: dt.datetime) -> None:
    begin = contract.starts_date
    assert begin is not None
    contracts.save_contract(
        contract_id=contract.pk, signatories=list(deal.signatories), actor=JOB, at=at - dt.timedelta(days=7)
    )
    # Known since they were agreed, so that the months before this one can be billed.
    agreed = dt.datetime.combine(begin, dt.time(9), tzinfo=lapaz.LA_PAZ).astimezone(dt.UTC)
    contracts.agree_terms(contract_id=contract.pk, starts_date=begin, actor=JOB, at=agreed, **deal.clauses)
    for code, (model, price) in deal.prices.items():
        service = Service.objects.get(circuit_code=code).pk
        contracts.hold_service(
            contract_id=contract.pk, service_id=service, starts_date=begin, actor=JOB, at=agreed
        )
        contracts.agree_price(
            contract_id=contract.pk,
            service_id=service,
            effective_date=begin,
            model=model,
            price=price,
            in_advance=deal.in_advance,
            clause="4.2",
            actor=JOB,
            at=agreed,
        )


def _reception(
    deal: _Deal, contract: Contract, at: dt.datetime, actor_of: Callable[[str, dt.datetime], Actor]
) -> None:
    """One came from Ventas this week and is observed; the others were complete and in custody before the months billed."""
    handed = at - dt.timedelta(days=6 if deal.lacking else 72)
    seen = handed + dt.timedelta(days=1)
    sales, receiver, legal = actor_of("ventas", at), actor_of("interconexion", at), actor_of("legal", at)
    there = [item for item in sorted(agreements.MANDATORY) if item not in deal.lacking]
    kinds = {item: kind for kind, item in agreements.ITEM_OF_KIND.items()}
    papers = [(kinds[item], "", _paper(f"{agreements.ITEMS[item]} · {deal.number}")) for item in there]
    contracts.hand_over(
        contract_id=contract.pk,
        items=[
            *(contracts.ItemWish(item, "MISSING") for item in deal.lacking),
            contracts.ItemWish(7, "NA", note="sin garantía pactada"),
        ],
        papers=papers,
        actor=sales,
        at=handed,
    )
    contracts.receive(contract_id=contract.pk, actor=receiver, at=seen)
    if deal.lacking:
        contracts.observe(
            contract_id=contract.pk,
            observation="El acta de activación debe fijar el inicio de facturación",
            actor=receiver,
            at=seen,
        )
        return
    contracts.complete(contract_id=contract.pk, actor=receiver, at=seen)
    for what, place, holder in (
        ("ORIGINAL", "Asesoría Legal, gabinete 3", "Lucía Gamarra"),
        ("COPY", "Depto. Interconexión, archivo", "Iván Condori"),
    ):
        contracts.move_custody(
            contract_id=contract.pk, what=what, place=place, holder=holder, actor=legal, at=seen
        )


def _changes(at: dt.datetime, actor_of: Callable[[str, dt.datetime], Actor]) -> None:
    """One increase that waits for the Gerente, one for the NOC, one decrease."""
    receiver, noc = actor_of("interconexion", at), actor_of("noc", at)
    today = lapaz.local(at).date()
    asked = (
        (
            "TIP-0141",
            3_000_000,
            "Ing. Ana Rojas",
            "LETTER",
            "Carta VF-231: ampliar a 3 Gbps por la campaña de fin de año.",
        ),
        ("TIP-0077", 800_000, "Raúl Mamani", "WHATSAPP", "Necesitamos subir a 800 megas."),
        ("TIP-0105", 600_000, "Héctor Flores", "EMAIL", "Solicitamos bajar a 600 Mbps."),
    )
    made = [
        speed.request_change(
            service_id=Service.objects.get(circuit_code=code).pk,
            to_kbps=kbps,
            wanted_date=today + dt.timedelta(days=7),
            door=door,
            requested_by=who,
            requested_date=today,
            words=words,
            upload=_paper(f"Solicitud de {who} · {code}"),
            actor=receiver,
            at=at,
        )
        for code, kbps, who, door, words in asked
    ]
    speed.check_capacity(
        change_id=made[0].pk,
        answers={key: {"state": "OK", "note": note} for key, note in CHECKED.items()},
        verdict="YES",
        margin=Decimal(36),
        note="",
        actor=noc,
        at=at,
    )


def _paper(title: str) -> contracts.Upload:
    """A page of PDF that says what it stands for."""
    safe = (
        title.replace("\\", "")
        .replace("(", "")
        .replace(")", "")
        .encode("latin-1", "replace")
        .decode("latin-1")
    )
    text = f"BT /F1 14 Tf 60 760 Td ({safe}) Tj 0 -26 Td (Documento de ejemplo de la demostraci\u00f3n) Tj ET"
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(text.encode('latin-1'))} >>\nstream\n{text}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    )
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size {len(places) + 1} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    return contracts.Upload("documento.pdf", body + end.encode("latin-1"))
