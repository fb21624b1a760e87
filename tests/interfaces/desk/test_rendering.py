"""Controls written out are those of Django's templates."""

from __future__ import annotations

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.test import SimpleTestCase

from mayorista.interfaces.desk.rendering import Written

CHOICES = [("", "—"), ("1", "Uno & <dos>"), ("Grupo «A»", [("2", "Dos"), (3, "Tres")])]
WIDGETS = [
    (forms.Select(choices=CHOICES, attrs={"class": "x", "required": True, "disabled": False}), "2"),
    (forms.SelectMultiple(choices=CHOICES), ["1", "3"]),
    (forms.TextInput(attrs={"placeholder": 'a "b" <c>'}), "<b>'x'</b>"),
    (forms.TextInput(), None),
    (forms.NumberInput(), 12),
    (forms.HiddenInput(), "a"),
    (forms.PasswordInput(), "secreto"),
    (forms.CheckboxInput(), True),
    (forms.FileInput(attrs={"accept": ".pdf"}), None),
    (forms.Textarea(attrs={"rows": 3}), "uno\n<dos> & tres"),
    (forms.Textarea(), None),
    (forms.RadioSelect(choices=CHOICES), "1"),
]


@pytest.mark.parametrize(("widget", "value"), WIDGETS)
def test_each_control_is_as_django_draws_it(widget, value):
    ours = widget.render("campo", value, {"id": "id_campo"}, renderer=Written())
    theirs = widget.render("campo", value, {"id": "id_campo"}, renderer=DjangoTemplates())
    SimpleTestCase().assertHTMLEqual(ours, theirs)
