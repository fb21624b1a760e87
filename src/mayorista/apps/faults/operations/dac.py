"""A.6: the Formulario D.A.C., prefilled from the case, numbered when it is sent, sealed and mailed.

The form's parts are rows of `DacIssue` that the database lets nobody change; a mistake is followed
by a correcting version.
"""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.faults import dac_content
from mayorista.apps.faults.models import (
    Case,
    DacAcknowledgement,
    DacForm,
    DacIssue,
    DacReprint,
    Fault,
    ProtocolCheck,
)
from mayorista.apps.faults.operations import attaching, locking
from mayorista.apps.messaging import operations as messaging
from mayorista.apps.messaging import texts
from mayorista.apps.messaging.drafts import Draft, MailDraft, WhatsAppDraft
from mayorista.apps.procedure import queries as procedure_queries
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, files, journal, links, live, serials, work
from mayorista.apps.procedure.wiring import adapter
from mayorista.rules import dac
from mayorista.rules.errors import Conflict, Invalid, NotFound
from mayorista.rules.procedure import CAUSES, STEPS, Act, Attribution, Role, causes_count_alike

if TYPE_CHECKING:
    from collections.abc import Sequence

SERIES = "DAC"
_OURS = (Attribution.EXTERNAL.value, Attribution.INTERNAL.value)
PART_TITLES = {
    dac.Part.OPENING: "apertura",
    dac.Part.PROGRESS: "avance",
    dac.Part.CLOSING: "cierre",
    dac.Part.CORRECTION: "corrección",
}


@dataclass(frozen=True, slots=True)
class OpeningForm:
    """What a person may change of the prefilled opening; empty leaves the prefilled value."""

    element: str = ""
    impact: str = ""
    impact_percent: int | None = None
    bgp_down: bool | None = None
    diagnosis: str = ""
    crew: str = ""
    etr_at: dt.datetime | None = None
    next_update_at: dt.datetime | None = None
    customer_text: str = ""


@dataclass(frozen=True, slots=True)
class ProgressForm:
    """What an avance says."""

    text: str
    etr_at: dt.datetime | None = None
    next_update_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class ClosingForm:
    """What a person writes or changes of the prefilled closing."""

    root_cause: str = ""
    cause_code: str = ""
    rfo_pending: bool = False
    element: str = ""
    impact: str = ""
    sla_rule: str = ""
    preventive: Sequence[dac.Preventive] = ()
    crew: str = ""
    customer_text: str = ""


def _require_dac(fault: Fault) -> None:
    if fault.attribution == Attribution.CUSTOMER:
        raise Conflict(
            _("Un daño atribuible al cliente no genera D.A.C."),
            remedy=_("Concluya el caso con soporte (paso A.4) o corrija el diagnóstico."),
        )
    if not fault.attribution:
        raise Conflict(_("Falta el diagnóstico."), remedy=_("Diagnostique primero (A.3)."))


@transaction.atomic
def issue_opening(
    *, fault_id: int, form: OpeningForm, actor: Actor, at: dt.datetime, version: str | None = None
) -> DacIssue:
    """Send the opening: takes the serial, seals, mails to the Gerente (G-11)."""
    require(actor, Act.ISSUE_DAC)
    fault = locking.lock_fault(fault_id=fault_id, version=version, mine={"impacto": form.impact})
    _require_dac(fault)
    if DacForm.objects.filter(fault=fault).exists():
        raise Conflict(_("La apertura ya fue enviada."), remedy=_("Envíe un avance o el cierre."))
    content = opening_content(fault=fault, form=form, actor=actor, at=at)
    dac.check(content, dac.Part.OPENING, now=at)
    return _send_opening(fault=fault, content=content, actor=actor, at=at)


def opening_content(*, fault: Fault, form: OpeningForm, actor: Actor, at: dt.datetime) -> dac.DacContent:
    """Return what the opening would say now, without sending it: the preview and the send share it."""
    prefilled = dac_content.opening(fault=fault, author=actor.name, at=at)
    minutes = procedure_queries.by_severity("dac.progress_minutes", fault.severity, at=at)
    opening = replace(
        prefilled.opening,
        element=form.element.strip() or prefilled.opening.element,
        impact=form.impact.strip() or prefilled.opening.impact,
        impact_percent=form.impact_percent,
        bgp_down=form.bgp_down,
        diagnosis=form.diagnosis.strip() or prefilled.opening.diagnosis,
        crew=form.crew.strip() or prefilled.opening.crew,
        etr_at=form.etr_at or prefilled.opening.etr_at,
        next_update_at=form.next_update_at or at + dt.timedelta(minutes=minutes),
        customer_text=form.customer_text.strip() or prefilled.opening.customer_text,
    )
    return replace(prefilled, opening=opening)


