"""A change of speed is asked for: registered with its document and checked against the contract (B.2, steps 1 and 2)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.contracts.models import Contract, Service, ServiceStatus, SpeedChange
from mayorista.apps.contracts.operations import bandwidth, documents
from mayorista.apps.contracts.operations.documents import Upload
from mayorista.apps.contracts.operations.speed import support
from mayorista.apps.contracts.queries import checks, previews
from mayorista.apps.procedure import editing
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, links, serials
from mayorista.rules import agreements, capacity, formats, lapaz, speed_requests
from mayorista.rules.errors import FieldError, Invalid
from mayorista.rules.procedure import Act, Role
from mayorista.rules.speed_requests import Asked, Finding, Level

SERIES = "SCV"
KIND = "SPEED_CHANGE"
FARTHEST = dt.timedelta(days=730)


@transaction.atomic
def request_change(
    *,
    service_id: int,
    to_kbps: int | None,
    wanted_date: dt.date | None,
    door: str,
    requested_by: str,
    requested_date: dt.date | None,
    actor: Actor,
    at: dt.datetime,
    temporary_until: dt.date | None = None,
    own_price: Mapping[str, Any] | None = None,
    words: str = "",
    upload: Upload | None = None,
) -> SpeedChange:
    """Register what a customer asks for; an increase goes to the NOC first, a decrease straight to the Gerente.

    `upload` is the letter, mail or message that asks for it. Raises Invalid with every wrong field (also where the
    contract refuses: a minimum of policy "refuse", R8), NotFound, NotAllowed.
    """
    require(actor, Act.REQUEST_SPEED)
    service = editing.locked(Service.objects.all(), row_id=service_id, missing=_("No existe ese servicio."))
    today = lapaz.local(at).date()
    errors = _wrong(service, to_kbps, wanted_date, temporary_until, door, requested_by, requested_date, today)
    if upload is not None:
        errors += documents.check_file(upload, field="document")
    elif door in {"LETTER", "EMAIL"}:
        errors.append(
            FieldError("document", _("Falta el documento que lo pide."), _("Adjunte la carta o el correo."))
        )
    price = json.loads(json.dumps(dict(own_price or {}), default=str))
    if price and not errors:
        errors += _wrong_price(price, wanted_date, temporary_until)
    agreements.refuse(errors)
    assert to_kbps is not None
    assert wanted_date is not None
    assert requested_date is not None
    asked = Asked(
        from_kbps=_speed_before(service, wanted_date, temporary_until),
        to_kbps=to_kbps,
        wanted=wanted_date,
        until=temporary_until,
        requested_on=requested_date,
        requested_by=requested_by,
        today=today,
    )
    said = checks.findings(service, asked, own_price=price, at=at)
    agreements.refuse(
        [
            FieldError("to_kbps", each.text, _("Acuerde otra velocidad, o una adenda."))
            for each in said
            if each.level is Level.REFUSE
        ]
    )
    change = _open(service, asked, door, words, price, said, at)
    if upload is not None:
        change.document_id = documents.store(change.dossier_id, upload, actor, at)
    first = support.State.REQUESTED if asked.is_increase else support.State.COORDINATION
    text = _("%(who)s pide por %(door)s pasar de %(from)s a %(to)s %(when)s %(words)s") % {
        "who": requested_by.strip(),
        "door": speed_requests.DOORS[door],
        "from": capacity.show(asked.from_kbps),
        "to": capacity.show(to_kbps),
        "when": _when(asked),
        "words": words.strip(),
    }
    support.move(change, first, act=Act.REQUEST_SPEED, text=text, actor=actor, at=at)
    if asked.is_increase:
        support.hand_to(change, support.CAPACITY, Role.NOC, _("Verificar capacidad para"), at)
    else:
        support.hand_to(change, support.DECISION, Role.MANAGER, _("Decidir disminución"), at)
    return change


def _open(
    service: Service,
    asked: Asked,
    door: str,
    words: str,
    own_price: dict[str, Any],
    said: list[Finding],
    at: dt.datetime,
) -> SpeedChange:
    number = serials.next_number(series=SERIES, at=at)
    dossier = dossiers.open_dossier(
        kind=KIND,
        number=number,
        headline=headline(service, asked.from_kbps, asked.to_kbps),
        state=str(support.State.REQUESTED.label),
        at=at,
        customer_id=service.customer.dossier_id,
        search=f"{service.circuit_code} {asked.requested_by}",
    )
    change = SpeedChange.objects.create(
        dossier=dossier,
        service=service,
        door=door,
        requested_by=" ".join(asked.requested_by.split())[:160],
        requested_date=asked.requested_on,
        words=words.strip(),
        from_kbps=asked.from_kbps,
        to_kbps=asked.to_kbps,
        wanted_date=asked.wanted,
        temporary_until=asked.until,
        own_price=own_price,
        findings=[asdict(each) for each in said],
    )
    links.link(source_id=service.dossier_id, target_id=dossier.pk, kind="service-speed-change")
    contract_id = previews.holder_on(service.pk, asked.wanted)
    if contract_id:
        home = Contract.objects.values_list("dossier_id", flat=True).get(pk=contract_id)
        links.link(source_id=home, target_id=dossier.pk, kind="contract-speed-change")
    return change


def _speed_before(service: Service, day: dt.date, until: dt.date | None) -> int:
    """The speed a change goes from: a lasting one changes what lies below the temporary ones."""
    return bandwidth.lasting_on(service, day) if until is None else bandwidth.speed_on(service, day)


def headline(service: Service, from_kbps: int, to_kbps: int) -> str:
    """Return the headline of a change: who, which circuit, from and to."""
    return f"{service.customer.name} · {service.circuit_code} {capacity.show(from_kbps)} → {capacity.show(to_kbps)}"


def _when(asked: Asked) -> str:
    since = formats.date(asked.wanted)
    if asked.until is None:
        return _("desde el %(since)s.") % {"since": since}
    return _("del %(since)s hasta el %(until)s (exclusive).") % {
        "since": since,
        "until": formats.date(asked.until),
    }


def _wrong(
    service: Service,
    to_kbps: int | None,
    wanted: dt.date | None,
    until: dt.date | None,
    door: str,
    who: str,
    requested: dt.date | None,
    today: dt.date,
) -> list[FieldError]:
    errors = _wrong_asking(service, door, who, requested, today)
    if to_kbps is None or not 0 < to_kbps <= capacity.HIGHEST_KBPS:
        errors.append(FieldError("to_kbps", _("Falta la velocidad nueva."), _("Escriba por ejemplo 3 Gbps.")))
    if wanted is None:
        errors.append(FieldError("wanted_date", _("Falta desde cuándo."), _("Escriba dd/mm/aaaa.")))
    elif abs(wanted - today) > FARTHEST:
        errors.append(FieldError("wanted_date", _("La fecha está demasiado lejos."), _("Revise el año.")))
    elif _speed_before(service, wanted, until) == to_kbps:
        text = _("El servicio ya tiene %(speed)s ese día.") % {"speed": capacity.show(to_kbps)}
        errors.append(FieldError("to_kbps", text, _("Revise la velocidad.")))
    if until is not None and wanted is not None and until <= wanted:
        errors.append(
            FieldError("temporary_until", _("Termina antes de empezar."), _("Revise las dos fechas."))
        )
    return errors


def _wrong_asking(
    service: Service, door: str, who: str, requested: dt.date | None, today: dt.date
) -> list[FieldError]:
    errors = []
    if service.status != ServiceStatus.ACTIVE:
        errors.append(
            FieldError("service_id", _("El servicio está terminado."), _("Elija un servicio activo."))
        )
    if door not in speed_requests.DOORS:
        errors.append(FieldError("door", _("Falta por dónde lo pidió."), _("Elija una opción.")))
    if not who.strip():
        errors.append(
            FieldError("requested_by", _("Falta quién lo pide."), _("Escriba el nombre de la persona."))
        )
    if requested is None:
        errors.append(
            FieldError("requested_date", _("Falta el día de la solicitud."), _("Escriba dd/mm/aaaa."))
        )
    elif requested > today:
        errors.append(
            FieldError("requested_date", _("La solicitud no puede ser del futuro."), _("Revise la fecha."))
        )
    return errors


def _wrong_price(price: dict[str, Any], wanted: dt.date | None, until: dt.date | None) -> list[FieldError]:
    if until is None:
        return [
            FieldError(
                "own_price",
                _("Solo un cambio temporal lleva precio propio."),
                _("Indique hasta cuándo, o quite el precio."),
            )
        ]
    try:
        rest = dict(price)
        agreements.price(
            rest, model=str(rest.pop("model", "")), effective=wanted or dt.date.max, path="own_price"
        )
    except Invalid as error:
        return list(error.errors)
    return []
