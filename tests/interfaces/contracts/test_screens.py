"""What the screens of customers, services, network, imports and administration do with what is typed."""

from __future__ import annotations

import datetime as dt
import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from mayorista.apps.contracts.models import (
    CompletenessItem,
    NmsName,
    Provider,
    Resource,
    Service,
    SlaProfile,
    Suspension,
)
from mayorista.apps.customers.models import Contact, ContactRole, Customer
from mayorista.apps.onboarding import template
from mayorista.apps.onboarding.models import ImportRun
from mayorista.apps.procedure import queries as procedure_queries
from mayorista.apps.procedure.models import Delegation, User
from mayorista.apps.procedure.operations import people
from mayorista.rules.procedure import Role
from tests.apps.onboarding import books
from tests.interfaces.contracts.conftest import AT


def url(name: str, *args) -> str:
    return reverse(f"desk:{name}", args=args)


def typed(client, address: str, **changes) -> dict:
    """What the form at an address holds, with some fields changed: as a browser sends it."""
    form = client.get(address).context["form"]
    values = {}
    for bound in form:
        value = bound.value()
        if hasattr(bound.field, "prepare_value"):
            value = bound.field.prepare_value(value)
        if value is True:
            values[bound.name] = "on"
        elif value not in (None, False):
            values[bound.name] = value
    return {**values, **changes}


class TestCustomers:
    def test_registers_one(self, visit):
        answer = visit("SALES").post(
            url("customer-new"), {"name": "NUEVA NET S.R.L.", "nit": "123456789", "active": "on"}
        )
        made = Customer.objects.get(name="NUEVA NET S.R.L.")
        assert (answer.status_code, answer["Location"]) == (302, url("customer", made.code))

    def test_keeps_what_was_typed_beside_the_errors(self, visit):
        answer = visit("SALES").post(
            url("customer-new"), {"name": "valle fibra srl", "nit": "12a", "city": "Sacaba"}
        )
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "Ya existe ese cliente: ISP-014" in page
        assert "solo lleva dígitos" in page
        assert 'value="Sacaba"' in page
        assert 'value="12a"' in page

    def test_shows_both_versions_of_a_stale_form_and_lets_overwrite_knowingly(self, visit):
        client, address = visit("SALES"), url("customer-edit", "ISP-014")
        mine = typed(client, address, city="Quillacollo")
        client.post(address, typed(client, address, city="Sacaba"))
        answer = client.post(address, mine)
        page = answer.content.decode()
        assert answer.status_code == 409
        assert "<pre>Quillacollo</pre>" in page
        assert "<pre>Sacaba</pre>" in page
        assert Customer.objects.get(code="ISP-014").city == "Sacaba"
        again = {**mine, "version": answer.context["form"]["version"].value()}
        assert client.post(address, again).status_code == 302
        assert Customer.objects.get(code="ISP-014").city == "Quillacollo"

    def test_the_page_shows_services_cases_contacts_and_contracts(self, visit):
        page = visit("AUDITOR").get(url("customer", "ISP-014")).content.decode()
        for text in ("TIP-0141", "2 Gbps", "DANO-2026-", "Ing. Ana Rojas", "CT-014", "SLA Oro"):
            assert text in page, text

    def test_the_page_costs_the_same_for_any_number_of_services(self, visit, django_assert_max_num_queries):
        client = visit("NOC")
        client.get(url("customer", "ISP-014"))
        with django_assert_max_num_queries(40):
            client.get(url("customer", "ISP-014"))

    def test_the_list_is_found_and_exported(self, visit):
        client = visit("NOC")
        page = client.get(url("customers"), {"texto": "tunari"}).content.decode()
        assert "RED TUNARI S.R.L." in page
        assert "ANDESNET" not in page
        answer = client.get(url("customers"), {"formato": "xlsx", "texto": "tunari"})
        rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))
        assert rows[-1][:3] == ("ISP-007", "RED TUNARI S.R.L.", "1020703023")


