"""The form of a new version of a protocol of A.2: its text, and the checklist as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mayorista.apps.procedure.operations import protocols as operations
from mayorista.interfaces.desk.forms import DeskForm, area

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mayorista.apps.overview.queries.protocols import ProtocolView

KINDS = (("check", _("sí o no")), ("text", _("se escribe")))
EMPTY_ROWS = 4


class Publish(DeskForm):
    """What a new version says; the rows of the checklist are numbered, an empty one is left out."""

    version = forms.CharField(widget=forms.HiddenInput, required=False)
    title = forms.CharField(label=_("Título"), max_length=operations.LONGEST_TITLE)
    body = forms.CharField(label=_("Texto del protocolo"), widget=area(8), max_length=operations.LONGEST_BODY)
    file = forms.FileField(
        label=_("Texto oficial (archivo)"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".pdf,.doc,.docx,.odt"}),
    )
    reason = forms.CharField(
        label=_("Qué cambia y por qué"), max_length=operations.LONGEST_REASON, widget=area(2)
    )

    def __init__(self, *args: Any, page: ProtocolView, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.count = min(len(page.questions) + EMPTY_ROWS, operations.MOST_QUESTIONS)
        for number in range(1, self.count + 1):
            text, kind = page.questions[number - 1] if number <= len(page.questions) else ("", "check")
            self.fields[f"question-{number}"] = forms.CharField(
                label=_("Pregunta %(n)s") % {"n": number},
                required=False,
                max_length=operations.LONGEST_QUESTION,
                initial=text,
            )
            self.fields[f"kind-{number}"] = forms.ChoiceField(
                label=_("Respuesta"), choices=KINDS, required=False, initial=kind
            )
            self.fields[f"place-{number}"] = forms.IntegerField(
                label=_("Orden"), required=False, min_value=0, max_value=99, initial=number
            )
            self.fields[f"code-{number}"] = forms.CharField(
                required=False,
                max_length=30,
                widget=forms.HiddenInput,
                initial=page.codes[number - 1] if number <= len(page.codes) else "",
            )
        self.speak_plainly()

    @property
    def rows(self) -> Iterator[tuple[forms.BoundField, ...]]:
        """Each row of the checklist: place, question, how it is answered, and the code it keeps."""
        for number in range(1, self.count + 1):
            yield tuple(self[f"{name}-{number}"] for name in ("place", "question", "kind", "code"))

    def questions(self) -> list[operations.Question]:
        """The rows that say something, in the order of their places."""
        said = self.cleaned_data
        found = []
        for number in range(1, self.count + 1):
            text = said.get(f"question-{number}", "").strip()
            place = said.get(f"place-{number}")
            if text:
                question = operations.Question(
                    said.get(f"code-{number}", ""), text, said.get(f"kind-{number}") or "check"
                )
                found.append((number if place is None else place, number, question))
        return [question for _place, _number, question in sorted(found, key=lambda row: row[:2])]
