"""The addresses of collection; part of the desk's."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from mayorista.interfaces.desk.views import collection, collection_orders

ONE = "cobranza/clientes/<str:code>/"
urlpatterns: list[URLPattern] = [
    path("cobranza/", collection.ageing, name="collection"),
    path("cobranza/recordatorios/", collection.reminder_list, name="reminders"),
    path("cobranza/recordatorios/liberar/", collection.release, name="reminder-release"),
    path("cobranza/recordatorios/<int:mail_id>/deshacer/", collection.undo, name="reminder-undo"),
    path("cobranza/objeciones/", collection.objection_list, name="collection-objections"),
    path(
        "cobranza/objeciones/<int:objection_id>/decidir/",
        collection.decide_objection,
        name="objection-decide",
    ),
    path("cobranza/objeciones/<int:objection_id>/nota/", collection.objection_note, name="objection-note"),
    path("cobranza/promesas/<int:promise_id>/retirar/", collection.withdraw_promise, name="promise-withdraw"),
    path("cobranza/suspensiones/", collection_orders.suspension_list, name="suspensions"),
    path("cobranza/suspensiones/<str:number>/", collection_orders.suspension, name="suspension"),
    re_path(
        r"^cobranza/suspensiones/(?P<number>[^/]+)/(?P<act>aprobar|rechazar|detener|ejecutar|rehabilitar|conectar)/$",
        collection_orders.suspension_act,
        name="suspension-act",
    ),
    path(ONE, collection.customer, name="collection-customer"),
    path(f"{ONE}gestion/", collection.log_contact, name="collection-contact"),
    path(f"{ONE}promesa/", collection.promise, name="collection-promise"),
    path(f"{ONE}objecion/", collection.raise_objection, name="collection-objection"),
    path(f"{ONE}pausa/", collection.pause, name="collection-pause"),
    path(f"{ONE}interes/", collection.charge_interest, name="collection-interest"),
    path(f"{ONE}suspender/", collection_orders.propose, name="suspension-propose"),
    path(f"{ONE}estado/", collection_orders.statement, name="account-statement"),
    path(f"{ONE}estado.pdf", collection_orders.statement_pdf, name="account-statement-pdf"),
    path(f"{ONE}estado/enviar/", collection_orders.send_statement, name="account-statement-send"),
    path(f"{ONE}expediente.pdf", collection_orders.proofs, name="proofs"),
    path(f"{ONE}legal/", collection_orders.hand_to_legal, name="hand-to-legal"),
    path(f"{ONE}legal/concluir/", collection_orders.close_legal, name="legal-close"),
]
