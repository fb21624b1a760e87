"""Every view of customers, services, network, imports and administration, by a stranger and by each role."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from mayorista.apps.contracts import operations as contracts
from mayorista.apps.contracts.models import Contract, NmsName, SlaProfile, SpeedChange
from mayorista.apps.customers import operations as customers
from mayorista.apps.customers.models import Contact
from mayorista.apps.onboarding import operations as imports
from mayorista.apps.onboarding import template
from mayorista.apps.procedure.actors import for_job
from mayorista.apps.procedure.models import Delegation, User
from mayorista.interfaces.desk import urls_contracts
from mayorista.interfaces.desk.views import speeds
from mayorista.rules.procedure import WHO_MAY, Act, Role
from tests.interfaces.contracts.conftest import AT

ALL = WHO_MAY[Act.VIEW]
CUSTOMERS, SERVICES = WHO_MAY[Act.EDIT_CUSTOMERS], WHO_MAY[Act.EDIT_SERVICES]
IMPORT, ADMIN = WHO_MAY[Act.IMPORT], WHO_MAY[Act.ADMINISTER]
LINK, SUSPEND = WHO_MAY[Act.LINK_ALARM], WHO_MAY[Act.SUSPEND]
FILE, DELEGATE, PARAMETERS = WHO_MAY[Act.FILE_MESSAGE], WHO_MAY[Act.DELEGATE], WHO_MAY[Act.EDIT_PARAMETERS]
READ_PARAMETERS = WHO_MAY[Act.VIEW_PARAMETERS]
ANY_ADMIN = READ_PARAMETERS | ADMIN | IMPORT | DELEGATE | PARAMETERS | SERVICES

HAND_OVER, RECEIVE = WHO_MAY[Act.HAND_OVER_CONTRACT], WHO_MAY[Act.RECEIVE_CONTRACT]
PAPERS, CUSTODY, AGREE = (
    WHO_MAY[Act.FILE_CONTRACT_PAPERS],
    WHO_MAY[Act.MOVE_CUSTODY],
    WHO_MAY[Act.EDIT_AGREEMENTS],
)

# name of the address -> (its arguments, who may GET, who may POST); None is "not by this method"
VIEWS = {
    "customers": ((), ALL, None),
    "customer-new": ((), CUSTOMERS, CUSTOMERS),
    "customer": (("ISP-014",), ALL, None),
    "customer-edit": (("ISP-014",), CUSTOMERS, CUSTOMERS),
    "contact-new": (("ISP-014",), CUSTOMERS, CUSTOMERS),
    "contract-new": (("ISP-014",), SERVICES, SERVICES),
    "service-new": (("ISP-014",), SERVICES, SERVICES),
    "contacts": ((), ALL, None),
    "contact": (("CONTACT",), ALL, CUSTOMERS),
    "contact-roles": (("CONTACT",), None, CUSTOMERS),
    "contact-opt-in": (("CONTACT",), CUSTOMERS, CUSTOMERS),
    "identity": (("IDENTITY",), FILE, FILE),
    "identity-unlink": (("IDENTITY",), None, FILE),
    "contracts": ((), ALL, None),
    "contract": (("CT-014",), ALL, None),
    "contract-edit": (("CT-014",), SERVICES, SERVICES),
    "contract-hand-over": ((), HAND_OVER, HAND_OVER),
    "contract-book": ((), HAND_OVER, HAND_OVER),
    "contract-book-template": ((), HAND_OVER, None),
    "contract-book-preview": (("BOOK",), HAND_OVER, HAND_OVER),
    "contract-hand-over-again": (("CT-009",), HAND_OVER, HAND_OVER),
    "contract-receive": (("CT-014",), None, RECEIVE),
    "contract-complete": (("CT-014",), None, RECEIVE),
    "contract-observe": (("CT-014",), RECEIVE, RECEIVE),
    "contract-items": (("CT-014",), PAPERS, PAPERS),
    "contract-document": (("CT-014",), PAPERS, PAPERS),
    "contract-custody": (("CT-014",), CUSTODY, CUSTODY),
    "contract-guarantee": (("CT-014",), AGREE, AGREE),
    "contract-terms": (("CT-014",), AGREE, AGREE),
    "contract-price": (("CT-014",), AGREE, AGREE),
    "contract-hold": (("CT-014",), AGREE, AGREE),
    "contract-take-over": (("CT-014",), AGREE, AGREE),
    "guarantee-return": (("GUARANTEE",), AGREE, AGREE),
    "speed-changes": ((), ALL, None),
    "speed-change": (("SPEED",), ALL, None),
    "speed-new": (("TIP-0141",), WHO_MAY[Act.REQUEST_SPEED], WHO_MAY[Act.REQUEST_SPEED]),
    "speed-decide-many": ((), WHO_MAY[Act.DECIDE_SPEED], WHO_MAY[Act.DECIDE_SPEED]),
    **{f"speed-{spec.slug}": (("SPEED",), WHO_MAY[spec.act], WHO_MAY[spec.act]) for spec in speeds.SPECS},
    "services": ((), ALL, None),
    "service": (("TIP-0141",), ALL, None),
    "service-edit": (("TIP-0141",), SERVICES, SERVICES),
    "service-end": (("TIP-0141",), SERVICES, SERVICES),
    "service-suspend": (("TIP-0141",), SUSPEND, SUSPEND),
    "nms-name-remove": (("NAME",), None, LINK),
    "network": ((), ALL, None),
    "resource-new": ((), SERVICES, SERVICES),
    "resource": (("CBBA-BR1",), ALL, SERVICES),
    "provider-new": ((), SERVICES, SERVICES),
    "provider": (("TAD",), ALL, SERVICES),
    "sla-profiles": ((), ALL, None),
    "sla-profile-new": ((), SERVICES, SERVICES),
    "sla-profile": (("SLA",), SERVICES, SERVICES),
    "imports": ((), IMPORT, IMPORT),
    "import-template": ((), IMPORT, None),
    "import": (("RUN",), IMPORT, None),
    "import-confirm": (("RUN",), None, IMPORT),
    "import-discard": (("RUN",), None, IMPORT),
    "administration": ((), ANY_ADMIN, None),
    "users": ((), ADMIN, None),
    "user-new": ((), ADMIN, ADMIN),
    "user": (("USER",), ADMIN, ADMIN),
    "user-unlock": (("USER",), None, ADMIN),
    "distrust-devices": ((), None, ALL),
    "user-drop-factor": (("USER",), None, ADMIN),
    "delegations": ((), DELEGATE, DELEGATE),
    "delegation-revoke": (("DELEGATION",), None, DELEGATE),
    "units": ((), ALL, None),
    "holidays": ((), PARAMETERS, PARAMETERS),
    "parameters": ((), READ_PARAMETERS, None),
    "parameter": (("carrier.name",), READ_PARAMETERS, PARAMETERS),
}


@pytest.fixture
def address(demo):
    """Return the address of a view; words in capitals stand for rows of the examples."""
    run = imports.preview_import(content=template.example(), name="libro.xlsx", actor=for_job("t"), at=AT)
    book = imports.preview_hand_over(content=template.example(), name="libro.xlsx", actor=for_job("t"), at=AT)
    guarantee = contracts.record_guarantee(
        contract_id=Contract.objects.get(number="CT-014").pk, kind="Boleta", currency="BOB", amount=Decimal(5000),
        expires_date=dt.date(2027, 6, 1), actor=for_job("t"), at=AT,
    )  # fmt: skip
    rows = {
        "GUARANTEE": guarantee,
        "SPEED": SpeedChange.objects.select_related("dossier")
        .get(state="COORDINATION", to_kbps=3_000_000)
        .dossier.number,
        "CONTACT": Contact.objects.order_by("pk")[0].pk,
        "IDENTITY": customers.identify(business_id="1", wa_id="59171234567").pk,
        "NAME": NmsName.objects.filter(service__isnull=False)[0].pk,
        "SLA": SlaProfile.objects.get().pk,
        "RUN": run.pk,
        "BOOK": book.pk,
        "USER": User.objects.get(username="noc").pk,
        "DELEGATION": Delegation.objects.get().pk,
    }

    def of(name: str) -> str:
        return reverse(f"desk:{name}", args=[rows.get(arg, arg) for arg in VIEWS[name][0]])

    return of


def test_no_view_is_missing_from_the_table():
    assert {pattern.name for pattern in urls_contracts.urlpatterns} == set(VIEWS)


def test_a_stranger_is_sent_to_the_login(address):
    stranger = Client()
    for name in VIEWS:
        for answer in (stranger.get(address(name)), stranger.post(address(name))):
            assert answer.status_code == 302, name
            assert answer["Location"].startswith("/cuenta/") or "login" in answer["Location"], name


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.value)
def test_a_role_does_what_is_its_own_and_nothing_else(address, visit, role):
    client = visit(role.value)
    for name, (_args, readers, writers) in VIEWS.items():
        expected = 405 if readers is None else 200 if role in readers else 403
        assert client.get(address(name)).status_code == expected, (name, role)
        status = client.post(address(name), {}).status_code
        if writers is None:
            assert status == 405, (name, role)
        elif role not in writers:
            assert status == 403, (name, role)
        else:
            assert status in {302, 409, 422}, (name, role)


def test_a_person_without_role_sees_nothing(address, visit):
    from mayorista.apps.procedure.operations import people

    user = people.write_user(username="nadie", full_name="Nadie", roles=[], at=AT)
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    for name, (_args, readers, _writers) in VIEWS.items():
        if readers is not None:
            assert client.get(address(name)).status_code == 403, name


UNKNOWN = {
    "customer": "NADIE", "customer-edit": "NADIE", "contact-new": "NADIE", "contract-new": "NADIE", "service-new": "NADIE",
    "contact": 999999, "contact-opt-in": 999999, "identity": 999999, "contract": "CT-X", "contract-edit": "CT-X", "service": "TIP-X",
    "service-edit": "TIP-X", "service-end": "TIP-X", "resource": "X", "provider": "X", "sla-profile": 999999,
    "contract-terms": "CT-X", "contract-hold": "CT-X", "guarantee-return": 999999, "speed-change": "SCV-X",
    "import": 999999, "user": 999999, "parameter": "no.hay",
}  # fmt: skip


def test_what_does_not_exist_is_told_as_404(visit):
    client = visit("ADMIN")
    for name, key in UNKNOWN.items():
        answer = client.get(reverse(f"desk:{name}", args=[key]))
        assert answer.status_code == 404, name
        assert "No existe" in answer.content.decode(), name