class TestContacts:
    def test_registers_one_with_roles(self, visit):
        answer = visit("SALES").post(
            url("contact-new", "ISP-014"),
            {
                "full_name": "Nora",
                "phone": "70009999 / 4-4250000",
                "roles": ["TECHNICAL", "LEGAL"],
                "priority": "2",
                "active": "on",
            },
        )
        made = Contact.objects.get(full_name="Nora")
        assert answer["Location"] == url("contact", made.pk)
        assert made.phone_e164 == "+59170009999"
        assert set(ContactRole.objects.filter(contact=made).values_list("role", "priority")) == {
            ("TECHNICAL", 2),
            ("LEGAL", 2),
        }

    def test_records_and_withdraws_consent(self, visit):
        client = visit("SALES")
        contact = Contact.objects.filter(whatsapp_opt_in_at=None)[0]
        address = url("contact-opt-in", contact.pk)
        assert client.post(address, {"opt_in_how": "", "opt_in_at": ""}).status_code == 422
        assert client.post(address, {"opt_in_how": "carta", "opt_in_at": "ahora"}).status_code == 302
        contact.refresh_from_db()
        assert (contact.whatsapp_opt_in_at, contact.opt_in_how) == (AT, "carta")
        assert client.post(address, {"reason": "lo pidió"}).status_code == 302
        contact.refresh_from_db()
        assert contact.whatsapp_opt_in_at is None

    def test_one_person_serves_another_isp_too(self, visit):
        contact = Contact.objects.order_by("pk")[0]
        other = Customer.objects.get(code="ISP-009")
        visit("SALES").post(
            url("contact-roles", contact.pk), {"customer_id": other.pk, "roles": ["BILLING"], "priority": "1"}
        )
        assert ContactRole.objects.filter(contact=contact, customer=other, role="BILLING").exists()
        assert ContactRole.objects.filter(contact=contact).count() > 1

    def test_saving_without_a_change_changes_nothing(self, visit):
        client, contact = visit("SALES"), Contact.objects.order_by("pk")[0]
        client.post(url("contact", contact.pk), typed(client, url("contact", contact.pk)))
        assert Contact.objects.get(pk=contact.pk).version == contact.version


class TestServices:
    def test_saving_without_a_change_changes_nothing(self, visit):
        client = visit("INTERCONNECTION")
        for code, version in Service.objects.values_list("circuit_code", "version"):
            answer = client.post(url("service-edit", code), typed(client, url("service-edit", code)))
            assert answer.status_code == 302, answer.context["form"].errors
            assert Service.objects.get(circuit_code=code).version == version, code

    def test_tells_all_errors_beside_their_fields(self, visit):
        client = visit("INTERCONNECTION")
        wrong = typed(
            client,
            url("service-edit", "TIP-0141"),
            capacity="2 gigabaudio",
            vlan="9999",
            prefixes="198.51.100.1/24",
        )
        form = client.post(url("service-edit", "TIP-0141"), wrong).context["form"]
        assert set(form.errors) == {"capacity", "vlan", "prefixes"}
        unknown = typed(
            client,
            url("service-edit", "TIP-0141"),
            rides="NO-HAY",
            nms_names="sin igual",
            started_date="31/02/2026",
        )
        form = client.post(url("service-edit", "TIP-0141"), unknown).context["form"]
        assert set(form.errors) == {"rides", "nms_names", "started_date"}

    def test_registers_one_with_all_it_rides_on(self, visit):
        answer = visit("INTERCONNECTION").post(
            url("service-new", "ISP-009"),
            {
                "circuit_code": "tip-0999",
                "capacity": "1,5 Gbps",
                "node_id": Resource.objects.get(code="CBBA-BR1").pk,
                "rides": "up-tad-1\nCBBA-QLLO-F1 (respaldo)",
                "nms_names": "instance=cbba-br1, interface=Te9",
                "upstream_aliases": "TA-9; TA-10",
                "started_date": "24 de noviembre de 2026",
            },
        )
        assert answer["Location"] == url("service", "TIP-0999")
        assert NmsName.objects.filter(service__circuit_code="TIP-0999").count() == 1
        page = visit("NOC").get(url("service", "TIP-0999")).content.decode()
        for text in ("1,5 Gbps", "UP-TAD-1", "respaldo", "TA-10", "24/11/2026", "SLA por defecto"):
            assert text in page, text

    def test_is_suspended_and_resumed(self, visit):
        client, address = visit("MANAGER"), url("service-suspend", "TIP-0141")
        assert client.post(address, {"starts_at": "ahora", "reason": ""}).status_code == 422
        assert client.post(address, {"starts_at": "hace 10", "reason": "mora"}).status_code == 302
        assert "suspendido" in client.get(url("service", "TIP-0141")).content.decode()
        assert client.post(address, {"ends_at": "ahora"}).status_code == 302
        assert Suspension.objects.get().ends_at == AT

    def test_ends(self, visit):
        client, address = visit("INTERCONNECTION"), url("service-end", "TIP-0105")
        assert client.post(address, {"ended_date": "24/11/2026", "reason": "baja"}).status_code == 302
        assert Service.objects.get(circuit_code="TIP-0105").status == "ENDED"
        assert "TIP-0105" not in client.get(url("services")).content.decode()
        for show in ("ENDED", "todos"):
            assert "TIP-0105" in client.get(url("services"), {"estado": show}).content.decode()

    def test_the_list_filters_by_what_it_rides_on(self, visit):
        page = visit("NOC").get(url("services"), {"elemento": "UP-TAD-1", "orden": "-capacidad"})
        codes = [row.brief.circuit_code for row in page.context["page"].rows]
        assert codes == ["TIP-0032", "TIP-0141", "TIP-0105", "TIP-0142"]

    def test_the_list_costs_the_same_for_any_number(self, visit, django_assert_max_num_queries):
        client = visit("NOC")
        client.get(url("services"))
        with django_assert_max_num_queries(30):
            client.get(url("services"))

    def test_a_name_in_alarms_can_be_taken_away(self, visit):
        name = NmsName.objects.filter(service__circuit_code="TIP-0141").get()
        visit("NOC").post(url("nms-name-remove", name.pk))
        assert not NmsName.objects.filter(pk=name.pk).exists()


