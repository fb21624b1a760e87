"""`{% url %}` of the desk remembers addresses, and says what Django's own tag says."""

from __future__ import annotations

import pytest
from django.template import Context, NodeList, Template
from django.template.defaulttags import URLNode
from django.urls import NoReverseMatch

from mayorista.interfaces.desk.templatetags.desk import Address
from mayorista.rules import periods

CASES = (
    "{% url 'desk:tray' %}",
    "{% url 'desk:invoice' 7 %}",
    "{% url 'desk:receipt' text %}",
    "{% url 'desk:billing-month' month %}",
    "{% url 'desk:invoice' 7 as it %}<{{ it }}>",
    "{% url 'desk:receipt' 'a/b' as it %}<{{ it }}>",
)
SAID = {"text": "COMP & <1>", "month": periods.parse_month("2026-11")}


def drawn(text: str) -> str:
    return Template(text).render(Context(SAID))


@pytest.mark.parametrize("text", CASES)
def test_says_what_djangos_own_says(text):
    first, again = drawn("{% load desk %}" + text), drawn("{% load desk %}" + text)
    assert first == again == drawn(text)
    assert "/" in first or first == "<>"


def test_refuses_what_is_no_address():
    with pytest.raises(NoReverseMatch):
        drawn("{% load desk %}{% url 'desk:receipt' 'a/b' %}")


def test_stands_in_the_templates():
    nodes = Template("{% load desk %}{% url 'desk:tray' %}").nodelist
    assert [type(node) for node in NodeList(nodes) if isinstance(node, URLNode)] == [Address]
