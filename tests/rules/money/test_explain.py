"""Each line as a sentence that a person can do again by hand."""

from __future__ import annotations

import pytest

from mayorista.rules.rating import explain, invoice, reading
from tests.rules.money.cases import TIERS, case, change
from tests.rules.money.test_rules import BURST, LATE, MAY, PRIOR, runs


def sentences(document: dict) -> list[str]:
    asked = reading.read(document)
    return explain.sentences(invoice.rate(asked), fx_rate=asked.billing.fx_rate)


NOVEMBER = {"period": "2026-11", "as_of": "2026-12-01T08:00:00-04:00", "invoice_currency": "BOB"}


def test_the_speed_the_price_and_the_days():
    price = {"effective": "2025-01-01", "model": "per_mbps", "unit_price": "11.50"}
    asked = case(
        change("b", "2026-11-16", "3000"),
        price=price,
        mbps="2000",
        contract={"currency": "BOB"},
        billing=NOVEMBER,
    )
    assert sentences(asked) == [
        "2.000 Mbps × Bs 11,50 × 15/30 días = Bs 11.500,00 · del 1 al 15 de noviembre",
        "3.000 Mbps × Bs 11,50 × 15/30 días = Bs 17.250,00 · del 16 al 30 de noviembre",
    ]


@pytest.mark.parametrize(
    ("price", "mbps", "said"),
    [
        ({"model": "flat", "monthly_fee": "1234.5"}, "5", "cuota fija USD 1.234,50 × 30/30 días = USD 1.234,50"),
        ({"model": "per_mbps", "unit_price": "8.4567"}, "0.5", "0,5 Mbps × USD 8,4567 × 30/30 días = USD 4,23"),
        ({"model": "volume", "tiers": TIERS}, "1001", "1.001 Mbps × USD 7,50 (tramo hasta 5.000 Mbps) × 30/30 días = USD 7.507,50"),
        ({"model": "volume", "tiers": TIERS}, "6000", "6.000 Mbps × USD 6,00 (tramo sin límite) × 30/30 días = USD 36.000,00"),
        (
            {"model": "graduated", "tiers": TIERS},
            "6000",
            "(1.000 Mbps × USD 9,00 + 4.000 Mbps × USD 7,50 + 1.000 Mbps × USD 6,00) × 30/30 días = USD 45.000,00",
        ),
    ],
)  # fmt: skip
def test_each_model(price, mbps, said):
    found = sentences(case(price={"effective": "2025-01-01"} | price, mbps=mbps))
    assert found == [f"{said} · del 1 al 30 de abril"]


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("volume", "500 Mbps × USD 7,50 (tramo hasta 5.000 Mbps por 1.500 Mbps en suma) × 30/30 días = USD 3.750,00"),
        ("graduated", "(1.000 Mbps × USD 9,00 + 500 Mbps × USD 7,50) × 500/1.500 Mbps de la suma × 30/30 días = USD 4.250,00"),
    ],
)  # fmt: skip
def test_tiers_chosen_by_a_sum(model, said):
    sibling = {name: case(mbps="1000")[name] for name in ("contract", "speed_changes")}
    price = {"effective": "2025-01-01", "model": model, "tiers": TIERS, "tier_scope": "contract"}
    assert sentences(case(price=price, siblings=[sibling])) == [f"{said} · del 1 al 30 de abril"]


def test_a_burst_with_its_samples():
    price = BURST | {"burst_rounding": "ceil_mbps"}
    assert sentences(case(price=price, traffic=runs((8640, "600.2", "40"))))[1] == (
        "exceso de 101 Mbps (percentil 95 600,2 Mbps: entrada 600,2, salida 40; 8.640 de 8.640 muestras, "
        "432 descartadas; compromiso 500 Mbps, al Mbps entero hacia arriba) × USD 9,00 × 30/30 días = USD 909,00 "
        "· del 1 al 30 de abril"
    )


def test_what_hangs_on_the_month():
    asked = case(
        change("b", "2026-04-16", "400", LATE),
        contract={"minimum_invoice": "5000"},
        billing=MAY | {"invoice_currency": "BOB", "fx_rate": "9.95"},
        prior_invoices=[PRIOR],
        one_offs=[{"text": "Instalación", "amount": "100"}],
        sla={"model": "pro_rata", "outage_minutes": "432", "multiplier": "2", "for_period": "2026-04", "cases": ["DANO-2026-000012"]},
    )  # fmt: skip
    assert sentences(asked)[1:] == [
        "mínimo USD 5.000,00 × 31/31 días menos recurrente USD 3.200,00 y exceso USD 0,00 = USD 1.800,00 × 9,95 = Bs 17.910,00",
        "Instalación = USD 100,00 × 9,95 = Bs 995,00",
        "crédito por disponibilidad: cuota de abril de 2026 USD 4.000,00 × (432 min / 43.200 min × 2) = −USD 80,00 · casos DANO-2026-000012 × 9,95 = −Bs 796,00",
    ]


def test_an_adjustment_with_both_sides():
    asked = case(change("b", "2026-04-16", "400", LATE), billing=MAY, prior_invoices=[PRIOR])
    assert sentences(asked)[-1] == (
        "abril de 2026: corresponde USD 3.600,00 menos facturado USD 4.000,00 = −USD 400,00"
    )


def test_the_totals():
    asked = case(billing={"opening_credit": "4100"}, tax={"model": "included", "rate": "0.13"})
    assert explain.closing(invoice.rate(reading.read(asked))) == [
        "Suma de 1 línea = USD 4.000,00",
        "menos saldo a favor USD 4.000,00",
        "Total = USD 0,00: sin factura",
        "saldo a favor que pasa al mes siguiente = USD 100,00",
        "impuesto incluido en el precio = USD 0,00",
    ]
