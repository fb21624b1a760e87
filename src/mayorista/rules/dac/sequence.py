"""The order of a form's times: each after the one before it, none more than two minutes ahead."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from mayorista.rules import errors, lapaz
from mayorista.rules.dac.content import DacContent, Part

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from mayorista.rules.dac.content import ActionLine, Closing, Opening

FUTURE_TOLERANCE = timedelta(minutes=2)
Found = errors.FieldError


def problems(content: DacContent, part: Part, *, now: datetime) -> Iterator[Found]:
    """What is out of order or in the future in the part being sent at `now`."""
    yield from _order(content, part)
    yield from _future(content, part, now)


# Note [Order of times]: the claim stands outside the chain. It may come before the detection (the
# customer saw it first) or after it, so it is only bounded by the start and by the part that cites
# it. Restoration may precede the opening: opening and closing in one go is legal for short outages.


def _order(content: DacContent, part: Part) -> Iterator[Found]:
    opening, closing = content.opening, content.closing
    chains: list[tuple[tuple[str, str, datetime | None], ...]] = []
    if part in (Part.OPENING, Part.CORRECTION):
        issued = ("issued_at", "el envío de la apertura", opening.issued_at)
        start = ("started_at", "el inicio", opening.started_at)
        chains.append(
            (
                start,
                ("detected_at", "la detección", opening.detected_at),
                ("registered_at", "el registro", opening.registered_at),
                ("diagnosed_at", "el diagnóstico", opening.diagnosed_at),
                ("coordinated_at", "la coordinación con el NOC", opening.coordinated_at),
                issued,
            )
        )
        chains.append((start, ("claimed_at", "el reclamo", opening.claimed_at), issued))
    if part is Part.PROGRESS or part is Part.CORRECTION:
        chains.append(
            (
                ("issued_at", "el envío de la apertura", opening.issued_at),
                *(
                    ("issued_at", f"el avance {n}", one.issued_at)
                    for n, one in enumerate(content.progress, 1)
                ),
            )
        )
    if closing is not None and part in (Part.CLOSING, Part.CORRECTION):
        last = max([opening.issued_at, *(one.issued_at for one in content.progress)])
        chains.append(
            (
                ("started_at", "el inicio", content.started_at),
                ("restored_at", "el restablecimiento", closing.restored_at),
                ("verified_at", "la verificación", closing.verified_at),
                ("issued_at", "el envío del cierre", closing.issued_at),
            )
        )
        chains.append(
            (
                ("issued_at", "la parte anterior", last),
                ("issued_at", "el envío del cierre", closing.issued_at),
            )
        )
    for chain in chains:
        yield from _ascending(chain)


def _ascending(chain: Sequence[tuple[str, str, datetime | None]]) -> Iterator[Found]:
    known = [(field, name, at) for field, name, at in chain if at is not None]
    for (_, name_before, before), (field, name, at) in pairwise(known):
        if at < before:
            yield Found(
                field,
                f"{name[0].upper()}{name[1:]} ({lapaz.exact(at)}) es anterior a {name_before} ({lapaz.exact(before)}).",
                "Corrija la hora equivocada.",
            )


def _future(content: DacContent, part: Part, now: datetime) -> Iterator[Found]:
    limit = now + FUTURE_TOLERANCE
    for field, name, at in _moments(content, part):
        if at is not None and at > limit:
            yield Found(
                field,
                f"La hora de {name} ({lapaz.exact(at)}) está en el futuro.",
                "Escriba una hora que ya pasó.",
            )


def _moments(content: DacContent, part: Part) -> Iterator[tuple[str, str, datetime | None]]:
    if part in (Part.OPENING, Part.CORRECTION):
        yield from _opening_moments(content.opening)
    if content.progress and part in (Part.PROGRESS, Part.CORRECTION):
        yield "issued_at", "envío", content.progress[-1].issued_at
        yield from _action_moments(content.progress[-1].actions)
    if content.closing is not None and part in (Part.CLOSING, Part.CORRECTION):
        yield from _closing_moments(content, content.closing)


def _opening_moments(opening: Opening) -> Iterator[tuple[str, str, datetime | None]]:
    yield "issued_at", "envío", opening.issued_at
    yield "started_at", "inicio", opening.started_at
    yield "detected_at", "detección", opening.detected_at
    yield "claimed_at", "reclamo", opening.claimed_at
    yield "registered_at", "registro", opening.registered_at
    yield "diagnosed_at", "diagnóstico", opening.diagnosed_at
    yield "coordinated_at", "coordinación", opening.coordinated_at
    yield from _action_moments(opening.actions)
    if opening.provider is not None:
        yield "provider", "reporte al proveedor", opening.provider.reported_at


def _closing_moments(content: DacContent, closing: Closing) -> Iterator[tuple[str, str, datetime | None]]:
    yield "issued_at", "envío", closing.issued_at
    yield "started_at", "inicio", closing.started_at
    yield "restored_at", "restablecimiento", closing.restored_at
    yield "verified_at", "verificación", closing.verified_at
    yield from _action_moments(closing.actions)
    for stop in closing.stops:
        yield "stops", "una parada de reloj", stop.ends_at
    for service in content.services:
        for interval in service.intervals:
            yield "services", f"afectación de {service.circuit_code}", interval.ends_at


def _action_moments(actions: Sequence[ActionLine]) -> Iterator[tuple[str, str, datetime | None]]:
    for action in actions:
        yield "actions", "una acción", action.at
