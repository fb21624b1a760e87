"""Forms of collection: contacts, promises, objections, pauses, suspensions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mayorista.apps.receivables.operations.contacts import CHANNELS
from mayorista.interfaces.desk.forms import DeskForm, MomentField, area, choose
from mayorista.interfaces.desk.forms.billing import DayField, MoneyField

RESULTS = [
    ("NO_CONTACT", _("sin contacto")),
    ("INFORMED", _("informado")),
    ("REFUSAL", _("negativa")),
    ("DISPUTE", _("objeta")),
    ("PROMISE", _("promesa de pago")),
]
Invoices = tuple[tuple[int, str], ...]


class _OfInvoice(DeskForm):
    """A form about one of the customer's open invoices."""

    def __init__(self, *args: Any, invoices: Invoices = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        empty = [("", _("ninguna en particular"))] if not self.fields["invoice_id"].required else []
        choose(self, "invoice_id", [*empty, *invoices])


class ContactForm(_OfInvoice):
    """A contact with the customer (gestión)."""

    channel = forms.ChoiceField(label=_("Medio"), choices=list(CHANNELS.items()))
    person = forms.CharField(label=_("Con quién"), max_length=120)
    result = forms.ChoiceField(label=_("Resultado"), choices=RESULTS)
    invoice_id = forms.TypedChoiceField(label=_("Factura"), coerce=int, empty_value=None, required=False)
    text = forms.CharField(label=_("Qué se dijo"), widget=area(2), required=False, max_length=2000)
    happened_at = MomentField(label=_("Cuándo"), required=False)
    next_action = forms.CharField(label=_("Próxima acción"), max_length=200, required=False)
    next_on = DayField(label=_("Para el"), required=False)


class PromiseForm(_OfInvoice):
    """A promise to pay."""

    invoice_id = forms.TypedChoiceField(label=_("Factura"), coerce=int)
    amount = MoneyField(label=_("Importe prometido"))
    promised_on = DayField(label=_("Pagará el"))
    who = forms.CharField(label=_("Quién promete"), max_length=120)
    channel = forms.ChoiceField(label=_("Medio"), choices=list(CHANNELS.items()))


class ObjectionForm(_OfInvoice):
    """An objection to (part of) an invoice."""

    invoice_id = forms.TypedChoiceField(label=_("Factura"), coerce=int)
    amount = MoneyField(label=_("Importe objetado"))
    raised_on = DayField(label=_("Fecha de la objeción"))
    words = forms.CharField(label=_("Qué objeta"), widget=area(3), max_length=2000)


class DecideForm(DeskForm):
    """The Gerente decides an objection."""

    granted = MoneyField(label=_("Se concede"), help_text=_("0 la rechaza; una parte concede esa parte."))
    decision = forms.CharField(label=_("Fundamento"), widget=area(2), max_length=300)


class PauseForm(DeskForm):
    """No reminders for a while."""

    until = DayField(label=_("Sin recordatorios hasta el"))
    reason = forms.CharField(label=_("Motivo"), max_length=300)


class ProposeForm(DeskForm):
    """Circuits to suspend, and why."""

    service_ids = forms.TypedMultipleChoiceField(
        label=_("Circuitos"), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    reason = forms.CharField(label=_("Motivo"), widget=area(2), max_length=1000)

    def __init__(self, *args: Any, circuits: Invoices = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "service_ids", circuits)


class CutForm(DeskForm):
    """When the circuits were cut, or connected."""

    moment = MomentField(label=_("Hora del trabajo"))


class PeriodForm(DeskForm):
    """The days of a statement, and its currency."""

    currency = forms.ChoiceField(label=_("Moneda"), choices=[("BOB", "Bs"), ("USD", "USD")])
    since = DayField(label=_("Desde"))
    until = DayField(label=_("Hasta"))