class TestHandOver:
    def test_an_item_that_comes_with_its_file_is_there_whatever_was_marked(self, visit):
        papers = {
            f"file_{item}": SimpleUploadedFile(f"{item}.pdf", b"%PDF-1.4\n%%EOF\n", "application/pdf")
            for item in (8, 9)
        }
        answer = visit("SALES").post(
            url("contract-hand-over-again", "CT-009"), {"item_8": "MISSING", **papers}
        )
        assert answer.status_code == 302
        states = dict(CompletenessItem.objects.filter(contract__number="CT-009").values_list("item", "state"))
        assert (states[8], states[9]) == ("PRESENT", "PRESENT")

    def test_a_received_one_says_what_it_lacks(self, visit):
        visit("SALES").post(url("contract-hand-over-again", "CT-009"), {"item_8": "MISSING"})
        visit("INTERCONNECTION").post(url("contract-receive", "CT-009"))
        page = visit("INTERCONNECTION").get(url("contract", "CT-009")).content.decode()
        assert "Para darlo por completo faltan los puntos" in page


class TestNetwork:
    def test_registers_an_upstream_of_a_provider(self, visit):
        client = visit("NOC")
        address = url("resource-new")
        said = {"code": "up-new", "kind": "UPSTREAM", "active": "on", "nms_names": "peer=x"}
        assert "necesita su proveedor" in client.post(address, said).content.decode()
        assert client.post(address, {**said, "provider_id": Provider.objects.get().pk}).status_code == 302
        assert Resource.objects.get(code="UP-NEW").provider.code == "TAD"

    def test_saving_without_a_change_changes_nothing(self, visit):
        client = visit("NOC")
        for code, version in Resource.objects.values_list("code", "version"):
            assert client.post(url("resource", code), typed(client, url("resource", code))).status_code == 302
            assert Resource.objects.get(code=code).version == version, code
        client.post(url("provider", "TAD"), typed(client, url("provider", "TAD")))
        assert Provider.objects.get().version == 1
        profile = SlaProfile.objects.get()
        answer = client.post(url("sla-profile", profile.pk), typed(client, url("sla-profile", profile.pk)))
        assert answer.status_code == 302, answer.context["form"].errors
        assert SlaProfile.objects.get().version == profile.version

    def test_a_later_date_makes_a_new_revision(self, visit):
        client, profile = visit("NOC"), SlaProfile.objects.get()
        said = typed(client, url("sla-profile", profile.pk), valid_from="01/01/2027", repair_1="2 h")
        assert client.post(url("sla-profile", profile.pk), said).status_code == 302
        assert sorted(SlaProfile.objects.values_list("revision", flat=True)) == [1, 2]
        page = client.get(url("sla-profiles")).content.decode()
        assert "01/01/2027" in page

    def test_a_severity_has_both_times_or_none(self, visit):
        client, profile = visit("NOC"), SlaProfile.objects.get()
        said = typed(client, url("sla-profile", profile.pk), repair_1="")
        assert "repair_1" in client.post(url("sla-profile", profile.pk), said).context["form"].errors


