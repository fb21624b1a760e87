"""Forms of customers, contacts, contracts and services."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from mayorista.apps.contracts import operations as contracts
from mayorista.apps.contracts.operations import naming
from mayorista.apps.customers import queries as customer_queries
from mayorista.interfaces.desk.forms import DeskForm, MomentField, area
from mayorista.rules import formats, spanish_dates
from mayorista.rules.errors import Invalid

if TYPE_CHECKING:
    from mayorista.apps.overview.queries.services import ServiceForm as ServiceChoices

SPARE = "respaldo"


class DayField(forms.CharField):
    """A day as people type it: 24/11/2026, 24-11-26, «24 de noviembre de 2026»."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("required", False)
        options.setdefault(
            "widget",
            forms.TextInput(attrs={"placeholder": "dd/mm/aaaa", "autocomplete": "off", "class": "moment"}),
        )
        super().__init__(**options)

    def prepare_value(self, value: Any) -> Any:
        """Show a day as dd/mm/aaaa."""
        return formats.date(value) if isinstance(value, dt.date) else value

    def clean(self, value: Any) -> Any:
        """Return the day, or None when nothing was typed."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return spanish_dates.parse(text)
        except Invalid as error:
            raise forms.ValidationError(f"{error.message} {error.remedy}") from None


class LabelsField(forms.CharField):
    """Names in alarms, one per line: `instance=cbba-br1, interface=Te0/0/0/3`."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("required", False)
        options.setdefault("widget", area(3, placeholder="instance=cbba-br1, interface=Te0/0/0/3"))
        options.setdefault(
            "help_text",
            _("Un nombre por línea; etiqueta=valor separadas por coma. Todas deben estar en la alarma."),
        )
        super().__init__(**options)

    def clean(self, value: Any) -> Any:
        """Return the labels of each line."""
        found = []
        for line in super().clean(value).splitlines():
            if line.strip():
                try:
                    found.append(naming.parse_labels(line))
                except Invalid as error:
                    raise forms.ValidationError(f"{error.message} {error.remedy}") from None
        return found


class VersionedForm(DeskForm):
    """A form that remembers which version of the record it was shown with."""

    version = forms.CharField(widget=forms.HiddenInput, required=False)

    @property
    def shown(self) -> list[forms.BoundField]:
        """The fields to lay out one below another."""
        return [self[name] for name in self.fields if name != "version"]


