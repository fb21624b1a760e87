"""The RFO of a fault: drafted from what is known, approved by another person, sent to each ISP without the others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.assurance.models import Copy, Issue, Paper
from mayorista.apps.assurance.operations import issuing
from mayorista.apps.assurance.queries import mails, papers
from mayorista.apps.assurance.queries import rfo as facts
from mayorista.apps.faults.paper_facts import CaseRow, FaultRow
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, journal, links, live, serials, work
from mayorista.rules.assurance import rfo
from mayorista.rules.errors import Conflict, FieldError, Invalid, NotAllowed
from mayorista.rules.procedure import Act, Role

TEMPLATE = "rfo"
SERIES = KIND = "RFO"
LONGEST = 6000


@dataclass(frozen=True, slots=True)
class Outcome:
    """To how many it went, and who was left out because nobody there has an address."""

    sent: int
    left: tuple[str, ...]


@transaction.atomic
def draft(*, number: str, said: Mapping[str, str], actor: Actor, at: dt.datetime) -> Paper:
    """Write the draft of a fault's RFO and ask the Gerente for approval.

    Raises Invalid for what lacks, a timeline that can not be or a customer named to the others; NotFound, NotAllowed.
    """
    require(actor, Act.DRAFT_RFO)
    fault = facts.fault_of(number)
    text = {field: said.get(field, "").strip()[:LONGEST] for field in rfo.FIELDS}
    _check(fault, text, at)
    dossiers.lock(dossier_id=fault.dossier_id)
    paper = Paper.objects.select_related("dossier").filter(kind=Paper.Kind.RFO, fault_id=fault.id).first()
    if paper is None:
        home = dossiers.open_dossier(
            kind=KIND,
            number=serials.next_number(series=SERIES, at=at),
            headline=_("RFO de %(n)s") % {"n": fault.number},
            state=_("borrador"),
            at=at,
            search=fault.number,
        )
        links.link(source_id=fault.dossier_id, target_id=home.pk, kind="RFO")
        paper = Paper(dossier=home, kind=Paper.Kind.RFO, fault_id=fault.id)
    paper.draft, paper.drafted_by_id, paper.drafted_at = text, actor.person, at
    paper.save()
    dossiers.change(dossier_id=paper.dossier_id, state=_("espera aprobación"))
    work.complete(dossier_ids=[paper.dossier_id], keys=["rfo"], actor=actor, at=at, withdrawn=True)
    _ask(paper, fault, at)
    journal.record(
        dossier_id=paper.dossier_id, act=Act.DRAFT_RFO, text=_("RFO redactado."), actor=actor, at=at
    )
    live.bump("assurance")
    return paper


def revise(*, fault: FaultRow, author_id: int, actor: Actor, at: dt.datetime) -> bool:
    """Draft the next version of an RFO, for a fault whose attribution was corrected by `author_id`.

    The last text with the correction in its timeline and, where it said no more than the former cause, the new one. A
    draft that waits gets both and stays its author's: nobody approves the former attribution without a word. The
    approval is asked either way. Return whether there is an RFO at all.
    """
    dossiers.lock(dossier_id=fault.dossier_id)
    paper = Paper.objects.select_related("dossier").filter(kind=Paper.Kind.RFO, fault_id=fault.id).first()
    before = issuing.newest(paper) if paper is not None else None
    if paper is None or not (paper.draft or before):
        return False
    if not paper.draft:
        paper.drafted_by_id, paper.drafted_at = author_id, at
    said = paper.draft or (before.content["text"] if before else {})
    paper.draft = facts.revised(fault, said, at=at)
    paper.save()
    dossiers.change(dossier_id=paper.dossier_id, state=_("espera aprobación"))
    _ask(paper, fault, at)
    text = _("RFO redactado de nuevo: se corrigió la atribución.")
    journal.record(dossier_id=paper.dossier_id, act="REVISE_RFO", text=text, actor=actor, at=at)
    live.bump("assurance")
    return True


def _ask(paper: Paper, fault: FaultRow, at: dt.datetime) -> None:
    work.open_item(
        dossier_id=paper.dossier_id,
        step="",
        key="rfo",
        role=Role.MANAGER,
        title=_("Aprobar el RFO de %(n)s") % {"n": fault.number},
        due_at=procedure.calendar(at=at).after(at, 2),
        at=at,
    )


def _check(fault: FaultRow, text: Mapping[str, str], at: dt.datetime) -> None:
    wrong = [FieldError(field, _("Falta este dato.")) for field in rfo.FIELDS if not text[field]]
    wrong += rfo.leaks(text, facts.forbidden(fault))
    if wrong:
        raise Invalid.of(wrong)
    rfo.timeline(text["timeline"], at=at)


@transaction.atomic
def approve(*, number: str, actor: Actor, at: dt.datetime) -> Issue:
    """Approve the draft: the next version of the RFO. The one who drafted it may not.

    Raises Conflict while service is not restored or without a draft, NotAllowed, Invalid, NotFound.
    """
    require(actor, Act.APPROVE_RFO)
    fault = facts.fault_of(number)
    dossiers.lock(dossier_id=fault.dossier_id)
    paper = Paper.objects.select_related("dossier").filter(kind=Paper.Kind.RFO, fault_id=fault.id).first()
    if paper is None or not paper.draft:
        raise Conflict(_("No hay un RFO por aprobar."), remedy=_("Redáctelo primero."))
    if paper.drafted_by_id == actor.person:
        raise NotAllowed(
            _("Quien redactó el RFO no lo aprueba."), remedy=_("Lo aprueba el Gerente o su delegado.")
        )
    if fault.restored_at is None:
        raise Conflict(_("El servicio no está restablecido."), remedy=_("El RFO se aprueba después."))
    _check(fault, paper.draft, at)
    before = issuing.newest(paper)
    content = _content(fault, paper.draft, at)
    drafted_by_id = paper.drafted_by_id
    row = issuing.issue(
        paper=paper,
        template=TEMPLATE,
        content=content,
        changes=rfo.changes(before.content, content) if before is not None else [],
        name=f"rfo-{fault.number}",
        act=Act.APPROVE_RFO,
        signer=actor.name,
        actor=actor,
        at=at,
        drafted_by_id=drafted_by_id,
    )
    paper.draft, paper.drafted_by, paper.drafted_at = {}, None, None
    paper.save(update_fields=["draft", "drafted_by", "drafted_at"])
    work.complete(dossier_ids=[paper.dossier_id], keys=["rfo"], actor=actor, at=at)
    return row


def _content(fault: FaultRow, text: Mapping[str, str], at: dt.datetime) -> dict[str, Any]:
    return {
        "fault": fault.number,
        "attribution": fault.attribution,
        "cause": fault.cause_code,
        "text": dict(text),
        "timeline": [list(each) for each in rfo.timeline(text["timeline"], at=at)],
        "affected": [facts.affected(case) for case in fault.cases],
        "internal": len(fault.cases) > 1,
    }


@transaction.atomic
def send(
    *,
    number: str,
    actor: Actor,
    at: dt.datetime,
    cases: Collection[str] | None = None,
    said: Mapping[str, tuple[str, str]] | None = None,
) -> Outcome:
    """Send the version in force to each affected ISP (of `cases`), each with a copy that shows its own circuits only.

    `said` is the mail's (subject, text) by case where a person changed it. Who has the version already is not sent
    it again. Raises Conflict without a version or when all have it, Invalid for a text that names another customer,
    NotAllowed.
    """
    require(actor, Act.SEND_REPORT)
    fault = facts.fault_of(number)
    dossiers.lock(dossier_id=fault.dossier_id)
    paper = Paper.objects.select_related("dossier").filter(kind=Paper.Kind.RFO, fault_id=fault.id).first()
    row = issuing.newest(paper) if paper is not None else None
    if paper is None or row is None:
        raise Conflict(_("Ese RFO no está aprobado."), remedy=_("Apruébelo primero."))
    waiting = _waiting(fault, row)
    if not waiting:
        raise Conflict(_("Todos los afectados tienen ya la versión %(n)d.") % {"n": row.sequence})
    if cases is not None:
        waiting = [case for case in waiting if case.number in cases]
        if not waiting:
            raise Invalid(_("No eligió a nadie."), field="row", remedy=_("Marque al menos un cliente."))
    texts = {case.number: (said or {}).get(case.number) for case in waiting}
    wrong = [
        found
        for case in waiting
        for found in rfo.leaks({"body": " ".join(texts[case.number] or ())}, facts.forbidden_to(fault, case))
    ]
    if wrong:
        raise Invalid.of(wrong)
    left, sent = [], 0
    fill, addresses = (
        mails.filler(mails.RFO, at=at),
        mails.addresses_of({case.customer_id for case in waiting}),
    )
    for case in waiting:
        to = addresses[case.customer_id]
        if not to:
            left.append(case.customer)
            continue
        _send_one(paper, row, case, texts[case.number], to, fill, actor, at)
        sent += 1
    if not sent:
        raise Invalid(
            _("Nadie con correo en: %(c)s.") % {"c": ", ".join(left)},
            field="to",
            remedy=_("Registre un contacto con correo."),
        )
    return Outcome(sent, tuple(left))


def _waiting(fault: FaultRow, row: Issue) -> list[CaseRow]:
    have = set(Copy.objects.filter(issue=row).values_list("customer_id", flat=True))
    named = {each["case"] for each in row.content["affected"]}  # who joined later needs a new version
    return [case for case in fault.cases if case.customer_id not in have and case.number in named]


def _send_one(
    paper: Paper,
    row: Issue,
    case: CaseRow,
    said: tuple[str, str] | None,
    to: list[str],
    fill: mails.Fill,
    actor: Actor,
    at: dt.datetime,
) -> None:
    own = next(each for each in row.content["affected"] if each["case"] == case.number)
    content = {**row.content, "affected": [own], "internal": False}
    made = papers.rendered(
        TEMPLATE,
        content,
        number=paper.dossier.number,
        sequence=row.sequence,
        changes=row.changes,
        content_hash=row.content_hash,
        signer=row.issued_by.full_name,
        at=row.issued_at,
    )
    file_id = issuing.keep(
        dossier_id=paper.dossier_id,
        name=f"rfo-{case.number}-v{row.sequence}.pdf",
        content=made,
        actor=actor,
        at=at,
    )
    if said is None:
        mail = mails.rfo_mail(
            fill,
            customer=case.customer,
            case=case.number,
            number=paper.dossier.number,
            version=row.sequence,
            circuits=[each.circuit for each in case.outages],
        )
        said = mail.subject, mail.body
    issuing.send(
        row=row,
        file_id=file_id,
        to=to,
        subject=said[0],
        body=said[1],
        act=Act.SEND_REPORT,
        actor=actor,
        at=at,
        customer_id=case.customer_id,
    )
