from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingest_scenarios import some_id

from deskstream_ingest.domain.customer import (
    agreed_customer_id,
    customer_id,
    external_ticket_id,
)
from deskstream_ingest.domain.refusals import CustomerContradicted

ANNA = customer_id("anna@example.com", None, None)
PARTS = st.text(alphabet="a:7", max_size=4)


@pytest.mark.parametrize(
    ("email", "phone", "external", "known"),
    [
        ("anna@example.com", None, None, "97fcdaa1-0119-5ba0-98c4-5ae6ed5ad204"),
        ("o'brien+tag@mail.example.co.uk", None, None, "151fc4ce-64a6-5f4b-8d66-6d6f457c6a08"),
        ("kim@xn--bcher-kva.example", None, None, "677da74a-fc81-5d4d-a440-f46a816e3aeb"),
        (None, "+15550100200", None, "ef67c68a-5cc4-5429-9f6a-255430583c74"),
        (None, "+442079460018", None, "fffed620-d7f6-59e2-a9e9-15fd7e399184"),
        (None, None, ("shop", "7"), "86b6f2c0-d763-582b-821c-8b729217196b"),
        (None, None, ("rest", "c 7"), "95171b60-469a-5480-9de6-d725a6c4d053"),
    ],
)
def test_customers_keep_the_ids_they_were_given_in_the_first_release(
    email: str | None, phone: str | None, external: tuple[str, str] | None, known: str
) -> None:
    assert customer_id(email, phone, external) == UUID(known)


@pytest.mark.parametrize(
    ("source", "identifier", "known"),
    [
        ("zendesk", "4711", "99aa3d4d-27cb-5e53-aa3a-fb7d75b2bb0c"),
        ("shop", "7", "a940c087-ca61-584c-a090-17697b8de1f0"),
        ("demo.csv", "A/1", "9aa135a1-26f6-51e7-9f14-40107d06aa83"),
    ],
)
def test_tickets_keep_the_ids_they_were_given_in_the_first_release(
    source: str, identifier: str, known: str
) -> None:
    assert external_ticket_id(source, identifier) == UUID(known)


@given(PARTS, PARTS, PARTS, PARTS)
def test_other_parts_are_another_id(source: str, name: str, other: str, other_name: str) -> None:
    same = (source, name) == (other, other_name)
    assert (external_ticket_id(source, name) == external_ticket_id(other, other_name)) == same
    ids = [customer_id(None, None, pair) for pair in ((source, name), (other, other_name))]
    assert (ids[0] == ids[1]) == same


def test_a_colon_belongs_to_the_part_it_is_in() -> None:
    assert external_ticket_id("shop:eu", "7") != external_ticket_id("shop", "eu:7")
    assert customer_id(None, None, ("shop:eu", "7")) != customer_id(None, None, ("shop", "eu:7"))


def test_the_strongest_address_decides() -> None:
    assert customer_id("anna@example.com", "+15550100200", ("shop", "7")) == ANNA
    by_phone = customer_id(None, "+15550100200", None)
    assert by_phone == customer_id(None, "+15550100200", ("shop", "7")) != ANNA


def test_the_same_number_at_two_shops_is_two_people() -> None:
    assert customer_id(None, None, ("a", "7")) != customer_id(None, None, ("b", "7"))


def test_an_id_that_agrees_with_the_address_is_taken() -> None:
    assert agreed_customer_id(ANNA, "anna@example.com", None, None) == ANNA
    assert agreed_customer_id(None, "anna@example.com", None, None) == ANNA


@pytest.mark.parametrize(
    ("email", "phone", "external", "address"),
    [
        ("anna@example.com", None, None, "e-mail address"),
        (None, "+15550100200", None, "phone number"),
        (None, None, ("shop", "7"), "external_id"),
    ],
)
def test_an_id_that_contradicts_the_address_is_refused(
    email: str | None, phone: str | None, external: tuple[str, str] | None, address: str
) -> None:
    with pytest.raises(CustomerContradicted) as refused:
        agreed_customer_id(some_id("somebody"), email, phone, external)
    known = customer_id(email, phone, external)
    assert all(text in str(refused.value) for text in (str(known), address))
    assert "anna@" not in str(refused.value)
    assert refused.value.fields == ("customer.id",)


def test_an_id_alone_is_the_callers_word() -> None:
    assert agreed_customer_id(some_id("somebody"), None, None, None) == some_id("somebody")


def test_nobody_known_is_nobody() -> None:
    assert agreed_customer_id(None, None, None, None) is None
