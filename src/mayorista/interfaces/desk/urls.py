"""The addresses of the desk, in Spanish; one line per screen or act."""

from __future__ import annotations

from django.urls import URLPattern, path

from mayorista.interfaces.desk import (
    acts,
    urls_billing,
    urls_collection,
    urls_contracts,
    urls_indicators,
    urls_receipts,
)
from mayorista.interfaces.desk.views import (
    alarms,
    board,
    cases,
    dac,
    files,
    lab,
    live,
    maintenance,
    messages,
    notices,
    opening,
    paper,
    protocols,
    search,
    texts,
    trace,
    tray,
)

app_name = "desk"

urlpatterns: list[URLPattern] = [
    path("", tray.tray, name="tray"),
    path("tareas/<int:item_id>/tomar/", tray.claim, name="claim"),
    path("tareas/<int:item_id>/liberar/", tray.release, name="release"),
    path("tareas/<int:item_id>/posponer/", tray.snooze, name="snooze"),
    path("tareas/<int:item_id>/retomar/", tray.wake, name="wake"),
    path("vivo", live.live, name="live"),
    path("danos/", board.board, name="board"),
    path("pizarra", board.wall, name="wall"),
    path("danos/nuevo/", opening.new_case, name="new-case"),
    path("reclamos/nuevo/", opening.new_claim, name="new-claim"),
    path("danos/<str:number>/", cases.case, name="case"),
    path("danos/<str:number>/mensaje/", cases.write, name="write"),
    path("danos/<str:number>/conversacion.pdf", paper.conversation, name="conversation"),
    path("danos/<str:number>/nota/", cases.note, name="note"),
    *acts.paths(),
    path("danos/<str:number>/avisar/", notices.tell, name="tell"),
    path("danos/<str:number>/avisar/<str:kind>/", notices.inform, name="inform"),
    path("avisos/", notices.bulk, name="notices"),
    path("avisos/deshacer/", notices.undo, name="undo-notices"),
    path("dac/<str:number>/", dac.page, name="dac"),
    path("dac/<str:number>/acusar/", dac.acknowledge, name="dac-acknowledge"),
    path("dac/<str:number>/reimprimir/<int:sequence>/", dac.reprint, name="dac-reprint"),
    path("verificar/", dac.verify_form, name="verify-form"),
    path("verificar/<str:token>/", dac.verify, name="verify"),
    path("archivos/", files.upload, name="upload"),
    path("archivos/<int:file_id>/", files.download, name="file"),
    path("buscar/", search.search, name="search"),
    path("alarmas/", alarms.alarms, name="alarms"),
    path("alarmas/sin-servicio/", alarms.unknown, name="alarms-unknown"),
    path("alarmas/sin-servicio/<int:alarm_id>/", alarms.link, name="alarm-link"),
    path("alarmas/sin-servicio/<int:alarm_id>/ignorar/", alarms.ignore, name="alarm-ignore"),
    path("alarmas/cuarentena/", alarms.quarantine, name="alarms-quarantine"),
    path("alarmas/cuarentena/<int:quarantine_id>/revisar/", alarms.review, name="quarantine-review"),
    path("alarmas/cuerpos/<int:post_id>/", alarms.raw, name="alarm-raw"),
    path("alarmas/apartadas/<int:occurrence_id>/reintentar/", alarms.retry, name="alarm-retry"),
    path("alarmas/fuentes/", alarms.sources, name="alarm-sources"),
    path("alarmas/fuentes/nueva/", alarms.new_source, name="alarm-source-new"),
    path("alarmas/fuentes/<int:source_id>/", alarms.source, name="alarm-source"),
    path("alarmas/fuentes/<int:source_id>/clave/", alarms.rotate, name="alarm-source-rotate"),
    path("mantenimientos/", maintenance.windows, name="maintenance"),
    path("mantenimientos/nuevo/", maintenance.new, name="maintenance-new"),
    path("mantenimientos/<str:number>/", maintenance.window, name="maintenance-window"),
    path("mantenimientos/<str:number>/anular/", maintenance.cancel, name="maintenance-cancel"),
    path("mensajes/", messages.inbox, name="messages"),
    path("mensajes/<int:message_id>/archivar/", messages.file_message, name="message-file"),
    path("mensajes/<int:message_id>/marcar/", messages.mark, name="message-mark"),
    path("mensajes/<int:message_id>/reenviar/", messages.resend, name="message-resend"),
    path("mensajes/<int:message_id>/deshacer/", messages.undo, name="message-undo"),
    path("mensajes/<int:message_id>/llego/", messages.arrived, name="message-arrived"),
    path("canales/", messages.channels, name="channels"),
    path("canales/<str:channel>/reintentar/", messages.resume, name="channel-resume"),
    path("laboratorio/", lab.lab, name="lab"),
    path("traza/<path:number>/", trace.trace, name="trace"),
    path("administracion/textos/", texts.texts, name="texts"),
    path("administracion/textos/enviar/", texts.submit, name="texts-submit"),
    path("administracion/textos/<slug:code>/", texts.text, name="text"),
    path("protocolos/", protocols.protocols, name="protocols"),
    path("protocolos/<str:code>/", protocols.protocol, name="protocol"),
    path("protocolos/<str:code>/version/<int:version>/", protocols.protocol, name="protocol-version"),
    path("protocolos/<str:code>/publicar/", protocols.publish, name="protocol-publish"),
]

# The addresses of the other rooms, each with its own test of who may what.
PARTS = (
    urls_billing,
    urls_collection,
    urls_contracts,
    urls_indicators,
    urls_receipts,
)
for _part in PARTS:
    urlpatterns += _part.urlpatterns
