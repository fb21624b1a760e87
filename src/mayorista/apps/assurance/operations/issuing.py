"""A version of a paper: numbered once, hashed, made into a PDF, kept; and the mail that carries it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from django.utils.translation import gettext as _

from mayorista.apps.assurance.models import Copy, Issue, Paper
from mayorista.apps.assurance.queries import papers
from mayorista.apps.messaging import operations as messaging
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import Actor
from mayorista.apps.procedure.operations import dossiers, files, journal, live
from mayorista.rules.assurance import report
from mayorista.rules.errors import Invalid
from mayorista.rules.procedure import Act

PDF = "application/pdf"
FILE_KIND = "REPORT"


def newest(paper: Paper) -> Issue | None:
    """Return the version in force."""
    return Issue.objects.filter(paper=paper).order_by("-sequence").first()


def keep(*, dossier_id: int, name: str, content: bytes, actor: Actor, at: dt.datetime) -> int:
    """Keep a PDF on a paper's dossier; return the file."""
    return files.store(
        dossier_id=dossier_id,
        name=name,
        content=content,
        content_type=PDF,
        actor=actor,
        at=at,
        kind=FILE_KIND,
    ).pk


def issue(
    *,
    paper: Paper,
    template: str,
    content: dict[str, Any],
    changes: Collection[str],
    name: str,
    act: Act,
    signer: str,
    actor: Actor,
    at: dt.datetime,
    drafted_by_id: int | None = None,
) -> Issue:
    """Write the next version of a paper, whose dossier the caller holds locked."""
    before = newest(paper)
    sequence = before.sequence + 1 if before is not None else 1
    hashed = report.digest(content)
    made = papers.rendered(
        template,
        content,
        number=paper.dossier.number,
        sequence=sequence,
        changes=changes,
        content_hash=hashed,
        signer=signer,
        at=at,
    )
    kept = keep(
        dossier_id=paper.dossier_id,
        name=f"{name}-v{sequence}.pdf",
        content=made,
        actor=actor,
        at=at,
    )
    row = Issue.objects.create(
        paper=paper,
        sequence=sequence,
        content=content,
        content_hash=hashed,
        changes=list(changes),
        file_id=kept,
        drafted_by_id=drafted_by_id,
        issued_by_id=actor.person,
        issued_at=at,
    )
    state = _("versión %(n)d emitida") % {"n": sequence}
    dossiers.change(dossier_id=paper.dossier_id, state=state)
    said = _("Versión %(n)d emitida. %(why)s") % {"n": sequence, "why": " ".join(changes)}
    journal.record(dossier_id=paper.dossier_id, act=act, text=said.strip()[:2000], actor=actor, at=at)
    live.bump("assurance")
    return row


def send(
    *,
    row: Issue,
    file_id: int,
    to: Sequence[str],
    subject: str,
    body: str,
    act: Act,
    actor: Actor,
    at: dt.datetime,
    customer_id: int | None = None,
) -> Copy:
    """Put the mail with a version's PDF into the outbox. Raises Invalid without anybody to write to."""
    if not to:
        raise Invalid(
            _("No hay contacto con correo a quien enviarlo."),
            field="to",
            remedy=_("Registre un contacto con correo."),
        )
    if not subject.strip() or not body.strip():
        raise Invalid(_("Falta el asunto o el texto."), field="body")
    message = messaging.queue_email(
        dossier_id=row.paper.dossier_id,
        to=list(to),
        subject=subject.strip(),
        body=body,
        cause=f"REPORT:{row.paper.kind}",
        attachments=[file_id],
        hold_seconds=procedure.parameter("notice.undo_seconds", at=at),
        actor=actor,
        at=at,
    )
    copy = Copy.objects.create(
        issue=row,
        customer_id=customer_id,
        file_id=file_id,
        message=message,
        sent_by_id=actor.person,
        sent_at=at,
    )
    journal.record(
        dossier_id=row.paper.dossier_id,
        act=act,
        text=_("Versión %(n)d enviada a %(to)s.") % {"n": row.sequence, "to": ", ".join(to)},
        actor=actor,
        at=at,
    )
    live.bump("assurance")
    return copy
