"""Copies of kept documents: each one marked "Reimpresión n", counted and journaled (R-D1, G-34)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.models import DocumentCopy, StoredFile
from mayorista.apps.procedure.operations import files, journal
from mayorista.apps.procedure.wiring import adapter
from mayorista.rules import lapaz
from mayorista.rules.errors import Conflict, NotFound
from mayorista.rules.ports.documents import DocumentUnrenderable
from mayorista.rules.procedure import Act

PDF = "application/pdf"
OWN_WAY = {"DAC": "Las copias del D.A.C. salen de su propia página, con «Reimprimir»."}


@transaction.atomic
def take(*, file_id: int, actor: Actor, at: dt.datetime) -> tuple[str, bytes]:
    """Return the name and PDF of the next marked copy of a kept document.

    Raises NotFound, Conflict for what is no PDF, can not be read, or has a way of its own.
    """
    require(actor, Act.COPY_DOCUMENT)
    stored = StoredFile.objects.select_for_update(of=("self",)).filter(pk=file_id).first()
    if stored is None:
        raise NotFound(_("No existe ese documento."))
    files.refuse_disposed(stored)
    if stored.kind in OWN_WAY:
        raise Conflict(_("Ese documento se copia de otra manera."), remedy=_(OWN_WAY[stored.kind]))
    if stored.content_type != PDF:
        raise Conflict(_("Solo un PDF lleva la marca de copia."), remedy=_("Ábralo y guárdelo como está."))
    number = DocumentCopy.objects.filter(file=stored).count() + 1
    words = _("Reimpresión %(n)d · copia no controlada · %(when)s · %(who)s · SHA-256 %(hash)s") % {
        "n": number,
        "when": lapaz.moment(at),
        "who": actor.name,
        "hash": stored.sha256[:16],
    }
    try:
        content: bytes = adapter("documents").mark(adapter("files").get(stored.sha256), words, at=at)
    except DocumentUnrenderable as error:
        raise Conflict(
            _("Ese PDF no se puede leer para marcarlo."), remedy=_("Ábralo y guárdelo como está.")
        ) from error
    DocumentCopy.objects.create(file=stored, number=number, taken_by_id=actor.person, taken_at=at)
    journal.record(
        dossier_id=stored.dossier_id,
        act=Act.COPY_DOCUMENT,
        text=_("Reimpresión %(n)d de %(name)s") % {"n": number, "name": stored.name},
        actor=actor,
        at=at,
        payload={"file": stored.pk, "number": number},
    )
    return f"{stored.name.rsplit('.', 1)[0]}-reimpresion-{number}.pdf", content