class TestImports:
    def upload(self, client, content: bytes, name: str = "clientes.xlsx"):
        return client.post(url("imports"), {"file": SimpleUploadedFile(name, content)})

    def test_shows_what_would_change_and_then_loads_it(self, visit):
        client = visit("INTERCONNECTION")
        answer = self.upload(client, books.torture())
        run = ImportRun.objects.get()
        assert answer["Location"] == url("import", run.pk)
        page = client.get(answer["Location"]).content.decode()
        assert "espera confirmación" in page
        before = Customer.objects.count()
        assert (
            client.post(url("import-confirm", run.pk), {"hash": run.plan_hash, "parcial": "1"}).status_code
            == 302
        )
        assert "Cargado." in client.get(url("import", run.pk)).content.decode()
        assert Customer.objects.count() >= before

    def test_a_preview_that_is_no_longer_true_is_told_and_shown_anew(self, visit):
        client = visit("INTERCONNECTION")
        content = books.simple(Clientes=[["Código", "Nombre", "Ciudad"], ["ISP-900", "NUEVA NET", "Sacaba"]])
        self.upload(client, content)
        run = ImportRun.objects.get()
        self.upload(client, content, "otra.xlsx")
        client.post(url("import-confirm", ImportRun.objects.latest("pk").pk))
        client.post(url("import-confirm", run.pk), {"hash": run.plan_hash})
        page = client.get(url("import", run.pk)).content.decode()
        assert "no se cargó nada" in page
        assert "Sin cambios" in page

    def test_errors_are_listed_with_their_place_and_the_correction_is_offered(self, visit):
        client = visit("ADMIN")
        self.upload(client, books.simple(Clientes=[["Nombre", "NIT"], ["NUEVA NET", "12a"]]))
        run = ImportRun.objects.get()
        page = client.get(url("import", run.pk)).content.decode()
        assert "Clientes, fila 2, columna B (NIT)" in page
        answer = client.get(reverse("desk:file", args=[run.correction_file_id]))
        assert openpyxl.load_workbook(io.BytesIO(answer.content)).sheetnames == ["Instrucciones", "Clientes"]

    def test_a_file_that_is_no_workbook_is_refused_beside_its_field(self, visit):
        answer = self.upload(visit("ADMIN"), b"hola", "hola.txt")
        assert answer.status_code == 422
        assert "no es un libro de Excel" in answer.content.decode()
        assert self.upload(visit("ADMIN"), b"", "vacio.xlsx").status_code == 422

    def test_gives_the_template(self, visit):
        answer = visit("ADMIN").get(url("import-template"))
        assert openpyxl.load_workbook(io.BytesIO(answer.content)).sheetnames[0] == "Instrucciones"
        assert template.FILE_NAME in answer["Content-Disposition"]

    def test_a_preview_is_put_aside(self, visit):
        client = visit("ADMIN")
        self.upload(client, books.torture())
        run = ImportRun.objects.get()
        assert client.post(url("import-discard", run.pk)).status_code == 302
        assert client.post(url("import-confirm", run.pk)).status_code == 409


