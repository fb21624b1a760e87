"""The addresses of the shift and the roster; part of the desk's."""

from __future__ import annotations

from django.urls import URLPattern, path

from mayorista.interfaces.desk.views import shifts

urlpatterns: list[URLPattern] = [
    path("turno/", shifts.shift, name="shift"),
    path("turno/<int:handover_id>/recibir/", shifts.receive, name="shift-receive"),
    path("turno/rol/", shifts.roster, name="roster"),
    path("turno/rol/semana/", shifts.add_slots, name="roster-slots"),
    path("turno/rol/semana/<int:slot_id>/terminar/", shifts.drop_slot, name="roster-slot-drop"),
    path("turno/rol/cambios/", shifts.add_exception, name="roster-change"),
    path("turno/rol/cambios/<int:exception_id>/retirar/", shifts.drop_exception, name="roster-change-drop"),
]
