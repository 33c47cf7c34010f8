from deskstream_ingest.domain.customer_identity import (
    customer_id,
    external_ticket_id,
    normalised_email,
)


def test_the_same_mailbox_is_the_same_person() -> None:
    assert normalised_email(" Anna@Example.COM ") == "anna@example.com"
    assert customer_id("anna@example.com", None, None) == customer_id(
        "anna@example.com", "+15550100200", ("shop", "7")
    )


def test_a_phone_is_weaker_than_a_mailbox_and_stronger_than_a_shop() -> None:
    by_phone = customer_id(None, "+15550100200", None)
    assert by_phone == customer_id(None, "+15550100200", ("shop", "7"))
    assert by_phone != customer_id("anna@example.com", "+15550100200", None)


def test_the_same_number_at_two_shops_is_two_people() -> None:
    assert customer_id(None, None, ("a", "7")) != customer_id(None, None, ("b", "7"))


def test_nobody_known_is_nobody() -> None:
    assert customer_id(None, None, None) is None


def test_a_ticket_of_another_system_has_one_id_here() -> None:
    assert external_ticket_id("shop", "7") == external_ticket_id("shop", "7")
    assert external_ticket_id("shop", "7") != external_ticket_id("desk", "7")
