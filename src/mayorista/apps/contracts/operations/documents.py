"""The papers of a contract: stored by their hash, each with its version; which item of completeness each proves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from mayorista.apps.contracts.models import CompletenessItem, Contract, ContractDocument
from mayorista.apps.procedure import editing
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import files, journal, live
from mayorista.rules import agreements, media
from mayorista.rules.errors import FieldError, Invalid, NotFound
from mayorista.rules.procedure import Act

STEP = "B.1"
MAX_BYTES = 40 * 1024 * 1024
KINDS_OF_FILE = ("application/pdf", "image/jpeg", "image/png")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent: its name and bytes."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class ItemWish:
    """What is known of one of the ten items: state PRESENT, MISSING or NA, page and note."""

    item: int
    state: str
    page: str = ""
    note: str = ""
    document_id: int | None = None


@transaction.atomic
def add_document(
    *,
    contract_id: int,
    kind: str,
    actor: Actor,
    at: dt.datetime,
    number: str = "",
    signed_date: dt.date | None = None,
    pages: str = "",
    upload: Upload | None = None,
    file_id: int | None = None,
    act: Act = Act.FILE_CONTRACT_PAPERS,
) -> ContractDocument:
    """File a paper of a contract (a PDF, JPEG or PNG) as the next version of its kind and number.

    The item of completeness that the kind proves becomes present, with this paper and its pages. Raises Invalid
    for a kind, an addendum without number, or a file that is not what it says it is; NotFound, NotAllowed.
    """
    require(actor, act)
    contract = editing.locked(
        Contract.objects.all(), row_id=contract_id, missing=_("No existe ese contrato.")
    )
    number = " ".join(number.split())[:60]
    errors = []
    if kind not in agreements.DOCUMENT_KINDS:
        errors.append(FieldError("kind", _("Falta la clase de documento."), _("Elija una de la lista.")))
    if kind == "ADDENDUM" and not number:
        errors.append(
            FieldError("number", _("Una adenda lleva su número."), _("Escriba por ejemplo «Adenda 2»."))
        )
    if upload is None and file_id is None:
        errors.append(FieldError("file", _("Falta el archivo."), _("Adjunte el PDF o la foto.")))
    if upload is not None:
        errors += check_file(upload)
    agreements.refuse(errors)
    if upload is not None:
        file_id = store(contract.dossier_id, upload, actor, at)
    last = ContractDocument.objects.filter(contract=contract, kind=kind, number=number).aggregate(
        last=Max("version")
    )
    document = ContractDocument.objects.create(
        contract=contract,
        kind=kind,
        number=number,
        version=(last["last"] or 0) + 1,
        signed_date=signed_date,
        file_id=file_id,
        pages=" ".join(pages.split())[:60],
        added_by_id=actor.user_id,
        added_at=at,
    )
    item = agreements.ITEM_OF_KIND.get(kind)
    if item:
        CompletenessItem.objects.update_or_create(
            contract=contract,
            item=item,
            defaults={"state": "PRESENT", "document": document, "page": document.pages[:40]},
        )
    text = _("Documento archivado: %(what)s, versión %(version)d.") % {
        "what": title(document),
        "version": document.version,
    }
    journal.record(dossier_id=contract.dossier_id, act=act, text=text, actor=actor, at=at, step=STEP)
    live.bump("contracts")
    return document


def store(dossier_id: int, upload: Upload, actor: Actor, at: dt.datetime) -> int:
    """Keep a paper that passed `check_file`; return its id."""
    kind = media.sniff(upload.content)
    return files.store(
        dossier_id=dossier_id,
        name=media.file_name(files.safe_name(upload.name), kind),
        content=upload.content,
        content_type=kind,
        actor=actor,
        at=at,
        kind="CONTRACT",
    ).pk


def check_file(upload: Upload, *, field: str = "file") -> list[FieldError]:
    """Return what is wrong with a file: empty, too large, not a PDF or photo, or not what its name says."""
    kind = media.sniff(upload.content)
    name = upload.name[:80]
    if not upload.content:
        return [FieldError(field, _("El archivo «%(name)s» está vacío.") % {"name": name}, _("Elija otro."))]
    if kind == media.HEIC:
        return [FieldError(field, _("«%(name)s» es una foto HEIC.") % {"name": name}, media.HEIC_REMEDY)]
    if len(upload.content) > MAX_BYTES:
        return [
            FieldError(
                field,
                _("El archivo «%(name)s» supera 40 MB.") % {"name": name},
                _("Escanéelo con menos resolución."),
            )
        ]
    if kind not in KINDS_OF_FILE:
        what = (
            _("no es un PDF, aunque así se llama")
            if name.lower().endswith(".pdf")
            else _("no es un PDF ni una foto")
        )
        return [
            FieldError(
                field,
                _("El archivo «%(name)s» %(what)s.") % {"name": name, "what": what},
                _("Adjunte un PDF, JPG o PNG."),
            )
        ]
    return []


def title(document: ContractDocument) -> str:
    """How people call a paper: "Adenda 2"."""
    kind = agreements.DOCUMENT_KINDS.get(document.kind, document.kind)
    if not document.number:
        return kind
    return (
        document.number
        if document.number.casefold().startswith(kind.casefold())
        else f"{kind} {document.number}"
    )


@transaction.atomic
def check_items(*, contract_id: int, items: Sequence[ItemWish], actor: Actor, at: dt.datetime) -> None:
    """Write which of the ten items are there, missing or not applicable. Raises Invalid, NotFound, NotAllowed."""
    require(actor, Act.FILE_CONTRACT_PAPERS)
    contract = editing.locked(
        Contract.objects.all(), row_id=contract_id, missing=_("No existe ese contrato.")
    )
    write_items(contract, items, actor=actor, at=at)


def write_items(contract: Contract, items: Sequence[ItemWish], *, actor: Actor, at: dt.datetime) -> None:
    """Write items of completeness of a locked contract; the journal tells what moved."""
    errors = [
        FieldError(
            f"item_{wish.item}", _("Ítem de la lista desconocido."), _("Revise la lista de diez ítems.")
        )
        for wish in items
        if wish.item not in agreements.ITEMS or wish.state not in {"PRESENT", "MISSING", "NA"}
    ]
    errors += [
        FieldError(
            f"item_{wish.item}", _("Un ítem que no aplica lleva su motivo."), _("Escriba por qué no aplica.")
        )
        for wish in items
        if wish.state == "NA" and not wish.note.strip()
    ]
    if errors:
        raise Invalid.of(errors)
    before = {row.item: row for row in CompletenessItem.objects.filter(contract=contract)}
    moved = []
    words = {"PRESENT": _("presente"), "MISSING": _("falta"), "NA": _("no aplica")}
    for wish in items:
        row = before.get(wish.item) or CompletenessItem(contract=contract, item=wish.item)
        if wish.document_id is not None:
            if not ContractDocument.objects.filter(pk=wish.document_id, contract=contract).exists():
                raise NotFound(_("Ese documento no es de este contrato."), field=f"item_{wish.item}")
            row.document_id = wish.document_id
        new = (wish.state, " ".join(wish.page.split())[:40], wish.note.strip()[:200])
        if wish.item not in before or (row.state, row.page, row.note) != new or wish.document_id is not None:
            row.state, row.page, row.note = new
            row.save()
            moved.append(f"{wish.item} {words[wish.state]}")
    if moved:
        journal.record(
            dossier_id=contract.dossier_id,
            act=Act.FILE_CONTRACT_PAPERS,
            text=_("Lista de contrato completo: %(moved)s.") % {"moved": "; ".join(moved)},
            actor=actor,
            at=at,
            step=STEP,
        )
        live.bump("contracts")
