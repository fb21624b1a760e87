"""SLA profiles: the terms of a contract, revision by revision (R-10)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _

from mayorista.apps.contracts.models import ClockStart, DurationRounding, SlaProfile, SlaTarget
from mayorista.apps.customers.saved import Saved
from mayorista.apps.procedure import editing
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, journal
from mayorista.rules import changes, durations, formats
from mayorista.rules.errors import FieldError, Invalid
from mayorista.rules.procedure import CAUSES, Act

SLA_PROFILES = "SLA_PROFILES"
SEVERITIES = (1, 2, 3)
_CODE_SHAPE = re.compile(r"^[A-Z0-9][A-Z0-9._-]{0,39}$")

LABELS: dict[str, changes.Label] = {
    "code": changes.Label("código"),
    "name": changes.Label("nombre"),
    "availability": changes.Label(
        "disponibilidad", lambda value: f"{formats.shortest(Decimal(str(value)))} %"
    ),
    "clock_start": changes.Label("inicio del reloj", lambda value: str(ClockStart(str(value)).label)),
    "ignore_below_seconds": changes.Label("no cuenta menos de (s)"),
    "rounding": changes.Label("redondeo", lambda value: str(DurationRounding(str(value)).label)),
    "maintenance_notice_hours": changes.Label("aviso de mantenimiento (h)"),
    "excluded_causes": changes.Label("causas excluidas"),
    "contract_reference": changes.Label("referencia"),
    "valid_from": changes.Label("vigente desde"),
}


@dataclass(frozen=True, slots=True)
class TargetWish:
    """Response and repair minutes wished for a severity."""

    severity: int
    response_minutes: int
    repair_minutes: int


@transaction.atomic
def save_sla_profile(
    *,
    actor: Actor,
    at: dt.datetime,
    profile_id: int | None = None,
    version: int | None = None,
    targets: Sequence[TargetWish] | None = None,
    **fields: object,
) -> Saved:
    """Create a profile, or change the fields given of a revision; journaled.

    Fields: code, name, availability ("99,9"), clock_start, ignore_below_seconds, rounding,
    maintenance_notice_hours, excluded_causes, contract_reference, valid_from (a date or None). A later
    `valid_from` than that of the revision edited makes a new revision; the old one keeps holding for
    the time before. Raises Invalid with every wrong field, NotFound, Stale, NotAllowed.
    """
    require(actor, Act.EDIT_SERVICES)
    current = None
    if profile_id is not None:
        current = editing.locked(
            SlaProfile.objects.all(), row_id=profile_id, missing=_("No existe ese perfil SLA.")
        )
    errors: list[FieldError] = []
    wanted = _checked(current, fields, errors)
    clean_targets = _targets(targets, errors)
    if errors:
        raise Invalid.of(errors)
    before = editing.values(current, LABELS) if current else {}
    if current is not None:
        editing.refuse_stale(
            current=current.version, expected=version, before=before, wanted=wanted, labels=LABELS
        )
    made = changes.compare(before, wanted, LABELS)
    target_change = _target_change(current, clean_targets)
    if current is not None and not made and target_change is None:
        return Saved(current.pk, current.code, None, created=False)
    profile = _store(current, wanted, clean_targets)
    made += (target_change,) if target_change else ()
    journal.record(
        dossier_id=dossiers.standing(kind=SLA_PROFILES).id,
        act=Act.EDIT_SERVICES,
        text=_("Perfil SLA %(code)s, revisión %(revision)d. %(changes)s")
        % {"code": profile.code, "revision": profile.revision, "changes": changes.sentence(made)},
        actor=actor,
        at=at,
        payload={"changed": {change.field: [change.before, change.after] for change in made}},
    )
    return Saved(profile.pk, profile.code, None, created=current is None, changes=made)


def _checked(
    current: SlaProfile | None, fields: Mapping[str, object], errors: list[FieldError]
) -> dict[str, object]:
    if set(fields) - set(LABELS):
        msg = f"not fields of an SLA profile: {sorted(set(fields) - set(LABELS))}"
        raise TypeError(msg)
    wanted: dict[str, object] = {
        name: " ".join(str(fields[name]).split())[:limit]
        for name, limit in {"name": 120, "contract_reference": 160}.items()
        if name in fields
    }
    if "code" in fields or current is None:
        wanted["code"] = _code(current, str(fields.get("code", "")), errors)
    if not wanted.get("name") and (current is None or "name" in fields):
        errors.append(
            FieldError("name", _("Falta el nombre del perfil."), _("Escriba por ejemplo «SLA Oro»."))
        )
    if "availability" in fields or current is None:
        wanted["availability"] = _percent(fields.get("availability"), errors)
    wanted |= _chosen(fields, errors)
    wanted |= {
        name: _whole(name, fields[name], errors)
        for name in ("ignore_below_seconds", "maintenance_notice_hours")
        if name in fields
    }
    if "excluded_causes" in fields:
        wanted["excluded_causes"] = _causes(fields["excluded_causes"], errors)
    if "valid_from" in fields:
        wanted["valid_from"] = _valid_from(current, fields["valid_from"], errors)
    return wanted


def _chosen(fields: Mapping[str, object], errors: list[FieldError]) -> dict[str, object]:
    """The answers that come from lists."""
    found = {}
    for name, choices in (("clock_start", ClockStart), ("rounding", DurationRounding)):
        if name in fields:
            found[name] = str(fields[name])
            if fields[name] not in choices.values:
                errors.append(
                    FieldError(
                        name,
                        _("Valor desconocido en «%(label)s».") % {"label": LABELS[name].text},
                        _("Elija uno de la lista."),
                    )
                )
    return dict(found)


def _code(current: SlaProfile | None, text: str, errors: list[FieldError]) -> str:
    code = "-".join(text.upper().split())
    if current is not None:
        if code != current.code:
            errors.append(FieldError("code", _("El código de un perfil no cambia."), _("Cree otro perfil.")))
        return current.code
    if not _CODE_SHAPE.match(code):
        errors.append(
            FieldError(
                "code",
                _("Falta el código del perfil, o lleva signos raros."),
                _("Escriba por ejemplo ORO-4H."),
            )
        )
    elif SlaProfile.objects.filter(code=code).exists():
        errors.append(
            FieldError("code", _("El código «%(code)s» ya está en uso.") % {"code": code}, _("Elija otro."))
        )
    return code


def _percent(value: object, errors: list[FieldError]) -> Decimal:
    text = str(value if value is not None else "").replace("%", "").strip()
    # 99,950 has three decimals: a percentage has no thousands.
    number = Decimal(text.replace(",", ".")) if re.fullmatch(r"\d{1,3}(?:[.,]\d+)?", text, re.ASCII) else None
    if number is None or not 0 < number <= 100 or number != number.quantize(Decimal("0.0001")):
        errors.append(
            FieldError(
                "availability",
                _("La disponibilidad es un porcentaje mayor que 0 y hasta 100, con hasta 4 decimales."),
                _("Escriba por ejemplo 99,9."),
            )
        )
        return Decimal(0)
    return number.quantize(Decimal("0.0001"))


def _whole(name: str, value: object, errors: list[FieldError]) -> int:
    text = str(value if value is not None else "0").strip() or "0"
    if not text.isascii() or not text.isdecimal() or int(text) > 32_767:
        errors.append(
            FieldError(
                name,
                _("«%(label)s» es un número entero de 0 a 32767.") % {"label": LABELS[name].text},
                _("Escriba por ejemplo 60."),
            )
        )
        return 0
    return int(text)


def _causes(value: object, errors: list[FieldError]) -> list[str]:
    pieces = re.split(r"[\s,;]+", value) if isinstance(value, str) else [str(each) for each in value or ()]  # type: ignore[attr-defined]  # a list of codes
    codes = sorted({piece.upper() for piece in pieces if piece})
    errors.extend(
        FieldError(
            "excluded_causes",
            _("No existe la causa «%(code)s».") % {"code": code},
            _("Use los códigos del D.A.C., por ejemplo E-DDO."),
        )
        for code in codes
        if code not in CAUSES
    )
    return codes


def _valid_from(current: SlaProfile | None, value: object, errors: list[FieldError]) -> dt.date | None:
    if value in (None, ""):
        return None
    if not isinstance(value, dt.date):
        errors.append(
            FieldError("valid_from", _("La fecha de vigencia no es válida."), _("Escriba dd/mm/aaaa."))
        )
        return None
    if current is not None and value != current.valid_from:
        later = SlaProfile.objects.filter(code=current.code, valid_from__gte=value).exclude(pk=current.pk)
        if later.exists() or (current.valid_from is not None and value < current.valid_from):
            errors.append(
                FieldError(
                    "valid_from",
                    _("Ya hay una revisión de esa fecha o posterior."),
                    _("Una revisión nueva rige después de las que hay."),
                )
            )
    return value


def _targets(wishes: Sequence[TargetWish] | None, errors: list[FieldError]) -> dict[int, TargetWish] | None:
    if wishes is None:
        return None
    clean = {}
    for wish in wishes:
        if wish.severity not in SEVERITIES:
            errors.append(FieldError("targets", _("La severidad es 1, 2 o 3."), _("Corrija la severidad.")))
        elif not 0 < wish.response_minutes <= wish.repair_minutes:
            errors.append(
                FieldError(
                    f"targets_{wish.severity}",
                    _(
                        "Severidad %(severity)d: la respuesta debe ser mayor que 0 y no pasar de la reparación."
                    )
                    % {"severity": wish.severity},
                    _("Escriba los minutos de respuesta y de reparación."),
                )
            )
        clean[wish.severity] = wish
    return clean


def _held(profile: SlaProfile | None) -> dict[int, TargetWish]:
    if profile is None:
        return {}
    return {
        row.severity: TargetWish(row.severity, row.response_minutes, row.repair_minutes)
        for row in SlaTarget.objects.filter(profile=profile)
    }


def _target_change(
    current: SlaProfile | None, wanted: Mapping[int, TargetWish] | None
) -> changes.Change | None:
    held = _held(current)
    if wanted is None or held == dict(wanted):
        return None
    return changes.Change("targets", "tiempos", _targets_in_words(held), _targets_in_words(wanted))


def _targets_in_words(targets: Mapping[int, TargetWish]) -> str:
    parts = [
        f"sev. {severity}: {durations.show(wish.response_minutes)} / {durations.show(wish.repair_minutes)}"
        for severity, wish in sorted(targets.items())
    ]
    return ", ".join(parts) or changes.NOTHING


def _store(
    current: SlaProfile | None, wanted: Mapping[str, object], targets: Mapping[int, TargetWish] | None
) -> SlaProfile:
    """Write in place, or as a new revision when it holds from a later day."""
    held = _held(current)
    moves_on = current is not None and wanted.get("valid_from", current.valid_from) != current.valid_from
    profile = current or SlaProfile(version=0)
    if moves_on and profile.pk is not None:
        highest = SlaProfile.objects.filter(code=profile.code).aggregate(top=Max("revision"))["top"]
        profile.pk, profile.revision, profile.version = None, highest + 1, 0
        profile._state.adding = True  # noqa: SLF001 - Django's documented way to copy a row
    for name, value in wanted.items():
        setattr(profile, name, value)
    profile.version += 1
    profile.save()
    final = dict(targets) if targets is not None else held
    SlaTarget.objects.filter(Q(profile=profile)).delete()
    SlaTarget.objects.bulk_create(
        SlaTarget(
            profile=profile,
            severity=wish.severity,
            response_minutes=wish.response_minutes,
            repair_minutes=wish.repair_minutes,
        )
        for wish in final.values()
    )
    return profile
