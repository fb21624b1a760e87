"""Load the sheets that all customers share: providers, elements, SLA profiles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.contracts import operations as contracts
from mayorista.apps.contracts.models import (
    ClockStart,
    DurationRounding,
    Provider,
    Resource,
    ResourceKind,
    SlaProfile,
    SlaTarget,
)
from mayorista.apps.customers.saved import Saved
from mayorista.apps.onboarding import columns
from mayorista.apps.onboarding.asking import Asked
from mayorista.apps.onboarding.operations import openings
from mayorista.apps.onboarding.operations.run import Entry, Run
from mayorista.apps.onboarding.values import Problem, Row
from mayorista.rules import names, numerals
from mayorista.rules.errors import DomainError, Invalid

KINDS = {
    "nodo": ResourceKind.NODE.value,
    "node": ResourceKind.NODE.value,
    "enlace": ResourceKind.LINK.value,
    "tramo": ResourceKind.LINK.value,
    "link": ResourceKind.LINK.value,
    "equipo": ResourceKind.DEVICE.value,
    "device": ResourceKind.DEVICE.value,
    "red contratada": ResourceKind.UPSTREAM.value,
    "red contratada (upstream)": ResourceKind.UPSTREAM.value,
    "upstream": ResourceKind.UPSTREAM.value,
    "enlace o tramo": ResourceKind.LINK.value,
}
CLOCKS = {
    "lo primero": ClockStart.FIRST.value,
    "primero": ClockStart.FIRST.value,
    "alarma o reclamo, lo primero": ClockStart.FIRST.value,
    "alarma": ClockStart.ALARM.value,
    "desde la alarma": ClockStart.ALARM.value,
    "reclamo": ClockStart.CLAIM.value,
    "desde el reclamo": ClockStart.CLAIM.value,
    "caso": ClockStart.CASE.value,
    "desde la apertura del caso": ClockStart.CASE.value,
}
ROUNDINGS = {
    "exacta": DurationRounding.EXACT.value,
    "exacto": DurationRounding.EXACT.value,
    "hacia arriba": DurationRounding.UP.value,
    "arriba": DurationRounding.UP.value,
    "hacia abajo": DurationRounding.DOWN.value,
    "abajo": DurationRounding.DOWN.value,
}


@dataclass(slots=True)
class Shared:
    """What customers may refer to: ids by code and by name, and which of them have errors."""

    providers: dict[str, int] = field(default_factory=dict)
    resources: dict[str, int] = field(default_factory=dict)
    profiles: dict[str, int] = field(default_factory=dict)
    bad: dict[str, Row] = field(default_factory=dict)

    @classmethod
    def stored(cls) -> Shared:
        """Read what the database knows."""
        shared = cls()
        for pk, code, name in Provider.objects.values_list("pk", "code", "name"):
            shared.providers |= {_key(code): pk, names.normal_key(name): pk}
        for pk, code in Resource.objects.values_list("pk", "code"):
            shared.resources[_key(code)] = pk
        for pk, code, name in SlaProfile.objects.order_by("revision").values_list("pk", "code", "name"):
            shared.profiles |= {_key(name): pk, _key(code): pk}
        return shared


def _key(text: str) -> str:
    return " ".join(text.split()).casefold()


def load(run: Run) -> Shared:
    """Load the shared sheets row by row, each in a savepoint of its own."""
    shared = Shared.stored()
    for row in run.book.rows(columns.PROVIDERS):
        _row(run, shared, row, lambda asked: _provider(run, shared, asked))
    for row in _parts_last(run.book.rows(columns.RESOURCES)):
        _row(run, shared, row, lambda asked: _resource(run, shared, asked))
    for row in run.book.rows(columns.SLA_PROFILES):
        _row(run, shared, row, lambda asked: _profile(run, shared, asked))
    for row in run.book.rows(columns.RATES):
        _row(run, shared, row, lambda asked: openings.rate(run, asked))
    return shared


def refer(asked: Asked, key: str, text: str, known: dict[str, int], shared: Shared, where: str) -> int | None:
    """Return the id that a cell refers to; an unknown one is a problem with what it may have meant."""
    wanted = _key(text)
    found = known.get(wanted) or known.get(names.normal_key(text))
    if found is not None:
        return found
    faulty = shared.bad.get(f"{where}:{wanted}")
    if faulty is not None:
        asked.wrong(
            key,
            _("«%(text)s» tiene errores en la hoja %(sheet)s, fila %(row)d.")
            % {"text": text[:40], "sheet": where, "row": faulty.number},
            _("Corrija antes aquella fila."),
        )
        return None
    like = names.proposals(text, [name for name in known if name], at_least=700)[:3]
    remedy = _("Agréguelo a la hoja %(sheet)s o corrija el código.") % {"sheet": where}
    if like:
        remedy = _("¿Quiso decir %(these)s?") % {"these": ", ".join(each.name.upper() for each in like)}
    asked.wrong(key, _("No existe «%(text)s» en %(sheet)s.") % {"text": text[:40], "sheet": where}, remedy)
    return None


def _row(run: Run, shared: Shared, row: Row, load_one: Callable[[Asked], Saved | None]) -> None:
    problems: list[Problem] = []
    asked = Asked(row, problems, date1904=run.book.date1904)
    saved = None
    with transaction.atomic():
        try:
            saved = load_one(asked)
        except DomainError as error:
            asked.refused(error)
        if any(not each.warning for each in problems):
            transaction.set_rollback(True)
            saved = None
    code = row.text("code") or row.text("name") or row.text("on") or str(row.number)
    if saved is None:
        shared.bad[f"{row.sheet.title}:{_key(code)}"] = row
        _forget(shared)
    run.add(Entry.of(row.sheet.title, code, [row], [(row, saved)] if saved else [], problems))


def _forget(shared: Shared) -> None:
    """What was rolled back is known no longer, unless the database had it before."""
    for known, model in (
        (shared.providers, Provider),
        (shared.resources, Resource),
        (shared.profiles, SlaProfile),
    ):
        gone = set(known.values()) - set(
            model.objects.filter(pk__in=set(known.values())).values_list("pk", flat=True)
        )
        for key in [key for key, pk in known.items() if pk in gone]:
            del known[key]


def _parts_last(rows: tuple[Row, ...]) -> list[Row]:
    """Return the rows so that a whole comes before its parts; what goes in circles stays at the end."""
    waiting = list(rows)
    in_sheet = {_key(row.text("code")) for row in rows}
    done: set[str] = set()
    ordered: list[Row] = []
    while waiting:
        ready = [
            row for row in waiting if (above := _key(row.text("part_of"))) not in in_sheet or above in done
        ]
        if not ready:
            return ordered + waiting
        ordered += ready
        done |= {_key(row.text("code")) for row in ready}
        waiting = [row for row in waiting if row not in ready]
    return ordered


def _provider(run: Run, shared: Shared, asked: Asked) -> Saved | None:
    fields: dict[str, Any] = dict(asked.texts(("code", "name", "contact", "phone", "email")))
    current = shared.providers.get(_key(fields.get("code", "")))
    levels = None
    if asked.given("escalation"):
        levels = []
        for line in asked.text("escalation").split("\n"):
            name, phone, email, minutes, *_rest = [
                *(part.strip() for part in line.split(";")),
                "",
                "",
                "",
                "",
            ]
            levels.append({"name": name, "phone": phone, "email": email, "after_minutes": minutes})
    saved = contracts.save_provider(
        provider_id=current,
        escalation=levels,
        actor=run.actor,
        at=run.at,
        **(fields if current else {"code": "", "name": "", **fields}),
    )
    shared.providers |= {_key(saved.code): saved.id, names.normal_key(asked.text("name")): saved.id}
    return saved


def _resource(run: Run, shared: Shared, asked: Asked) -> Saved | None:
    fields: dict[str, Any] = dict(asked.texts(("code", "name", "contract_reference", "notes")))
    kind = asked.choice("kind", KINDS)
    if kind:
        fields["kind"] = kind
    if asked.given("provider"):
        text = asked.text("provider")
        fields["provider_id"] = (
            refer(asked, "provider", text, shared.providers, shared, columns.PROVIDERS.title)
            if text
            else None
        )
    if asked.given("part_of"):
        text = asked.text("part_of")
        fields["part_of_id"] = (
            refer(asked, "part_of", text, shared.resources, shared, columns.RESOURCES.title) if text else None
        )
    labels = asked.labels("nms_names") if asked.given("nms_names") else None
    current = shared.resources.get(_key(str(fields.get("code", ""))))
    if current is None:
        fields = {"code": "", "name": "", **fields}
    saved = contracts.save_resource(
        resource_id=current, nms_names=labels, actor=run.actor, at=run.at, **fields
    )
    shared.resources[_key(saved.code)] = saved.id
    return saved


def _profile(run: Run, shared: Shared, asked: Asked) -> Saved | None:
    texts = asked.texts(
        (
            "code",
            "name",
            "ignore_below_seconds",
            "maintenance_notice_hours",
            "excluded_causes",
            "contract_reference",
        )
    )
    fields: dict[str, Any] = dict(texts)
    if asked.given("availability"):
        fields["availability"] = _availability(asked)
    for key, options in (("clock_start", CLOCKS), ("rounding", ROUNDINGS)):
        if asked.given(key) and (found := asked.choice(key, options)):
            fields[key] = found
    current = shared.profiles.get(_key(str(fields.get("code", ""))))
    targets = _targets(asked, current)
    if current is not None:
        fields.pop("code", None)
    saved = contracts.save_sla_profile(
        profile_id=current, targets=targets, actor=run.actor, at=run.at, **fields
    )
    shared.profiles |= {_key(asked.text("name")): saved.id, _key(saved.code): saved.id}
    return saved


def _availability(asked: Asked) -> str:
    """A percentage; a bare fraction such as 0,9995 is one too."""
    text = asked.exact("availability").replace("%", "").strip()
    try:
        number = numerals.parse(text) if text.startswith("0") else None
    except Invalid:
        number = None
    return f"{(number * 100).normalize():f}" if number is not None and 0 < number < 1 else text


def _targets(asked: Asked, current: int | None) -> list[contracts.TargetWish] | None:
    """The times given; what is empty stays as stored."""
    held = (
        {
            row.severity: (row.response_minutes, row.repair_minutes)
            for row in SlaTarget.objects.filter(profile_id=current)
        }
        if current
        else {}
    )
    wishes: list[contracts.TargetWish] = []
    touched = False
    for severity in (1, 2, 3):
        before = held.get(severity, (0, 0))
        given = [asked.given(f"{what}_{severity}") for what in ("response", "repair")]
        response = asked.minutes(f"response_{severity}") if given[0] else before[0]
        repair = asked.minutes(f"repair_{severity}") if given[1] else before[1]
        touched = touched or any(given)
        if response is None or repair is None:
            continue
        if any(given) and not (response and repair):
            missing = "response" if not response else "repair"
            asked.wrong(
                f"{missing}_{severity}",
                _("Severidad %(n)d: falta un tiempo.") % {"n": severity},
                _("Escriba respuesta y reparación."),
            )
            continue
        if response and repair:
            wishes.append(contracts.TargetWish(severity, response, repair))
    return wishes if touched else None
