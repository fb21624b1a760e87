"""The register of documents: each type with its records, and each record with its copies and until when it is kept."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Max, Q, QuerySet
from django.utils.translation import gettext as _

from mayorista.apps.faults.models import DacIssue, DacReprint
from mayorista.apps.overview.queries.paging import Pages, pages_of
from mayorista.apps.procedure import retention_queries as retention
from mayorista.apps.procedure.models import DocumentCopy, StoredFile
from mayorista.rules import lapaz, records
from mayorista.rules.errors import NotFound
from mayorista.rules.procedure import ROLE_TITLES


@dataclass(frozen=True, slots=True)
class TypeRow:
    """A type of document: what the procedure says of it, how many records there are, how many are past their time."""

    type: records.DocumentType
    years: int
    count: int
    last_at: dt.datetime | None
    due: int

    @property
    def kind_title(self) -> str:
        """F, I, R or P in words."""
        return _(records.KIND_TITLES[self.type.kind])

    @property
    def keeper(self) -> str:
        """The role that keeps the original."""
        return ROLE_TITLES[self.type.keeper]


@dataclass(frozen=True, slots=True)
class Record:
    """One kept document. `held` says why it stays whatever its age; "" when nothing holds it."""

    file: StoredFile
    number: str
    headline: str
    copies: int
    until: dt.date | None
    held: str

    @property
    def dac(self) -> bool:
        """Whether its copies come from the D.A.C.'s own page."""
        return self.file.kind == "DAC"

    @property
    def marks(self) -> bool:
        """Whether a marked copy can be made here."""
        return not self.dac and not self.gone and self.file.content_type == "application/pdf"

    @property
    def gone(self) -> bool:
        """Whether an act of disposal let its content go."""
        return self.file.disposed_at is not None


@dataclass(frozen=True, slots=True)
class RecordsPage:
    """The records of one type."""

    row: TypeRow
    text: str
    due_only: bool
    rows: tuple[Record, ...]
    pages: Pages


def register(*, at: dt.datetime) -> list[TypeRow]:
    """Return every type with its figures; two reads."""
    years = retention.years_kept(at=at)
    today = lapaz.local(at).date()
    wanted: dict[str, Count | Max] = {}
    for code, each in records.TYPES.items():
        mine = Q(kind__in=each.files)
        wanted[f"{code}_count"] = Count("id", filter=mine)
        wanted[f"{code}_last"] = Max("stored_at", filter=mine)
        wanted[f"{code}_due"] = Count("id", filter=mine & retention.past(today, years[code]))
    every = [file for each in records.TYPES.values() for file in each.files]
    found = StoredFile.objects.filter(kind__in=every).aggregate(**wanted)
    return [
        TypeRow(each, years[code], found[f"{code}_count"], found[f"{code}_last"], found[f"{code}_due"])
        for code, each in records.TYPES.items()
    ]


def records_of(
    *, code: str, at: dt.datetime, text: str = "", due_only: bool = False, page: int = 1, size: int = 50
) -> RecordsPage:
    """Return a page of the records of a type, newest first; a fixed number of reads. Raises NotFound."""
    row = next((each for each in register(at=at) if each.type.code == code.upper()), None)
    if row is None:
        raise NotFound(_("No existe ese tipo de documento."))
    rows: QuerySet[StoredFile] = StoredFile.objects.filter(kind__in=row.type.files)
    if due_only:
        rows = rows.filter(retention.past(lapaz.local(at).date(), row.years))
    if text.strip():
        word = text.strip()[:80]
        rows = rows.filter(
            Q(dossier__number__icontains=word)
            | Q(dossier__headline__icontains=word)
            | Q(name__icontains=word)
            | Q(sha256__startswith=word.lower())
        )
    pages = pages_of(rows.count(), page, size)
    begin = (pages.number - 1) * size
    files = list(rows.select_related("dossier").order_by("-stored_at", "-id")[begin : begin + size])
    copies, held = _copies(files), _held(files)
    return RecordsPage(
        row,
        text,
        due_only,
        tuple(
            Record(
                file,
                file.dossier.number,
                file.dossier.headline,
                copies[file.pk],
                records.kept_until(
                    lapaz.local(file.dossier.closed_at).date() if file.dossier.closed_at else None, row.years
                ),
                held.get(file.pk, ""),
            )
            for file in files
        ),
        pages,
    )


def _copies(files: Iterable[StoredFile]) -> Counter[int]:
    """How many copies of each were handed out, those of the D.A.C. by its own way included."""
    ids = [file.pk for file in files]
    found = Counter(DocumentCopy.objects.filter(file_id__in=ids).values_list("file_id", flat=True))
    forms = [file.pk for file in files if file.kind == "DAC"]
    if forms:
        issues = dict(DacIssue.objects.filter(file_id__in=forms).values_list("id", "file_id"))
        prints = DacReprint.objects.filter(issue_id__in=issues).values_list("issue_id", flat=True)
        found.update(issues[issue] for issue in prints)
    return found


def _held(files: Iterable[StoredFile]) -> dict[int, str]:
    """Why a record stays: a legal hold reaches it, or its dossier is open."""
    rows = list(files)
    return {file.pk: _("expediente abierto") for file in rows if file.dossier.closed_at is None} | (
        retention.why_held(rows)
    )
