"""The forms of the acts of a case: one class per act; `Asked` is what they know when they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from mayorista.interfaces.desk.forms import AttachmentsField, DeskForm, MomentField, area, choose
from mayorista.rules import lapaz
from mayorista.rules.procedure import CAUSES, Attribution

if TYPE_CHECKING:
    import datetime as dt

    from mayorista.apps.overview.queries.case import CasePage, Choices

ATTRIBUTIONS = (
    (Attribution.EXTERNAL.value, _("Externo (red contratada)")),
    (Attribution.INTERNAL.value, _("Interno")),
    (Attribution.CUSTOMER.value, _("Atribuible al cliente")),
)
SEVERITIES = (("1", _("Caída total")), ("2", _("Degradación o intermitencia")), ("3", _("Menor o consulta")))
CAUSE_CHOICES = [
    ("", _("Elija la causa")),
    *((cause.code, f"{cause.code} · {cause.title}") for cause in CAUSES.values()),
]
CAUSE_BY = 'attribution:{"EXTERNAL":"E-","INTERNAL":"I-","CUSTOMER":"C-"}'


@dataclass(frozen=True, slots=True)
class Asked:
    """What a form knows when it is built: the case as it stands and what can be chosen."""

    page: CasePage
    choices: Choices
    both_roles: bool = False


class ActForm(DeskForm):
    """A form of an act; `version` carries what the person saw, so that a stale form is noticed."""

    version = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, asked: Asked, **kwargs: Any) -> None:
        self.asked = asked
        super().__init__(*args, **kwargs)
        self.initial.setdefault("version", asked.page.head.fault_version)
        self.build()

    def build(self) -> None:
        """Add what depends on the case."""

    def stored(self) -> dict[str, Any]:
        """What stands in the case now for fields that are not filled in with it; to be shown when the form was overtaken."""
        return {}

    @property
    def shown(self) -> list[forms.BoundField]:
        """The fields to lay out, in their order."""
        return [self[name] for name in self.fields if name not in {"version", "attachments"}]


class Protocols(ActForm):
    """A.2: the checklists of both protocols."""

    demanded: frozenset[str] = frozenset()

    def build(self) -> None:
        for protocol in self.asked.choices.protocols:
            for question in protocol.checklist:
                name = f"{protocol.code}.{question['code']}"
                if question["kind"] == "check":
                    self.fields[name] = forms.BooleanField(label=question["question"], required=False)
                else:
                    self.fields[name] = forms.CharField(label=question["question"], required=False)
                    self.demanded |= {name}

    @property
    def groups(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """Each protocol with its questions."""
        return [
            (protocol, [self[f"{protocol.code}.{question['code']}"] for question in protocol.checklist])
            for protocol in self.asked.choices.protocols
        ]

    def answers(self) -> dict[str, dict[str, Any]]:
        """The answers by protocol and question."""
        found: dict[str, dict[str, Any]] = {}
        for protocol in self.asked.choices.protocols:
            found[protocol.code] = {
                question["code"]: self.cleaned_data.get(f"{protocol.code}.{question['code']}")
                for question in protocol.checklist
            }
        return found


class Diagnose(ActForm):
    """A.3: external, internal or customer, with cause, reason and evidence."""

    attribution = forms.ChoiceField(
        label=_("¿De quién es la falla?"), choices=ATTRIBUTIONS, widget=forms.RadioSelect
    )
    cause_code = forms.ChoiceField(
        label=_("Causa (preliminar)"),
        choices=CAUSE_CHOICES,
        widget=forms.Select(attrs={"data-options-by": CAUSE_BY}),
    )
    reason = forms.CharField(
        label=_("Qué se observó"), widget=area(3), help_text=_("Va al D.A.C. como diagnóstico preliminar.")
    )
    evidence = forms.CharField(
        label=_("Evidencia"),
        widget=area(2),
        required=False,
        help_text=_("Gráficas, traceroute, medición OTDR…"),
    )
    severity = forms.ChoiceField(label=_("Severidad"), choices=SEVERITIES, widget=forms.RadioSelect)
    element = forms.CharField(label=_("Tramo o elemento afectado"), required=False, max_length=200)
    impact = forms.CharField(label=_("Impacto"), widget=area(2), required=False)

    def build(self) -> None:
        head = self.asked.page.head
        self.initial.setdefault("severity", str(head.severity))
        self.initial.setdefault("element", head.element)
        self.initial.setdefault("impact", head.impact)
        if head.attribution:
            self.initial.setdefault("attribution", head.attribution)
            self.initial.setdefault("cause_code", head.cause_code)
        if relapses := self.asked.choices.relapses:
            self.fields["part"] = forms.ChoiceField(
                label=_("De qué tramo habla"),
                required=False,
                choices=parts_of(relapses),
                help_text=_(
                    "El daño volvió a caer después de restablecido: cada tramo tiene su diagnóstico."
                ),
            )

    def stored(self) -> dict[str, Any]:
        """The last diagnosis."""
        rows = self.asked.page.diagnoses
        return {"reason": rows[-1].reason, "evidence": rows[-1].evidence} if rows else {}


def parts_of(relapses: tuple[dt.datetime, ...]) -> list[tuple[str, str]]:
    """Return the parts of a fault that fell again: the one that runs first, then those that are over, then all."""
    over = [
        (
            str(number),
            _t("Tramo %(n)d: hasta la reincidencia del %(d)s") % {"n": number, "d": lapaz.moment(at)},
        )
        for number, at in enumerate(relapses, start=1)
    ]
    now = _t("El que corre: desde la reincidencia del %(d)s") % {"d": lapaz.moment(relapses[-1])}
    return [("", now), *over, ("0", _t("Todos los tramos"))]


class SecondOpinion(ActForm):
    """G-15: another person analyses again."""

    attribution = forms.ChoiceField(
        label=_("¿De quién es la falla, según usted?"), choices=ATTRIBUTIONS, widget=forms.RadioSelect
    )
    cause_code = forms.ChoiceField(
        label=_("Causa"), choices=CAUSE_CHOICES, widget=forms.Select(attrs={"data-options-by": CAUSE_BY})
    )
    reason = forms.CharField(label=_("Qué se observó"), widget=area(3))
    evidence = forms.CharField(label=_("Evidencia"), widget=area(2), required=False)

    def stored(self) -> dict[str, Any]:
        """The last diagnosis: a second one, when somebody else made it."""
        rows = self.asked.page.diagnoses
        names = ("attribution", "cause_code", "reason", "evidence")
        return {name: getattr(rows[-1], name) for name in names} if rows else {}


class Dispute(ActForm):
    """The customer objects to the attribution."""

    words = forms.CharField(label=_("Qué objeta el cliente, con sus palabras"), widget=area(3))


class Decide(ActForm):
    """The Gerente decides a disputed attribution."""

    uphold = forms.ChoiceField(
        label=_("Decisión"),
        widget=forms.RadioSelect,
        choices=(("1", _("Se mantiene la primera atribución")), ("0", _("Se toma el segundo análisis"))),
    )
    decision = forms.CharField(label=_("Fundamento"), widget=area(3))


class CorrectAttribution(SecondOpinion):
    """Another attribution of a fault that is closed, with what proves it."""

    evidence = forms.CharField(
        label=_("Qué lo prueba"),
        widget=area(2),
        help_text=_("Informe del proveedor, medición, correo… Otra persona lo confirma."),
    )

    def build(self) -> None:
        head = self.asked.page.head
        self.initial.setdefault("attribution", head.attribution)
        self.initial.setdefault("cause_code", head.cause_code)
        if relapses := self.asked.choices.relapses:
            last = _t("El último: desde la reincidencia del %(d)s") % {"d": lapaz.moment(relapses[-1])}
            self.fields["part"] = forms.ChoiceField(
                label=_("De qué tramo habla"),
                required=False,
                choices=[("", last), *parts_of(relapses)[1:]],
                help_text=_(
                    "El daño volvió a caer después de restablecido: cada tramo tiene su diagnóstico."
                ),
            )


class ConfirmAttribution(ActForm):
    """A second person decides a proposed correction."""

    confirm = forms.ChoiceField(
        label=_("Decisión"),
        widget=forms.RadioSelect,
        choices=(("1", _("Se corrige la atribución")), ("0", _("Queda como está"))),
    )
    decision = forms.CharField(label=_("Fundamento"), widget=area(3))


class HandOver(ActForm):
    """A.5: support hands over to the NOC."""

    note = forms.CharField(
        label=_("Nota para el NOC"),
        widget=area(3),
        required=False,
        help_text=_("Lo que ya se probó y lo que falta."),
    )


class Accept(ActForm):
    """A.5: the NOC accepts."""


class Acknowledge(ActForm):
    """A.1: seen."""


class Ticket(ActForm):
    """A.5, external: the ticket with the provider."""

    provider_id = forms.TypedChoiceField(label=_("Proveedor"), coerce=int)
    reference = forms.CharField(
        label=_("Número de ticket"), max_length=60, widget=forms.TextInput(attrs={"data-autofocus": ""})
    )
    opened_at = MomentField(label=_("Hora del reporte"), required=False)
    contact = forms.CharField(label=_("Quién atendió"), max_length=120, required=False)
    level = forms.TypedChoiceField(
        label=_("Nivel de escalamiento"), coerce=int, choices=((1, "1"), (2, "2"), (3, "3")), initial=1
    )
    etr_at = MomentField(
        label=_("Hora estimada de solución (ETR)"),
        ahead=True,
        required=False,
        help_text=_("Vacío = en evaluación."),
    )

    def build(self) -> None:
        choose(self, "provider_id", list(self.asked.choices.providers))
        if self.asked.choices.suggested_provider:
            self.initial.setdefault("provider_id", self.asked.choices.suggested_provider)

    def stored(self) -> dict[str, Any]:
        """The last ticket."""
        rows = self.asked.page.tickets
        names = ("reference", "contact", "level", "opened_at")
        return {name: getattr(rows[-1], name) for name in names} if rows else {}


class TicketUpdate(ActForm):
    """Escalate or close the provider's ticket, or note its RFO."""

    ticket_id = forms.TypedChoiceField(label=_("Ticket"), coerce=int)
    level = forms.TypedChoiceField(
        label=_("Nivel de escalamiento"), coerce=int, choices=((1, "1"), (2, "2"), (3, "3"))
    )
    closed = forms.BooleanField(label=_("El proveedor cerró el ticket"), required=False)
    rfo_received = forms.BooleanField(label=_("Llegó el informe de causa (RFO)"), required=False)
    note = forms.CharField(label=_("Qué dice el proveedor"), widget=area(2), required=False, max_length=2000)
    attachments = AttachmentsField()

    def build(self) -> None:
        rows = self.asked.page.tickets
        choose(self, "ticket_id", [(row.id, f"{row.reference} · {row.provider}") for row in rows])
        if rows:
            self.initial.setdefault("ticket_id", rows[-1].id)
            self.initial.setdefault("level", rows[-1].level)

    def stored(self) -> dict[str, Any]:
        """The last ticket as it is now."""
        rows = self.asked.page.tickets
        return {"closed": bool(rows[-1].closed_at), "rfo_received": rows[-1].rfo_received} if rows else {}


