"""The shadow month: our amounts beside the real invoices of a month, on screen and as a workbook; nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mayorista.apps.onboarding import shadow, shadow_file
from mayorista.apps.procedure.actors import require
from mayorista.interfaces.desk import sheets
from mayorista.interfaces.desk.forms import attach
from mayorista.interfaces.desk.forms.billing import ShadowForm
from mayorista.rules import periods
from mayorista.rules.errors import Invalid
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from django.http import HttpResponse

    from mayorista.apps.onboarding.values import Problem
    from mayorista.interfaces.desk.request import DeskRequest


@require_http_methods(["GET", "POST"])
def month(request: DeskRequest, month: str) -> HttpResponse:
    """Compare with the file sent, or with the invoices registered here; `excel` answers with a workbook."""
    require(request.actor, Act.VIEW_BILLING)
    wanted = periods.parse_month(month)
    form = ShadowForm(request.POST or None, request.FILES or None)
    page: shadow.Shadow | None = None
    problems: list[Problem] = []
    if request.method == "POST" and form.is_valid():
        try:
            file = form.cleaned_data["file"]
            real, problems = (
                shadow_file.read(content=file.read(), name=file.name)
                if file
                else (shadow.registered(wanted), [])
            )
            page = shadow.compare(month=wanted, real=real, at=request.at)
        except Invalid as error:
            attach(form, error)
    if page is not None and "excel" in request.POST:
        return _workbook(request, page)
    context = {"month": wanted, "form": form, "page": page, "problems": problems}
    return render(request, "desk/shadow.html", context, status=422 if form.errors else 200)


def _workbook(request: DeskRequest, page: shadow.Shadow) -> HttpResponse:
    columns = [
        _("Cliente"), _("NIT"), _("Grupo"), _("Factura"), _("Moneda"), _("Nuestro monto"), _("Factura real"), _("Diferencia"),
        _("Causa"), _("Explicación"), _("Sin explicar"),
    ]  # fmt: skip
    rows = [
        (
            row.customer, row.nit, row.group, row.number, row.currency, row.ours, row.theirs, row.difference,
            row.title, row.words, row.left,
        )
        for row in page.rows
    ]  # fmt: skip
    return sheets.response(_("Mes en sombra %(month)s") % {"month": page.month}, request, columns, rows)
