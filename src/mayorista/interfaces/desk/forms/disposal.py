"""Forms of legal holds and of acts of disposal."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from mayorista.interfaces.desk.forms import DeskForm, area


class HoldForm(DeskForm):
    """What is held and why."""

    demanded = frozenset({"number", "reason"})

    number = forms.CharField(
        label=_("Número del cliente, contrato, daño o caso"),
        max_length=40,
        required=False,
        help_text=_("Como aparece en su página; del cliente, su código."),
    )
    reason = forms.CharField(label=_("Motivo"), max_length=300, required=False, widget=area(2))


class ProposalForm(DeskForm):
    """Why the listed records go."""

    demanded = frozenset({"reason"})

    reason = forms.CharField(label=_("Motivo"), max_length=300, required=False, widget=area(2))


class DecisionForm(DeskForm):
    """What is said with a decision; a refusal needs it."""

    note = forms.CharField(
        label=_("Nota"),
        max_length=300,
        required=False,
        widget=area(2),
        help_text=_("Obligatoria si se rechaza."),
    )
