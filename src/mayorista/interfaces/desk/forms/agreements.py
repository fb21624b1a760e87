"""Forms of contracts: hand-over, papers, clauses, prices, circuits, custody, guarantees."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from mayorista.apps.contracts import operations as contracts
from mayorista.interfaces.desk.forms import DeskForm, area
from mayorista.interfaces.desk.forms.customers import DayField
from mayorista.rules import agreements, capacity, formats, numerals
from mayorista.rules.errors import FieldError, Invalid
from mayorista.rules.tariff import Model

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from django.http import QueryDict
    from django.utils.datastructures import MultiValueDict

    from mayorista.apps.overview.queries.agreements import Choices, ItemRow

STATES = (("PRESENT", _("Presente")), ("MISSING", _("Falta")), ("NA", _("No aplica")))
HUNDRED = Decimal(100)
LADDERS = (
    ("", _("sin créditos")),
    ("percent_bands", _("por bandas de disponibilidad")),
    ("pro_rata", _("proporcional al tiempo")),
    ("per_full_hour", _("por hora completa")),
    ("duration_ladder", _("por duración de la interrupción")),
    ("keep", _("la registrada, sin cambio")),
)
_PAIR = re.compile(r"^\s*(.+?)\s*[=:]\s*(.+?)\s*$")


def _pair(line: str) -> tuple[str, str]:
    """The two sides of a line "left = right". Raises Invalid."""
    found = _PAIR.match(line)
    if found is None:
        raise Invalid(_t("falta el signo «=»."))
    return found[1], found[2]


class NumberField(forms.CharField):
    """A number as people type it: 1.234,50. Gives a Decimal, or None when nothing was typed."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("required", False)
        options.setdefault("max_length", 24)
        options.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "class": "num"}))
        super().__init__(**options)

    def prepare_value(self, value: Any) -> Any:
        """Show a Decimal as 1.234,5."""
        return formats.shortest(value) if isinstance(value, Decimal | int) else value

    def clean(self, value: Any) -> Any:
        """Return the number."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return numerals.parse(text)
        except Invalid as error:
            raise forms.ValidationError(f"{error.message} {error.remedy}") from None


class PercentField(NumberField):
    """A share typed as percent: 13 is 0.13."""

    def prepare_value(self, value: Any) -> Any:
        """Show 0.13 as 13."""
        return super().prepare_value(value * HUNDRED) if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Any:
        """Return the share."""
        found = super().clean(value.replace("%", "") if isinstance(value, str) else value)
        return None if found is None else found / HUNDRED


class CountField(forms.CharField):
    """A whole number, None when nothing was typed."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("required", False)
        options.setdefault("max_length", 6)
        options.setdefault("widget", forms.TextInput(attrs={"inputmode": "numeric", "class": "num"}))
        super().__init__(**options)

    def clean(self, value: Any) -> Any:
        """Return the number."""
        text = super().clean(value)
        if not text:
            return None
        if not (text.isascii() and text.isdigit()):
            raise forms.ValidationError(_t("Escriba un número entero."))
        return int(text)


class SpeedField(forms.CharField):
    """A speed with its unit: 2 Gbps. Gives kbit/s, or None when nothing was typed."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("required", False)
        options.setdefault("max_length", 40)
        options.setdefault("widget", forms.TextInput(attrs={"placeholder": "2 Gbps", "autocomplete": "off"}))
        super().__init__(**options)

    def prepare_value(self, value: Any) -> Any:
        """Show kbit/s as "2 Gbps"."""
        return capacity.show(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        """Return kbit/s."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return capacity.parse(text)
        except Invalid as error:
            raise forms.ValidationError(f"{error.message} {error.remedy}") from None


def read_upload(files: MultiValueDict[str, Any], name: str) -> contracts.Upload | None:
    """Return the file of a field as the operations take it."""
    file = files.get(name)
    return None if file is None else contracts.Upload(file.name or "archivo", file.read())


def paper_field(label: Any, **options: Any) -> forms.FileField:
    """Return a field for a PDF or a photo; a phone may take it."""
    options.setdefault("required", False)
    options.setdefault("help_text", _("PDF, JPG o PNG."))
    widget = forms.ClearableFileInput(attrs={"accept": "application/pdf,image/jpeg,image/png"})
    return forms.FileField(label=label, widget=widget, allow_empty_file=True, **options)