def _send_opening(*, fault: Fault, content: dac.DacContent, actor: Actor, at: dt.datetime) -> DacIssue:
    number = serials.next_number(series=SERIES, at=at)
    dossier = dossiers.open_dossier(
        kind="DAC",
        number=number,
        headline=fault.dossier.headline,
        state=_("apertura enviada"),
        customer_id=fault.dossier.customer_id,
        at=at,
        search=fault.dossier.number,
    )
    form = DacForm.objects.create(dossier=dossier, fault=fault, token=secrets.token_urlsafe(18), opened_at=at)
    links.link(source_id=fault.dossier_id, target_id=dossier.pk, kind="fault-dac")
    fault.element = content.opening.element
    fault.impact = content.opening.impact
    fault.bgp_down = content.opening.bgp_down
    fault.etr_at = content.opening.etr_at
    fault.next_update_at = content.opening.next_update_at
    issue = _send(form=form, content=content.numbered(number), part=dac.Part.OPENING, actor=actor, at=at)
    work.complete(dossier_ids=[fault.dossier_id], steps=["A.6"], keys=["opening"], actor=actor, at=at)
    _expect_progress(fault=fault, at=at)
    locking.touch(fault=fault)
    return issue


def _expect_progress(*, fault: Fault, at: dt.datetime) -> None:
    """Ask for the next avance when the service is not back yet."""
    if fault.restored_at is not None or fault.next_update_at is None:
        return
    work.open_item(
        dossier_id=fault.dossier_id,
        step="A.6",
        key="progress",
        role=STEPS["A.6"].role,
        title=_("Enviar avance D.A.C."),
        due_at=fault.next_update_at,
        at=at,
    )
    work.reschedule(dossier_id=fault.dossier_id, step="A.6", key="progress", due_at=fault.next_update_at)
    if procedure_queries.by_severity("notice.progress_default", fault.severity, at=at):
        work.open_item(
            dossier_id=fault.dossier_id,
            step="A.4",
            key="progress-notice",
            role=Role.SUPPORT,
            title=_("Avisar avance al cliente"),
            due_at=fault.next_update_at,
            at=at,
        )
        work.reschedule(
            dossier_id=fault.dossier_id, step="A.4", key="progress-notice", due_at=fault.next_update_at
        )


def _last(form: DacForm) -> dac.DacContent:
    issue = DacIssue.objects.filter(form=form).order_by("-sequence").first()
    if issue is None:
        raise NotFound(_("Ese D.A.C. no tiene partes enviadas."))
    content = dac.from_json(issue.content)
    return replace(content, acknowledgements=dac_content.acknowledgements(form))


def _form_of(fault: Fault) -> DacForm:
    form = DacForm.objects.select_related("dossier").filter(fault=fault).first()
    if form is None:
        raise Conflict(_("Falta la apertura."), remedy=_("Envíe primero la apertura del D.A.C."))
    form.fault = fault
    return form


@transaction.atomic
def issue_progress(
    *,
    fault_id: int,
    form: ProgressForm,
    actor: Actor,
    at: dt.datetime,
    version: str | None = None,
    file_ids: Sequence[int] = (),
) -> DacIssue:
    """Send an avance with the situation, the estimate and the hour of the next word; files are filed with it."""
    require(actor, Act.ISSUE_DAC)
    fault = locking.lock_fault(fault_id=fault_id, version=version, mine={"avance": form.text})
    sheet = _form_of(fault)
    last = _last(sheet)
    minutes = procedure_queries.by_severity("dac.progress_minutes", fault.severity, at=at)
    progress = dac.Progress(
        issued_at=at,
        text=form.text.strip(),
        etr_at=form.etr_at or (fault.etr_at if fault.etr_at and fault.etr_at > at else None),
        next_update_at=form.next_update_at or at + dt.timedelta(minutes=minutes),
        author=actor.name,
        actions=dac_content.actions(fault, since=last.last_issued_at, until=at),
    )
    content = last.with_progress(progress)
    dac.check(content, dac.Part.PROGRESS, now=at)
    fault.etr_at, fault.next_update_at = progress.etr_at, progress.next_update_at
    kept = attaching.checked(fault=fault, file_ids=file_ids)
    issue = _send(form=sheet, content=content, part=dac.Part.PROGRESS, actor=actor, at=at, file_ids=kept)
    _expect_progress(fault=fault, at=at)
    locking.touch(fault=fault)
    return issue