class Order(ActForm):
    """A.5, internal: the work order."""

    unit_code = forms.ChoiceField(label=_("Unidad"))
    description = forms.CharField(label=_("Qué debe hacerse"), widget=area(3))
    assigned_to = forms.CharField(label=_("Cuadrilla o responsable"), max_length=160, required=False)
    etr_at = MomentField(
        label=_("Hora estimada de solución (ETR)"),
        ahead=True,
        required=False,
        help_text=_("Vacío = en evaluación."),
    )

    def build(self) -> None:
        choose(self, "unit_code", list(self.asked.choices.units))
        self.initial.setdefault("unit_code", "DIV-ASR")

    def stored(self) -> dict[str, Any]:
        """The last order."""
        rows = self.asked.page.orders
        names = ("description", "assigned_to", "etr_at")
        return {name: getattr(rows[-1], name) for name in names} if rows else {}


class Advance(ActForm):
    """What was done or learnt in the repair."""

    text = forms.CharField(label=_("Qué se hizo o se supo"), widget=area(3))
    etr_at = MomentField(
        label=_("Nueva hora estimada de solución (ETR)"),
        ahead=True,
        required=False,
        help_text=_("Vacío = no cambia."),
    )
    attachments = AttachmentsField()

    def build(self) -> None:
        if self.asked.page.head.etr_at:
            self.initial.setdefault("etr_at", self.asked.page.head.etr_at)


