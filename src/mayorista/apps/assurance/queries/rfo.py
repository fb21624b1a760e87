"""What an RFO says before anybody types: from the fault's times, tickets and advances."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from mayorista.apps.assurance.models import Paper
from mayorista.apps.customers import queries as customers
from mayorista.apps.faults import paper_facts
from mayorista.apps.faults.paper_facts import CaseRow, FaultRow
from mayorista.rules import lapaz
from mayorista.rules.errors import NotFound
from mayorista.rules.procedure import ATTRIBUTION_TITLES, CAUSES, Attribution


def fault_of(number: str) -> FaultRow:
    """Return the fault by its number, one of its cases' or its RFO's. Raises NotFound."""
    home = number.strip().upper()
    paper = (
        Paper.objects.filter(kind=Paper.Kind.RFO, dossier__number=home)
        .select_related("fault__dossier")
        .first()
    )
    if paper is not None and paper.fault is not None:
        home = paper.fault.dossier.number
    found = paper_facts.by_numbers([home])
    if not found:
        raise NotFound(_("No existe ese daño."))
    return found[0]


def prefilled(fault: FaultRow) -> dict[str, str]:
    """Return the draft that needs nothing typed that is known; times of La Paz."""
    lasted = ""
    if fault.restored_at is not None:
        lasted = _(" Se restableció el %(r)s, después de %(d)s.") % {
            "r": lapaz.moment(fault.restored_at),
            "d": lapaz.span(int((fault.restored_at - fault.started_at).total_seconds())),
        }
    return {
        "summary": _("%(kind)s%(where)s desde el %(s)s.%(lasted)s")
        % {
            "kind": fault.kind,
            "where": _(" en %(e)s") % {"e": fault.element} if fault.element else "",
            "s": lapaz.moment(fault.started_at),
            "lasted": lasted,
        },
        "root_cause": fault.root_cause
        or (CAUSES[fault.cause_code].title if fault.cause_code in CAUSES else ""),
        "timeline": "\n".join(f"{lapaz.moment(at)} {text}" for at, text in _events(fault)),
        "actions": "\n".join(" ".join(text.split()) for _at, text in fault.advances),
        "prevention": "",
    }


def _events(fault: FaultRow) -> list[tuple[Any, str]]:
    told = [
        (fault.started_at, _("Inicio de la interrupción.")),
        (fault.detected_at, _("El NOC detecta la falla.")),
        (fault.acknowledged_at, _("El NOC la reconoce.")),
        (
            fault.analyses[0].decided_at if fault.analyses else None,
            _("Se analiza: %(a)s.")
            % {"a": ATTRIBUTION_TITLES[Attribution(fault.analyses[0].attribution)] if fault.analyses else ""},
        ),
        (fault.coordinated_at, _("Se coordina la reparación.")),
        *((ticket.opened_at, _("Reporte al proveedor de red contratada.")) for ticket in fault.tickets),
        *((at, " ".join(text.split())) for at, text in fault.advances),
        (fault.restored_at, _("Servicio restablecido.")),
        (fault.verified_at, _("Servicio verificado.")),
    ]
    return sorted(((at, text) for at, text in told if at is not None), key=lambda each: each[0])


def revised(fault: FaultRow, text: Mapping[str, str], *, at: dt.datetime) -> dict[str, str]:
    """Return the text of a version for a corrected attribution: told in the timeline, the cause of now where it named one.

    Why it was corrected is not written of itself: those words may name a customer, and the paper goes to several.
    """
    titles = {cause.title for cause in CAUSES.values()}
    cause = CAUSES[fault.cause_code].title if fault.cause_code in CAUSES else ""
    line = _("%(at)s Se corrige la atribución: %(a)s.") % {
        "at": lapaz.moment(at),
        "a": ATTRIBUTION_TITLES[Attribution(fault.attribution)],
    }
    root = text["root_cause"]
    if root.strip() in titles and cause:
        root = cause
    return {**text, "root_cause": root, "timeline": f"{text['timeline'].rstrip()}\n{line}"}


def forbidden(fault: FaultRow) -> list[str]:
    """Return what no text of the RFO may say: customers, and of a fault that hit several their circuits and cases."""
    hit = {case.customer_id for case in fault.cases}
    alone = next(iter(hit)) if len(hit) == 1 else None
    found = [name for pk, _code, name, _nit in customers.known_names() if pk != alone]
    if alone is None:
        found += [row.circuit for case in fault.cases for row in case.outages]
        found += [case.number for case in fault.cases]
    return found


def forbidden_to(fault: FaultRow, case: CaseRow) -> list[str]:
    """Return what a mail to one of those affected may not say: other customers, and the others' circuits and cases."""
    others = [each for each in fault.cases if each.number != case.number]
    return [
        *(name for pk, _code, name, _nit in customers.known_names() if pk != case.customer_id),
        *(row.circuit for each in others for row in each.outages),
        *(each.number for each in others),
    ]


def affected(case: CaseRow) -> dict[str, Any]:
    """Return one customer's part: its case and circuits with their times."""
    return {
        "customer": case.customer,
        "case": case.number,
        "rows": [
            [
                row.circuit,
                row.effect,
                lapaz.exact(row.started_at),
                lapaz.exact(row.restored_at) or _("sigue caído"),
                lapaz.duration(int((row.restored_at - row.started_at).total_seconds()))
                if row.restored_at
                else "",
            ]
            for row in case.outages
        ],
    }