class TestAdministration:
    def test_lets_a_person_in_with_roles(self, visit):
        client = visit("ADMIN")
        said = {
            "username": "nueva", "full_name": "Nueva Persona", "roles": ["NOC", "SUPPORT"], "unit_code": "NOC",
            "phone_e164": "70001234", "password": "quinua real 2026", "is_active": "on",
        }  # fmt: skip
        assert client.post(url("user-new"), said).status_code == 302
        made = User.objects.get(username="nueva")
        assert made.phone_e164 == "+59170001234"
        assert people.actor_for(user=made, at=AT).roles == {Role.NOC, Role.SUPPORT}
        assert made.check_password("quinua real 2026")

    def test_refuses_a_weak_password_and_an_unknown_role(self, visit):
        client = visit("ADMIN")
        said = {"username": "nueva", "full_name": "N", "roles": ["BOSS"], "password": "123"}
        form = client.post(url("user-new"), said).context["form"]
        assert "roles" in form.errors
        form = client.post(url("user-new"), {**said, "roles": ["NOC"]}).context["form"]
        assert "password" in form.errors

    def test_keeps_the_password_when_none_is_typed(self, visit):
        client, person = visit("ADMIN"), User.objects.get(username="noc")
        before = person.password
        assert (
            client.post(
                url("user", person.pk), typed(client, url("user", person.pk), full_name="Otro Nombre")
            ).status_code
            == 302
        )
        person.refresh_from_db()
        assert (person.full_name, person.password) == ("Otro Nombre", before)

    def test_the_last_administrator_stays(self, visit):
        client, person = visit("ADMIN"), User.objects.get(username="admin")
        said = {**typed(client, url("user", person.pk)), "roles": ["NOC"]}
        answer = client.post(url("user", person.pk), said)
        assert (answer.status_code, "sin administrador" in answer.content.decode()) == (422, True)

    def test_a_manager_delegates_and_revokes(self, visit):
        client = visit("MANAGER")
        manager, delegate = User.objects.get(username="gerente"), User.objects.get(username="ventas")
        said = {
            "role": "MANAGER", "delegator_id": manager.pk, "delegate_id": delegate.pk, "starts_at": "ahora",
            "ends_at": "30/11/2026 08:00", "reason": "vacaciones",
        }  # fmt: skip
        answer = client.post(url("delegations"), said)
        assert answer.status_code == 302, answer.context["form"].errors
        made = Delegation.objects.get(delegate=delegate)
        assert Role.MANAGER in people.actor_for(user=delegate, at=AT).roles
        client.post(url("delegation-revoke", made.pk))
        assert Role.MANAGER not in people.actor_for(user=delegate, at=AT).roles

    def test_a_delegation_that_ends_before_it_starts_is_refused_beside_its_field(self, visit):
        manager = User.objects.get(username="gerente")
        said = {
            "role": "MANAGER", "delegator_id": manager.pk, "delegate_id": User.objects.get(username="ventas").pk,
            "starts_at": "30/11/2026 08:00", "ends_at": "29/11/2026 08:00",
        }  # fmt: skip
        assert "ends_at" in visit("MANAGER").post(url("delegations"), said).context["form"].errors

    def test_a_decree_moves_a_holiday(self, visit):
        client, address = visit("MANAGER"), url("holidays")
        said = {"on": "22/01/2027", "kind": "MOVED", "scope": "NATIONAL", "reason": "D.S. 5500"}
        assert "to" in client.post(address, said).context["form"].errors
        assert client.post(address, said | {"to": "25/01/2027"}).status_code == 302
        calendar = procedure_queries.calendar(at=AT)
        assert (calendar(dt.date(2027, 1, 22)), calendar(dt.date(2027, 1, 25))) == (True, False)
        page = client.get(address, {"anio": "2027"}).content.decode()
        assert "D.S. 5500" in page
        assert "se trabaja" in page

    def test_a_parameter_changes_from_now_on_with_its_reason(self, visit):
        client, address = visit("MANAGER"), url("parameter", "flap.minutes")
        assert (
            "reason"
            in client.post(address, {"value": "7", "valid_from": "ahora", "reason": ""})
            .context["form"]
            .errors
        )
        assert (
            client.post(address, {"value": "7", "valid_from": "ahora", "reason": "acta 12"}).status_code
            == 302
        )
        assert procedure_queries.parameter("flap.minutes", at=AT) == 7
        assert "acta 12" in client.get(address).content.decode()

    def test_a_switch_is_read_and_written_in_words(self, visit):
        client, address = visit("MANAGER"), url("parameter", "att.active")
        assert client.get(address).context["form"].initial["value"] == "No"
        said = {"valid_from": "ahora", "reason": "informe legal 8"}
        assert "value" in client.post(address, {**said, "value": "tal vez"}).context["form"].errors
        assert client.post(address, {**said, "value": "sí"}).status_code == 302
        assert procedure_queries.parameter("att.active", at=AT) is True
        listed = client.get(url("parameters"), {"texto": "att.active"}).content.decode()
        assert '<td class="mono">Sí' in listed

    def test_the_auditor_reads_parameters_and_changes_none(self, visit):
        client, address = visit("AUDITOR"), url("parameter", "flap.minutes")
        page = client.get(address).content.decode()
        assert "flap.minutes" in page
        assert 'name="value"' not in page
        assert url("parameter", "flap.minutes") in client.get(url("parameters")).content.decode()
        assert url("parameters") in client.get(url("administration")).content.decode()
        said = {"value": "7", "valid_from": "ahora", "reason": "x"}
        assert client.post(address, said).status_code == 403
        assert procedure_queries.parameter("flap.minutes", at=AT) == 5

    @pytest.mark.parametrize("value", ["", "siete", '{"1": 2}', "-1"])
    def test_a_parameter_of_another_shape_is_refused(self, visit, value):
        answer = visit("MANAGER").post(
            url("parameter", "flap.minutes"), {"value": value, "valid_from": "ahora", "reason": "x"}
        )
        assert "value" in answer.context["form"].errors
