"""Two people at once: the database keeps one customer per name, code and NIT, and says it in words."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import connection

from mayorista.apps.customers import operations
from mayorista.apps.customers.models import Customer, WhatsAppIdentity
from mayorista.apps.procedure.actors import for_job
from mayorista.rules.errors import DomainError, Invalid

AT = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)
JOB = for_job("tests")

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls) -> list:
    """Run the calls in threads that start together; return what each gave or raised."""
    gate, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(place, call):
        gate.wait()
        try:
            results[place] = call()
        except DomainError as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, call)) for place, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def test_one_isp_registered_by_two_is_one():
    spellings = ("VALLE FIBRA S.R.L.", "Valle Fibra SRL", "VALLEFIBRA LTDA.")
    results = at_once(
        *(lambda name=name: operations.save_customer(name=name, actor=JOB, at=AT) for name in spellings)
    )
    refused = [each for each in results if isinstance(each, Invalid)]
    assert (Customer.objects.count(), len(refused)) == (1, 2)
    assert all(each.errors[0].field == "name" for each in refused)


def test_two_new_customers_get_two_codes():
    results = at_once(
        *(
            lambda name=name: operations.save_customer(name=name, actor=JOB, at=AT)
            for name in ("UNO NET", "DOS NET", "TRES")
        )
    )
    assert sorted(each.code for each in results) == ["ISP-001", "ISP-002", "ISP-003"]


def test_two_edits_of_one_form_give_one_and_a_stale_one():
    saved = operations.save_customer(name="UNO NET", actor=JOB, at=AT)
    results = at_once(
        *(
            lambda city=city: operations.save_customer(
                customer_id=saved.id, version=1, city=city, actor=JOB, at=AT
            )
            for city in ("Sacaba", "Quillacollo")
        )
    )
    assert sum(type(each).__name__ == "Stale" for each in results) == 1
    assert Customer.objects.get().version == 2


def test_one_writer_seen_by_four_workers_is_one():
    results = at_once(
        *(lambda: operations.identify(business_id="1", wa_id="59170000001", bsuid="BO.1") for _n in range(4))
    )
    assert {each.pk for each in results} == {WhatsAppIdentity.objects.get().pk}
