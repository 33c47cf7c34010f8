"""However an address is spelt, it is one person's; what can never be answered is told so."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskstream_ingest.domain.customer import AddressRules, UnusableAddress

RULES = AddressRules()
BRITISH = AddressRules("GB")
CAFE = "café@xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("anna@example.com", "anna@example.com"),
        (" Anna@Example.COM ", "anna@example.com"),
        ("anna@example.com.", "anna@example.com"),
        ("anna+orders@example.com", "anna+orders@example.com"),
        ("o'brien@example.com", "o'brien@example.com"),
        ("anna@xn--bcher-kva.example", "anna@xn--bcher-kva.example"),
        ("anna@bücher.example", "anna@xn--bcher-kva.example"),
        ("anna@BÜCHER.example", "anna@xn--bcher-kva.example"),
        ("anna@bu\u0308cher.example", "anna@xn--bcher-kva.example"),
        ("anna@XN--BCHER-KVA.example.", "anna@xn--bcher-kva.example"),
        ("anna@ｅxample。com｡", "anna@example.com"),
        ("caf\u00e9@bücher.example", CAFE),
        ("cafe\u0301@bücher.example", CAFE),
        ("CAFE\u0301@xn--bcher-kva.example", CAFE),
        ("用户@例子.公司", "用户@xn--fsqu00a.xn--55qx5d"),
        ("用户@xn--fsqu00a.xn--55qx5d", "用户@xn--fsqu00a.xn--55qx5d"),
    ],
)
def test_every_spelling_of_a_mailbox_is_one(written: str, address: str) -> None:
    assert RULES.email(written) == address


@pytest.mark.parametrize(
    "written",
    [
        "", "anna", "@example.com", "anna@", "a@b", "a@localhost", "<a@example.com>",
        "Anna <a@example.com>", "a;b@example.com", "a@example.com, b@example.com",
        "a@example.com b@example.com", "kim..x@example.com", ".kim@example.com", "kim.@example.com",
        "a\u200b@example.com", "a@exam\u200bple.com", "\ufeffa@example.com", "a\u3164@example.com",
        "a\u00ad@example.com", "a\u202e@example.com", "a@example.com..", "a@-example.com",
        "a@[127.0.0.1]", '"a b"@example.com', "a@shop.test", "a@printer.local", "a@x.invalid",
        "a@1.2.3.4", "a@@example.com", "mailto:a@example.com", "a@example.com\r\nBcc: b@c.example",
        "a" * 300 + "@example.com", "=?utf-8?q?a?=@example.com", "a=?b@example.com",
    ],
)  # fmt: skip
def test_what_can_never_be_answered_is_no_address(written: str) -> None:
    with pytest.raises(UnusableAddress, match=r".{15}"):
        RULES.email(written)


def test_an_invisible_character_is_named() -> None:
    with pytest.raises(UnusableAddress, match=r"U\+200B"):
        RULES.email("a\u200b@example.com")


def test_a_desk_may_name_domains_of_its_own() -> None:
    rules = AddressRules(special_domains=frozenset({"test", "intranet"}))
    assert rules.email("a@Shop.TEST.") == "a@shop.test"
    assert rules.email("a@intranet") == "a@intranet"
    for wrong in ("a@localhost", "a..b@shop.test", "a@-shop.test", "a@.test"):
        with pytest.raises(UnusableAddress):
            rules.email(wrong)


@given(st.text(max_size=40) | st.emails())
def test_the_one_form_of_an_address_is_its_own(written: str) -> None:
    try:
        address = RULES.email(written)
    except UnusableAddress:
        return
    assert RULES.email(address) == address
    assert address.rpartition("@")[2].isascii()


@pytest.mark.parametrize(
    "written",
    [
        "+442079460018", "+44 20 7946 0018", "+44 (0)20 7946 0018", "0044 20 7946 0018",
        "020 7946 0018", "(020) 7946-0018", "020.7946.0018", "\u202a+44 20 7946 0018\u202c",
        "+44\u00a020\u00a07946\u00a00018", "＋４４ ２０ ７９４６ ００１８", "+44–20–7946–0018",
    ],
)  # fmt: skip
def test_every_spelling_of_a_number_is_one(written: str) -> None:
    assert BRITISH.phone(written) == "+442079460018"


@pytest.mark.parametrize(
    "written",
    ["", " ", "+", "0800 FLOWERS", "+44 20 7946 0018 ext. 5", "+44 20 7946 0018 x5", "+1",
     "+999123456", "+1 555 01",
     "+44 20 7946 0018 20 7946 0018", "call +44 20 7946 0018", "7946 0018 / 7946 0019",
     "+4\x004", "tel:+442079460018", "12"],
)  # fmt: skip
def test_what_is_no_possible_number_is_refused(written: str) -> None:
    with pytest.raises(UnusableAddress, match="like"):
        BRITISH.phone(written)


@pytest.mark.parametrize(
    ("rules", "written"), [(RULES, "+999123456"), (BRITISH, "+999123456"), (BRITISH, "1")]
)
def test_a_region_helps_neither_a_full_number_nor_a_desk_that_has_one(
    rules: AddressRules, written: str
) -> None:
    with pytest.raises(UnusableAddress) as refused:
        rules.phone(written)
    assert "DESK_PHONE_REGION" not in str(refused.value)


def test_a_national_number_needs_a_region() -> None:
    with pytest.raises(UnusableAddress, match="DESK_PHONE_REGION"):
        RULES.phone("020 7946 0018")
    assert AddressRules("IT").phone("06 698 12345") == "+390669812345"


def test_a_full_number_stays_what_it_is() -> None:
    """Today's ids follow from it, in every country that has an example number."""
    for region in phonenumbers.SUPPORTED_REGIONS:
        for kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE):
            number = phonenumbers.example_number_for_type(region, kind)
            if number is not None:
                e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
                assert RULES.phone(e164) == BRITISH.phone(e164) == e164


@given(st.text("+0123456789 ()-.", max_size=20) | st.text(max_size=20))
def test_the_one_form_of_a_number_is_its_own(written: str) -> None:
    try:
        number = BRITISH.phone(written)
    except UnusableAddress:
        return
    assert number.startswith("+")
    assert number[1:].isdecimal()
    assert RULES.phone(number) == number