@transaction.atomic
def issue_closing(
    *,
    fault_id: int,
    form: ClosingForm,
    actor: Actor,
    at: dt.datetime,
    opening: OpeningForm | None = None,
    version: str | None = None,
) -> DacIssue:
    """Send the closing; with `opening`, both parts in one go, which is legal for short outages.

    Needs the restoration verified and the protocols of A.2 answered. Opens A.7 for each case.
    """
    require(actor, Act.ISSUE_DAC)
    fault = locking.lock_fault(fault_id=fault_id, version=version, mine={"causa raíz": form.root_cause})
    _require_dac(fault)
    if fault.verified_at is None:
        raise Conflict(_("Falta verificar el restablecimiento."), remedy=_("Registre la verificación."))
    if not ProtocolCheck.objects.filter(fault=fault).exists():
        raise Conflict(_("Faltan los protocolos del NOC (A.2)."), remedy=_("Complete la lista de A.2."))
    sheet = DacForm.objects.select_related("dossier").filter(fault=fault).first()
    if sheet is None:
        if opening is None:
            raise Conflict(_("Falta la apertura."), remedy=_("Envíe primero la apertura del D.A.C."))
        first = opening_content(fault=fault, form=opening, actor=actor, at=at)
        dac.check(first, dac.Part.OPENING, now=at)
        _send_opening(fault=fault, content=first, actor=actor, at=at)
        sheet = _form_of(fault)
    sheet.fault = fault
    content = closing_content(fault=fault, sheet=sheet, form=form, actor=actor, at=at)
    dac.check(content, dac.Part.CLOSING, now=at)
    closing = content.closing
    assert closing is not None
    fault.cause_code, fault.root_cause = closing.cause_code, closing.root_cause
    fault.rfo_pending = closing.rfo_pending
    fault.element, fault.impact = closing.element, closing.impact
    issue = _send(form=sheet, content=content, part=dac.Part.CLOSING, actor=actor, at=at)
    work.complete(
        dossier_ids=[fault.dossier_id],
        steps=["A.6", "A.4"],
        keys=["closing", "progress", "progress-notice", "opening-notice"],
        actor=actor,
        at=at,
    )
    if closing.rfo_pending and closing.rfo_due_at:
        work.open_item(
            dossier_id=fault.dossier_id,
            step="A.6",
            key="rfo",
            role=Role.NOC,
            title=_("Registrar la causa raíz (RFO pendiente)"),
            due_at=closing.rfo_due_at,
            at=at,
        )
    _ask_for_notices(fault=fault, at=at)
    locking.touch(fault=fault, state=Fault.State.DAC_CLOSED)
    return issue


def closing_content(
    *, fault: Fault, sheet: DacForm, form: ClosingForm, actor: Actor, at: dt.datetime
) -> dac.DacContent:
    """Return what the closing would say now, without sending it."""
    last = replace(_last(sheet), closing=None)
    services, cases = dac_content.services_and_cases(fault)
    prefilled = dac_content.closing(fault=fault, last=last, services=services, author=actor.name, at=at)
    days = procedure_queries.parameter("rfo.business_days", at=at)
    closing = replace(
        prefilled,
        cause_code=form.cause_code or prefilled.cause_code,
        root_cause=form.root_cause.strip(),
        rfo_pending=form.rfo_pending,
        rfo_due_at=procedure_queries.calendar(at=at).after(at, days) if form.rfo_pending else None,
        element=form.element.strip() or prefilled.element,
        impact=form.impact.strip() or prefilled.impact,
        sla_rule=form.sla_rule.strip() or prefilled.sla_rule,
        preventive=tuple(form.preventive),
        crew=form.crew.strip() or prefilled.crew,
        customer_text=form.customer_text.strip() or prefilled.customer_text,
    )
    content = last.with_closing(closing, services=services, cases=cases)
    return replace(content, repeated=dac_content.is_repeated(fault))


