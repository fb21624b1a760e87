"""The addresses of the measure and of the procedure's picture; part of the desk's."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from mayorista.interfaces.desk.views import indicators, process

TERM = r"(?P<term>\d{4}(?:-(?:\d{2}|T\d))?)"
urlpatterns: list[URLPattern] = [
    path("indicadores/", indicators.newest, name="indicators"),
    path("indicadores/criterios/", indicators.criteria_list, name="criteria"),
    path("indicadores/criterios/proponer/", indicators.propose, name="criteria-propose"),
    path("indicadores/criterios/<int:criteria_id>/", indicators.criteria_set, name="criteria-set"),
    path("indicadores/criterios/<int:criteria_id>/retirar/", indicators.withdraw, name="criteria-withdraw"),
    path("indicadores/casos/<str:number>/", indicators.explain, name="indicator-case"),
    path("indicadores/informes/<int:snapshot_id>/", indicators.snapshot, name="indicator-snapshot"),
    re_path(rf"^indicadores/{TERM}/$", indicators.term, name="indicator-term"),
    re_path(r"^indicadores/(?P<month>\d{4}-\d{2})/bitacora/$", indicators.retell, name="indicator-journal"),
    re_path(r"^indicadores/(?P<month>\d{4}-\d{2})/informar/$", indicators.report, name="indicator-report"),
    path("proceso/", process.picture, name="process"),
    path("proceso/procedimiento.bpmn", process.bpmn, name="process-bpmn"),
    path("proceso/paso/<str:code>/", process.step, name="process-step"),
    path("proceso/procedimiento.svg", process.svg, name="process-svg"),
    path("proceso/procedimiento.pdf", process.paper, name="process-paper"),
]
