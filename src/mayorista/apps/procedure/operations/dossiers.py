"""Open and change dossiers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import F
from django.utils.translation import gettext as _

from mayorista.apps.procedure.models import Dossier
from mayorista.rules.errors import NotFound, Stale
from mayorista.rules.text import searchable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STANDING_EPOCH = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
# What a standing dossier is called on a screen.
STANDING_TITLES = {
    "ALARMS": "Alarmas",
    "BANK_ACCOUNTS": "Cuentas bancarias",
    "CHANNELS": "Canales",
    "COLLECTION": "Cobranza",
    "DELEGATIONS": "Delegaciones",
    "EXCHANGE_RATES": "Tipos de cambio",
    "PARAMETERS": "Parámetros",
    "PROTOCOLS": "Protocolos",
    "RECORDS": "Registro de documentos",
    "SHIFTS": "Turnos",
    "TEXTS": "Textos",
    "UNKNOWN_WRITERS": "Remitentes desconocidos",
    "USERS": "Usuarios",
}


@dataclass(frozen=True, slots=True)
class NewDossier:
    """What a dossier needs to be opened; `search` is extra text by which it is found."""

    kind: str
    number: str
    headline: str
    state: str
    customer_id: int | None = None
    search: str = ""


def open_dossiers(*, new: Sequence[NewDossier], at: dt.datetime) -> list[Dossier]:
    """Write all of `new` in one statement and return them in the same order."""
    return Dossier.objects.bulk_create(
        Dossier(
            kind=each.kind,
            number=each.number,
            headline=each.headline[:300],
            state=each.state,
            customer_id=each.customer_id,
            opened_at=at,
            search_text=searchable(f"{each.number} {each.headline} {each.search}"),
        )
        for each in new
    )


def open_dossier(
    *,
    kind: str,
    number: str,
    headline: str,
    state: str,
    at: dt.datetime,
    customer_id: int | None = None,
    search: str = "",
) -> Dossier:
    """Open one dossier; `customer_id` is the dossier of the customer it concerns."""
    new = NewDossier(kind, number, headline, state, customer_id, search)
    return open_dossiers(new=[new], at=at)[0]


def standing(*, kind: str) -> Dossier:
    """Return the standing dossier for things without a number ("ALARMS", "UNKNOWN_WRITERS", …)."""
    dossier, _made = Dossier.objects.get_or_create(
        number=f"FIJO-{kind}",
        defaults={
            "kind": "STANDING",
            "headline": STANDING_TITLES.get(kind, kind),
            "state": "permanente",
            "opened_at": STANDING_EPOCH,
        },
    )
    return dossier


def change(
    *,
    dossier_id: int,
    state: str | None = None,
    headline: str | None = None,
    search: str | None = None,
    closed_at: dt.datetime | None = None,
    reopen: bool = False,
) -> None:
    """Write what is given and count the version up; `reopen` clears the closing time."""
    values: dict[str, object] = {"version": F("version") + 1}
    if state is not None:
        values["state"] = state
    if headline is not None:
        values["headline"] = headline[:300]
    if search is not None:
        values["search_text"] = searchable(search)
    if closed_at is not None:
        values["closed_at"] = closed_at
    if reopen:
        values["closed_at"] = None
    Dossier.objects.filter(id=dossier_id).update(**values)


def move(*, dossier_id: int, customer_id: int) -> None:
    """Say that a dossier concerns another customer from now on (`customer_id` is that one's dossier, G-48)."""
    Dossier.objects.filter(id=dossier_id).update(customer_id=customer_id, version=F("version") + 1)


def lock(*, dossier_id: int, version: int | None = None, mine: Mapping[str, str] | None = None) -> Dossier:
    """Lock a dossier for the rest of the transaction.

    Raises Stale when `version` is given and the dossier has moved on since that form was shown.
    """
    dossier = Dossier.objects.select_for_update().filter(id=dossier_id).first()
    if dossier is None:
        raise NotFound(_("No existe ese expediente."))
    if version is not None and dossier.version != version:
        raise Stale(
            _("Otra persona cambió %(number)s mientras usted escribía.") % {"number": dossier.number},
            mine=mine,
            theirs={"estado": dossier.state},
            version=dossier.version,
        )
    return dossier


def rename_many(*, headlines: Mapping[int, str]) -> None:
    """Write the headlines of many dossiers (by id) in one statement; those that stay are not touched."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procedure_dossier AS dossier SET headline = given.headline, version = version + 1 "
            "FROM unnest(%s::bigint[], %s::text[]) AS given (id, headline) "
            "WHERE dossier.id = given.id AND dossier.headline <> given.headline",
            [list(headlines), [headline[:300] for headline in headlines.values()]],
        )


def restate_many(*, states: Mapping[int, str]) -> None:
    """Write the states of many dossiers (by id) in one statement; those that stay are not touched."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procedure_dossier AS dossier SET state = given.state, version = version + 1 "
            "FROM unnest(%s::bigint[], %s::text[]) AS given (id, state) "
            "WHERE dossier.id = given.id AND dossier.state <> given.state",
            [list(states), [state[:60] for state in states.values()]],
        )


def once(*, kind: str, number: str, headline: str, state: str, at: dt.datetime, search: str = "") -> Dossier:
    """Return the dossier with that number, opened now when there is none."""
    dossier, _made = Dossier.objects.get_or_create(
        number=number,
        defaults={
            "kind": kind,
            "headline": headline[:300],
            "state": state,
            "opened_at": at,
            "search_text": searchable(f"{number} {headline} {search}"),
        },
    )
    return dossier