class _OnOutages(ActForm):
    """A form about some of the circuits; all are chosen at first."""

    outage_ids = forms.TypedMultipleChoiceField(
        label=_("Circuitos"), coerce=int, widget=forms.CheckboxSelectMultiple
    )

    def build(self) -> None:
        rows = self.asked.page.down or self.asked.page.outages
        choose(self, "outage_ids", [(row.id, f"{row.circuit} · {row.customer}") for row in rows])
        proposed = self.asked.page.proposed or rows
        self.initial.setdefault("outage_ids", [row.id for row in proposed])


class Restore(_OnOutages):
    """The service is back."""

    restored_at = MomentField(label=_("¿Desde qué hora está restablecido?"))
    note = forms.CharField(label=_("Nota"), widget=area(2), required=False)

    def build(self) -> None:
        super().build()
        moments = [row.proposed_at for row in self.asked.page.proposed if row.proposed_at]
        if moments:
            self.initial.setdefault("restored_at", max(moments))

    def stored(self) -> dict[str, Any]:
        """Since when what was out is back, once it is."""
        head = self.asked.page.head
        return {"restored_at": head.restored_at} if head.restored_at else {}


class Verify(ActForm):
    """How the restoration was verified."""

    verification = forms.CharField(
        label=_("Cómo se verificó"),
        widget=area(3),
        help_text=_("Ping, tráfico, BGP estable n min, conformidad del cliente."),
    )
    verified_at = MomentField(label=_("Hora de la verificación"), required=False)

    def stored(self) -> dict[str, Any]:
        """When it was verified."""
        return {"verified_at": self.asked.page.head.verified_at}


