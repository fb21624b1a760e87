"""Our claim against a provider for a month: drafted, approved by the Gerente as a numbered letter, sent by e-mail."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.assurance.models import Issue, Paper, ProviderTerms
from mayorista.apps.assurance.operations import issuing
from mayorista.apps.assurance.queries import claims, mails
from mayorista.apps.assurance.queries.claims import Cost
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, journal, live, serials, work
from mayorista.rules.assurance import report
from mayorista.rules.errors import Conflict, Invalid, NotAllowed, NotFound
from mayorista.rules.periods import Month
from mayorista.rules.procedure import Act, Role

TEMPLATE = "provider_claim"
SERIES = "RPV"
KIND = "PROVIDER_CLAIM"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a provider's contract promises, as typed."""

    reference: str
    valid_from: dt.date
    repair_minutes: int
    currency: str
    monthly_fee: Decimal | None
    multiplier: Decimal | None
    source: str


@transaction.atomic
def write_terms(*, provider_id: int, terms: Terms, actor: Actor, at: dt.datetime) -> ProviderTerms:
    """Keep what a provider's contract promises from a day on. Raises Invalid, Conflict for that day, NotAllowed."""
    require(actor, Act.DRAFT_PROVIDER_CLAIM)
    if terms.monthly_fee is not None and (not terms.currency or terms.multiplier is None):
        raise Invalid(_("La cuota necesita moneda y multiplicador."), field="multiplier")
    row, made = ProviderTerms.objects.get_or_create(
        provider_id=provider_id,
        reference=terms.reference.strip(),
        valid_from=terms.valid_from,
        defaults={
            "repair_minutes": terms.repair_minutes,
            "currency": terms.currency,
            "monthly_fee": terms.monthly_fee,
            "multiplier": terms.multiplier,
            "source": terms.source.strip(),
            "written_by_id": actor.person,
            "written_at": at,
        },
    )
    if not made:
        raise Conflict(_("Ese contrato ya tiene condiciones desde ese día."), remedy=_("Elija otro día."))
    return row


def cost_of(*, provider_code: str, reference: str, month: Month, at: dt.datetime) -> Cost:
    """Return what a provider's contract cost in a month. Raises NotFound when it cost nothing."""
    for cost in claims.costs(month=month, at=at):
        if (cost.provider.code, cost.reference) == (provider_code, reference):
            return cost
    claimed = Paper.objects.filter(
        kind=Paper.Kind.CLAIM,
        provider__code=provider_code,
        reference=reference,
        month=dt.date.fromordinal(month.first),
    ).first()
    if claimed is not None and claimed.provider_id is not None:
        return claims.nothing(
            claimed.provider_id, reference, month
        )  # what was claimed became somebody else's
    raise NotFound(
        _("Ese contrato no tiene interrupciones externas en %(m)s.") % {"m": month.words},
        remedy=_("Se cuentan las fallas externas con ticket del proveedor."),
    )


@transaction.atomic
def draft(
    *, provider_code: str, reference: str, month: Month, text: str, actor: Actor, at: dt.datetime
) -> Paper:
    """Draft the letter and ask the Gerente. Raises Conflict while the month goes on, Invalid, NotFound, NotAllowed."""
    require(actor, Act.DRAFT_PROVIDER_CLAIM)
    if at < month.ends_at:
        raise Conflict(_("%(m)s no terminó todavía.") % {"m": month.words.capitalize()})
    if not text.strip():
        raise Invalid(_("Falta el texto de la carta."), field="text")
    cost = cost_of(provider_code=provider_code, reference=reference, month=month, at=at)
    paper = _paper(cost, month)
    if paper is None:
        home = dossiers.open_dossier(
            kind=KIND,
            number=serials.next_number(series=SERIES, at=at),
            headline=_("Reclamo a %(p)s por %(m)s") % {"p": cost.provider.name, "m": month.words},
            state=_("borrador"),
            at=at,
            search=reference,
        )
        paper = Paper(
            dossier=home,
            kind=Paper.Kind.CLAIM,
            provider_id=cost.provider.id,
            reference=reference,
            month=dt.date.fromordinal(month.first),
        )
    paper.draft, paper.drafted_by_id, paper.drafted_at = {"text": text.strip()[:6000]}, actor.person, at
    paper.save()
    dossiers.change(dossier_id=paper.dossier_id, state=_("espera aprobación"))
    work.complete(dossier_ids=[paper.dossier_id], keys=["claim"], actor=actor, at=at, withdrawn=True)
    work.complete(dossier_ids=[paper.dossier_id], keys=["claim-review"], actor=actor, at=at)
    work.open_item(
        dossier_id=paper.dossier_id,
        step="",
        key="claim",
        role=Role.MANAGER,
        title=_("Aprobar el reclamo a %(p)s") % {"p": cost.provider.name},
        due_at=procedure.calendar(at=at).after(at, 2),
        at=at,
    )
    journal.record(
        dossier_id=paper.dossier_id,
        act=Act.DRAFT_PROVIDER_CLAIM,
        text=_("Reclamo redactado."),
        actor=actor,
        at=at,
    )
    live.bump("assurance")
    return paper


