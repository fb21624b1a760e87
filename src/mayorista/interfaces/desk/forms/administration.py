"""Forms of people, delegations and parameters, and of the upload of a workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from mayorista.apps.overview.queries import administration
from mayorista.interfaces.desk.forms import DeskForm, MomentField, area
from mayorista.rules import phones
from mayorista.rules.errors import Invalid

if TYPE_CHECKING:
    from mayorista.apps.overview.queries.administration import DelegationsPage, ParameterPage
    from mayorista.apps.overview.queries.administration import UserForm as UserChoices


class UserForm(DeskForm):
    """A person who may enter."""

    username = forms.CharField(
        label=_("Usuario"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-autofocus": ""}),
    )
    full_name = forms.CharField(label=_("Nombre completo"), max_length=120)
    roles = forms.MultipleChoiceField(label=_("Roles"), widget=forms.CheckboxSelectMultiple, required=False)
    unit_code = forms.ChoiceField(label=_("Unidad"), required=False)
    email = forms.EmailField(label=_("Correo"), required=False)
    phone_e164 = forms.CharField(label=_("Teléfono"), required=False, max_length=40)
    password = forms.CharField(
        label=_("Contraseña"),
        required=False,
        strip=False,
        help_text=_("Al menos 10 caracteres. Vacía no la cambia."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "data-draft-skip": ""}),
    )
    is_active = forms.BooleanField(label=_("Puede entrar"), required=False)

    def __init__(self, *args: Any, choices: UserChoices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["roles"].choices = choices.roles  # type: ignore[attr-defined]  # a choice field
        self.fields["unit_code"].choices = [("", _t("ninguna")), *choices.units]  # type: ignore[attr-defined]  # a choice field
        if choices.user_id is None:
            self.fields["password"].required = True
            self.fields["password"].help_text = _t("Al menos 10 caracteres; la persona la cambia al entrar.")

    @property
    def shown(self) -> list[forms.BoundField]:
        """The fields to lay out."""
        return list(self)

    def clean_phone_e164(self) -> str:
        """Return the number in E.164."""
        text = self.cleaned_data["phone_e164"].strip()
        if not text:
            return ""
        try:
            return phones.normalise(text).e164
        except Invalid as error:
            raise forms.ValidationError(f"{error.message} {error.remedy}") from None

    def wishes(self) -> dict[str, Any]:
        """Return what was typed as the operation takes it."""
        said = dict(self.cleaned_data)
        said["password"] = said["password"] or None
        return said


class DelegationForm(DeskForm):
    """Who stands in for whom, in which role, and when."""

    role = forms.ChoiceField(label=_("Rol"))
    delegator_id = forms.TypedChoiceField(label=_("Quien delega"), coerce=int)
    delegate_id = forms.TypedChoiceField(label=_("En quién"), coerce=int)
    starts_at = MomentField(label=_("Desde"), ahead=True)
    ends_at = MomentField(label=_("Hasta"), ahead=True)
    reason = forms.CharField(label=_("Motivo"), required=False, max_length=300)

    def __init__(self, *args: Any, page: DelegationsPage, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = page.roles  # type: ignore[attr-defined]  # a choice field
        self.fields["delegator_id"].choices = page.holders  # type: ignore[attr-defined]  # a choice field
        self.fields["delegate_id"].choices = [("", _t("Elija la persona")), *page.people]  # type: ignore[attr-defined]  # a choice field

    @property
    def shown(self) -> list[forms.BoundField]:
        """The fields to lay out."""
        return list(self)


class ParameterForm(DeskForm):
    """A new value of a parameter, from a day on, with its reason."""

    value = forms.CharField(label=_("Valor"), widget=area(3, spellcheck="false"), required=False, strip=True)
    valid_from = MomentField(label=_("Rige desde"), ahead=True, initial=_("ahora"))
    reason = forms.CharField(label=_("Motivo"), required=False, max_length=300)

    def __init__(self, *args: Any, page: ParameterPage, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._like = page.value
        self.fields["value"].help_text = _t("Como este: %(default)s. Se admite %(range)s.") % {
            "default": page.default,
            "range": page.range,
        }

    @property
    def shown(self) -> list[forms.BoundField]:
        """The fields to lay out."""
        return list(self)

    def clean_value(self) -> Any:
        """Return the value in the form that the parameter has."""
        try:
            return administration.read_value(self.cleaned_data["value"], self._like)
        except ValueError:
            raise forms.ValidationError(
                _t("No se entiende el valor. Escríbalo con la misma forma que el ejemplo.")
            ) from None


class UploadForm(DeskForm):
    """A workbook to import."""

    file = forms.FileField(
        label=_("Libro de Excel (.xlsx)"),
        allow_empty_file=True,
        widget=forms.FileInput(
            attrs={"accept": ".xlsx,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
        ),
        help_text=_("Hasta 10 MB. Nada se carga hasta que usted confirme."),
    )
    scans = forms.FileField(
        label=_("Escaneos (.zip)"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".zip,application/zip"}),
        help_text=_("Los PDF y fotos que nombran las columnas «Archivo»; si no hay, déjelo vacío."),
    )

    @property
    def shown(self) -> list[forms.BoundField]:
        """The fields to lay out."""
        return list(self)