class CustomerForm(VersionedForm):
    """An ISP."""

    name = forms.CharField(
        label=_("Nombre"), max_length=200, widget=forms.TextInput(attrs={"data-autofocus": ""})
    )
    code = forms.CharField(
        label=_("Código"), required=False, max_length=40, help_text=_("Vacío toma el siguiente ISP-nnn.")
    )
    legal_name = forms.CharField(label=_("Razón social"), required=False, max_length=250)
    nit = forms.CharField(
        label=_("NIT"), required=False, max_length=40, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    city = forms.CharField(label=_("Ciudad"), required=False, max_length=120)
    address = forms.CharField(label=_("Dirección"), required=False, max_length=300)
    notes = forms.CharField(label=_("Notas"), required=False, widget=area(3))
    active = forms.BooleanField(label=_("Cliente activo"), required=False)


class ContactForm(VersionedForm):
    """A person, and what it answers for at one ISP."""

    full_name = forms.CharField(
        label=_("Nombre"),
        max_length=200,
        help_text=_("Persona, o mesa de guardia."),
        widget=forms.TextInput(attrs={"data-autofocus": ""}),
    )
    phone = forms.CharField(
        label=_("Teléfonos"),
        required=False,
        max_length=200,
        help_text=_("El primer celular es el de WhatsApp. Varios: 70000001 / 4-4250000."),
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
    )
    email = forms.CharField(
        label=_("Correo"),
        required=False,
        max_length=254,
        widget=forms.TextInput(attrs={"inputmode": "email"}),
    )
    notes = forms.CharField(label=_("Notas"), required=False, widget=area(2))
    active = forms.BooleanField(label=_("Contacto activo"), required=False)


class NewContactForm(ContactForm):
    """A new person with its roles at the ISP from whose page it is made."""

    roles = forms.MultipleChoiceField(
        label=_("Responde por"), choices=customer_queries.PURPOSES, widget=forms.CheckboxSelectMultiple
    )
    priority = forms.IntegerField(
        label=_("Prioridad"),
        min_value=1,
        max_value=99,
        initial=1,
        help_text=_("1 es a quien se llama primero."),
    )

    field_order = ("full_name", "roles", "priority", "phone", "email", "notes", "active")


class ContactRolesForm(DeskForm):
    """What a person answers for at one ISP; no role takes it away from there."""

    customer_id = forms.TypedChoiceField(label=_("Cliente"), coerce=int)
    roles = forms.MultipleChoiceField(
        label=_("Responde por"), choices=customer_queries.PURPOSES, widget=forms.CheckboxSelectMultiple, required=False,
        help_text=_("Sin marcar ninguno, deja de atender a ese cliente."),
    )  # fmt: skip
    priority = forms.IntegerField(label=_("Prioridad"), min_value=1, max_value=99, initial=1)

    def __init__(self, *args: Any, customers: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["customer_id"].choices = [("", _t("Elija el cliente")), *customers]  # type: ignore[attr-defined]  # a choice field


class OptInForm(DeskForm):
    """How and when a person agreed to WhatsApp."""

    demanded = frozenset({"opt_in_how"})

    opt_in_how = forms.CharField(
        label=_("Cómo aceptó"),
        max_length=200,
        help_text=_("Por ejemplo «formulario de alta firmado» o «lo pidió por correo»."),
        required=False,
    )
    opt_in_at = MomentField(label=_("Cuándo"), required=False)


class WithdrawForm(DeskForm):
    """Why a person no longer wants WhatsApp."""

    demanded = frozenset({"reason"})

    reason = forms.CharField(label=_("Cómo lo pidió"), max_length=200, required=False)


class ContractForm(VersionedForm):
    """A contract."""

    number = forms.CharField(
        label=_("Número"), max_length=40, widget=forms.TextInput(attrs={"data-autofocus": ""})
    )
    sla_profile_id = forms.ChoiceField(label=_("Perfil SLA"), required=False)
    signed_date = DayField(label=_("Firmado"))
    starts_date = DayField(label=_("Rige desde"))
    ends_date = DayField(label=_("Hasta"), help_text=_("El día en que ya no rige."))
    signatories = forms.CharField(
        label=_("Firmantes del cliente"),
        required=False,
        widget=area(2),
        help_text=_("Uno por línea: pueden pedir cambios de velocidad."),
    )

    def __init__(self, *args: Any, profiles: tuple[tuple[int, str], ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sla_profile_id"].choices = [("", _t("SLA por defecto")), *profiles]  # type: ignore[attr-defined]  # a choice field

    def clean_sla_profile_id(self) -> int | None:
        """Return the id, None for the fallback."""
        return int(self.cleaned_data["sla_profile_id"]) if self.cleaned_data["sla_profile_id"] else None


class ServiceForm(VersionedForm):
    """A circuit with everything that faults need to know of it."""

    circuit_code = forms.CharField(
        label=_("Circuito"), max_length=60, widget=forms.TextInput(attrs={"data-autofocus": ""})
    )
    capacity = forms.CharField(
        label=_("Capacidad"), max_length=40, help_text=_("Con unidad: 2 Gbps, 500 Mbps, 1,5 Gbps.")
    )
    description = forms.CharField(label=_("Descripción"), required=False, max_length=240)
    contract_id = forms.ChoiceField(label=_("Contrato"), required=False)
    sla_profile_id = forms.ChoiceField(label=_("Perfil SLA"), required=False)
    started_date = DayField(label=_("En servicio desde"))
    node_id = forms.ChoiceField(label=_("Nodo"), required=False)
    port = forms.CharField(label=_("Puerto"), required=False, max_length=80)
    vlan = forms.CharField(
        label=_("VLAN"), required=False, max_length=10, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    asn = forms.CharField(label=_("ASN"), required=False, max_length=14)
    prefixes = forms.CharField(
        label=_("Prefijos"), required=False, widget=area(2), help_text=_("IPv4 o IPv6, uno por línea.")
    )
    equipment = forms.CharField(label=_("Equipos dedicados"), required=False, widget=area(2))
    rides = forms.CharField(
        label=_("Va por"),
        required=False,
        widget=area(2),
        help_text=_("Códigos de elementos de red, uno por línea; «(respaldo)» para el camino de protección."),
    )
    nms_names = LabelsField(label=_("Nombres en alarmas"))
    own_aliases = forms.CharField(
        label=_("Alias propios"), required=False, help_text=_("Separados por punto y coma.")
    )
    upstream_aliases = forms.CharField(label=_("Alias del proveedor"), required=False)
    customer_aliases = forms.CharField(label=_("Alias del cliente"), required=False)
    notes = forms.CharField(label=_("Notas"), required=False, widget=area(2))

    def __init__(self, *args: Any, choices: ServiceChoices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._resources = choices.resources
        self.fields["contract_id"].choices = [("", _t("sin contrato")), *choices.contracts]  # type: ignore[attr-defined]  # a choice field
        self.fields["node_id"].choices = [("", _t("sin nodo")), *choices.nodes]  # type: ignore[attr-defined]  # a choice field
        no_profile = ("", _t("el del contrato, o por defecto"))
        self.fields["sla_profile_id"].choices = [no_profile, *choices.profiles]  # type: ignore[attr-defined]  # a choice field

    def clean_rides(self) -> list[contracts.RideWish]:
        """Return what it rides on; unknown codes are named."""
        found, unknown = [], []
        for piece in re.split(r"[;\n]+", self.cleaned_data["rides"]):
            bare, paren, remark = piece.strip().partition("(")
            code = bare.strip().upper()
            if not code:
                continue
            if code not in self._resources:
                unknown.append(code)
                continue
            found.append(
                contracts.RideWish(self._resources[code], not (paren and SPARE in remark.casefold()))
            )
        if unknown:
            known = ", ".join(sorted(self._resources)[:8])
            raise forms.ValidationError(
                _t("No existe %(codes)s. Los que hay: %(known)s…")
                % {"codes": ", ".join(unknown), "known": known}
            )
        return found

    def wishes(self) -> dict[str, Any]:
        """Return what was typed as the operation takes it."""
        said = dict(self.cleaned_data)
        aliases = [
            contracts.AliasWish(alias.strip(), kind)
            for kind in ("OWN", "UPSTREAM", "CUSTOMER")
            for alias in re.split(r"[;\n]+", said.pop(f"{kind.lower()}_aliases"))
            if alias.strip()
        ]
        names = [contracts.NameWish(labels) for labels in said.pop("nms_names")]
        said.pop("version")
        for name in ("contract_id", "node_id", "sla_profile_id"):
            said[name] = int(said[name]) if said[name] else None
        return {**said, "aliases": aliases, "nms_names": names}


class EndServiceForm(DeskForm):
    """The end of a service."""

    ended_date = DayField(
        label=_("Termina el"), required=True, help_text=_("Primer día sin servicio: ya no se factura.")
    )
    reason = forms.CharField(label=_("Motivo"), required=False, max_length=200)


class SuspendForm(DeskForm):
    """The suspension of a service."""

    starts_at = MomentField(label=_("Desde"))
    reason = forms.CharField(label=_("Motivo"), required=False, max_length=240)


class ResumeForm(DeskForm):
    """The end of a suspension."""

    ends_at = MomentField(label=_("Rehabilitado desde"))
