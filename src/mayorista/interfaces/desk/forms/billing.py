"""Forms of billing: amounts as Bolivia writes them, dates of La Paz."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mayorista.interfaces.desk.forms import DeskForm, area
from mayorista.rules import formats, numerals, spanish_dates
from mayorista.rules.errors import Invalid


class MoneyField(forms.CharField):
    """An amount as people write it: `1.234,50`, `-13,58`. Gives a Decimal."""

    def __init__(self, **options: Any) -> None:
        options.setdefault(
            "widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "num"})
        )
        options.setdefault("max_length", 24)
        super().__init__(**options)

    def prepare_value(self, value: Any) -> Any:
        """Show an amount as people write it."""
        return formats.number(value) if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Decimal | None:
        """Return the amount, or None when nothing was typed."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return numerals.parse(text)
        except Invalid as error:
            raise forms.ValidationError(str(error)) from None


class DayField(forms.CharField):
    """A day as people write it: `24/11/2026`. Gives a date."""

    def __init__(self, **options: Any) -> None:
        options.setdefault(
            "widget", forms.TextInput(attrs={"placeholder": "24/11/2026", "autocomplete": "off"})
        )
        super().__init__(**options)

    def prepare_value(self, value: Any) -> Any:
        """Show a date as dd/mm/aaaa."""
        return f"{value:%d/%m/%Y}" if isinstance(value, dt.date) else value

    def clean(self, value: Any) -> dt.date | None:
        """Return the date, or None when nothing was typed."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return spanish_dates.parse(text)
        except Invalid as error:
            raise forms.ValidationError(str(error)) from None


class OneOffForm(DeskForm):
    """A charge, deduction or adjustment of a month."""

    kind = forms.ChoiceField(
        label=_("Clase"),
        choices=[
            ("ADJUSTMENT", _("Ajuste manual")),
            ("CHARGE", _("Cargo único")),
            ("RECONNECTION", _("Reconexión")),
            ("INTEREST", _("Interés por mora")),
        ],
    )
    text = forms.CharField(label=_("Concepto"), max_length=200)
    amount = MoneyField(
        label=_("Importe"),
        help_text=_("Con signo menos, descuenta (solo ajustes). Sobre el límite decide la Gerencia."),
    )
    reason = forms.CharField(label=_("Motivo"), max_length=300)
    service_id = forms.TypedChoiceField(label=_("Circuito"), coerce=int, empty_value=None, required=False)

    def __init__(self, *args: Any, circuits: tuple[tuple[int, str], ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["service_id"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("de todo el grupo")), *circuits]


class ReasonForm(DeskForm):
    """Why."""

    reason = forms.CharField(label=_("Motivo"), max_length=300, widget=area(2))


class RegisterForm(DeskForm):
    """An invoice that the billing system in use issued."""

    number = forms.CharField(label=_("Número de factura"), max_length=40)
    issued_date = DayField(label=_("Fecha de emisión"))
    total = MoneyField(label=_("Importe total"), help_text=_("Debe ser igual al paquete, al centavo."))
    authorization = forms.CharField(label=_("CUF o autorización"), max_length=120, required=False)
    pdf = forms.FileField(label=_("PDF"), help_text=_("Es lo que se despacha al cliente."))
    xml = forms.FileField(label=_("XML"), required=False)


class PaperForm(DeskForm):
    """The PDF of an invoice or note that the billing system in use issued."""

    pdf = forms.FileField(
        label=_("PDF"),
        widget=forms.FileInput(attrs={"accept": ".pdf,application/pdf"}),
        help_text=_("Es lo que se despacha al cliente."),
    )


class NoteForm(DeskForm):
    """A credit or debit note."""

    kind = forms.ChoiceField(
        label=_("Clase"), choices=[("CREDIT", _("Nota de crédito")), ("DEBIT", _("Nota de débito"))]
    )
    total = MoneyField(label=_("Importe"))
    reason = forms.CharField(label=_("Motivo"), max_length=300)
    number_external = forms.CharField(
        label=_("Número en el sistema de facturación"), max_length=40, required=False
    )
    authorization = forms.CharField(label=_("CUF o autorización de la nota"), max_length=120, required=False)
    pdf = forms.FileField(
        label=_("PDF de la nota"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".pdf,application/pdf"}),
        help_text=_("De una factura de la serie propia se hace aquí; si falta ahora, se adjunta después."),
    )
    credit_id = forms.TypedChoiceField(
        label=_("Crédito SLA que lleva"), coerce=int, empty_value=None, required=False
    )

    def __init__(self, *args: Any, credits: tuple[tuple[int, str], ...] = (), **kwargs: Any) -> None:  # noqa: A002
        super().__init__(*args, **kwargs)
        field = self.fields["credit_id"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("ninguno")), *credits]


class RateForm(DeskForm):
    """A day's exchange rate of the dollar."""

    on = DayField(label=_("Fecha"))
    source = forms.CharField(label=_("Fuente"), max_length=20, initial="BCB")
    rate = MoneyField(label=_("Bolivianos por dólar"))


class ArchiveForm(DeskForm):
    """A ZIP of PDF and XML."""

    archive = forms.FileField(label=_("ZIP con los PDF y XML de las facturas"))


class ShadowForm(DeskForm):
    """The real invoices of a month; empty means those registered here."""

    file = forms.FileField(
        label=_("Facturas reales (.csv o .xlsx)"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,text/csv"}),
        help_text=_(
            "Columnas NIT, Factura, Importe y, si hace falta, Moneda. Vacío toma las registradas aquí."
        ),
    )


class EstimateForm(DeskForm):
    """What a month would come to: the price of one service and what changes in it."""

    month = forms.RegexField(
        label=_("Mes"), regex=r"^\d{4}-\d{2}$", widget=forms.TextInput(attrs={"placeholder": "2026-11"})
    )
    currency = forms.ChoiceField(label=_("Moneda"), choices=[("BOB", "Bs"), ("USD", "USD")])
    model = forms.ChoiceField(
        label=_("Precio"),
        choices=[
            ("per_mbps", _("por Mbps")),
            ("flat", _("cuota fija")),
            ("volume", _("por tramo, todo al precio del tramo")),
            ("graduated", _("escalonado, cada parte a su precio")),
            ("committed_burst", _("compromiso y exceso (percentil 95)")),
        ],
    )
    unit_price = MoneyField(label=_("Precio por Mbps, cuota o compromiso"), required=False)
    burst_price = MoneyField(label=_("Precio del exceso por Mbps"), required=False)
    p95_mbps = MoneyField(
        label=_("Percentil 95 (Mbps)"),
        required=False,
        help_text=_("De varios circuitos en conjunto: el de la suma, y el compromiso de todos."),
    )
    tiers = forms.CharField(
        label=_("Tramos"),
        required=False,
        widget=area(3),
        help_text=_("Uno por línea: «1000 a 12,00»; el último «más a 10,50»."),
    )
    mbps = MoneyField(label=_("Mbps al empezar el mes"))
    start = DayField(label=_("Empieza a facturar el"), required=False, help_text=_("Vacío: desde antes."))
    change_mbps = MoneyField(label=_("Cambia a (Mbps)"), required=False)
    change_on = DayField(label=_("Desde el"), required=False)
    change_until = DayField(
        label=_("Hasta el (temporal)"), required=False, help_text=_("Vacío: se queda así.")
    )
    outage_minutes = MoneyField(label=_("Minutos de corte"), required=False)
    multiplier = MoneyField(
        label=_("Crédito proporcional × "), required=False, help_text=_("Vacío: sin crédito.")
    )
