"""The screens of incoming mail as pictures to be looked at: nothing hangs over, axe finds nothing serious."""

from __future__ import annotations

import pytest

from tests import billing_world as bills
from tests.incoming_mail import incoming_mail
from tests.rules.mail import letters

MODES = {"escritorio": {}, "fono": {"phone": True}, "oscuro": {"dark": True}}
LONG = (
    "Señores:\n\nAdjuntamos el comprobante del pago de noviembre, Bs 23.000,00, Banco Unión.\n\nSaludos\n"
    + "palabra" * 40
)
PDF = ("comprobante-de-depósito-noviembre-2026.pdf", "application/pdf", letters.PDF)


@pytest.fixture
def mails(night):
    bills.billed(night)
    files = (PDF, ("factura.pdf", "application/pdf", b"<html>no"))
    known = incoming_mail(
        letters.with_files(*files, text=LONG, from_=f"Pagos <{bills.PAYS}>", subject="Pago de noviembre"),
        at=night.at,
    )
    incoming_mail(
        letters.mail(from_="nadie@otro.example", subject="", message_id="<2@x>", body="¿Cuánto cuesta?"),
        at=night.at,
    )
    incoming_mail(
        letters.mail(
            "Auto-Submitted: auto-replied",
            from_="x@otro.example",
            subject="Fuera de oficina",
            message_id="<3@x>",
        ),
        at=night.at,
    )
    return known


@pytest.mark.parametrize("mode", MODES)
def test_mail_looks_as_it_should(sit, mails, mode):
    desk = sit("interconexion", **MODES[mode])
    wrong = []
    for name, path in {
        "carta": f"/mensajes/{mails}/",
        "mensajes": "/mensajes/",
        "canales": "/canales/",
    }.items():
        assert desk.go(path).status == 200
        desk.shot(f"correo-{name}-{mode}", whole=True)
        wrong += [f"{name}: {each}" for each in desk.axe()]
        if not desk.fits():
            wrong.append(f"{name}: se sale de la pantalla")
    assert not wrong + desk.problems
