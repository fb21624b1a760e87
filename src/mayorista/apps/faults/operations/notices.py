"""What the ISP is told: opening and progress as configured (G-12), and the solution, which is A.7."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from mayorista.apps.customers import queries as customer_queries
from mayorista.apps.faults import dac_content
from mayorista.apps.faults.models import (
    Advance,
    Case,
    CustomerNotice,
    DacIssue,
    Fault,
    NoticeMessage,
    Outage,
)
from mayorista.apps.faults.operations import closing, locking
from mayorista.apps.messaging import operations as messaging
from mayorista.apps.messaging import queries as message_queries
from mayorista.apps.messaging import texts
from mayorista.apps.messaging.drafts import Draft, MailDraft, WhatsAppDraft
from mayorista.apps.procedure import queries as procedure_queries
from mayorista.apps.procedure.actors import Actor, for_job, require
from mayorista.apps.procedure.operations import journal, live, work
from mayorista.rules import lapaz
from mayorista.rules.errors import Conflict, DomainError, Invalid, NotFound
from mayorista.rules.procedure import Act, Role

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NOTICE_ROLES = ("ON_CALL", "TECHNICAL", "MANAGEMENT")
Kind = CustomerNotice.Kind
TEMPLATES = {
    Kind.OPENING: "aviso_apertura_falla",
    Kind.PROGRESS: "aviso_avance_falla",
    Kind.SOLUTION: "aviso_cierre_falla",
}
LETTERS = {
    Kind.OPENING: "apertura_falla_correo",
    Kind.PROGRESS: "avance_falla_correo",
    Kind.SOLUTION: "cierre_falla_correo",
}


@dataclass(frozen=True, slots=True)
class Recipient:
    """A contact of the ISP and the ways it can be reached."""

    contact_id: int
    name: str
    email: str
    whatsapp: str
    window_open: bool
    why_no_whatsapp: str = ""


@dataclass(frozen=True, slots=True)
class Composed:
    """A notice ready to be read, changed and sent: one per case, never naming another customer."""

    case_id: int
    number: str
    customer: str
    circuits: str
    subject: str
    text: str
    mail: str
    params: Mapping[str, str]
    recipients: tuple[Recipient, ...]
    version: str

    @property
    def emails(self) -> list[str]:
        """The addresses of the mail."""
        return [each.email for each in self.recipients if each.email]

    @property
    def phones(self) -> list[Recipient]:
        """Those who get it by WhatsApp."""
        return [each for each in self.recipients if each.whatsapp]

    @property
    def templated(self) -> int:
        """How many get the approved template by WhatsApp: their window is closed, and what is edited does not reach them so."""
        return sum(not person.window_open for person in self.phones)


@dataclass(slots=True)
class _Hit:
    """What the outages of a case sum up to."""

    codes: list[str] = field(default_factory=list)
    starts: list[dt.datetime] = field(default_factory=list)
    ends: list[dt.datetime] = field(default_factory=list)


def _hits(cases: Sequence[Case]) -> dict[int, _Hit]:
    found: dict[int, _Hit] = {}
    for case_id, code, started_at, restored_at in (
        Outage.objects.filter(case__in=[case.pk for case in cases])
        .order_by("service__circuit_code")
        .values_list("case_id", "service__circuit_code", "started_at", "restored_at")
    ):
        hit = found.setdefault(case_id, _Hit())
        hit.codes.append(code)
        hit.starts.append(started_at)
        if restored_at is not None:
            hit.ends.append(restored_at)
    return found


def _doing(fault_ids: set[int], at: dt.datetime) -> dict[int, str]:
    """Return the latest action of the repair of each fault that has one."""
    rows = (
        Advance.objects.filter(fault_id__in=fault_ids, at__lte=at)
        .order_by("fault_id", "-at", "-id")
        .distinct("fault_id")
    )
    return dict(rows.values_list("fault_id", "text"))


def compose(*, case_ids: Sequence[int], kind: str, at: dt.datetime) -> list[Composed]:
    """Return the notices of these cases as they would go out, in the order of their numbers.

    A fixed number of reads, however many cases there are.
    """
    cases = list(
        Case.objects.filter(id__in=case_ids)
        .select_related("dossier", "customer", "fault__dossier", "fault__resource")
        .order_by("dossier__number")
    )
    people = customer_queries.contacts_for_many({case.customer_id for case in cases}, NOTICE_ROLES)
    cards = {each.id: each for group in people.values() for each in group}
    reach = message_queries.reach(cards, at=at, cards=cards)
    hits = _hits(cases)
    doing = _doing({case.fault_id for case in cases}, at)
    names = procedure_queries.parameters(at=at)
    code = TEMPLATES[Kind(kind)]
    template = texts.usable(code) if texts.is_usable(code) else None
    letter = texts.usable(LETTERS[Kind(kind)])
    made = []
    for case in cases:
        hit = hits.get(case.pk) or _Hit()
        codes = ", ".join(hit.codes)
        params = _params(case, kind, hit, doing.get(case.fault_id, ""), names, at)
        filled = texts.fill(letter, params)
        text = texts.fill(template, params).body if template else filled.body
        made.append(
            Composed(
                case_id=case.pk,
                number=case.dossier.number,
                customer=case.customer.name,
                circuits=codes,
                subject=filled.subject,
                text=text,
                mail=filled.body,
                params=params,
                recipients=_recipients(
                    people.get(case.customer_id, []), reach, by_template=template is not None
                ),
                version=locking.version_of(case.fault, case),
            )
        )
    return made


def _recipients(
    contacts: Sequence[customer_queries.ContactCard],
    reach: Mapping[int, message_queries.Reach],
    *,
    by_template: bool,
) -> tuple[Recipient, ...]:
    """Return the people and their ways; without an approved template only open windows are left."""
    found = []
    for each in contacts:
        ways = reach[each.id]
        reachable = ways.free_text or (by_template and ways.template)
        found.append(
            Recipient(
                contact_id=each.id,
                name=each.full_name,
                email=each.email,
                whatsapp=ways.phone if reachable else "",
                window_open=ways.free_text,
                why_no_whatsapp="" if reachable else ways.why_no_whatsapp,
            )
        )
    return tuple(found)


def _params(
    case: Case, kind: str, hit: _Hit, doing: str, names: Mapping[str, Any], at: dt.datetime
) -> dict[str, str]:
    fault = case.fault
    restored = max(hit.ends, default=None) or fault.restored_at or at
    start = min(hit.starts, default=fault.started_at)
    next_at = fault.next_update_at if fault.next_update_at and fault.next_update_at > at else None
    minutes = names["dac.progress_minutes"][str(fault.severity)]
    return {
        "cliente": case.customer.name,
        "caso": case.dossier.number,
        "servicio": ", ".join(hit.codes),
        "operador": names["carrier.short_name"],
        "inicio": lapaz.moment(start.replace(second=0, microsecond=0)),
        "hora": lapaz.clock(restored if kind == Kind.SOLUTION else at),
        "fecha": lapaz.day(lapaz.local(restored).date()),
        "situacion": doing or _("en análisis por nuestro personal"),
        "etr": lapaz.moment(fault.etr_at) if fault.etr_at and fault.etr_at > at else _("en evaluación"),
        "proximo": lapaz.clock(next_at or at + dt.timedelta(minutes=minutes)),
        "causa": dac_content.cause_for_customer(fault.cause_code),
        "causa_cliente": dac_content.cause_for_customer(fault.cause_code),
        "duracion": dac_content.duration_words(start, restored),
        "accion": _("servicio restablecido y verificado"),
        "telefono": names["carrier.support_phone"],
        "firma": names["manager.signature"],
        "cargo": names["manager.title"],
        "operador_legal": names["carrier.name"],
    }


@transaction.atomic
def tell_customers(
    *,
    case_ids: Sequence[int],
    kind: str,
    actor: Actor,
    at: dt.datetime,
    texts_by_case: Mapping[int, str] | None = None,
    by_whatsapp: bool = True,
    by_email: bool = True,
    versions: Mapping[int, str] | None = None,
) -> list[CustomerNotice]:
    """Send a notice to the ISP of each case, separately; the solution (A.7) ends the case.

    It leaves after the seconds in which it can be undone; the case is concluded when it left. The
    solution needs the closing of the D.A.C. (procedure A.6 before A.7). All or none are sent.
    """
    role = require(actor, Act.TELL_CUSTOMER if kind == Kind.SOLUTION else Act.NOTIFY_PROGRESS)
    hold = procedure_queries.parameter("notice.undo_seconds", at=at)
    composed = {each.case_id: each for each in compose(case_ids=case_ids, kind=kind, at=at)}
    missing = set(case_ids) - set(composed)
    if missing:
        raise NotFound(_("No existe uno de los casos elegidos."))
    if not (by_whatsapp or by_email):
        raise Invalid(_("Elija al menos un canal."), field="channels", remedy=_("WhatsApp, correo o ambos."))
    made = []
    for case_id in sorted(composed):
        case = locking.lock_case(case_id=case_id, version=(versions or {}).get(case_id))
        draft = composed[case_id]
        if kind == Kind.SOLUTION:
            _require_closing(case)
        own = (texts_by_case or {}).get(case_id, "").strip()
        edited = bool(own) and own != draft.text
        notice = CustomerNotice.objects.create(
            case=case,
            kind=kind,
            text=own or draft.text,
            signed_as=draft.params["firma"],
            author_id=actor.user_id,
            on_behalf_of_id=actor.on_behalf_of(role),
            noticed_at=at,
            leaves_at=at + dt.timedelta(seconds=hold),
            round=case.reopened,
        )
        by_template = _queue(
            case=case,
            notice=notice,
            draft=draft,
            edited=edited,
            hold=hold,
            by_whatsapp=by_whatsapp,
            by_email=by_email,
            actor=actor,
            at=at,
        )
        _after_notice(case=case, notice=notice, other_words=edited and by_template, actor=actor, at=at)
        made.append(notice)
    if hold == 0:
        conclude_due(at=at)
    return made


def _require_closing(case: Case) -> None:
    fault = case.fault
    if (
        fault.state != Fault.State.DAC_CLOSED
        or not DacIssue.objects.filter(
            form__fault=fault,
            part=DacIssue.Part.CLOSING,
            issued_at__gte=fault.restored_at or fault.detected_at,
        ).exists()
    ):
        raise Conflict(
            _("Falta el cierre del D.A.C. de %(number)s.") % {"number": case.dossier.number},
            remedy=_("El NOC debe enviarlo antes de comunicar la solución (A.6)."),
        )
    if CustomerNotice.objects.filter(
        case=case, kind=Kind.SOLUTION, round=case.reopened, undone_at=None
    ).exists():
        raise Conflict(_("La solución de %(number)s ya fue comunicada.") % {"number": case.dossier.number})


def _queue(
    *,
    case: Case,
    notice: CustomerNotice,
    draft: Composed,
    edited: bool,
    hold: int,
    by_whatsapp: bool,
    by_email: bool,
    actor: Actor,
    at: dt.datetime,
) -> bool:
    """Queue a notice by its ways; return whether somebody gets the approved template, whatever was written."""
    cause = "A.7" if notice.kind == Kind.SOLUTION else "A.4"
    drafts: list[Draft] = []
    by_template = False
    if by_email and draft.emails:
        drafts.append(
            MailDraft(
                dossier_id=case.dossier_id,
                to=draft.emails,
                subject=draft.subject,
                body=notice.text if edited else draft.mail,
                cause=cause,
                hold_seconds=hold,
            )
        )
    if by_whatsapp:
        for person in draft.phones:
            free = person.window_open and (edited or not texts.is_usable(TEMPLATES[Kind(notice.kind)]))
            by_template |= not free
            drafts.append(
                WhatsAppDraft(
                    dossier_id=case.dossier_id,
                    cause=cause,
                    contact_id=person.contact_id,
                    text=notice.text if free else "",
                    template_code="" if free else TEMPLATES[Kind(notice.kind)],
                    params={} if free else draft.params,
                    hold_seconds=hold,
                )
            )
    if not drafts:
        raise Invalid(
            _("%(customer)s no tiene a quién avisar por los canales elegidos.")
            % {"customer": draft.customer},
            field="channels",
            remedy=_("Registre un contacto con correo o con consentimiento de WhatsApp."),
        )
    messages = messaging.queue_many(drafts=drafts, actor=actor, at=at)
    NoticeMessage.objects.bulk_create(
        NoticeMessage(notice=notice, message_id=message.pk) for message in messages
    )
    return by_template


def _after_notice(
    *, case: Case, notice: CustomerNotice, other_words: bool, actor: Actor, at: dt.datetime
) -> None:
    title = {
        Kind.OPENING: _("Aviso de apertura al cliente"),
        Kind.PROGRESS: _("Aviso de avance al cliente"),
        Kind.SOLUTION: _("Comunica al cliente la solución del daño"),
    }[Kind(notice.kind)]
    journal.record(
        dossier_id=case.dossier_id,
        act=Act.TELL_CUSTOMER if notice.kind == Kind.SOLUTION else Act.NOTIFY_PROGRESS,
        text=(
            _(
                "%(title)s, firmado %(signed)s: «%(text)s» (por WhatsApp fuera de la ventana, la plantilla aprobada)"
            )
            if other_words
            else _("%(title)s, firmado %(signed)s: «%(text)s»")
        )
        % {"title": title, "signed": notice.signed_as, "text": notice.text},
        actor=actor,
        at=at,
        step="A.7" if notice.kind == Kind.SOLUTION else "A.4",
        payload={"notice": notice.pk},
    )
    if notice.kind == Kind.OPENING:
        case.opening_notice_at = at
    case.next_notice_at = None
    locking.touch_case(case=case)
    if notice.kind == Kind.SOLUTION:
        return
    key = "opening-notice" if notice.kind == Kind.OPENING else "progress-notice"
    field = "opening_notice_at" if notice.kind == Kind.OPENING else None
    open_cases = Case.objects.filter(fault=case.fault, closed_at=None)
    if field is None or not open_cases.filter(**{field: None}).exists():
        work.complete(dossier_ids=[case.fault.dossier_id], keys=[key], actor=actor, at=at)


@transaction.atomic
def undo(*, notice_id: int, actor: Actor, at: dt.datetime) -> None:
    """Take a notice back before it leaves: none of its messages goes out."""
    notice = (
        CustomerNotice.objects.select_for_update(of=("self",))
        .select_related("case")
        .filter(id=notice_id)
        .first()
    )
    if notice is None:
        raise NotFound(_("No existe ese aviso."))
    require(actor, Act.TELL_CUSTOMER if notice.kind == Kind.SOLUTION else Act.NOTIFY_PROGRESS)
    if notice.undone_at is not None:
        return
    if at >= notice.leaves_at:
        raise Conflict(_("El aviso ya salió."), remedy=_("Envíe una aclaración si hace falta."))
    for message_id in NoticeMessage.objects.filter(notice=notice).values_list("message_id", flat=True):
        messaging.cancel_held(message_id=message_id, actor=actor, at=at)
    notice.undone_at = at
    notice.save(update_fields=["undone_at"])
    case = locking.lock_case(case_id=notice.case_id, open_only=False)
    if notice.kind == Kind.OPENING:
        case.opening_notice_at = None
    locking.touch_case(case=case)
    journal.record(
        dossier_id=case.dossier_id,
        act="UNDO_NOTICE",
        text=_("Aviso al cliente deshecho antes de salir"),
        actor=actor,
        at=at,
        step="A.7" if notice.kind == Kind.SOLUTION else "A.4",
        payload={"notice": notice.pk},
    )


def conclude_due(*, at: dt.datetime) -> int:
    """Conclude the cases whose solution notice has left (a job): that ends stage A for them (A.7).

    Each case is its own transaction, so that one that cannot be closed does not hold the others.
    """
    due = list(
        CustomerNotice.objects.filter(
            kind=Kind.SOLUTION, undone_at=None, leaves_at__lte=at, case__closed_at=None
        )
        .exclude(case__state=Case.State.VOID)
        .values_list("id", "case_id")
    )
    return sum(_conclude(notice_id, case_id, at) for notice_id, case_id in due)


@transaction.atomic
def _conclude(notice_id: int, case_id: int, at: dt.datetime) -> int:
    case = locking.lock_case(case_id=case_id, open_only=False)
    notice = CustomerNotice.objects.filter(
        id=notice_id, undone_at=None, round=case.reopened, leaves_at__lte=at
    ).first()
    if notice is None or case.closed_at is not None:
        return 0
    actor = for_job("avisos")
    case.told_at = notice.leaves_at
    journal.record(
        dossier_id=case.dossier_id,
        act="CONCLUDE",
        text=_("Cliente comunicado: concluye la parte correspondiente a daños"),
        actor=actor,
        at=at,
        step="A.7",
        payload={"told_at": notice.leaves_at.isoformat()},
    )
    closing.close_case(case=case, state=Case.State.TOLD, actor=actor, at=notice.leaves_at)
    return 1


def send_unattended(*, at: dt.datetime) -> int:
    """Send the solution text of cases whose A.7 nobody did for n minutes, when so configured (G-16)."""
    minutes = procedure_queries.parameter("notice.auto_send_minutes", at=at)
    if not minutes:
        return 0
    due = Case.objects.filter(closed_at=None, fault__state=Fault.State.DAC_CLOSED).exclude(
        id__in=CustomerNotice.objects.filter(kind=Kind.SOLUTION, undone_at=None).values("case_id")
    )
    sent = 0
    for case in due.select_related("fault", "dossier"):
        last = DacIssue.objects.filter(form__fault=case.fault, part=DacIssue.Part.CLOSING).aggregate(
            last=Max("issued_at")
        )["last"]
        if last and last + dt.timedelta(minutes=minutes) <= at:
            sent += _send_one_unattended(case, at)
    return sent


def _send_one_unattended(case: Case, at: dt.datetime) -> int:
    try:
        tell_customers(case_ids=[case.pk], kind=Kind.SOLUTION, actor=for_job("aviso-automatico"), at=at)
    except DomainError as error:
        work.open_item(
            dossier_id=case.dossier_id,
            step="A.7",
            key="auto-send",
            role=Role.MANAGER,
            title=_("El aviso automático no pudo salir: %(why)s") % {"why": error.message},
            due_at=at,
            at=at,
        )
        live.bump("tray")
        return 0
    return 1
