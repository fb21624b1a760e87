"""Customers, contacts and identities on PostgreSQL."""

from __future__ import annotations

import datetime as dt

import pytest

from mayorista.apps.customers import operations, queries
from mayorista.apps.customers.models import Contact, ContactRole, Customer, WhatsAppIdentity
from mayorista.apps.procedure.actors import Actor, for_job
from mayorista.apps.procedure.models import Dossier, JournalEntry
from mayorista.rules.errors import Invalid, NotAllowed, NotFound, Stale
from mayorista.rules.procedure import Role

AT = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)
JOB = for_job("tests")

pytestmark = pytest.mark.django_db


def fields_of(error: Invalid) -> list[str]:
    return [each.field for each in error.errors]


def valle(**more):
    return operations.save_customer(
        **{
            "name": "VALLE FIBRA S.R.L.",
            "nit": "1028627025",
            "code": "ISP-014",
            "actor": JOB,
            "at": AT,
            **more,
        }
    )


class TestSaveCustomer:
    def test_opens_a_dossier_that_is_found_by_every_number(self):
        saved = valle(city="Cochabamba")
        dossier = Dossier.objects.get(pk=saved.dossier_id)
        assert (dossier.kind, dossier.number, dossier.state) == ("CUSTOMER", "ISP-014", "activo")
        assert "1028627025" in dossier.search_text
        assert JournalEntry.objects.get(dossier=dossier).text.startswith("Cliente registrado.")

    def test_gives_the_next_code_when_none_is_given(self):
        valle()
        assert operations.save_customer(name="ANDESNET LTDA.", actor=JOB, at=AT).code == "ISP-015"

    def test_names_every_wrong_field_at_once(self):
        with pytest.raises(Invalid) as caught:
            operations.save_customer(
                name=" ", nit="12a", code="a b", city="x" * 81, kind="RETAIL", actor=JOB, at=AT
            )
        assert sorted(fields_of(caught.value)) == ["city", "code", "kind", "name", "nit"]
        assert all(each.remedy for each in caught.value.errors)
        assert not Customer.objects.exists()

    @pytest.mark.parametrize("spelling", ["Valle Fibra SRL", "VALLEFIBRA LTDA.", "Válle  Fibra, S. R. L."])
    def test_knows_one_isp_spelled_three_ways(self, spelling):
        valle()
        with pytest.raises(Invalid, match="ISP-014"):
            operations.save_customer(name=spelling, actor=JOB, at=AT)

    def test_knows_a_nit_that_lost_its_zero(self):
        valle(nit="0128627025")
        with pytest.raises(Invalid) as caught:
            operations.save_customer(name="OTRA", nit="128627025", actor=JOB, at=AT)
        assert fields_of(caught.value) == ["nit"]

    def test_keeps_the_zero_of_its_own_nit(self):
        saved = valle(nit="0128627025")
        again = operations.save_customer(customer_id=saved.id, nit="128627025", actor=JOB, at=AT)
        assert again.unchanged
        assert Customer.objects.get().nit == "0128627025"

    def test_writes_nothing_when_nothing_changed(self):
        saved = valle()
        before = JournalEntry.objects.count()
        assert operations.save_customer(
            customer_id=saved.id, name="VALLE FIBRA S.R.L.", actor=JOB, at=AT
        ).unchanged
        assert (JournalEntry.objects.count(), Customer.objects.get().version) == (before, 1)

    def test_journals_what_changed_from_what_to_what(self):
        saved = valle()
        operations.save_customer(customer_id=saved.id, city="Sacaba", actor=JOB, at=AT)
        entry = JournalEntry.objects.order_by("-pk")[0]
        assert entry.text == "Cliente modificado. ciudad: Sacaba"
        assert entry.payload == {"changed": {"city": ["—", "Sacaba"]}}

    def test_shows_both_versions_of_a_stale_form(self):
        saved = valle()
        operations.save_customer(customer_id=saved.id, version=1, city="Sacaba", actor=JOB, at=AT)
        with pytest.raises(Stale) as caught:
            operations.save_customer(customer_id=saved.id, version=1, city="Quillacollo", actor=JOB, at=AT)
        assert (caught.value.mine, caught.value.theirs) == ({"ciudad": "Quillacollo"}, {"ciudad": "Sacaba"})
        assert Customer.objects.get().city == "Sacaba"

    def test_moves_the_dossier_with_the_code_and_the_state(self):
        saved = valle()
        operations.save_customer(customer_id=saved.id, code="ISP-099", active=False, actor=JOB, at=AT)
        assert Dossier.objects.filter(pk=saved.dossier_id).values_list("number", "state").get() == (
            "ISP-099",
            "inactivo",
        )

    def test_is_refused_to_the_noc(self):
        with pytest.raises(NotAllowed):
            valle(actor=_person(Role.NOC))

    def test_says_that_there_is_no_such_customer(self):
        with pytest.raises(NotFound):
            operations.save_customer(customer_id=999_999, name="X", actor=JOB, at=AT)

    def test_a_retail_customer_is_refused_by_the_database_too(self):
        from django.db import IntegrityError

        saved = valle()
        with pytest.raises(IntegrityError, match="customers_customer_is_a_wholesale_isp"):
            Customer.objects.filter(pk=saved.id).update(kind="RETAIL")