def _ask_for_notices(*, fault: Fault, at: dt.datetime) -> None:
    """Open A.7 on each case of the fault that is still open."""
    minutes = procedure_queries.by_severity("notice.solution_minutes", fault.severity, at=at)
    step = STEPS["A.7"]
    work.open_items(
        items=[
            work.NewItem(
                dossier_id=dossier_id,
                step=step.code,
                role=step.role,
                title=step.imperative,
                due_at=at + dt.timedelta(minutes=minutes),
            )
            for dossier_id in Case.objects.filter(fault=fault, closed_at=None).values_list(
                "dossier_id", flat=True
            )
        ],
        at=at,
    )


@transaction.atomic
def issue_correction(
    *,
    fault_id: int,
    form: ClosingForm,
    reason: str,
    actor: Actor,
    at: dt.datetime,
    version: str | None = None,
) -> DacIssue:
    """Send a correcting version of a closed form: what was sent stays, this follows it (R-D1).

    Raises Invalid for a cause that would change what counts: two people correct that (`attribution`).
    """
    require(actor, Act.ISSUE_DAC)
    fault = locking.lock_fault(fault_id=fault_id, version=version, mine={"motivo": reason}, open_only=False)
    sheet = _form_of(fault)
    before = _last(sheet)
    if before.closing is None:
        raise Conflict(_("El D.A.C. todavía no tiene cierre."), remedy=_("Envíe un avance."))
    _refuse_cause(fault, form.cause_code)
    closing = replace(
        before.closing,
        attribution=fault.attribution if fault.attribution in _OURS else before.closing.attribution,
        cause_code=form.cause_code or fault.cause_code or before.closing.cause_code,
        root_cause=form.root_cause.strip() or before.closing.root_cause,
        rfo_pending=form.rfo_pending,
        rfo_due_at=before.closing.rfo_due_at if form.rfo_pending else None,
        element=form.element.strip() or before.closing.element,
        impact=form.impact.strip() or before.closing.impact,
        sla_rule=form.sla_rule.strip() or before.closing.sla_rule,
        preventive=tuple(form.preventive) or before.closing.preventive,
    )
    after = replace(before, closing=closing, version=before.version + 1)
    correction = dac.Correction(
        issued_at=at, reason=reason.strip(), author=actor.name, changes=dac.between(before, after)
    )
    content = replace(after, corrections=(*before.corrections, correction))
    dac.check(content, dac.Part.CORRECTION, now=at)
    fault.cause_code, fault.root_cause = closing.cause_code, closing.root_cause
    fault.rfo_pending = closing.rfo_pending
    issue = _send(form=sheet, content=content, part=dac.Part.CORRECTION, actor=actor, at=at)
    done = ["attribution", *([] if closing.rfo_pending else ["rfo"])]
    work.complete(dossier_ids=[fault.dossier_id], steps=["A.6"], keys=done, actor=actor, at=at)
    locking.touch(fault=fault)
    return issue


def _refuse_cause(fault: Fault, cause_code: str) -> None:
    """Raise Invalid for a cause that says another attribution or another effect on the SLA: that takes two people."""
    if cause_code == fault.cause_code or not {cause_code, fault.cause_code} <= CAUSES.keys():
        return
    if causes_count_alike(fault.cause_code, cause_code, Attribution(fault.attribution)):
        return
    raise Invalid(
        _("La causa %(code)s cambia lo que cuenta para el SLA o a quién se atribuye el daño.")
        % {"code": cause_code},
        field="cause_code",
        remedy=_("Proponga corregir la atribución: la confirma otra persona; después corrija el D.A.C."),
    )


