"""What one act of a case is, and what several of them ask of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from mayorista.interfaces.desk.forms import acts as forms
from mayorista.rules.errors import Conflict
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from mayorista.apps.overview.queries.case import CasePage
    from mayorista.interfaces.desk.request import DeskRequest

Run = Callable[["DeskRequest", "CasePage", Any], str]


@dataclass(frozen=True, slots=True)
class Spec:
    """One act: `run` makes the call and returns the words for the toast; `offered` says when a case offers it."""

    slug: str
    step: str
    title: Any
    icon: str
    act: Act
    form: type[forms.ActForm]
    run: Run
    offered: Callable[[CasePage], bool]
    submit: Any
    of_case: bool = False
    hints: bool = False
    uploads: str = ""
    names: dict[str, str] = field(default_factory=dict)
    danger: bool = False


def case_id_of(page: CasePage) -> int:
    if page.head.case_id is None:
        raise Conflict(_("Este acto es de cada caso."), remedy=_("Abra el caso del cliente en la lista."))
    return page.head.case_id


def is_open(page: CasePage) -> bool:
    return page.head.closed_at is None


def is_worked(page: CasePage) -> bool:
    """External or internal, and not closed."""
    return is_open(page) and page.head.attribution in {"EXTERNAL", "INTERNAL"}