def _person(*roles: Role) -> Actor:
    from mayorista.apps.procedure.operations import people

    user = people.write_user(
        username="quien", full_name="Quien Prueba", roles=[role.value for role in roles], at=AT
    )
    return people.actor_for(user=user, at=AT)


class TestSaveContact:
    def test_keeps_the_first_mobile_and_the_other_numbers(self):
        saved = operations.save_contact(
            full_name="Ana Rojas", phone="4 4250000 / 70000001", email=" ANA@Valle.BO ", actor=JOB, at=AT
        )
        contact = Contact.objects.get(pk=saved.id)
        assert (contact.phone_e164, contact.other_phones, contact.email) == (
            "+59170000001",
            "+59144250000",
            "ana@valle.bo",
        )
        assert len(saved.warnings) == 1
        assert "fijo" in saved.warnings[0]

    def test_names_every_wrong_field_at_once(self):
        customer = valle()
        with pytest.raises(Invalid) as caught:
            operations.save_contact(
                full_name="",
                phone="7000001",
                email="ana@",
                roles=[operations.ContactRoleWish(customer.id, "CHIEF", 0)],
                actor=JOB,
                at=AT,
            )
        assert fields_of(caught.value) == ["full_name", "email", "phone", "roles", "roles"]

    def test_asks_for_some_way_to_reach_the_person(self):
        with pytest.raises(Invalid, match="no tiene correo ni teléfono"):
            operations.save_contact(full_name="Ana", email="", phone="", actor=JOB, at=AT)

    def test_one_person_serves_several_isps_and_each_dossier_tells_it(self):
        one, two = valle(), operations.save_customer(name="ANDESNET", actor=JOB, at=AT)
        saved = operations.save_contact(
            full_name="Ana",
            email="ana@valle.bo",
            roles=[
                operations.ContactRoleWish(one.id, "TECHNICAL"),
                operations.ContactRoleWish(two.id, "ON_CALL", 2),
            ],
            actor=JOB,
            at=AT,
        )
        for customer in (one, two):
            assert JournalEntry.objects.filter(dossier=customer.dossier_id, text__contains="Ana").exists()
        # Editing the roles at one ISP leaves those at the other.
        operations.save_contact(contact_id=saved.id, roles=[], roles_at=one.id, actor=JOB, at=AT)
        assert list(ContactRole.objects.values_list("customer_id", "role")) == [(two.id, "ON_CALL")]

    def test_writes_nothing_when_nothing_changed(self):
        one = valle()
        wishes = [operations.ContactRoleWish(one.id, "TECHNICAL")]
        saved = operations.save_contact(full_name="Ana", phone="70000001", roles=wishes, actor=JOB, at=AT)
        again = operations.save_contact(
            contact_id=saved.id, full_name="Ana", phone="591 7000-0001", roles=wishes, actor=JOB, at=AT
        )
        assert again.unchanged
        assert Contact.objects.get().version == 1

    def test_a_stale_form_is_told(self):
        saved = operations.save_contact(full_name="Ana", phone="70000001", actor=JOB, at=AT)
        operations.save_contact(contact_id=saved.id, version=1, full_name="Ana Rojas", actor=JOB, at=AT)
        with pytest.raises(Stale):
            operations.save_contact(contact_id=saved.id, version=1, full_name="Anita", actor=JOB, at=AT)