def _send(
    *,
    form: DacForm,
    content: dac.DacContent,
    part: dac.Part,
    actor: Actor,
    at: dt.datetime,
    file_ids: Sequence[int] = (),
) -> DacIssue:
    """Seal and print one part, keep it, mail it to the Gerente and ask for the acknowledgement."""
    number = content.number
    sequence = DacIssue.objects.filter(form=form).count() + 1
    pdf = render(form=form, content=content, mark=dac.Mark.ORIGINAL, at=at)
    stored = files.store(
        dossier_id=form.dossier_id,
        name=f"{number}-{sequence}-{PART_TITLES[part]}.pdf",
        content=pdf,
        content_type="application/pdf",
        actor=actor,
        at=at,
        kind="DAC",
    )
    issue = DacIssue.objects.create(
        form=form,
        part=part,
        sequence=sequence,
        content=dac.to_json(content),
        content_hash=dac.content_hash(content),
        file=stored,
        issued_by_id=actor.person,
        issued_at=at,
    )
    title = _("D.A.C. %(number)s, %(part)s") % {"number": number, "part": PART_TITLES[part]}
    dossiers.change(
        dossier_id=form.dossier_id,
        state=_("%(part)s enviada") % {"part": PART_TITLES[part]}
        if part in (dac.Part.OPENING, dac.Part.CORRECTION)
        else _("%(part)s enviado") % {"part": PART_TITLES[part]},
        closed_at=at if form.fault.closed_at is not None else None,  # kept from its last part on (G-39)
    )
    for dossier_id in (form.fault.dossier_id, form.dossier_id):
        journal.record(
            dossier_id=dossier_id,
            act=Act.ISSUE_DAC,
            text=_("%(title)s enviado a la Gerencia") % {"title": title},
            actor=actor,
            at=at,
            step="A.6",
            payload={
                "issue": issue.pk,
                "hash": issue.content_hash,
                "file": stored.pk,
                "files": list(file_ids),
                "part": part.value,
                **_ending(content, part),
            },
        )
    enclosed = attaching.that_fit_a_mail([issue.file_id, *file_ids])
    _tell_manager(form=form, issue=issue, title=title, enclosed=enclosed, actor=actor, at=at)
    live.bump(f"fault-{form.fault_id}")
    return issue


def _ending(content: dac.DacContent, part: dac.Part) -> dict[str, Any]:
    """What the journal says of a closing or its correction: the final cause."""
    if content.closing is None or part not in (dac.Part.CLOSING, dac.Part.CORRECTION):
        return {}
    return {
        "cause": content.closing.cause_code,
        "root_cause": content.closing.root_cause,
        "rfo_pending": content.closing.rfo_pending,
    }


def render(
    *, form: DacForm, content: dac.DacContent, mark: dac.Mark, at: dt.datetime, reprint: int = 0
) -> bytes:
    """Return the PDF of a version of the form, marked as what it is."""
    names = procedure_queries.parameters(at=at)
    sheet = dac.document(
        content,
        carrier=names["carrier.name"],
        verification_url=verification_url(token=form.token, at=at),
        mark=mark,
        reprint=reprint,
        limits=dac.RegulatorLimits(
            report_after_minutes=names["att.report_minutes"],
            further_duty_after_minutes=names["att.further_hours"] * 60,
        ),
    )
    pdf: bytes = adapter("documents").render("dac", sheet, at=dac.issued_at(content))
    return pdf


def preview(*, content: dac.DacContent, at: dt.datetime) -> bytes:
    """Return the PDF of a part not sent yet, marked as a draft without number."""
    draft = DacForm(token="")
    return render(form=draft, content=content, mark=dac.Mark.DRAFT, at=at)


def verification_url(*, token: str, at: dt.datetime) -> str:
    """Return the address of the public page that confirms a form's number, date and validity."""
    base = str(procedure_queries.parameter("public.base_url", at=at)).rstrip("/")
    return f"{base}/verificar/{token}" if token else ""


