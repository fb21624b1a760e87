"""The addresses of receipts; part of the desk's."""

from __future__ import annotations

from django.urls import URLPattern, path

from mayorista.interfaces.desk.views import receipts, receipts_bank

urlpatterns: list[URLPattern] = [
    path("comprobantes/", receipts.receipt_list, name="receipts"),
    path("comprobantes/nuevo/", receipts.new, name="receipt-new"),
    path("comprobantes/informar/", receipts.inform, name="receipts-inform"),
    path(
        "comprobantes/imputaciones/<int:allocation_id>/deshacer/",
        receipts.undo_allocation,
        name="allocation-undo",
    ),
    path("comprobantes/extractos/", receipts_bank.statements, name="statements"),
    path("comprobantes/extractos/<str:number>/", receipts_bank.statement, name="statement"),
    path("comprobantes/movimientos/<int:line_id>/enlazar/", receipts_bank.match, name="line-match"),
    path("comprobantes/movimientos/<int:line_id>/soltar/", receipts_bank.release, name="line-release"),
    path("comprobantes/movimientos/<int:line_id>/apartar/", receipts_bank.set_aside, name="line-set-aside"),
    path("comprobantes/cuentas/", receipts_bank.accounts, name="bank-accounts"),
    path(
        "comprobantes/cuentas/<int:account_id>/decidir/",
        receipts_bank.decide_account,
        name="bank-account-decide",
    ),
    path(
        "comprobantes/cuentas/<int:account_id>/baja/", receipts_bank.close_account, name="bank-account-close"
    ),
    path("comprobantes/exportar/<str:name>", receipts_bank.export, name="receipts-export"),
    path("comprobantes/<str:number>/", receipts.receipt, name="receipt"),
    path("comprobantes/<str:number>/imputar/", receipts.allocate, name="receipt-allocate"),
    path("comprobantes/<str:number>/a-cuenta/", receipts.leave_on_account, name="receipt-on-account"),
    path("comprobantes/<str:number>/archivo/", receipts.attach_file, name="receipt-file"),
    path("comprobantes/<str:number>/anular/", receipts.withdraw, name="receipt-withdraw"),
    path("comprobantes/<str:number>/conciliar/", receipts.reconcile, name="receipt-reconcile"),
    path("comprobantes/<str:number>/rechazar/", receipts.reject, name="receipt-reject"),
    path("comprobantes/<str:number>/tomar-nota/", receipts.note_rejection, name="receipt-note-rejection"),
]
