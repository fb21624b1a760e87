"""The labels by which alarms name services and elements; a person's link is remembered here (A.1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.contracts.models import NmsName, Resource, Service
from mayorista.apps.procedure import constraints
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, journal
from mayorista.rules.errors import FieldError, Invalid, NotFound
from mayorista.rules.procedure import Act

MAX_LABELS = 10
NETWORK = "NETWORK"


@transaction.atomic
def add_nms_name(
    *,
    labels: Mapping[str, str],
    actor: Actor,
    at: dt.datetime,
    service_id: int | None = None,
    resource_id: int | None = None,
    source_code: str = "",
) -> NmsName:
    """Remember that alarms with all of `labels` (of one source, or of any) name a service or element.

    The same name again changes nothing. Raises Invalid when the labels already name something else.
    """
    require(actor, Act.LINK_ALARM)
    clean = clean_labels(labels)
    if (service_id is None) == (resource_id is None):
        raise Invalid(
            _("Indique un servicio o un elemento de red."),
            field="service",
            remedy=_("Elija exactamente uno."),
        )
    target, home = _target(service_id, resource_id)
    existing = NmsName.objects.filter(source_code=source_code, signature=signature(clean)).first()
    if existing is not None and (existing.service_id, existing.resource_id) == (service_id, resource_id):
        return existing
    with constraints.in_words({"contracts_nmsname_names_one_thing": taken(clean)}):
        made = NmsName.objects.create(
            service_id=service_id,
            resource_id=resource_id,
            source_code=source_code,
            labels=clean,
            key=first_key(clean),
            signature=signature(clean),
        )
    journal.record(
        dossier_id=home,
        act=Act.LINK_ALARM,
        text=_("Las alarmas con %(labels)s nombran a %(target)s.")
        % {"labels": signature(clean), "target": target},
        actor=actor,
        at=at,
        payload={"labels": clean, "source": source_code},
    )
    return made


@transaction.atomic
def remove_nms_name(*, name_id: int, actor: Actor, at: dt.datetime) -> None:
    """Forget a name; alarms already correlated stay as they are."""
    require(actor, Act.LINK_ALARM)
    name = NmsName.objects.select_for_update().filter(pk=name_id).first()
    if name is None:
        raise NotFound(_("No existe ese nombre de alarma."))
    target, home = _target(name.service_id, name.resource_id)
    text = _("Las alarmas con %(labels)s ya no nombran a %(target)s.") % {
        "labels": name.signature,
        "target": target,
    }
    name.delete()
    journal.record(dossier_id=home, act=Act.LINK_ALARM, text=text, actor=actor, at=at)


def clean_labels(labels: Mapping[str, str]) -> dict[str, str]:
    """Return labels without outer spaces, in order. Raises Invalid when there are none, or too many."""
    clean = {str(name).strip(): str(value).strip() for name, value in labels.items()}
    clean = {name: clean[name] for name in sorted(clean) if name and clean[name]}
    if not clean:
        raise Invalid(
            _("Faltan las etiquetas de la alarma."),
            field="labels",
            remedy=_("Escriba al menos una, por ejemplo instance=cbba-br1."),
        )
    if len(clean) > MAX_LABELS or len(signature(clean)) > 1200:
        raise Invalid(
            _("Son demasiadas etiquetas para un nombre."),
            field="labels",
            remedy=_("Deje solo las que identifican al circuito o elemento (hasta 10)."),
        )
    return clean


def parse_labels(text: str) -> dict[str, str]:
    """Return the labels of one line "instance=cbba-br1, interface=Te0/0/0/3". Raises Invalid."""
    found = {}
    for piece in text.replace(";", ",").replace("\n", ",").split(","):
        if not piece.strip():
            continue
        name, equals, value = piece.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise Invalid(
                _("«%(piece)s» no es una etiqueta.") % {"piece": piece.strip()[:60]},
                field="labels",
                remedy=_("Escriba etiqueta=valor, separadas por coma."),
            )
        found[name.strip()] = value.strip().strip('"')
    return clean_labels(found)


def signature(labels: Mapping[str, str]) -> str:
    """Return all labels as one text, sorted: what makes a name unique."""
    return ", ".join(f"{name}={labels[name]}" for name in sorted(labels))


def first_key(labels: Mapping[str, str]) -> str:
    """Return the first "label=value", by which names are indexed."""
    name = min(labels)
    return f"{name}={labels[name]}"[:400]


def taken(labels: Mapping[str, str]) -> FieldError:
    """What to say when the labels already name something else."""
    owner = NmsName.objects.filter(signature=signature(labels)).select_related("service", "resource").first()
    who = owner and (owner.service or owner.resource)
    return FieldError(
        "labels",
        _("Las etiquetas %(labels)s ya nombran a %(who)s.")
        % {"labels": signature(labels), "who": who or "—"},
        _("Agregue otra etiqueta que los distinga, o quite antes aquel nombre."),
    )


def _target(service_id: int | None, resource_id: int | None) -> tuple[str, int]:
    """Return how the target is called and the dossier that tells of it."""
    if service_id is not None:
        service = Service.objects.filter(pk=service_id).first()
        if service is None:
            raise NotFound(_("No existe ese servicio."), field="service")
        return service.circuit_code, service.dossier_id
    resource = Resource.objects.filter(pk=resource_id or 0).first()
    if resource is None:
        raise NotFound(_("No existe ese elemento de red."), field="resource")
    return resource.code, dossiers.standing(kind=NETWORK).id