def _tell_manager(
    *,
    form: DacForm,
    issue: DacIssue,
    title: str,
    enclosed: Sequence[int],
    actor: Actor,
    at: dt.datetime,
) -> None:
    managers = procedure_queries.holders_of(Role.MANAGER, at=at)
    copies = procedure_queries.parameter("dac.copies", at=at)
    addresses = [user.email for user in managers if user.email]
    if not addresses:
        raise Invalid(
            _("El Gerente de Planificación no tiene correo registrado."),
            field="addressee",
            remedy=_("Pida al administrador que registre su correo y vuelva a enviar."),
        )
    base = str(procedure_queries.parameter("public.base_url", at=at)).rstrip("/")
    act_url = f"{base}/dac/{form.dossier.number}"
    fault = form.fault
    values = {
        "dac": form.dossier.number,
        "parte": issue.get_part_display().lower(),
        "caso": fault.dossier.number,
        "clientes": fault.dossier.headline,
        "resumen": _("Estado del daño: %(state)s.") % {"state": fault.get_state_display()},
        "enlace": act_url,
        "firma": actor.name,
    }
    letter = texts.fill(texts.usable("dac_gerencia_correo"), values)
    drafts: list[Draft] = [
        MailDraft(
            dossier_id=form.dossier_id,
            to=[*addresses, *copies],
            subject=letter.subject,
            body=letter.body,
            cause="A.6",
            attachments=enclosed,
            template_id=letter.template_id,
        )
    ]
    drafts += [
        WhatsAppDraft(
            dossier_id=form.dossier_id,
            cause="A.6",
            user_id=user.pk,
            template_code="aviso_dac_gerencia",
            params=values,
        )
        for user in managers
        if user.phone_e164 and texts.is_usable("aviso_dac_gerencia")
    ]
    messaging.queue_many(drafts=drafts, actor=actor, at=at)
    minutes = procedure_queries.by_severity("notice.solution_minutes", fault.severity, at=at)
    work.open_item(
        dossier_id=form.dossier_id,
        step="A.6",
        key=f"ack-{issue.sequence}",
        role=Role.MANAGER,
        title=_("Acusar recibo: %(title)s") % {"title": title},
        due_at=at + dt.timedelta(minutes=minutes),
        at=at,
    )


@transaction.atomic
def acknowledge(*, form_id: int, actor: Actor, at: dt.datetime, how: str = "pantalla") -> None:
    """The Gerente or delegate takes note of all parts sent so far; a second time is harmless."""
    require(actor, Act.ACKNOWLEDGE_DAC)
    form = (
        DacForm.objects.select_for_update(of=("self",))
        .select_related("dossier", "fault")
        .filter(id=form_id)
        .first()
    )
    if form is None:
        raise NotFound(_("No existe ese D.A.C."))
    pending = list(
        DacIssue.objects.filter(form=form)
        .exclude(id__in=DacAcknowledgement.objects.filter(issue__form=form).values("issue_id"))
        .order_by("sequence")
    )
    if not pending:
        return
    DacAcknowledgement.objects.bulk_create(
        DacAcknowledgement(issue=issue, acknowledged_by_id=actor.person, acknowledged_at=at, how=how)
        for issue in pending
    )
    work.complete(
        dossier_ids=[form.dossier_id],
        steps=["A.6"],
        keys=[f"ack-{issue.sequence}" for issue in pending],
        actor=actor,
        at=at,
    )
    for dossier_id in (form.dossier_id, form.fault.dossier_id):
        journal.record(
            dossier_id=dossier_id,
            act=Act.ACKNOWLEDGE_DAC,
            text=_("Acuse de recibo del D.A.C. %(number)s (%(parts)s) por %(how)s")
            % {
                "number": form.dossier.number,
                "parts": ", ".join(issue.get_part_display().lower() for issue in pending),
                "how": how,
            },
            actor=actor,
            at=at,
            step="A.6",
        )
    dossiers.change(dossier_id=form.dossier_id)
    live.bump(f"fault-{form.fault_id}")


@transaction.atomic
def reprint(*, issue_id: int, actor: Actor, at: dt.datetime) -> bytes:
    """Return a copy of an issue marked "Reimpresión n"; each one is counted and journaled (R-D1)."""
    require(actor, Act.VIEW)
    issue = DacIssue.objects.select_related("form__dossier", "form__fault").filter(id=issue_id).first()
    if issue is None:
        raise NotFound(_("No existe esa parte del D.A.C."))
    DacForm.objects.select_for_update().get(id=issue.form_id)
    number = DacReprint.objects.filter(issue=issue).count() + 1
    DacReprint.objects.create(issue=issue, number=number, printed_by_id=actor.person, printed_at=at)
    journal.record(
        dossier_id=issue.form.dossier_id,
        act="REPRINT_DAC",
        text=_("Reimpresión %(number)d de %(part)s")
        % {"number": number, "part": issue.get_part_display().lower()},
        actor=actor,
        at=at,
        step="A.6",
    )
    return render(
        form=issue.form,
        content=dac.from_json(issue.content),
        mark=dac.Mark.REPRINT,
        reprint=number,
        at=at,
    )