class TestOptIn:
    def test_says_when_how_and_by_whom(self):
        person = _person(Role.SALES)
        saved = operations.save_contact(full_name="Ana", phone="70000001", actor=JOB, at=AT)
        assert operations.record_opt_in(contact_id=saved.id, how="formulario de alta", actor=person, at=AT)
        contact = Contact.objects.get()
        assert (contact.whatsapp_opt_in_at, contact.opt_in_how, contact.opt_in_by_id) == (
            AT,
            "formulario de alta",
            person.user_id,
        )
        assert not operations.record_opt_in(
            contact_id=saved.id, how="formulario de alta", actor=person, at=AT
        )

    def test_needs_to_say_how_and_cannot_be_of_the_future(self):
        saved = operations.save_contact(full_name="Ana", phone="70000001", actor=JOB, at=AT)
        with pytest.raises(Invalid) as caught:
            operations.record_opt_in(
                contact_id=saved.id, how=" ", given_at=AT + dt.timedelta(days=1), actor=JOB, at=AT
            )
        assert fields_of(caught.value) == ["opt_in_how", "opt_in_at"]

    def test_can_be_withdrawn(self):
        saved = operations.save_contact(full_name="Ana", phone="70000001", actor=JOB, at=AT)
        operations.record_opt_in(contact_id=saved.id, how="carta", actor=JOB, at=AT)
        operations.withdraw_opt_in(contact_id=saved.id, reason="lo pidió por correo", actor=JOB, at=AT)
        assert Contact.objects.get().whatsapp_opt_in_at is None


class TestIdentify:
    def test_makes_a_writer_once(self):
        first = operations.identify(business_id="1", wa_id="59170000001", display_name="Ana")
        second = operations.identify(
            business_id="1", wa_id="59170000001", bsuid="BO.1", display_name="Ana R."
        )
        assert first.pk == second.pk
        assert (second.bsuid, second.display_name) == ("BO.1", "Ana R.")

    def test_knows_the_only_contact_with_that_number(self):
        saved = operations.save_contact(full_name="Ana", phone="70000001", actor=JOB, at=AT)
        assert operations.identify(business_id="1", wa_id="59170000001").contact_id == saved.id

    def test_leaves_the_choice_to_a_person_when_two_contacts_share_a_number(self):
        for name in ("Ana", "Guardia"):
            operations.save_contact(full_name=name, phone="70000001", actor=JOB, at=AT)
        assert operations.identify(business_id="1", wa_id="59170000001").contact_id is None

    def test_a_new_contact_adopts_who_already_wrote(self):
        writer = operations.identify(business_id="1", wa_id="59170000001")
        saved = operations.save_contact(full_name="Ana", phone="70000001", actor=JOB, at=AT)
        assert WhatsAppIdentity.objects.get(pk=writer.pk).contact_id == saved.id

    def test_knows_a_writer_without_number_by_the_scoped_id(self):
        known = operations.identify(business_id="1", wa_id="59170000001", bsuid="BO.1", username="ana")
        assert operations.identify(business_id="1", bsuid="BO.1", username="ana").pk == known.pk
        assert operations.identify(business_id="2", bsuid="BO.1").pk != known.pk

    def test_keeps_two_rows_that_turn_out_to_be_one_person(self):
        by_number = operations.identify(business_id="1", wa_id="59170000001")
        by_id = operations.identify(business_id="1", bsuid="BO.1")
        both = operations.identify(business_id="1", wa_id="59170000001", bsuid="BO.1")
        assert both.pk == by_number.pk
        assert WhatsAppIdentity.objects.get(pk=by_id.pk).bsuid == "BO.1"

    def test_refuses_nobody(self):
        with pytest.raises(Invalid):
            operations.identify(business_id="1")

    def test_a_link_is_journaled_where_the_person_serves(self):
        customer = valle()
        saved = operations.save_contact(
            full_name="Ana",
            email="a@b.bo",
            roles=[operations.ContactRoleWish(customer.id, "TECHNICAL")],
            actor=JOB,
            at=AT,
        )
        writer = operations.identify(business_id="1", username="ana")
        operations.link_identity(
            identity_id=writer.pk, contact_id=saved.id, actor=_person(Role.SUPPORT), at=AT
        )
        assert queries.customers_of_identity(identity_id=writer.pk) == [customer.id]
        assert JournalEntry.objects.filter(
            dossier=customer.dossier_id, text__contains="WhatsApp ana"
        ).exists()

    def test_follows_a_changed_number(self):
        writer = operations.identify(business_id="1", wa_id="59170000001", bsuid="BO.1")
        operations.change_number(
            business_id="1", old_wa_id="59170000001", new_wa_id="59171111111", actor=JOB, at=AT
        )
        moved = WhatsAppIdentity.objects.get(pk=writer.pk)
        assert (moved.wa_id, moved.bsuid) == ("59171111111", None)


