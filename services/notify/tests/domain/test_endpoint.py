"""Where webhooks may go."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskstream_notify.domain.endpoint import UnacceptableUrl, checked_url, is_public

INSIDE = [
    "127.0.0.1",
    "10.0.0.1",
    "172.16.5.4",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "192.0.2.1",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd12::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::a00:1",
    "2002:7f00:1::",
    "2002:0808:0808::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
]


@pytest.mark.parametrize("address", INSIDE)
def test_inside_addresses_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_internet_addresses_are_public(address):
    assert is_public(address)


@given(st.ip_addresses(v=4, network="10.0.0.0/8") | st.ip_addresses(v=4, network="127.0.0.0/8"))
def test_no_disguise_makes_an_inside_address_public(address: IPv4Address):
    number = int(address)
    disguises = [
        IPv6Address((0xFFFF << 32) | number),
        IPv6Address((0x0064FF9B << 96) | number),
        IPv6Address((0x2002 << 112) | (number << 80)),
        IPv6Address(number),
    ]
    assert not any(is_public(str(disguise)) for disguise in disguises)


@given(st.ip_addresses(v=6))
def test_every_address_has_an_answer(address):
    assert is_public(str(address)) in (True, False)


@pytest.mark.parametrize(
    "url", ["https://hook.example", "https://hook.example:8443/a?b=c", "https://[2606:4700::1111]/"]
)
def test_a_public_https_url_is_taken(url):
    assert checked_url(url, private_allowed=False) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://hook.example/",
        "ftp://hook.example/",
        "hook.example",
        "https://",
        "https:///path",
        "https://user:secret@hook.example/",
        "https://hook.example/#part",
        "https://hook.example:0/",
        "https://hook.example:99999/",
        "https://[::1/",
        "https://localhost/",
        "https://api.localhost/",
        "https://db.internal/",
        "https://127.0.0.1/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest/meta-data",
    ],
)
def test_any_other_url_is_refused(url):
    with pytest.raises(UnacceptableUrl):
        checked_url(url, private_allowed=False)


def test_on_a_laptop_private_http_is_taken_and_nothing_else_is_relaxed():
    assert checked_url("http://127.0.0.1:9/hook", private_allowed=True)
    with pytest.raises(UnacceptableUrl):
        checked_url("file:///etc/passwd", private_allowed=True)


@given(st.text(max_size=60))
def test_any_text_is_taken_or_refused(url):
    try:
        checked = checked_url(url, private_allowed=False)
    except UnacceptableUrl:
        checked = None
    assert checked in (None, url)
