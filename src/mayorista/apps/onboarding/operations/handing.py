"""B.1 by file: Ventas hands contracts over with the workbook of the import.

What the sheet Contratos says of a contract enters at once as a hand-over, exactly as by form: Interconexión
acknowledges it. What the workbook says of money and circuits is not Ventas' to write: the same file goes on
as an import that waits for Interconexión, and the preview shows both.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.contracts import operations as contracts
from mayorista.apps.contracts.models import Contract
from mayorista.apps.customers.saved import Saved
from mayorista.apps.onboarding import columns, reading, scans
from mayorista.apps.onboarding.asking import Asked
from mayorista.apps.onboarding.models import ImportRun, ImportState
from mayorista.apps.onboarding.operations import importing, units
from mayorista.apps.onboarding.operations.run import Entry, Run, plan_hash
from mayorista.apps.onboarding.scans import Scans
from mayorista.apps.onboarding.values import Book, Problem, Row
from mayorista.apps.procedure.actors import Actor, for_job, require
from mayorista.apps.procedure.operations import files, journal
from mayorista.rules import agreements
from mayorista.rules.errors import Conflict, DomainError, Invalid
from mayorista.rules.procedure import Act

STEP = "B.1"
PAPER = "CONTRACT"
REST = for_job("entrega por libro")
"""Tries what waits for Interconexión; it never writes it."""


def preview_hand_over(
    *, content: bytes, name: str, actor: Actor, at: dt.datetime, scans_zip: bytes = b"", scans_name: str = ""
) -> ImportRun:
    """Read the workbook of a hand-over and store it with what it would do; nothing else is written.

    Raises Invalid (field "file" or "scans") for a file that is not read at all, NotAllowed.
    """
    require(actor, Act.HAND_OVER_CONTRACT)
    book, papers = reading.read(content=content, name=name), scans.read(scans_zip, scans_name)
    with transaction.atomic():
        run, _handed = _hand_over(book, papers, actor, at)
        transaction.set_rollback(True)
    return importing.keep_preview(
        run,
        content=content,
        name=name,
        scans_zip=scans_zip,
        scans_name=scans_name,
        uploader=actor,
        with_sales=True,
    )


def hand_over_book(*, run_id: int, actor: Actor, at: dt.datetime, shown_hash: str = "") -> list[str]:
    """Hand over the contracts of a previewed workbook; return their numbers. The rest waits as an import.

    All or none: a workbook with errors is refused. Raises Stale when the data have changed since it was shown
    (the run then holds the new preview), Conflict, NotFound, NotAllowed.
    """
    require(actor, Act.HAND_OVER_CONTRACT)
    with importing.kept_as_shown(run_id, actor, at), transaction.atomic():
        stored = importing.locked(run_id, with_sales=True)
        if stored.problems_block:
            raise Conflict(_("El libro tiene errores."), remedy=_("Corríjalo y súbalo de nuevo."))
        _row, content = files.read(file_id=stored.file_id)
        papers = files.read(file_id=stored.scans_id)[1] if stored.scans_id else b""
        book = reading.read(content=content, name=stored.file_name)
        run, handed = _hand_over(book, scans.read(papers, ""), actor, at)
        if plan_hash(run.plan()) != (shown_hash or stored.plan_hash):
            raise importing.Moved(run)
        _pass_on(stored, run, handed, actor, at)
    return [contract.number for contract in handed]


def _pass_on(stored: ImportRun, run: Run, handed: list[Contract], actor: Actor, at: dt.datetime) -> None:
    """Leave to Interconexión what the workbook says besides; tell it on each contract."""
    run.entries = run.entries[len(handed) :]
    importing.fill(stored, run)
    stored.with_sales = False
    waits = importing.count(stored.plan).loadable > 0
    if not waits:
        stored.state, stored.applied_by_id, stored.applied_at = ImportState.APPLIED, actor.user_id, at
    stored.save()
    text = _("Entregado con el libro «%(name)s».") % {"name": stored.file_name}
    if waits:
        text += " " + _("Sus precios, condiciones y circuitos esperan en Importaciones.")
    journal.record_many(
        lines=[
            journal.Line(contract.dossier_id, Act.HAND_OVER_CONTRACT, text, STEP, {"run": stored.pk})
            for contract in handed
        ],
        actor=actor,
        at=at,
    )


def _hand_over(book: Book, papers: Scans, actor: Actor, at: dt.datetime) -> tuple[Run, list[Contract]]:
    """Hand over every contract of the book and try the rest of it; return what happened and the contracts."""
    ours = replace(
        book,
        sheets={sheet.key: book.sheets[sheet.key] for sheet in columns.HANDED if sheet.key in book.sheets},
    )
    run = Run(ours, actor, at, papers)
    run.problems += _foreign(book, ours)
    handed: list[Contract] = []
    for unit in units.gather(run):
        if unit.customer_id is None:
            continue  # who it belongs to is told by the rest
        for row in unit.contracts:
            _hand_one(run, row, unit.customer_id, handed)
    run.actor = REST
    with transaction.atomic():
        importing.load(run)
        transaction.set_rollback(True)
    return run, handed


def _hand_one(run: Run, row: Row, customer_id: int, handed: list[Contract]) -> None:
    problems: list[Problem] = []
    asked = Asked(row, problems, date1904=run.book.date1904)
    saved: list[tuple[Row, Saved]] = []
    try:
        with transaction.atomic():
            saved.append((row, _contract(run, asked, customer_id)))
            if any(not each.warning for each in problems):
                transaction.set_rollback(True)
    except DomainError as error:
        asked.refused(error)
    wrong = any(not each.warning for each in problems)
    label = row.text("number") or str(row.number)
    run.add(Entry.of(columns.CONTRACTS.title, label, [row], [] if wrong else saved, problems))
    if not wrong:
        handed.append(Contract.objects.get(pk=saved[0][1].id))


def _contract(run: Run, asked: Asked, customer_id: int) -> Saved:
    """Hand one contract over: its own fields and its scan. Raises Invalid, Conflict."""
    number = asked.text("number").upper().replace(" ", "")
    known = Contract.objects.filter(number=number, customer_id=customer_id).first() if number else None
    fields: dict[str, object] = {"number": number}
    for key in ("signed_date", "starts_date", "ends_date"):
        if asked.given(key):
            fields[key] = asked.date(key)
    if asked.given("signatories"):
        fields["signatories"] = asked.pieces("signatories")
    papers, items = [], []
    if asked.given("file"):
        name, content = run.scans.take(asked.text("file"))
        papers.append((PAPER, "", contracts.Upload(name, content)))
        items.append(contracts.ItemWish(agreements.ITEM_OF_KIND[PAPER], "PRESENT", "", ""))
    if not number:
        raise Invalid(
            _("Falta el número de contrato."), field="number", remedy=_("Escriba por ejemplo CT-014.")
        )
    saved = contracts.hand_over(
        contract_id=known.pk if known else None,
        customer_id=customer_id,
        items=items,
        papers=papers,
        actor=run.actor,
        at=run.at,
        **fields,
    )
    return replace(saved, created=True)  # what is new is the hand-over, also of a contract that was here


def _foreign(book: Book, ours: Book) -> list[Problem]:
    """What a hand-over does not take: sheets that are not Ventas', rows of contracts that it does not hand over."""
    found = [
        Problem(
            each.sheet.title,
            each.rows[0].number,
            "",
            "",
            _("La hoja «%(sheet)s» no se entrega con un contrato.") % {"sheet": each.sheet.title},
            _("Quite sus filas: las carga Interconexión."),
        )
        for key, each in book.sheets.items()
        if key not in ours.sheets and each.rows
    ]
    numbers = {_number(row.text("number")) for row in ours.rows(columns.CONTRACTS)}
    if not numbers:
        found.append(
            Problem(
                columns.CONTRACTS.title,
                0,
                "",
                "",
                _("El libro no trae contratos."),
                _("Llene la hoja Contratos."),
            )
        )
    for sheet in columns.HANDED[1:]:
        for row in ours.rows(sheet):
            if numbers and _number(row.text("contract")) not in numbers:
                text = _("«%(n)s» no está en la hoja Contratos de este libro.") % {
                    "n": row.text("contract")[:40]
                }
                Asked(row, found).wrong("contract", text, _("Agréguelo a esa hoja, o quite la fila."))
    return found


def _number(text: str) -> str:
    return text.upper().replace(" ", "")
