"""The addresses of customers, services, network, imports and administration; part of the desk's."""

from __future__ import annotations

from django.urls import URLPattern, path

from mayorista.interfaces.desk import urls_agreements
from mayorista.interfaces.desk.views import administration, customers, holidays, imports, network, services

urlpatterns: list[URLPattern] = [
    path("clientes/", customers.customers, name="customers"),
    path("clientes/nuevo/", customers.new_customer, name="customer-new"),
    path("clientes/<str:code>/", customers.customer, name="customer"),
    path("clientes/<str:code>/editar/", customers.edit_customer, name="customer-edit"),
    path("clientes/<str:code>/contactos/nuevo/", customers.new_contact, name="contact-new"),
    path("clientes/<str:code>/contratos/nuevo/", customers.new_contract, name="contract-new"),
    path("clientes/<str:code>/servicios/nuevo/", services.new_service, name="service-new"),
    path("contactos/", customers.contacts, name="contacts"),
    path("contactos/<int:contact_id>/", customers.contact, name="contact"),
    path("contactos/<int:contact_id>/roles/", customers.contact_roles, name="contact-roles"),
    path("contactos/<int:contact_id>/whatsapp/", customers.opt_in, name="contact-opt-in"),
    path("identidades/<int:identity_id>/", customers.link, name="identity"),
    path("identidades/<int:identity_id>/desvincular/", customers.unlink, name="identity-unlink"),
    *urls_agreements.urlpatterns,
    path("servicios/", services.services, name="services"),
    path("servicios/<str:code>/", services.service, name="service"),
    path("servicios/<str:code>/editar/", services.edit_service, name="service-edit"),
    path("servicios/<str:code>/terminar/", services.end_service, name="service-end"),
    path("servicios/<str:code>/suspender/", services.suspend, name="service-suspend"),
    path("servicios/nombres/<int:name_id>/quitar/", services.remove_name, name="nms-name-remove"),
    path("administracion/red/", network.network, name="network"),
    path("administracion/red/elementos/nuevo/", network.new_resource, name="resource-new"),
    path("administracion/red/elementos/<str:code>/", network.resource, name="resource"),
    path("administracion/red/proveedores/nuevo/", network.new_provider, name="provider-new"),
    path("administracion/red/proveedores/<str:code>/", network.provider, name="provider"),
    path("administracion/sla/", network.sla_profiles, name="sla-profiles"),
    path("administracion/sla/nuevo/", network.new_sla_profile, name="sla-profile-new"),
    path("administracion/sla/<int:profile_id>/", network.sla_profile, name="sla-profile"),
    path("importar/", imports.imports, name="imports"),
    path("importar/plantilla/", imports.template, name="import-template"),
    path("importar/<int:run_id>/", imports.import_run, name="import"),
    path("importar/<int:run_id>/cargar/", imports.confirm, name="import-confirm"),
    path("importar/<int:run_id>/descartar/", imports.discard, name="import-discard"),
    path("administracion/", administration.administration, name="administration"),
    path("administracion/usuarios/", administration.users, name="users"),
    path("administracion/usuarios/nuevo/", administration.new_user, name="user-new"),
    path("administracion/usuarios/<int:user_id>/", administration.user, name="user"),
    path("administracion/usuarios/<int:user_id>/desbloquear/", administration.unlock, name="user-unlock"),
    path("cuenta/equipos/olvidar/", administration.distrust_devices, name="distrust-devices"),
    path(
        "administracion/usuarios/<int:user_id>/quitar-factor/",
        administration.drop_factor,
        name="user-drop-factor",
    ),
    path("administracion/delegaciones/", administration.delegations, name="delegations"),
    path(
        "administracion/delegaciones/<int:delegation_id>/revocar/",
        administration.revoke,
        name="delegation-revoke",
    ),
    path("administracion/unidades/", administration.units, name="units"),
    path("administracion/feriados/", holidays.holidays, name="holidays"),
    path("administracion/parametros/", administration.parameters, name="parameters"),
    path("administracion/parametros/<str:name>/", administration.parameter, name="parameter"),
]
