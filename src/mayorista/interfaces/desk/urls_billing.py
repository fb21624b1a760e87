"""The addresses of billing; part of the desk's."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from mayorista.interfaces.desk import urls_traffic
from mayorista.interfaces.desk.views import availability, billing, billing_papers, notes, shadow

MONTH = r"(?P<month>\d{4}-\d{2})"
urlpatterns: list[URLPattern] = [
    *urls_traffic.urlpatterns,
    path("facturacion/", billing.billing, name="billing"),
    path("facturacion/creditos/", billing_papers.credit_list, name="billing-credits"),
    path("facturacion/tipos-de-cambio/", billing_papers.rate_list, name="billing-rates"),
    path("facturacion/cuanto-seria/", billing.estimate, name="billing-estimate"),
    path("facturacion/grupos/", billing.group_list, name="billing-groups"),
    path("facturacion/grupos/<int:group_id>/juntar/", billing.join, name="billing-join"),
    path("facturacion/contratos/<int:contract_id>/separar/", billing.separate, name="billing-separate"),
    path("facturacion/corridas/<int:run_id>/", billing.run_page, name="billing-run"),
    path("facturacion/corridas/<int:run_id>/deshacer/", billing.undo_run, name="billing-run-undo"),
    path("facturacion/hojas/<str:number>/", billing_papers.sheet, name="billing-sheet"),
    path("facturacion/hojas/<str:number>/caso.json", billing_papers.sheet_case, name="billing-sheet-case"),
    path("facturacion/hojas/<str:number>/hoja.pdf", billing_papers.sheet_pdf, name="billing-sheet-pdf"),
    path("facturacion/hojas/<str:number>/definir/", billing_papers.define, name="billing-define"),
    path("facturacion/hojas/<str:number>/diferir/", billing_papers.defer, name="billing-defer"),
    path("facturacion/hojas/<str:number>/observar/", billing_papers.observe, name="billing-observe"),
    path("facturacion/hojas/<str:number>/cargo/", billing_papers.charge, name="billing-charge"),
    path("facturacion/hojas/<str:number>/factura/", billing_papers.register, name="billing-register"),
    path(
        "facturacion/cargos/<int:one_off_id>/aprobar/", billing_papers.approve_charge, name="charge-approve"
    ),
    path(
        "facturacion/cargos/<int:one_off_id>/retirar/", billing_papers.withdraw_charge, name="charge-withdraw"
    ),
    path("facturacion/paquetes/<str:number>/", billing_papers.packet, name="billing-packet"),
    path("facturacion/paquetes/<str:number>/acuse/", billing_papers.acknowledge, name="packet-acknowledge"),
    path("facturacion/disponibilidad/", availability.latest, name="availability-latest"),
    re_path(rf"^facturacion/{MONTH}/disponibilidad/$", availability.month, name="availability-month"),
    re_path(rf"^facturacion/{MONTH}/creditos/$", availability.propose, name="availability-propose"),
    re_path(
        rf"^facturacion/{MONTH}/disponibilidad/(?P<circuit>[^/]+)/$",
        availability.service,
        name="availability",
    ),
    re_path(rf"^facturacion/{MONTH}/$", billing.month, name="billing-month"),
    re_path(rf"^facturacion/{MONTH}/sombra/$", shadow.month, name="billing-shadow"),
    re_path(rf"^facturacion/{MONTH}/confirmar/$", billing.confirm, name="billing-confirm"),
    re_path(rf"^facturacion/{MONTH}/despacho/$", billing.dispatch, name="billing-dispatch"),
    re_path(
        rf"^facturacion/{MONTH}/paquetes\.(?P<ending>csv|xlsx)$",
        billing.packets_file,
        name="billing-packets-file",
    ),
    re_path(
        rf"^facturacion/{MONTH}/(?P<kind>definir|remitir|emitir|despachar)/$",
        billing.run,
        name="billing-start",
    ),
    path("facturas/", billing_papers.invoice_list, name="invoices"),
    path("facturas/importar/", billing_papers.import_archive, name="invoice-import"),
    path("facturas/numero/<str:number>/", billing_papers.invoice_by_number, name="invoice-by-number"),
    path("facturas/<int:invoice_id>/", billing_papers.invoice, name="invoice"),
    path("facturas/<int:invoice_id>/factura.pdf", billing_papers.invoice_pdf, name="invoice-pdf"),
    path("facturas/<int:invoice_id>/pdf/", billing_papers.attach_pdf, name="invoice-attach"),
    path("facturas/<int:invoice_id>/despachar/", billing_papers.dispatch, name="invoice-dispatch"),
    path("facturas/<int:invoice_id>/nota/", billing_papers.note, name="invoice-note"),
    path("facturas/notas/<int:note_id>/", notes.note, name="billing-note"),
    path("facturas/notas/<int:note_id>/nota.pdf", notes.pdf, name="billing-note-pdf"),
    path("facturas/notas/<int:note_id>/pdf/", notes.attach_pdf, name="billing-note-attach"),
    path("facturas/notas/<int:note_id>/despachar/", notes.dispatch, name="billing-note-dispatch"),
    path("facturas/envios/<int:dispatch_id>/deshacer/", billing_papers.undo_dispatch, name="dispatch-undo"),
]
