"""Addresses as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskstream_notify.domain.address import mailable, masked


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("Maya@Example.COM", "Maya@example.com"),
        ("maya@bücher.example.org", "maya@xn--bcher-kva.example.org"),
        ("jürgen@example.com", "jürgen@example.com"),
    ],
)
def test_an_address_is_put_in_the_form_to_send_to(typed: str, address: str) -> None:
    assert mailable(typed) == address


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "maya",
        "maya@",
        "@example.com",
        "a b@example.com",
        "a@b\r\nBcc: c@d.example",
        "=?utf-8?q?x?=@b.example",
    ],
)
def test_an_invalid_address_is_not_mailed(typed: str) -> None:
    assert mailable(typed) is None


@given(st.text(max_size=100))
def test_any_text_is_an_address_or_not(typed: str) -> None:
    address = mailable(typed)
    assert address is None or ("@" in address and "\n" not in address)


def test_a_masked_address_keeps_its_first_letter_and_domain() -> None:
    assert masked("maya@example.com") == "m•••@example.com"
    assert masked("@example.com") == "•••@example.com"
    assert masked("") == ""


@given(st.emails())
def test_a_mask_shows_no_more_than_that(address: str) -> None:
    local, _, domain = address.rpartition("@")
    assert masked(address) == f"{local[0]}•••@{domain}"


@pytest.mark.parametrize("address", ["kim@desk.test", "kim@mailhost", "kim@a.b.local"])
def test_special_domains_are_delivered_to_if_they_are_named(address: str) -> None:
    assert mailable(address) is None
    assert mailable(address, frozenset({"test", "mailhost", "local"})) == address


@pytest.mark.parametrize("address", ["kim..x@desk.test", "a b@desk.test", "kim@-x.test"])
def test_special_domains_have_the_same_grammar(address: str) -> None:
    assert mailable(address, frozenset({"test"})) is None


def test_naming_special_domains_changes_nothing_for_others() -> None:
    named = frozenset({"test"})
    assert mailable("kim@desk.invalid", named) is None
    assert mailable("kim@latest", named) is None
    assert mailable("Kim@Example.COM", named) == "Kim@example.com"
    assert mailable("Kim@Desk.TEST", named) == "Kim@desk.test"
