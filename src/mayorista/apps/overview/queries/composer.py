"""The composer of a case: to whom one can write now, freely or by template only, and with which texts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from mayorista.apps.messaging import queries as message_queries
from mayorista.apps.messaging.drafts import Draft, MailDraft, WhatsAppDraft
from mayorista.apps.messaging.queries import Bubble
from mayorista.apps.overview.queries.case import CasePage
from mayorista.apps.procedure import queries as procedure_queries
from mayorista.apps.procedure.actors import Actor
from mayorista.rules import lapaz
from mayorista.rules.errors import Invalid
from mayorista.rules.mail import threads

NOON, EVENING, MORNING = 12, 19, 5
TEMPLATES = ("retomar_atencion", "solicitud_datos_caso", "confirmar_restablecimiento")


@dataclass(frozen=True, slots=True)
class Target:
    """Somebody one can write to. `key` is what the form sends; `free` says that free text may go."""

    key: str
    name: str
    way: str
    free: bool
    template: bool
    closes_at: dt.datetime | None
    why: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A text to start from. `unknown` names the variables that a person must fill in."""

    code: str
    name: str
    text: str
    template: bool


@dataclass(frozen=True, slots=True)
class Composer:
    """What the composer offers."""

    targets: tuple[Target, ...]
    replies: tuple[Reply, ...]
    templates: tuple[Reply, ...]
    chosen: str

    @property
    def any_open(self) -> bool:
        """Whether free text may go to somebody by WhatsApp."""
        return any(target.free and target.way == "WHATSAPP" for target in self.targets)


def _greeting(at: dt.datetime) -> str:
    hour = lapaz.local(at).hour
    if MORNING <= hour < NOON:
        return _("días")
    return _("tardes") if NOON <= hour < EVENING else _("noches")


def params(*, page: CasePage, actor: Actor, name: str, at: dt.datetime) -> dict[str, str]:
    """Return what is known of the variables of the house's texts for this case."""
    head = page.head
    names = procedure_queries.parameters(at=at, prefix="carrier.")
    last = max((bubble.at for bubble in page.thread.bubbles if bubble.incoming), default=at)
    circuits = ", ".join(row.circuit for row in page.outages)
    known = {
        "dias_tardes_noches": _greeting(at),
        "nombre": name,
        "agente": actor.name,
        "caso": head.number,
        "cliente": head.customer,
        "servicio": circuits,
        "operador": names["carrier.short_name"],
        "causa": head.cause.lower(),
        "hora": lapaz.clock(last),
        "telefono": names["carrier.support_phone"],
        "destino": next((row.node for row in page.outages if row.node), ""),
        "prueba_hacia": next((row.node for row in page.outages if row.node), ""),
    }
    return {key: value for key, value in known.items() if value}


def composer(*, page: CasePage, actor: Actor, at: dt.datetime) -> Composer:
    """Return the composer of a case: contacts of the customer, and strangers who wrote into it."""
    targets = []
    for contact in page.contacts:
        if contact.reachable or contact.phone_e164:
            targets.append(
                Target(
                    f"w{contact.id}",
                    contact.name,
                    "WHATSAPP",
                    contact.window_open,
                    contact.template,
                    contact.window_closes_at,
                    contact.why_no_whatsapp,
                )
            )
        if contact.email:
            targets.append(
                Target(
                    f"e{contact.id}", contact.name, "EMAIL", free=True, template=False, closes_at=None, why=""
                )
            )
    targets.extend(
        Target(
            f"i{other.identity_id}",
            other.name,
            "WHATSAPP",
            other.window.open,
            template=False,
            closes_at=other.window.closes_at if other.window.open else None,
            why=other.unreachable,
        )
        for other in page.thread.counterparts
        if other.identity_id and other.contact_id is None
    )
    first = (
        next((t for t in targets if t.free and t.way == "WHATSAPP"), None)
        or next((t for t in targets if t.template), None)
        or next(iter(targets), None)
    )
    known = params(page=page, actor=actor, name=first.name if first else "", at=at)
    replies = tuple(
        Reply(each.code, each.subject, each.body, template=False)
        for each in message_queries.quick_replies(known)
    )
    templates = tuple(
        Reply(each.code, each.subject, each.body, template=True)
        for each in message_queries.ready(TEMPLATES, known)
    )
    return Composer(tuple(targets), replies, templates, first.key if first else "")


def draft(
    *,
    page: CasePage,
    to: str,
    text: str,
    template: str,
    attachments: Sequence[int],
    actor: Actor,
    at: dt.datetime,
) -> Draft:
    """Return what is to be sent; raises Invalid when it says nobody or nothing."""
    kind, key = to[:1], to[1:]
    if kind not in {"w", "e", "i"} or not key.isdecimal():
        raise Invalid(_("Falta a quién va el mensaje."), field="to", remedy=_("Elija un destinatario."))
    dossier_id = _dossier_id(page)
    cause = "A.4"
    contact = next((each for each in page.contacts if each.id == int(key)), None) if kind != "i" else None
    if kind != "i" and contact is None:
        raise Invalid(
            _("Ese contacto no es de este cliente."),
            field="to",
            remedy=_("Elija un destinatario de la lista."),
        )
    if kind == "e":
        assert contact is not None
        if not text.strip():
            raise Invalid(_("El mensaje está vacío."), field="text", remedy=_("Escriba el texto."))
        last = _last_mail_of(page, contact.id)
        return MailDraft(
            dossier_id=dossier_id,
            to=[contact.email],
            subject=threads.answer_to(last.subject if last else "")
            or _("Caso %(number)s – %(customer)s")
            % {"number": page.head.number, "customer": page.head.customer},
            in_reply_to_id=last.id if last else None,
            body=text.strip(),
            cause=cause,
            attachments=attachments,
            contact_id=contact.id,
        )
    if template:
        known = params(page=page, actor=actor, name=contact.name if contact else "", at=at)
        return WhatsAppDraft(
            dossier_id=dossier_id,
            cause=cause,
            contact_id=contact.id if contact else None,
            identity_id=int(key) if kind == "i" else None,
            template_code=template,
            params=known,
        )
    if not text.strip() and not attachments:
        raise Invalid(_("El mensaje está vacío."), field="text", remedy=_("Escriba el texto o adjunte algo."))
    return WhatsAppDraft(
        dossier_id=dossier_id,
        cause=cause,
        contact_id=contact.id if contact else None,
        identity_id=int(key) if kind == "i" else None,
        text=text.strip(),
        attachments=attachments,
    )


def _last_mail_of(page: CasePage, contact_id: int) -> Bubble | None:
    """The newest mail that the contact wrote into this case: what is written to them answers it."""
    mails = (
        bubble
        for bubble in page.thread.bubbles
        if bubble.incoming and bubble.channel == "EMAIL" and bubble.contact_id == contact_id
    )
    return max(mails, key=lambda bubble: bubble.at, default=None)


def _dossier_id(page: CasePage) -> int:
    found = procedure_queries.dossier_by_number(page.head.number)
    assert found is not None
    return found.pk
