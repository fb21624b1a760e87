"""The form of a text of the house: a mail, a quick reply or a WhatsApp template."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mayorista.interfaces.desk.forms import DeskForm, area


class TextForm(DeskForm):
    """New words of a text; what they may hold is known by the rules."""

    version = forms.CharField(widget=forms.HiddenInput, required=False)
    subject = forms.CharField(label=_("Asunto"), max_length=300)
    body = forms.CharField(label=_("Texto"), widget=area(9), strip=False, max_length=20_000)

    def __init__(self, *args: Any, has_subject: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_subject:
            del self.fields["subject"]

    @property
    def shown(self) -> list[forms.BoundField]:
        """The fields to lay out."""
        return [self[name] for name in self.fields if name != "version"]