class ItemsForm(DeskForm):
    """The ten items of a complete copy, each with state, page and note."""

    def __init__(self, *args: Any, items: Sequence[ItemRow], papers: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._items = items
        self.papers = papers
        for row in items:
            self.fields[f"item_{row.item}"] = forms.ChoiceField(
                label=row.title, choices=STATES, initial=row.state, required=False, widget=forms.Select
            )
            self.fields[f"page_{row.item}"] = forms.CharField(
                label=_("Página"), required=False, max_length=40, initial=row.page
            )
            self.fields[f"note_{row.item}"] = forms.CharField(
                label=_("Nota"), required=False, max_length=200, initial=row.note
            )
            if papers:
                self.fields[f"file_{row.item}"] = paper_field(_("Archivo"), help_text="")

    @property
    def rows(
        self,
    ) -> list[tuple[ItemRow, forms.BoundField, forms.BoundField, forms.BoundField, forms.BoundField | None]]:
        """Each item with its fields."""
        return [
            (
                row,
                self[f"item_{row.item}"],
                self[f"page_{row.item}"],
                self[f"note_{row.item}"],
                self[f"file_{row.item}"] if self.papers else None,
            )
            for row in self._items
        ]

    def wishes(self) -> list[contracts.ItemWish]:
        """Return what was said of each item; one that comes with its file is there, whatever was marked."""
        said = self.cleaned_data
        return [
            contracts.ItemWish(
                row.item,
                "PRESENT" if said.get(f"file_{row.item}") else said[f"item_{row.item}"] or "MISSING",
                said[f"page_{row.item}"],
                said[f"note_{row.item}"],
            )
            for row in self._items
        ]


class HandOverForm(ItemsForm):
    """B.1: what Ventas hands over."""

    number = forms.CharField(
        label=_("Número de contrato"), max_length=40, widget=forms.TextInput(attrs={"data-autofocus": ""})
    )
    customer_id = forms.ChoiceField(label=_("Cliente"))
    signed_date = DayField(label=_("Firmado"))
    starts_date = DayField(label=_("Rige desde"))
    ends_date = DayField(label=_("Hasta"), help_text=_("El día en que ya no rige."))
    signatories = forms.CharField(
        label=_("Firmantes del cliente"),
        required=False,
        widget=area(2),
        help_text=_("Uno por línea: pueden pedir cambios de velocidad."),
    )

    def __init__(
        self, *args: Any, customers: Iterable[tuple[int, str]] = (), again: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, papers=True, **kwargs)
        if again:
            for name in ("number", "customer_id", "signed_date", "starts_date", "ends_date", "signatories"):
                del self.fields[name]
        else:
            self.fields["customer_id"].choices = [("", _t("Elija el cliente")), *customers]  # type: ignore[attr-defined]  # a choice field

    @property
    def head(self) -> list[forms.BoundField]:
        """The fields of the contract itself."""
        names = ("customer_id", "number", "signed_date", "starts_date", "ends_date", "signatories")
        return [self[name] for name in names if name in self.fields]

    def contract(self) -> dict[str, Any]:
        """Return the contract's own fields as the operation takes them."""
        said = {bound.name: self.cleaned_data[bound.name] for bound in self.head}
        if "customer_id" in said:
            said["customer_id"] = int(said["customer_id"])
        return said

    def uploads(self, files: MultiValueDict[str, Any]) -> list[tuple[str, str, contracts.Upload]]:
        """Return (kind, number, file) of each item that came with one."""
        kinds = {item: kind for kind, item in agreements.ITEM_OF_KIND.items()}
        found = []
        for row in self._items:
            upload = read_upload(files, f"file_{row.item}")
            if upload is not None:
                found.append((kinds[row.item], _t("Adenda") if kinds[row.item] == "ADDENDUM" else "", upload))
        return found


class ObserveForm(DeskForm):
    """What is observed besides the list."""

    observation = forms.CharField(
        label=_("Observaciones"),
        required=False,
        widget=area(4),
        help_text=_("La lista de lo que falta va sola en el correo."),
    )


class DocumentForm(DeskForm):
    """A paper of a contract."""

    demanded = frozenset({"file"})

    kind = forms.ChoiceField(label=_("Clase"), choices=[("", _("Elija")), *agreements.DOCUMENT_KINDS.items()])
    number = forms.CharField(
        label=_("Número"), required=False, max_length=60, help_text=_("Por ejemplo «Adenda 2».")
    )
    signed_date = DayField(label=_("Firmado"))
    pages = forms.CharField(label=_("Páginas"), required=False, max_length=60)
    file = paper_field(_("Archivo"))


class CustodyForm(DeskForm):
    """Where the original or the copy is now."""

    demanded = frozenset({"place", "holder"})

    what = forms.ChoiceField(
        label=_("Qué"),
        choices=(("ORIGINAL", _("el original")), ("COPY", _("la copia"))),
        widget=forms.RadioSelect,
    )
    place = forms.CharField(label=_("Lugar"), max_length=160, required=False)
    holder = forms.CharField(label=_("A cargo de"), max_length=120, required=False)


class GuaranteeForm(DeskForm):
    """A guarantee."""

    demanded = frozenset({"kind", "amount", "expires_date"})

    kind = forms.CharField(
        label=_("Clase"), max_length=60, required=False, help_text=_("Por ejemplo «Boleta bancaria».")
    )
    currency = forms.ChoiceField(label=_("Moneda"), choices=list(agreements.CURRENCIES.items()))
    amount = NumberField(label=_("Monto"))
    expires_date = DayField(label=_("Vence"))
    document_id = forms.ChoiceField(label=_("Documento"), required=False)

    def __init__(self, *args: Any, choices: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["document_id"].choices = [("", _t("ninguno")), *choices.documents]  # type: ignore[attr-defined]  # a choice field


class ReturnForm(DeskForm):
    """A guarantee given back."""

    demanded = frozenset({"returned_date"})

    returned_date = DayField(label=_("Devuelta el"))


class HoldForm(DeskForm):
    """A circuit put under a contract."""

    demanded = frozenset({"starts_date"})

    service_id = forms.ChoiceField(label=_("Servicio"))
    starts_date = DayField(label=_("Factura desde"), help_text=_("El día del acta de activación, incluido."))
    speed = SpeedField(label=_("Velocidad inicial"), help_text=_("Vacío toma la capacidad registrada."))

    def __init__(self, *args: Any, choices: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["service_id"].choices = [("", _t("Elija el servicio")), *choices.loose]  # type: ignore[attr-defined]  # a choice field


class TakeOverForm(DeskForm):
    """A circuit handed to another contract."""

    demanded = frozenset({"on"})

    service_id = forms.ChoiceField(label=_("Servicio"))
    contract_id = forms.ChoiceField(label=_("Contrato nuevo"))
    on = DayField(label=_("Desde"), help_text=_("El titular actual paga hasta el día anterior."))

    def __init__(
        self, *args: Any, choices: Choices, contracts_: Iterable[tuple[int, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["service_id"].choices = [("", _t("Elija el servicio")), *choices.held]  # type: ignore[attr-defined]  # a choice field
        self.fields["contract_id"].choices = [("", _t("Elija el contrato")), *contracts_]  # type: ignore[attr-defined]  # a choice field


def _words(name: str, label: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=list(agreements.WORDS[name].items()))


class TermsForm(DeskForm):
    """The clauses that move money or time, from a day on."""

    demanded = frozenset({"starts_date"})

    starts_date = DayField(label=_("Rigen desde"), help_text=_("Las anteriores rigen hasta el día anterior."))
    document_id = forms.ChoiceField(label=_("Documento que lo dice"), required=False)
    currency = _words("currency", _("Moneda del contrato"))
    invoice_currency = _words("invoice_currency", _("Moneda de la factura"))
    rate_day = _words("rate_day", _("Tipo de cambio de"))
    rate_source = forms.CharField(label=_("Fuente del tipo de cambio"), required=False, max_length=20)
    fixed_rate = NumberField(label=_("Tipo de cambio fijo"))
    tax_included = forms.BooleanField(label=_("El precio incluye IVA"), required=False)
    tax_rate = PercentField(label=_("Alícuota de IVA, %"))
    payment_days = CountField(label=_("Días para pagar"), help_text=_("Vacío: 30 días corridos."))
    payment_from = _words("payment_from", _("Plazo desde"))
    objection_days = CountField(label=_("Días para objetar la factura"))
    late_interest_yearly = PercentField(label=_("Interés anual por mora, %"))
    minimum_invoice = NumberField(label=_("Factura mínima del mes"))
    suspension_after_days = CountField(label=_("Suspensión tras días de mora"))
    suspension_bills = _words("suspension_bills", _("Suspendido se factura"))
    reconnection_fee = NumberField(label=_("Cargo de reconexión"))
    min_kbps = SpeedField(label=_("Velocidad mínima"))
    min_policy = _words("min_policy", _("Por debajo del mínimo"))
    min_step_kbps = SpeedField(label=_("Paso mínimo de un cambio"))
    changes_per_month = CountField(label=_("Cambios por mes"))
    upgrade_policy = _words("upgrade_policy", _("Un aumento se factura"))
    downgrade_policy = _words("downgrade_policy", _("Una disminución se factura"))
    downgrade_notice_days = CountField(label=_("Aviso de disminución, días"))
    requires_addendum = forms.BooleanField(label=_("Un cambio exige adenda firmada"), required=False)
    tier_scope = _words("tier_scope", _("Los tramos miran"))
    renewal = _words("renewal", _("Al vencer"))
    renewal_notice_days = CountField(label=_("Aviso de no renovación, días"))
    termination_penalty = forms.CharField(
        label=_("Penalidad por término anticipado"), required=False, max_length=300
    )
    sla_model = forms.ChoiceField(label=_("Créditos por indisponibilidad"), choices=LADDERS, required=False)
    sla_figure = NumberField(
        label=_("Multiplicador, o % por hora"),
        help_text=_("Solo proporcional (multiplicador) o por hora completa (% de la cuota)."),
    )
    sla_steps = forms.CharField(
        label=_("Bandas o tramos"),
        required=False,
        widget=area(3, placeholder="99,9 = 5\n99,5 = 10"),
        help_text=_(
            "Una por línea: «por debajo de % = crédito %», o «desde minutos = fracción de la cuota» (240 = 1/30)."
        ),
    )
    clause_references = forms.CharField(
        label=_("Cláusulas"),
        required=False,
        widget=area(3, placeholder="min_kbps = 7.2"),
        help_text=_("Una por línea: dato = número de cláusula."),
    )

    correction = forms.CharField(
        label=_("Motivo de la corrección"),
        required=False,
        max_length=300,
        help_text=_("Solo si ya hay condiciones desde ese mismo día: las anteriores quedan en la historia."),
    )

    GROUPS = (
        (_("Vigencia"), ("starts_date", "document_id", "correction", "renewal", "renewal_notice_days", "termination_penalty")),
        (_("Moneda e impuesto"), ("currency", "invoice_currency", "rate_day", "rate_source", "fixed_rate", "tax_included", "tax_rate")),
        (_("Pago"), ("payment_days", "payment_from", "objection_days", "late_interest_yearly", "minimum_invoice")),
        (_("Suspensión"), ("suspension_after_days", "suspension_bills", "reconnection_fee")),
        (
            _("Velocidad y tramos"),
            (
                "min_kbps", "min_policy", "min_step_kbps", "changes_per_month", "upgrade_policy", "downgrade_policy", "downgrade_notice_days",
                "requires_addendum", "tier_scope",
            ),
        ),
        (_("Créditos SLA"), ("sla_model", "sla_figure", "sla_steps")),
        (_("Referencias"), ("clause_references",)),
    )  # fmt: skip

    def __init__(self, *args: Any, choices: Choices, **kwargs: Any) -> None:
        held = {**choices.terms}
        initial = {
            name: value for name, value in held.items() if name not in {"sla_credit", "clause_references"}
        }
        references = held.get("clause_references")
        lines = references.items() if isinstance(references, dict) else ()
        initial["clause_references"] = "\n".join(f"{name} = {where}" for name, where in lines)
        initial.update(ladder_fields(held.get("sla_credit") or {}))
        super().__init__(
            *args,
            initial={
                "tax_included": True,
                "tax_rate": Decimal("0.13"),
                **initial,
                **kwargs.pop("initial", {}),
            },
            **kwargs,
        )
        self._held = held
        self.fields["document_id"].choices = [("", _t("ninguno")), *choices.documents]  # type: ignore[attr-defined]  # a choice field

    @property
    def groups(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """The fields by what they are about."""
        return [(title, [self[name] for name in names]) for title, names in self.GROUPS]

    def clean_clause_references(self) -> dict[str, str]:
        """Return {clause: number}."""
        found = {}
        for number, line in enumerate(self.cleaned_data["clause_references"].splitlines(), start=1):
            if not line.strip():
                continue
            pair = _PAIR.match(line)
            if pair is None:
                raise forms.ValidationError(_t("Línea %(n)d: escriba «dato = cláusula».") % {"n": number})
            found[pair[1]] = pair[2]
        return found

    def wishes(self) -> dict[str, Any]:
        """Return the clauses as the operation takes them. Raises Invalid for a ladder that is not understood."""
        said = dict(self.cleaned_data)
        said["document_id"] = int(said["document_id"]) if said["document_id"] else None
        model, figure, steps = said.pop("sla_model"), said.pop("sla_figure"), said.pop("sla_steps")
        said["sla_credit"] = (
            self._held.get("sla_credit", {}) if model == "keep" else read_ladder(model, figure, steps)
        )
        for name in ("downgrade_notice_days", "renewal_notice_days"):
            said[name] = said[name] or 0
        said["tax_rate"] = said["tax_rate"] if said["tax_rate"] is not None else Decimal(0)
        return said


def read_ladder(model: str, figure: Decimal | None, steps: str) -> dict[str, Any]:
    """Return the credit ladder that was typed, in the form of a rating case. Raises Invalid (field "sla_steps")."""
    if not model:
        return {}
    if model == "pro_rata":
        return {"model": model, "multiplier": str(figure if figure is not None else 1)}
    if model == "per_full_hour":
        return {"model": model, "pct_per_hour": str(figure) if figure is not None else None}
    pairs = []
    for number, line in enumerate(steps.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            left, right = _pair(line.replace("%", ""))
            share = right.replace(" ", "") if "/" in right else str(numerals.parse(right))
            pairs.append((str(numerals.parse(left)), share))
        except Invalid as error:
            raise Invalid(
                _t("Línea %(n)d: %(why)s") % {"n": number, "why": error.message},
                field="sla_steps",
                remedy=_t("Escriba «99,9 = 5»."),
            ) from None
    if model == "duration_ladder":
        return {"model": model, "steps": [{"from_minutes": left, "fraction": right} for left, right in pairs]}
    return {"model": model, "bands": [{"below": left, "credit_pct": right} for left, right in pairs]}


def ladder_fields(sla: Any) -> dict[str, Any]:
    """Return the form's fields of a stored ladder."""
    model = sla.get("model", "")
    if model == "pro_rata" and "allowance_minutes" not in sla:
        return {"sla_model": model, "sla_figure": Decimal(str(sla.get("multiplier", 1)))}
    if model == "per_full_hour":
        return {"sla_model": model, "sla_figure": Decimal(str(sla["pct_per_hour"]))}
    if model == "percent_bands":
        return {
            "sla_model": model,
            "sla_steps": "\n".join(
                f"{_comma(band['below'])} = {_comma(band['credit_pct'])}" for band in sla["bands"]
            ),
        }
    if model == "duration_ladder":
        return {
            "sla_model": model,
            "sla_steps": "\n".join(
                f"{_comma(step['from_minutes'])} = {step['fraction']}" for step in sla["steps"]
            ),
        }
    return {"sla_model": "keep" if model else ""}


def _comma(text: Any) -> str:
    return formats.shortest(Decimal(str(text)))


PRICE_FIELDS = ("unit_price", "monthly_fee", "tiers", "commit_price", "burst_price", "burst_ceil", "pool")


class PriceFields(DeskForm):
    """The amounts of a price, of whichever model."""

    demanded = frozenset({"unit_price", "monthly_fee", "tiers", "commit_price", "burst_price"})

    model = forms.ChoiceField(
        label=_("Modelo"),
        choices=[(model.value, title) for model, title in agreements.MODEL_TITLES.items()],
        widget=forms.RadioSelect,
    )
    unit_price = NumberField(label=_("Precio por Mbps"))
    monthly_fee = NumberField(label=_("Cuota mensual"))
    tiers = forms.CharField(
        label=_("Tramos"),
        required=False,
        widget=area(4, placeholder="1000 = 12,00\n5000 = 11,00\nresto = 10,50"),
        help_text=_("Uno por línea: «hasta Mbps = precio por Mbps»; el último «resto = precio»."),
    )
    commit_price = NumberField(label=_("Precio del compromiso por Mbps"))
    burst_price = NumberField(label=_("Precio del exceso por Mbps"))
    burst_ceil = forms.BooleanField(label=_("El exceso sube al Mbps entero"), required=False)
    pool = forms.CharField(
        label=_("Sumado con los circuitos"),
        required=False,
        max_length=400,
        help_text=_(
            "Códigos separados por coma: su tráfico se suma al de este, y el compromiso es de todos."
        ),
    )

    SHOWN_FOR = {
        "unit_price": "per_mbps", "monthly_fee": "flat", "tiers": "volume|graduated",
        "commit_price": "committed_burst", "burst_price": "committed_burst", "burst_ceil": "committed_burst",
        "pool": "committed_burst",
    }  # fmt: skip

    def price(self) -> dict[str, Any]:
        """Return the amounts of the chosen model. Raises Invalid with the line of a tier that is not understood."""
        said, model = self.cleaned_data, self.cleaned_data["model"]
        if model in {Model.VOLUME, Model.GRADUATED}:
            return {"tiers": read_tiers(said["tiers"])}
        names = {
            Model.PER_MBPS: ("unit_price",),
            Model.FLAT: ("monthly_fee",),
            Model.COMMITTED_BURST: ("commit_price", "burst_price"),
        }
        price = {name: str(said[name]) for name in names[Model(model)] if said[name] is not None}
        if model == Model.COMMITTED_BURST and said["burst_ceil"]:
            price["burst_rounding"] = "ceil_mbps"
        pooled = [code.upper() for code in re.split(r"[\s,;]+", said["pool"]) if code]
        return (
            {**price, "pool": list(dict.fromkeys(pooled))}
            if model == Model.COMMITTED_BURST and pooled
            else dict(price)
        )


class PriceForm(PriceFields):
    """A price version of a circuit."""

    demanded = frozenset(
        {"effective_date", "unit_price", "monthly_fee", "tiers", "commit_price", "burst_price"}
    )

    service_id = forms.ChoiceField(label=_("Servicio"))
    effective_date = DayField(label=_("Rige desde"))
    in_advance = forms.BooleanField(label=_("Se factura por adelantado"), required=False)
    document_id = forms.ChoiceField(label=_("Documento que lo dice"), required=False)
    clause = forms.CharField(label=_("Cláusula"), required=False, max_length=60)
    correction = forms.CharField(
        label=_("Motivo de la corrección"),
        required=False,
        max_length=300,
        help_text=_("Solo si ya hay un precio desde ese mismo día: el anterior queda en la historia."),
    )

    def __init__(self, *args: Any, choices: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["service_id"].choices = [("", _t("Elija el servicio")), *choices.held]  # type: ignore[attr-defined]  # a choice field
        self.fields["document_id"].choices = [("", _t("ninguno")), *choices.documents]  # type: ignore[attr-defined]  # a choice field


def read_tiers(text: str) -> list[dict[str, str | None]]:
    """Return the tiers that were typed. Raises Invalid (field "tiers") naming the line."""
    found: list[dict[str, str | None]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            upper, unit_price = _pair(re.sub(r"(?i)\b(hasta|mbps|bs)\b\.?", " ", line))
            rest = upper.strip().casefold() in {"resto", "más", "mas", "sin límite", "*"}
            up_to = None if rest else str(numerals.parse(upper))
            found.append({"up_to": up_to, "unit_price": str(numerals.parse(unit_price))})
        except Invalid as error:
            raise Invalid(
                _t("Línea %(n)d: %(why)s") % {"n": number, "why": error.message},
                field="tiers",
                remedy=_t("Escriba «1000 = 12,00»."),
            ) from None
    return found


_TIER = re.compile(r"(?:own_price\.)?tiers\[(\d+)\]")


def by_line(error: Invalid, *, prefix: str = "") -> Invalid:
    """Return the error with each path of a price as the form's field, its tier as a line."""
    said = []
    for each in error.errors:
        tier = _TIER.match(each.field)
        if tier:
            text = _t("Línea %(n)d: %(why)s") % {"n": int(tier[1]) + 1, "why": each.message}
            said.append(FieldError(f"{prefix}tiers", text, each.remedy))
        elif each.field.startswith("sla_credit"):
            said.append(FieldError("sla_steps", each.message, each.remedy))
        else:
            name = each.field.removeprefix("own_price.").replace("burst_rounding", "burst_ceil")
            said.append(
                FieldError(
                    f"{prefix}{name}" if name in {*PRICE_FIELDS, "model"} else name, each.message, each.remedy
                )
            )
    return Invalid.of(said)


def posted(request_files: MultiValueDict[str, Any], data: QueryDict | None) -> Mapping[str, Any]:
    """Return the arguments that bind a form with files, unbound when the form is only shown."""
    return {"data": data, "files": request_files} if data is not None else {}