class TestContactsFor:
    def test_gives_roles_in_the_order_asked_and_then_by_priority(self):
        customer = valle()
        for name, role, priority in (
            ("Bea", "TECHNICAL", 2),
            ("Ana", "TECHNICAL", 1),
            ("Gus", "ON_CALL", 1),
            ("Fac", "BILLING", 1),
        ):
            operations.save_contact(
                full_name=name,
                email=f"{name}@valle.bo",
                roles=[operations.ContactRoleWish(customer.id, role, priority)],
                actor=JOB,
                at=AT,
            )
        found = queries.contacts_for(customer.id, ["ON_CALL", "TECHNICAL"])
        assert [card.full_name for card in found] == ["Gus", "Ana", "Bea"]

    def test_leaves_out_who_is_inactive(self):
        customer = valle()
        saved = operations.save_contact(
            full_name="Ana",
            email="a@b.bo",
            roles=[operations.ContactRoleWish(customer.id, "TECHNICAL")],
            actor=JOB,
            at=AT,
        )
        operations.save_contact(contact_id=saved.id, active=False, actor=JOB, at=AT)
        assert queries.contacts_for(customer.id) == []

    def test_costs_one_read_for_many_customers(self, django_assert_num_queries):
        ids = [
            operations.save_customer(name=f"ISP NUMERO {number}", actor=JOB, at=AT).id for number in range(5)
        ]
        with django_assert_num_queries(1):
            queries.contacts_for_many(ids, ["TECHNICAL"])


class TestCustomerList:
    def test_finds_by_accentless_name_nit_and_the_number_of_a_contact(self):
        customer = operations.save_customer(name="TRÓPICO NET DEMO", nit="777888999", actor=JOB, at=AT)
        operations.save_contact(
            full_name="Ana",
            phone="70000001",
            roles=[operations.ContactRoleWish(customer.id, "TECHNICAL")],
            actor=JOB,
            at=AT,
        )
        for text in ("tropico", "777888", "70000001", "TRÓPICO net"):
            assert [row.id for row in queries.customer_list(text=text).rows] == [customer.id], text
        assert queries.customer_list(text="nadie").rows == ()

    def test_sorts_spanish_and_pages(self):
        for name in ("Ñandú Red", "Zona Net", "Ábaco Net"):
            operations.save_customer(name=name, actor=JOB, at=AT)
        first = queries.customer_list(page_size=2)
        assert [row.name for row in first.rows] == ["Ábaco Net", "Ñandú Red"]
        assert (first.total, first.pages) == (3, 2)
        assert [row.name for row in queries.customer_list(page=9, page_size=2).rows] == ["Zona Net"]

    def test_costs_three_reads(self, django_assert_num_queries):
        valle()
        with django_assert_num_queries(3):
            queries.customer_list()
