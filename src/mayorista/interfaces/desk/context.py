"""The frame around every page: navigation by role, counts, toasts. Given to all templates as `frame`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from mayorista.apps.messaging import queries as message_queries
from mayorista.apps.overview.queries import frame as frame_queries
from mayorista.interfaces.desk import toasts
from mayorista.rules.procedure import ROLE_SHORT, ROLE_TITLES, Act, Role

if TYPE_CHECKING:
    from mayorista.interfaces.desk.request import DeskRequest


@dataclass(frozen=True, slots=True)
class NavItem:
    """One place of the main navigation."""

    key: str
    title: str
    url: str
    icon: str
    keys: str = ""
    count: int = 0
    current: bool = False


@dataclass(frozen=True, slots=True)
class Light:
    """The state of a channel in the top bar, shown when it is worth a look."""

    css: str
    icon: str
    word: str
    text: str


@dataclass(frozen=True, slots=True)
class Banner:
    """Something that all must know now."""

    css: str
    icon: str
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class PageFrame:
    """All that base.html needs."""

    user_id: int | None = None
    user_name: str = ""
    roles_text: str = ""
    roles_long: str = ""
    acting_for: str = ""
    nav: tuple[NavItem, ...] = ()
    channels: tuple[Light, ...] = ()
    banners: tuple[Banner, ...] = ()
    toasts: tuple[toasts.Toast, ...] = ()
    query: str = ""
    demo: bool = False
    mail_url: str = ""
    whatsapp_url: str = ""
    procedure: dict[str, str] = field(default_factory=dict)
    may: frozenset[str] = frozenset()

    @property
    def nav_shown(self) -> tuple[NavItem, ...]:
        """The places that stand in the bar: as many as fit a desk's width."""
        return self.nav[:PLACES_SHOWN]

    @property
    def nav_more(self) -> tuple[NavItem, ...]:
        """The places behind "Más"."""
        return self.nav[PLACES_SHOWN:]

    @property
    def nav_more_current(self) -> NavItem | None:
        """The place behind "Más" that one is in, if any."""
        return next((item for item in self.nav_more if item.current), None)

    @property
    def procedure_header(self) -> str:
        """The first line of the official header."""
        return self.procedure.get("procedure.header", "")

    @property
    def procedure_process(self) -> str:
        """The process that the procedure belongs to."""
        return self.procedure.get("procedure.process", "")

    @property
    def procedure_title(self) -> str:
        """The procedure's title."""
        return self.procedure.get("procedure.title", "")

    @property
    def procedure_code(self) -> str:
        """The procedure's code."""
        return self.procedure.get("procedure.code", "")

    @property
    def procedure_revision(self) -> str:
        """The procedure's revision."""
        return self.procedure.get("procedure.revision", "")


ROLES_NAMED = 2
PLACES_SHOWN = 7
# Which places come first for whom; the first line that fits a person rules, the rest follows as in PLACES.
FIRST_PLACES: tuple[tuple[frozenset[Role], tuple[str, ...]], ...] = (
    (
        frozenset({Role.NOC, Role.SUPPORT}),
        ("tray", "board", "alarms", "customers", "shift", "maintenance", "messages"),
    ),
    (
        frozenset({Role.MANAGER}),
        ("tray", "supervision", "board", "indicators", "customers", "billing", "collection"),
    ),
    (
        frozenset({Role.AUDITOR}),
        ("tray", "audit", "supervision", "indicators", "board", "billing", "collection"),
    ),
    (frozenset(Role), ("tray", "contracts", "billing", "collection", "receipts", "customers", "messages")),
)
# key, title, name of the address, where it may also stand, icon, keys, the act that shows it
PLACES = (
    ("tray", "Bandeja", "desk:tray", (), "inbox", "g b", Act.VIEW),
    ("board", "Daños", "desk:board", ("/danos/", "/reclamos/"), "activity", "g d", Act.VIEW),
    ("alarms", "Alarmas", "desk:alarms", ("/alarmas/",), "bell", "g a", Act.VIEW),
    (
        "customers",
        "Clientes",
        "desk:customers",
        ("/clientes/", "/servicios/", "/contactos/"),
        "building",
        "g c",
        Act.VIEW,
    ),
    (
        "contracts",
        "Contratos",
        "desk:contracts",
        ("/contratos/", "/velocidad/", "/garantias/"),
        "license",
        "g k",
        Act.BROWSE_AGREEMENTS,
    ),
    (
        "billing",
        "Mes",
        "desk:billing",
        ("/facturacion/", "/facturas/"),
        "calendar-event",
        "g f",
        Act.VIEW_BILLING,
    ),
    ("collection", "Cobranza", "desk:collection", ("/cobranza/",), "phone-call", "g o", Act.VIEW_COLLECTION),
    (
        "receipts",
        "Pagos",
        "desk:receipts",
        ("/comprobantes/",),
        "file-certificate",
        "g v",
        Act.VIEW_BILLING,
    ),
    (
        "indicators",
        "Indicadores",
        "desk:indicators",
        ("/indicadores/", "/proceso/"),
        "chart-line",
        "g i",
        Act.VIEW,
    ),
    (
        "reports",
        "Informes",
        "desk:reports-newest",
        ("/informes/",),
        "file-certificate",
        "g n",
        Act.VIEW_REPORTS,
    ),
    ("supervision", "Supervisión", "desk:supervision", (), "eye", "g s", Act.SUPERVISE),
    ("shift", "Turno", "desk:shift", (), "clock-play", "g t", Act.HAND_OVER_SHIFT),
    ("audit", "Auditoría", "desk:audit", (), "history", "", Act.VIEW_AUDIT),
    ("records", "Documentos", "desk:records", ("/documentos/",), "archive", "", Act.VIEW),
    ("maintenance", "Mantenimiento", "desk:maintenance", ("/mantenimientos/",), "tool", "g m", Act.VIEW),
    ("messages", "Mensajes", "desk:messages", ("/mensajes/",), "messages", "g x", Act.FILE_MESSAGE),
    (
        "admin",
        "Administración",
        "desk:administration",
        ("/administracion/", "/importar/"),
        "settings",
        "",
        Act.IMPORT,
    ),
)