STOP_REASONS = (
    ("CUSTOMER_REQUEST", _("A pedido del cliente")),
    ("CUSTOMER_WAIT", _("A la espera del cliente")),
    ("CUSTOMER_ACCESS", _("Sin acceso o energía del cliente")),
    ("OBSERVATION", _("En observación tras restablecer")),
    ("FORCE_MAJEURE", _("Fuerza mayor")),
)


class StopClock(_OnOutages):
    """The repair clock stops, with reason and proof."""

    reason = forms.ChoiceField(label=_("Motivo"), choices=STOP_REASONS, widget=forms.RadioSelect)
    starts_at = MomentField(label=_("Desde"), required=False)
    ends_at = MomentField(label=_("Hasta"), required=False, help_text=_("Vacío = sigue parado."))
    evidence = forms.CharField(
        label=_("Prueba"),
        widget=area(2),
        help_text=_("Mensaje del cliente, acta, foto: sin prueba el reloj no para."),
    )


class ResumeClock(_OnOutages):
    """The stopped clocks run again."""

    def build(self) -> None:
        rows = [row for row in self.asked.page.outages if row.stopped]
        choose(self, "outage_ids", [(row.id, f"{row.circuit} · {row.stopped}") for row in rows])
        self.initial.setdefault("outage_ids", [row.id for row in rows])


class _OfCase(ActForm):
    """A form of the case, not of its fault: it carries both versions."""

    def __init__(self, *args: Any, asked: Asked, **kwargs: Any) -> None:
        super().__init__(*args, asked=asked, **kwargs)
        self.initial["version"] = asked.page.head.version


class Solution(_OfCase):
    """A.4.2: how the customer's damage was solved."""

    solution = forms.CharField(label=_("Cómo se solucionó"), widget=area(3))
    restored_at = MomentField(label=_("¿Desde qué hora funciona?"))

    def build(self) -> None:
        moments = [row.proposed_at for row in self.asked.page.proposed if row.proposed_at]
        if moments:
            self.initial.setdefault("restored_at", max(moments))

    def stored(self) -> dict[str, Any]:
        """The solution on record."""
        head = self.asked.page.head
        return {"solution": head.solution, "restored_at": head.solved_at} if head.solution else {}


class Confirm(_OfCase):
    """The customer's confirmation."""

    how = forms.CharField(
        label=_("¿Cómo dio su conformidad?"),
        max_length=200,
        help_text=_("Por ejemplo: por WhatsApp, Ing. de guardia, 02:33."),
    )


class Reopen(_OfCase):
    """Open a closed case again."""

    reason = forms.CharField(label=_("¿Por qué se reabre?"), widget=area(3))


class Void(_OfCase):
    """Void a case that was none."""

    reason = forms.CharField(
        label=_("Motivo de la anulación"),
        widget=area(2),
        help_text=_("Duplicado, falsa alarma… Queda en el historial y fuera de los indicadores."),
    )


class SelfCleared(ActForm):
    """Close what cleared itself (N-SIN)."""

    note = forms.CharField(label=_("Nota"), widget=area(2), required=False)


class Split(_OnOutages):
    """Some circuits are another fault."""

    reason = forms.CharField(label=_("¿Por qué son otro daño?"), widget=area(2))

    def build(self) -> None:
        rows = self.asked.page.outages
        choose(self, "outage_ids", [(row.id, f"{row.circuit} · {row.customer}") for row in rows])


class Merge(ActForm):
    """The fault is the same as another."""

    into = forms.CharField(
        label=_("Número del daño con que se une"),
        help_text=_("FALLA-… o DANO-…. Este daño queda dentro de aquel."),
        max_length=60,
    )


class Correction(ActForm):
    """A correcting version of a sent D.A.C."""

    reason = forms.CharField(label=_("Qué se corrige y por qué"), widget=area(2))
    cause_code = forms.ChoiceField(label=_("Causa final"), choices=CAUSE_CHOICES)
    root_cause = forms.CharField(label=_("Causa raíz"), widget=area(3))
    element = forms.CharField(label=_("Tramo o elemento afectado"), required=False, max_length=200)
    impact = forms.CharField(label=_("Impacto"), widget=area(2), required=False)

    def build(self) -> None:
        head = self.asked.page.head
        for name in ("cause_code", "element", "impact"):
            self.initial.setdefault(name, getattr(head, name))
