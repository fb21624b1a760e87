"""Files that belong to one advance: named by its line of the journal, which nobody can alter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from mayorista.apps.faults.models import Case
from mayorista.apps.messaging import operations as messaging
from mayorista.apps.procedure import queries as procedure_queries
from mayorista.rules.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mayorista.apps.faults.models import Fault

MOST_FILES = 20


def checked(*, fault: Fault, file_ids: Sequence[int]) -> list[int]:
    """Return these ids, each once, when all are files of the fault or of its cases. Raises Invalid on `attachments`."""
    wanted = list(dict.fromkeys(file_ids))
    if not wanted:
        return []
    if len(wanted) > MOST_FILES:
        raise Invalid(
            _("Hay demasiados archivos adjuntos."), field="attachments", remedy=_("Adjunte hasta 20.")
        )
    homes = {fault.dossier_id, *Case.objects.filter(fault=fault).values_list("dossier_id", flat=True)}
    ours = {file.pk for file in procedure_queries.files_by_id(wanted) if file.dossier_id in homes}
    if set(wanted) - ours:
        raise Invalid(
            _("Un archivo adjunto no es de este caso."),
            field="attachments",
            remedy=_("Quítelo y vuelva a subirlo."),
        )
    return wanted


def that_fit_a_mail(file_ids: Sequence[int]) -> list[int]:
    """Return, in their order, the files that one mail has room for; the rest is read where the mail leads."""
    sizes = {file.pk: file.size for file in procedure_queries.files_by_id(file_ids)}
    enclosed: list[int] = []
    room = messaging.MAX_MAIL_BYTES
    for file_id in file_ids:
        if sizes[file_id] <= room:
            enclosed.append(file_id)
            room -= sizes[file_id]
    return enclosed
