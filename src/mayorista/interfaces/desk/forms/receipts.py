"""Forms of receipts: what a person types from the paper, where its money goes, statements, accounts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from mayorista.apps.receivables.operations.allocations import Wanted
from mayorista.apps.receivables.operations.receipts import Paper
from mayorista.interfaces.desk.forms import DeskForm, area, choose
from mayorista.interfaces.desk.forms.billing import DayField, MoneyField
from mayorista.rules import formats

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from mayorista.apps.overview.queries.receipts import NewPage, OpenRow

CURRENCIES = [("BOB", _("Bs")), ("USD", _("USD"))]
ACCEPTED = "application/pdf,image/jpeg,image/png,image/webp"
DIFFERENCES = [
    ("", _("ninguna")),
    ("BANK_CHARGE", _("comisión bancaria")),
    ("WITHHOLDING", _("retención (N.º de certificado)")),
    ("COMPENSATION", _("compensación (acta firmada)")),
    ("EXCHANGE_DIFFERENCE", _("diferencia de cambio")),
    ("ROUNDING", _("redondeo")),
]


def paper(upload: UploadedFile[bytes] | None) -> Paper | None:
    """Return an uploaded file as operations take it."""
    return Paper(upload.name or "comprobante", upload.read()) if upload else None


class ReceiptForm(DeskForm):
    """A receipt as it stands on paper; a file of the message it came with, or one chosen."""

    customer_id = forms.TypedChoiceField(
        label=_("Cliente"),
        coerce=int,
        widget=forms.Select(attrs={"data-find": _("Buscar cliente por nombre o código")}),
    )
    file_id = forms.TypedChoiceField(
        label=_("Archivo del mensaje"),
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )
    file = forms.FileField(
        label=_("Comprobante (PDF o fotografía)"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": ACCEPTED}),
        help_text=_("PDF, JPG, PNG o WEBP, hasta 10 MB. Sin él no se puede informar a Contabilidad."),
    )
    bank = forms.CharField(
        label=_("Banco"),
        max_length=80,
        widget=forms.TextInput(attrs={"list": "banks", "autocomplete": "off"}),
    )
    reference = forms.CharField(
        label=_("Número de la operación"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("Como figura en el comprobante."),
    )
    paid_on = DayField(label=_("Fecha del pago"))
    currency = forms.ChoiceField(label=_("Moneda"), choices=CURRENCIES, initial="BOB")
    amount = MoneyField(label=_("Importe"))

    def __init__(self, *args: Any, page: NewPage, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "customer_id", [("", _("elija…")), *page.choices])
        if page.files:
            choose(self, "file_id", page.files)
            self.fields["file_id"].initial = page.files[0][0]
        else:
            del self.fields["file_id"]


@dataclass(frozen=True, slots=True)
class OpenLine:
    """An invoice of the form with its fields."""

    invoice: OpenRow
    pay: BoundField
    kind: BoundField
    difference: BoundField
    why: BoundField
    evidence: BoundField


class AllocationForm(DeskForm):
    """How much goes to each open invoice, and one explained difference of each."""

    rate = MoneyField(
        label=_("Bolivianos por dólar"),
        required=False,
        help_text=_("Vacío: el tipo de cambio registrado del día del pago."),
    )

    def __init__(self, *args: Any, invoices: Sequence[OpenRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invoices = invoices
        self.places: list[tuple[str, str]] = []
        for each in invoices:
            name = each.number
            self.fields[f"pay_{each.id}"] = MoneyField(
                label=_("Pago a %(n)s") % {"n": name},
                required=False,
                initial=formats.number(each.proposed) if each.proposed else "",
            )
            self.fields[f"kind_{each.id}"] = forms.ChoiceField(
                label=_("Diferencia"), choices=DIFFERENCES, required=False
            )
            self.fields[f"diff_{each.id}"] = MoneyField(label=_("Importe de la diferencia"), required=False)
            self.fields[f"why_{each.id}"] = forms.CharField(
                label=_("Explicación o número"), max_length=300, required=False
            )
            self.fields[f"file_{each.id}"] = forms.FileField(
                label=_("Certificado o acta"),
                required=False,
                widget=forms.ClearableFileInput(attrs={"accept": ACCEPTED}),
            )

    def lines(self) -> Iterator[OpenLine]:
        """Yield each invoice with its fields."""
        for each in self.invoices:
            yield OpenLine(
                each,
                self[f"pay_{each.id}"],
                self[f"kind_{each.id}"],
                self[f"diff_{each.id}"],
                self[f"why_{each.id}"],
                self[f"file_{each.id}"],
            )

    def clean(self) -> dict[str, Any]:
        """A difference has a kind and an amount, or neither."""
        said = super().clean() or {}
        for each in self.invoices:
            kind, amount = said.get(f"kind_{each.id}"), said.get(f"diff_{each.id}")
            if kind and amount is None and f"diff_{each.id}" not in self.errors:
                self.add_error(f"diff_{each.id}", str(_("Falta el importe de la diferencia.")))
            if amount is not None and not kind:
                self.add_error(f"kind_{each.id}", str(_("Diga de qué es la diferencia.")))
        return said

    def wanted(self) -> list[Wanted]:
        """Return what is to be allocated, and remember which field each line came from."""
        said, lines = self.cleaned_data, []
        self.places = []
        for each in self.invoices:
            if said.get(f"pay_{each.id}"):
                lines.append(Wanted(each.id, said[f"pay_{each.id}"]))
                self.places.append((f"pay_{each.id}", f"pay_{each.id}"))
            if said.get(f"kind_{each.id}"):
                lines.append(
                    Wanted(
                        each.id,
                        said[f"diff_{each.id}"],
                        said[f"kind_{each.id}"],
                        said[f"why_{each.id}"],
                        paper(said[f"file_{each.id}"]),
                    )
                )
                self.places.append((f"diff_{each.id}", f"why_{each.id}"))
        return lines

    def names(self) -> dict[str, str]:
        """Return where the errors of the rules stand in this form."""
        found: dict[str, str] = {}
        for number, (amount, why) in enumerate(self.places):
            found |= {f"lines[{number}].{part}": amount for part in ("amount", "invoice")}
            found |= {f"lines[{number}].{part}": why for part in ("proof", "explanation")}
            found[f"lines[{number}].evidence"] = why.replace("why_", "file_")
        return found


class FileForm(DeskForm):
    """The paper of a receipt that was written down without it."""

    file = forms.FileField(
        label=_("Comprobante (PDF o fotografía)"),
        widget=forms.ClearableFileInput(attrs={"accept": ACCEPTED}),
    )


class WhyForm(DeskForm):
    """Why."""

    reason = forms.CharField(label=_("Motivo"), max_length=300, widget=area(2))


class StatementForm(DeskForm):
    """A bank statement as the bank gives it."""

    bank = forms.CharField(label=_("Banco"), max_length=80)
    currency = forms.ChoiceField(
        label=_("Moneda de la cuenta"),
        choices=CURRENCIES,
        help_text=_("La de la columna «Moneda», si el extracto la tiene, manda."),
    )
    file = forms.FileField(
        label=_("Extracto (XLSX o CSV)"),
        help_text=_("Con títulos: Fecha, Referencia, Glosa, Abono (o Importe). Sin fórmulas ni macros."),
    )


class AccountForm(DeskForm):
    """An account where customers pay."""

    bank = forms.CharField(label=_("Banco"), max_length=80)
    number = forms.CharField(label=_("Número de cuenta"), max_length=40)
    currency = forms.ChoiceField(label=_("Moneda"), choices=CURRENCIES)
    holder = forms.CharField(label=_("A nombre de"), max_length=120)
    reason = forms.CharField(label=_("Motivo y respaldo"), max_length=300, widget=area(2))
