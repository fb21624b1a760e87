"""Forms of incoming mails."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from mayorista.interfaces.desk.forms import DeskForm, area


class AnswerForm(DeskForm):
    """What is written back to a mail."""

    demanded = frozenset({"subject", "body"})

    subject = forms.CharField(label=_("Asunto"), max_length=300, required=False)
    body = forms.CharField(
        label=_("Texto"), max_length=20_000, required=False, widget=area(10, **{"data-autofocus": ""})
    )