def _paper(cost: Cost, month: Month) -> Paper | None:
    return (
        Paper.objects.select_for_update(of=("self",))
        .select_related("dossier")
        .filter(
            kind=Paper.Kind.CLAIM,
            provider_id=cost.provider.id,
            reference=cost.reference,
            month=dt.date.fromordinal(month.first),
        )
        .first()
    )


@transaction.atomic
def approve(*, provider_code: str, reference: str, month: Month, actor: Actor, at: dt.datetime) -> Issue:
    """Approve the letter: its next version, with the figures of now. The one who drafted it may not."""
    require(actor, Act.APPROVE_PROVIDER_CLAIM)
    cost = cost_of(provider_code=provider_code, reference=reference, month=month, at=at)
    paper = _paper(cost, month)
    if paper is None or not paper.draft:
        raise Conflict(_("No hay un reclamo por aprobar."), remedy=_("Redáctelo primero."))
    if paper.drafted_by_id == actor.person:
        raise NotAllowed(_("Quien redactó el reclamo no lo aprueba."))
    before = issuing.newest(paper)
    content = {**cost.content, "text": paper.draft["text"]}
    said = []
    if before is not None:
        said = [_("Cambian las cifras o el texto de la carta anterior.")]
        if report.canonical(before.content) == report.canonical(content):
            raise Conflict(_("La carta dice lo mismo que la anterior."))
    row = issuing.issue(
        paper=paper,
        template=TEMPLATE,
        content=content,
        changes=said,
        name=f"reclamo-{provider_code}-{month}",
        act=Act.APPROVE_PROVIDER_CLAIM,
        signer=actor.name,
        actor=actor,
        at=at,
        drafted_by_id=paper.drafted_by_id,
    )
    paper.draft, paper.drafted_by, paper.drafted_at = {}, None, None
    paper.save(update_fields=["draft", "drafted_by", "drafted_at"])
    work.complete(dossier_ids=[paper.dossier_id], keys=["claim"], actor=actor, at=at)
    return row


@transaction.atomic
def send(
    *,
    provider_code: str,
    reference: str,
    month: Month,
    actor: Actor,
    at: dt.datetime,
    said: tuple[str, str] | None = None,
) -> int:
    """Send the letter in force to the provider's contact, with the mail's subject and text as `said`; return the message.

    Raises Invalid, Conflict, NotFound, NotAllowed.
    """
    require(actor, Act.SEND_REPORT)
    cost = cost_of(provider_code=provider_code, reference=reference, month=month, at=at)
    paper = _paper(cost, month)
    row = issuing.newest(paper) if paper is not None else None
    if paper is None or row is None:
        raise Conflict(_("Ese reclamo no está aprobado."), remedy=_("Apruébelo primero."))
    if said is None:
        mail = mails.claim_mail(
            mails.filler(mails.CLAIM, at=at),
            provider=cost.provider.name,
            reference=reference,
            month=month,
            number=paper.dossier.number,
            content=row.content,
        )
        said = mail.subject, mail.body
    copy = issuing.send(
        row=row,
        file_id=row.file_id,
        to=[cost.provider.email] if cost.provider.email else [],
        subject=said[0],
        body=said[1],
        act=Act.SEND_REPORT,
        actor=actor,
        at=at,
    )
    return copy.message_id
