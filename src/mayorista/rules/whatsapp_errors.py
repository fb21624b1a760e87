"""Error codes of the WhatsApp Cloud API: what each means for us and how to say it in Spanish.

Built on `code`, never on titles (Meta deprecates titles). Source: Cloud API error reference.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reaction(StrEnum):
    """What we do about an error."""

    RETRY = "RETRY"  # temporary, for this message
    SLOW_CHANNEL = "SLOW_CHANNEL"  # temporary, the whole number is too fast
    SLOW_RECIPIENT = "SLOW_RECIPIENT"  # temporary, this recipient gets too many (4^n s, order kept)
    PAUSE_CHANNEL = "PAUSE_CHANNEL"  # our reputation or daily limit: pause and tell the administrator
    STOP_CHANNEL = "STOP_CHANNEL"  # token, permission, account: nothing will go
    PERMANENT = "PERMANENT"  # this message will never go
    UNREACHABLE = "UNREACHABLE"  # permanent, and the contact is marked
    WINDOW_CLOSED = "WINDOW_CLOSED"  # permanent as free text, a template may go
    BLOCK_TEMPLATE = "BLOCK_TEMPLATE"  # permanent, and the template is not used any more
    OTHER_CHANNEL = "OTHER_CHANNEL"  # permanent here, send an e-mail


_STOPPING = frozenset({Reaction.STOP_CHANNEL})
_TEMPORARY = frozenset(
    {Reaction.RETRY, Reaction.SLOW_CHANNEL, Reaction.SLOW_RECIPIENT, Reaction.PAUSE_CHANNEL}
)


@dataclass(frozen=True, slots=True)
class ErrorMeaning:
    """A code's reaction, its reason in Spanish and what a person can do."""

    reaction: Reaction
    reason: str
    remedy: str = ""

    @property
    def temporary(self) -> bool:
        """Whether the same message may be sent again later."""
        return self.reaction in _TEMPORARY

    @property
    def stops_channel(self) -> bool:
        """Whether no other message will go either."""
        return self.reaction in _STOPPING


_TOKEN = ErrorMeaning(
    Reaction.STOP_CHANNEL,
    "El acceso de Mayorista a WhatsApp venció o fue revocado.",
    "El administrador debe renovar el token y reanudar el canal; mientras tanto use el correo.",
)
_PERMISSION = ErrorMeaning(
    Reaction.STOP_CHANNEL,
    "La cuenta de WhatsApp no tiene permiso para enviar.",
    "El administrador debe revisar los permisos en Meta y reanudar el canal.",
)
_BAD_CALL = ErrorMeaning(
    Reaction.PERMANENT,
    "WhatsApp rechazó el mensaje por un dato que no admite.",
    "Revise el texto y los datos; si se repite, avise al administrador.",
)
_RATE = ErrorMeaning(
    Reaction.SLOW_CHANNEL,
    "WhatsApp pide enviar más despacio.",
    "Se reintenta solo; no hace falta hacer nada.",
)
_LIMIT = ErrorMeaning(
    Reaction.PAUSE_CHANNEL,
    "WhatsApp limitó los envíos de este número.",
    "Se reintenta más tarde; para lo urgente use el correo.",
)
_TEMPORARY_FAULT = ErrorMeaning(
    Reaction.RETRY, "WhatsApp tuvo una falla pasajera.", "Se reintenta solo; no hace falta hacer nada."
)
_NOT_REACHED = ErrorMeaning(
    Reaction.UNREACHABLE,
    "El cliente no tiene WhatsApp en este número, usa una versión antigua o bloqueó a la empresa.",
    "Llame por teléfono o envíe el aviso por correo, y revise el número del contacto.",
)
_WINDOW = ErrorMeaning(
    Reaction.WINDOW_CLOSED,
    "La ventana de 24 horas está cerrada: el cliente no escribió en el último día.",
    "Envíe una plantilla o use el correo.",
)
_NOT_FOR_THIS_PERSON = ErrorMeaning(
    Reaction.OTHER_CHANNEL,
    "WhatsApp no entrega este tipo de aviso a esta persona.",
    "Envíe el aviso por correo.",
)
_MEDIA = ErrorMeaning(
    Reaction.RETRY,
    "WhatsApp no pudo transferir el archivo adjunto.",
    "Se reintenta; si no sale, use el correo.",
)
_PARAMETERS = ErrorMeaning(
    Reaction.PERMANENT,
    "Los datos no calzan con la plantilla aprobada.",
    "Avise al administrador: la plantilla de Mayorista y la de Meta difieren.",
)
_TEMPLATE = ErrorMeaning(
    Reaction.BLOCK_TEMPLATE,
    "La plantilla no existe, fue pausada o fue rechazada por WhatsApp.",
    "Envíe el aviso por correo; el administrador debe revisar la plantilla.",
)
_SET_UP = ErrorMeaning(
    Reaction.PERMANENT,
    "La configuración del número en WhatsApp impide este envío.",
    "Avise al administrador y envíe el aviso por correo.",
)
_BLOCKED = ErrorMeaning(
    Reaction.STOP_CHANNEL,
    "WhatsApp bloqueó o restringió la cuenta de la empresa.",
    "El administrador debe resolverlo con Meta; mientras tanto use el correo.",
)
UNKNOWN_ERROR = ErrorMeaning(
    Reaction.PERMANENT, "WhatsApp no entregó el mensaje.", "Vea el detalle del error y use otro medio."
)

_BY_CODE: dict[int, ErrorMeaning] = {
    **dict.fromkeys((0, 190), _TOKEN),
    **dict.fromkeys((10, *range(200, 300), 131005), _PERMISSION),
    **dict.fromkeys((3, 33, 100, 131008, 131009, 131051), _BAD_CALL),
    **dict.fromkeys((4, 80007, 130429), _RATE),
    131056: ErrorMeaning(
        Reaction.SLOW_RECIPIENT,
        "Demasiados mensajes seguidos a esta persona.",
        "Se reintenta solo, en el mismo orden.",
    ),
    **dict.fromkeys((131048, 131064), _LIMIT),
    **dict.fromkeys((1, 2, 131000, 131016, 131057), _TEMPORARY_FAULT),
    131026: _NOT_REACHED,
    131047: _WINDOW,
    **dict.fromkeys((131049, 130472, 131050), _NOT_FOR_THIS_PERSON),
    **dict.fromkeys((131052, 131053), _MEDIA),
    **dict.fromkeys((132000, 132005, 132008, 132012, 132018), _PARAMETERS),
    **dict.fromkeys((132001, 132007, 132015, 132016), _TEMPLATE),
    **dict.fromkeys((131021, 131030, 131037, 131042, 131045, 131062), _SET_UP),
    **dict.fromkeys((368, 131031, 130497), _BLOCKED),
}


def meaning_of(code: int | str, *, http_status: int = 0) -> ErrorMeaning:
    """Meaning of a code; an unknown one is judged by the HTTP status (5xx and 429 are temporary)."""
    known = _BY_CODE.get(int(code)) if str(code).isdigit() else None
    if known is not None:
        return known
    if http_status == 429:
        return _RATE
    if http_status >= 500:
        return _TEMPORARY_FAULT
    if http_status in (401, 403):
        return _TOKEN
    return UNKNOWN_ERROR
