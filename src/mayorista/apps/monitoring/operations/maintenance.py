"""Maintenance windows: planned, told to the customers, muting visibly, and followed to their end (G-19, G-47)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.contracts import queries as contract_queries
from mayorista.apps.customers import queries as customer_queries
from mayorista.apps.messaging import operations as messaging
from mayorista.apps.messaging import texts
from mayorista.apps.messaging.drafts import Draft, MailDraft, WhatsAppDraft
from mayorista.apps.monitoring import muting
from mayorista.apps.monitoring.models import MaintenanceTarget, MaintenanceWindow
from mayorista.apps.monitoring.operations import changes
from mayorista.apps.procedure import actors
from mayorista.apps.procedure import queries as procedure_queries
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, journal, links, live, serials, work
from mayorista.rules import lapaz
from mayorista.rules.errors import Conflict, DomainError, FieldError, Invalid, NotFound, Stale
from mayorista.rules.procedure import Act, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

SERIES = "MANT"
CAUSE = "MANT"
LONGEST = dt.timedelta(days=7)
TOLD = ("ON_CALL", "TECHNICAL", "MANAGEMENT")
CREATION, START, END, CANCELLED = "CREATION", "START", "END", "CANCELLED"
NAMED = 5


@transaction.atomic
def plan_window(
    *,
    title: str,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    service_ids: Sequence[int],
    resource_ids: Sequence[int],
    actor: Actor,
    at: dt.datetime,
    description: str = "",
    tell_customers: bool = True,
) -> MaintenanceWindow:
    """Plan an interruption and tell the customers it covers, each of its own circuits only.

    Times are instants; the window is half-open. A window may begin in the past only as long as it has
    not ended. Raises Invalid naming every wrong field.
    """
    require(actor, Act.PLAN_MAINTENANCE)
    _check(title, starts_at, ends_at, service_ids, resource_ids, at)
    number = serials.next_number(series=SERIES, at=at)
    dossier = dossiers.open_dossier(
        kind="MAINTENANCE", number=number, headline=title.strip(), state=_("programado"), at=at
    )
    window = MaintenanceWindow.objects.create(
        dossier=dossier,
        number=number,
        title=title.strip(),
        description=description.strip(),
        starts_at=starts_at,
        ends_at=ends_at,
        tell_customers=tell_customers,
        created_at=at,
        created_by_id=actor.user_id,
        announced_at=at,
    )
    MaintenanceTarget.objects.bulk_create(
        [
            *(MaintenanceTarget(window=window, service_id=each) for each in dict.fromkeys(service_ids)),
            *(MaintenanceTarget(window=window, resource_id=each) for each in dict.fromkeys(resource_ids)),
        ]
    )
    text = _("Mantenimiento «%(title)s» programado de %(start)s a %(end)s") % {
        "title": window.title,
        "start": lapaz.moment(starts_at),
        "end": lapaz.moment(ends_at),
    }
    _record(window, Act.PLAN_MAINTENANCE, text, actor, at)
    _tell(window, CREATION, actor, at)
    live.bump("board")
    return window


@transaction.atomic
def cancel_window(
    *, window_id: int, reason: str, actor: Actor, at: dt.datetime, version: int | None = None
) -> None:
    """Call a window off; what it muted and still fires is looked at again at once."""
    require(actor, Act.PLAN_MAINTENANCE)
    window = _locked(window_id)
    if version is not None and window.version != version:
        raise Stale(
            _("Otra persona cambió el mantenimiento %(number)s.") % {"number": window.number},
            version=window.version,
        )
    if not reason.strip():
        raise Invalid(_("Falta el motivo."), field="reason", remedy=_("Escriba por qué se anula."))
    if window.cancelled_at or window.ended_at or window.ends_at <= at:
        raise Conflict(_("El mantenimiento %(number)s ya terminó.") % {"number": window.number})
    window.cancelled_at, window.cancelled_by_id = at, actor.user_id
    window.cancel_reason, window.version = reason.strip()[:300], window.version + 1
    window.save()
    dossiers.change(dossier_id=window.dossier_id, state=_("anulado"), closed_at=at)
    text = _("Mantenimiento anulado: %(reason)s") % {"reason": reason.strip()}
    _record(window, Act.PLAN_MAINTENANCE, text, actor, at)
    _tell(window, CANCELLED, actor, at)
    changes.recheck_unmuted(at=at)
    live.bump("board", "alarms")


def attend(*, at: dt.datetime) -> int:
    """Tell beginnings and ends that are due, and look again at what still fires then; returns how many.

    Called every few seconds; each window is attended to in a transaction of its own.
    """
    actor = actors.for_job("maintenance")
    ahead = MaintenanceWindow.objects.filter(cancelled_at=None, ended_at=None, starts_at__lte=at)
    due = ahead.filter(start_told_at=None) | ahead.filter(ends_at__lte=at)
    done = 0
    for window_id in due.values_list("id", flat=True):
        with transaction.atomic():
            done += _attend(window_id, actor, at)
    return done


def _attend(window_id: int, actor: Actor, at: dt.datetime) -> int:
    window = (
        MaintenanceWindow.objects.select_for_update(skip_locked=True)
        .filter(pk=window_id, cancelled_at=None, ended_at=None)
        .first()
    )
    if window is None:
        return 0
    if window.start_told_at is None and window.starts_at <= at:
        window.start_told_at = at
        dossiers.change(dossier_id=window.dossier_id, state=_("en curso"))
        _record(window, "MAINTENANCE_START", _("Comienza la ventana de mantenimiento"), actor, at)
        if window.ends_at > at:
            _tell(window, START, actor, at)
    if window.ends_at <= at:
        window.ended_at = at
        again = changes.recheck_unmuted(at=at)
        dossiers.change(dossier_id=window.dossier_id, state=_("concluido"), closed_at=at)
        text = _("Termina la ventana de mantenimiento")
        if again:
            text += _("; alarmas que siguen activas y se correlacionan de nuevo: %(count)d") % {
                "count": again
            }
        _record(window, "MAINTENANCE_END", text, actor, at)
        _tell(window, END, actor, at)
    window.save(update_fields=["start_told_at", "ended_at"])
    live.bump("board", "alarms")
    return 1


def _locked(window_id: int) -> MaintenanceWindow:
    window = MaintenanceWindow.objects.select_for_update().filter(pk=window_id).first()
    if window is None:
        raise NotFound(_("No existe ese mantenimiento."))
    return window


def _check(
    title: str,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    service_ids: Sequence[int],
    resource_ids: Sequence[int],
    at: dt.datetime,
) -> None:
    errors = []
    if not title.strip():
        errors.append(FieldError("title", _("Falta el trabajo."), _("Escriba qué se hará.")))
    if ends_at <= starts_at:
        errors.append(FieldError("ends_at", _("El fin no es posterior al inicio."), _("Corrija las horas.")))
    elif ends_at - starts_at > LONGEST:
        errors.append(FieldError("ends_at", _("La ventana dura más de 7 días."), _("Divídala en varias.")))
    if ends_at <= at:
        errors.append(FieldError("ends_at", _("La ventana ya habría terminado."), _("Corrija la fecha.")))
    if not service_ids and not resource_ids:
        message = _("Falta qué circuitos o elementos cubre.")
        errors.append(FieldError("targets", message, _("Elija al menos uno.")))
    known = {each.id for each in contract_queries.service_briefs(service_ids)}
    if known != set(service_ids):
        errors.append(FieldError("targets", _("Un circuito indicado no existe."), _("Elíjalo de la lista.")))
    if set(contract_queries.resource_names(resource_ids)) != set(resource_ids):
        errors.append(FieldError("targets", _("Un elemento indicado no existe."), _("Elíjalo de la lista.")))
    if errors:
        raise Invalid.of(errors)


def _record(window: MaintenanceWindow, act: Act | str, text: str, actor: Actor, at: dt.datetime) -> None:
    journal.record(dossier_id=window.dossier_id, act=act, text=text, actor=actor, at=at)


def _tell(window: MaintenanceWindow, what: str, actor: Actor, at: dt.datetime) -> None:
    """Queue one notice per customer and contact; who can not be reached becomes a work item."""
    if not window.tell_customers:
        return
    covered = contract_queries.service_briefs(muting.services_covered([window.pk])[window.pk])
    by_customer: dict[int, list[contract_queries.ServiceBrief]] = {}
    for service in covered:
        by_customer.setdefault(service.customer_id, []).append(service)
    contacts = customer_queries.contacts_for_many(by_customer, TOLD)
    drafts: list[Draft] = []
    unreachable = []
    for customer_id, services in sorted(by_customer.items()):
        mine = _drafts(window, what, services, contacts.get(customer_id, []), at)
        if not mine:
            unreachable.append(services[0].customer_name)
        drafts += mine
    if drafts:
        messaging.queue_many(drafts=drafts, actor=actor, at=at)
    if unreachable:
        work.open_item(
            dossier_id=window.dossier_id,
            step="",
            key=f"unreachable-{what.lower()}",
            role=Role.NOC,
            title=_("Avisar el mantenimiento por otra vía: %(names)s")
            % {"names": ", ".join(unreachable)[:120]},
            due_at=min(max(at, window.starts_at), at + dt.timedelta(hours=4)),
            at=at,
        )


def _drafts(
    window: MaintenanceWindow,
    what: str,
    services: Sequence[contract_queries.ServiceBrief],
    contacts: Sequence[customer_queries.ContactCard],
    at: dt.datetime,
) -> list[Draft]:
    words = _words(window, services, at)
    subject, body = _letter(what, words)
    mails = list(dict.fromkeys(contact.email for contact in contacts if contact.email))
    drafts: list[Draft] = []
    if mails:
        drafts.append(MailDraft(window.dossier_id, mails, subject, body, CAUSE))
    if what == CREATION and texts.is_usable("aviso_mantenimiento"):
        params = {name: words[name] for name in ("cliente", "trabajo", "servicio", "inicio", "fin")}
        drafts += [
            WhatsAppDraft(
                window.dossier_id,
                CAUSE,
                contact_id=contact.id,
                template_code="aviso_mantenimiento",
                params=params,
            )
            for contact in contacts
            if contact.opted_in and contact.wa_id
        ]
    return drafts


def _words(
    window: MaintenanceWindow, services: Sequence[contract_queries.ServiceBrief], at: dt.datetime
) -> dict[str, str]:
    codes = [service.circuit_code for service in services]
    more = len(codes) - NAMED
    named = ", ".join(codes[:NAMED]) + (_(" y %(more)d más") % {"more": more} if more > 0 else "")
    return {
        "cliente": services[0].customer_name,
        "trabajo": window.title,
        "servicio": named,
        "inicio": lapaz.moment(window.starts_at),
        "fin": lapaz.moment(window.ends_at),
        "telefono": str(procedure_queries.parameter("carrier.support_phone", at=at)),
        "firma": str(procedure_queries.parameter("manager.signature", at=at)),
    }


def _letter(what: str, words: dict[str, str]) -> tuple[str, str]:
    """Subject and body of the e-mail: the carrier's own text at creation, short ones afterwards."""
    if what == CREATION:
        try:
            filled = texts.fill(texts.newest("mantenimiento_correo"), words)
        except DomainError:  # the text was edited beyond its variables: a plain one goes out
            pass
        else:
            return filled.subject, filled.body
    sentences = {
        CREATION: _(
            "Les informamos el trabajo programado «%(trabajo)s», que puede interrumpir su servicio %(servicio)s desde %(inicio)s hasta %(fin)s."
        ),
        START: _(
            "Comenzó el trabajo programado «%(trabajo)s», que puede interrumpir su servicio %(servicio)s hasta %(fin)s."
        ),
        END: _(
            "Concluyó la ventana del trabajo programado «%(trabajo)s» en su servicio %(servicio)s. Si observa algún inconveniente, comuníquese con nuestro Grupo de Soporte."
        ),
        CANCELLED: _(
            "El trabajo programado «%(trabajo)s» en su servicio %(servicio)s, previsto desde %(inicio)s hasta %(fin)s, fue anulado."
        ),
    }
    titles = {
        CREATION: _("Trabajo programado"),
        START: _("Inicio de trabajo programado"),
        END: _("Fin de trabajo programado"),
        CANCELLED: _("Trabajo programado anulado"),
    }
    body = _(
        "Señores %(cliente)s\nPresente.-\n\nDe nuestra consideración:\n\n%(sentence)s\n\n"
        "Nuestro Grupo de Soporte atiende las 24 horas por WhatsApp al %(telefono)s.\n\nAtentamente,\n\n%(firma)s\n"
    ) % {**words, "sentence": sentences[what] % words}
    return f"{titles[what]} – {words['trabajo']} – {words['cliente']}", body


def link_overrun(*, window_id: int, fault_dossier_id: int) -> None:
    """Keep that a fault came out of a window that overran."""
    dossier_id = MaintenanceWindow.objects.values_list("dossier_id", flat=True).get(pk=window_id)
    links.link(source_id=dossier_id, target_id=fault_dossier_id, kind="maintenance-overrun")
