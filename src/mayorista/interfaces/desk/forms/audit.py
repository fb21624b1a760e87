"""Forms of auditing."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mayorista.interfaces.desk.forms import DeskForm
from mayorista.interfaces.desk.forms.billing import DayField


class SealForm(DeskForm):
    """A seal as a mail says it, to be held against ours; empty: only recompute."""

    day = DayField(label=gettext_lazy("Día (día/mes/año)"), required=False)
    digest = forms.CharField(label=gettext_lazy("Sello que dice el correo"), required=False, max_length=80)

    def clean(self) -> dict[str, object]:
        """Both or none."""
        said = super().clean() or {}
        if bool(said.get("day")) != bool(said.get("digest")) and not self.errors:
            self.add_error(
                "day" if said.get("digest") else "digest", _("Escriba el día y su sello, o ninguno.")
            )
        return said
