"""The addresses of contracts (B.1) and changes of speed (B.2); part of the desk's."""

from __future__ import annotations

from django.urls import URLPattern, path

from mayorista.interfaces.desk.views import agreements, customers, handing, speeds

# A contract's number may hold a slash: what is done to one stands before the page of one.
urlpatterns: list[URLPattern] = [
    path("contratos/", agreements.contracts, name="contracts"),
    path("contratos/entregar/", agreements.hand_over, name="contract-hand-over"),
    path("contratos/entregar/libro/", handing.book, name="contract-book"),
    path("contratos/entregar/plantilla/", handing.template, name="contract-book-template"),
    path("contratos/entregar/libro/<int:run_id>/", handing.preview, name="contract-book-preview"),
    path("contratos/<path:number>/editar/", customers.contract, name="contract-edit"),
    path("contratos/<path:number>/entregar/", agreements.hand_over, name="contract-hand-over-again"),
    path("contratos/<path:number>/recibir/", agreements.receive, name="contract-receive"),
    path("contratos/<path:number>/completar/", agreements.complete, name="contract-complete"),
    path("contratos/<path:number>/observar/", agreements.observe, name="contract-observe"),
    path("contratos/<path:number>/lista/", agreements.items, name="contract-items"),
    path("contratos/<path:number>/documentos/", agreements.document, name="contract-document"),
    path("contratos/<path:number>/custodia/", agreements.custody, name="contract-custody"),
    path("contratos/<path:number>/garantias/", agreements.guarantee, name="contract-guarantee"),
    path("contratos/<path:number>/condiciones/", agreements.terms, name="contract-terms"),
    path("contratos/<path:number>/precios/", agreements.price, name="contract-price"),
    path("contratos/<path:number>/servicios/", agreements.hold, name="contract-hold"),
    path("contratos/<path:number>/traspaso/", agreements.take_over, name="contract-take-over"),
    path("contratos/<path:number>/", agreements.contract, name="contract"),
    path("garantias/<int:guarantee_id>/devolver/", agreements.return_guarantee, name="guarantee-return"),
    path("velocidad/", speeds.changes, name="speed-changes"),
    path("velocidad/decidir/", speeds.decide_many, name="speed-decide-many"),
    path("servicios/<str:code>/velocidad/", speeds.new, name="speed-new"),
    *(
        path(f"velocidad/<str:number>/{spec.slug}/", speeds.act_view(spec), name=f"speed-{spec.slug}")
        for spec in speeds.SPECS
    ),
    path("velocidad/<str:number>/", speeds.change, name="speed-change"),
]
