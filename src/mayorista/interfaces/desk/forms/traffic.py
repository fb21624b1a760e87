"""Forms of traffic: a file of samples, a source that posts them."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from mayorista.interfaces.desk.forms import DeskForm

BITS = [("64", _("64 bits (ifHC…)")), ("32", _("32 bits"))]


class UploadForm(DeskForm):
    """A CSV or XLSX with one row per circuit and five minutes."""

    file = forms.FileField(
        label=_("Archivo CSV o XLSX"),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx"}),
        help_text=_("Hasta 32 MB; 300.000 filas en CSV, 100.000 en XLSX."),
    )
    zone = forms.CharField(label=_("Zona de las horas sin desfase"), max_length=40, initial="America/La_Paz")
    counter_bits = forms.ChoiceField(label=_("Si son contadores, de"), choices=BITS, initial="64")


class SourceForm(DeskForm):
    """A system that will post samples."""

    code = forms.CharField(
        label=_("Código"),
        max_length=40,
        help_text=_("Va en la dirección: /hooks/trafico/código. Letras minúsculas, números y guiones."),
    )
    name = forms.CharField(label=_("Nombre"), max_length=120)
    zone = forms.CharField(label=_("Zona de las horas sin desfase"), max_length=40, initial="America/La_Paz")
    counter_bits = forms.ChoiceField(label=_("Si envía contadores, de"), choices=BITS, initial="64")
