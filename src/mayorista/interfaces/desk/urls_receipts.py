"""The addresses of receipts; part of the desk's."""

from __future__ import annotations

from django.urls import URLPattern, path

from mayorista.interfaces.desk.views import receipts

urlpatterns: list[URLPattern] = [
    path("comprobantes/", receipts.receipt_list, name="receipts"),
    path("comprobantes/nuevo/", receipts.new, name="receipt-new"),
    path("comprobantes/informar/", receipts.inform, name="receipts-inform"),
    path(
        "comprobantes/imputaciones/<int:allocation_id>/deshacer/",
        receipts.undo_allocation,
        name="allocation-undo",
    ),
    path("comprobantes/<str:number>/", receipts.receipt, name="receipt"),
    path("comprobantes/<str:number>/imputar/", receipts.allocate, name="receipt-allocate"),
    path("comprobantes/<str:number>/a-cuenta/", receipts.leave_on_account, name="receipt-on-account"),
    path("comprobantes/<str:number>/archivo/", receipts.attach_file, name="receipt-file"),
    path("comprobantes/<str:number>/anular/", receipts.withdraw, name="receipt-withdraw"),
    path("comprobantes/<str:number>/conciliar/", receipts.reconcile, name="receipt-reconcile"),
    path("comprobantes/<str:number>/rechazar/", receipts.reject, name="receipt-reject"),
    path("comprobantes/<str:number>/tomar-nota/", receipts.note_rejection, name="receipt-note-rejection"),
]