def _nav(request: DeskRequest, waiting: int, unacknowledged: int) -> tuple[NavItem, ...]:
    counts = {"tray": waiting, "board": unacknowledged}
    items = []
    for key, title, name, prefixes, icon, keys, act in PLACES:
        if not (request.actor.may(act) or (key == "admin" and request.actor.may(Act.VIEW_PARAMETERS))):
            continue
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        current = request.path == url or request.path.startswith(
            tuple(prefixes) or (url if url != "/" else "\0",)
        )
        items.append(NavItem(key, _(title), url, icon, keys, counts.get(key, 0), current))
    first = next(
        keys for roles, keys in FIRST_PLACES if roles & request.actor.roles or roles == frozenset(Role)
    )
    rank = {key: place for place, key in enumerate(first)}
    return tuple(sorted(items, key=lambda item: rank.get(item.key, len(rank))))


def _lights(request: DeskRequest) -> tuple[Light, ...]:
    """Return the permanent light of each channel: a word in any state, red when nothing goes out."""
    lights = message_queries.health(at=request.at)
    if all(light.ok for light in lights):
        return (Light("good", "activity", _("Canales bien"), " ".join(light.words for light in lights)),)
    words = {"WHATSAPP": "WhatsApp", "EMAIL": _("Correo"), "MAILBOX": _("Buzón")}
    return tuple(
        Light("bad", "plug-connected-x", words[light.channel], light.words)
        for light in lights
        if not light.ok
    )


def _short(roles: list[Role]) -> str:
    """Return the roles as the top bar has room for: two by name, the rest counted."""
    if not roles:
        return _("sin rol")
    named = " · ".join(ROLE_SHORT[role] for role in roles[:ROLES_NAMED])
    return named if len(roles) <= ROLES_NAMED else f"{named} +{len(roles) - ROLES_NAMED}"


def _build(request: DeskRequest) -> PageFrame:
    waiting_toasts = tuple(toasts.take(request))
    actor = getattr(request, "actor", None)
    if actor is None:
        return PageFrame(toasts=waiting_toasts, demo=settings.DEMO)
    inner = frame_queries.frame(actor=actor, at=request.at)
    roles = [role for role in Role if role in actor.roles]
    return PageFrame(
        user_id=actor.user_id,
        user_name=actor.name,
        roles_text=_short(roles),
        roles_long=", ".join(ROLE_TITLES[role] for role in roles),
        acting_for=(_("Actúa por delegación de %(names)s") % {"names": ", ".join(inner.acting_for)})
        if inner.acting_for
        else "",
        nav=_nav(request, inner.waiting, inner.unacknowledged.count),
        channels=_lights(request),
        toasts=waiting_toasts,
        query=request.GET.get("q", "") if request.path.startswith("/buscar") else "",
        demo=settings.DEMO,
        mail_url=getattr(settings, "DEMO_MAIL_URL", ""),
        whatsapp_url=getattr(settings, "DEMO_WHATSAPP_URL", ""),
        procedure=inner.procedure,
        may=frozenset(act.value.lower() for act in Act if actor.may(act)),
    )


def frame(request: DeskRequest) -> dict[str, Any]:
    """Context processor: `frame`, asked only when a template shows it."""
    if getattr(request, "plain_error", False):
        return {"frame": PageFrame()}
    return {"frame": SimpleLazyObject(lambda: _build(request))}
