"""Where webhooks may go."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from deskstream_notify.domain.endpoint import UnacceptableUrl, checked_url, may_be_dialled

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
    "192.0.0.9",
    "192.31.196.1",
    "192.52.193.1",
    "192.88.99.1",
    "192.175.48.1",
    "198.18.0.1",
    "203.0.113.7",
    "240.0.0.1",
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
    "2001:20::1",
    "2001:db8::1",
    "3fff::1",
    "2620:4f:8000::1",
    "64:ff9b:1::7f00:1",
    "::ffff:192.88.99.1",
    "64:ff9b::c058:6301",
    "5f00::1",
    "100::1",
]


# On no network is one machine at any of these.
NOWHERE = [
    "0.0.0.0",
    "0.1.2.3",
    "192.88.99.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::127.0.0.1",
    "::ffff:0.0.0.0",
    "64:ff9b::ffff:ffff",
    "ff02::1",
]


@pytest.mark.parametrize("address", INSIDE)
def test_inside_addresses_are_not_dialled(address: str) -> None:
    assert not may_be_dialled(address, private_allowed=False)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_internet_addresses_are_dialled(address: str) -> None:
    assert may_be_dialled(address, private_allowed=False)


@pytest.mark.parametrize("address", NOWHERE)
def test_impossible_addresses_are_not_dialled_on_a_laptop_either(address: str) -> None:
    assert not may_be_dialled(address, private_allowed=True)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.0.0.1", "fe80::1%eth0", "fd12::1"])
def test_private_addresses_are_dialled_on_a_laptop(address: str) -> None:
    assert may_be_dialled(address, private_allowed=True)


@given(
    st.ip_addresses(v=4, network="10.0.0.0/8")
    | st.ip_addresses(v=4, network="127.0.0.0/8")
    | st.ip_addresses(v=4, network="192.88.99.0/24")
)
def test_no_other_form_makes_an_inside_address_public(address: IPv4Address) -> None:
    number = int(address)
    disguises = [
        IPv6Address((0xFFFF << 32) | number),
        IPv6Address((0x0064FF9B << 96) | number),
        IPv6Address((0x2002 << 112) | (number << 80)),
        IPv6Address(number),
    ]
    assert not any(may_be_dialled(str(one), private_allowed=False) for one in disguises)
    for disguise in disguises:
        with pytest.raises(UnacceptableUrl):
            checked_url(f"https://[{disguise}]/", private_allowed=False)


@given(st.ip_addresses())
def test_the_check_of_a_url_and_of_a_socket_agree_on_every_address(
    address: IPv4Address | IPv6Address,
) -> None:
    host = f"[{address}]" if address.version == 6 else str(address)
    for private_allowed in (True, False):
        try:
            checked_url(f"https://{host}/", private_allowed=private_allowed)
            taken = True
        except UnacceptableUrl:
            taken = False
        assert taken == may_be_dialled(str(address), private_allowed=private_allowed)


def in_parts(number: int, write: Callable[[int], str]) -> list[str]:
    """One to four numbers, the last of which holds the rest, as inet_aton reads them."""
    octets = number.to_bytes(4)
    return [
        ".".join(
            [*(write(octet) for octet in octets[:count]), write(int.from_bytes(octets[count:]))]
        )
        for count in range(4)
    ]


@given(
    st.ip_addresses(v=4, network="127.0.0.0/8"),
    st.sampled_from([str, hex, lambda n: hex(n).upper().replace("0X", "0x"), lambda n: f"0{n:o}"]),
    st.sampled_from(["", "."]),
    st.sampled_from([ord("0"), 0xFF10, 0x1D7CE, 0x1D7F6]),
    st.sampled_from([".", "\u3002", "\uff0e", "\uff61"]),
    st.booleans(),
)
def test_no_spelling_of_a_loopback_address_passes(
    address: IPv4Address,
    write: Callable[[int], str],
    end: str,
    zero: int,
    dot: str,
    private_allowed: bool,
) -> None:
    usual = str(address)
    digits = {ord("0") + n: chr(zero + n) for n in range(10)}
    for spelling in in_parts(int(address), write):
        host = (spelling + end).translate(digits).replace(".", dot)
        if private_allowed and spelling + end == usual:
            continue
        with pytest.raises(UnacceptableUrl):
            checked_url(f"https://{host}/", private_allowed=False)
        if spelling + end != usual:
            with pytest.raises(UnacceptableUrl):
                checked_url(f"http://{host}/", private_allowed=True)


@pytest.mark.parametrize(
    ("url", "dialled"),
    [
        ("https://hook.example", "https://hook.example"),
        ("https://hook.example:8443/a?b=c", "https://hook.example:8443/a?b=c"),
        ("https://HOOK.example./a", "https://hook.example./a"),
        ("https://hook.example:/a@b:c?u=https://x@y", "https://hook.example/a@b:c?u=https://x@y"),
        ("https://[2606:4700::1111]/", "https://[2606:4700::1111]/"),
        ("https://8.8.8.8/", "https://8.8.8.8/"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://例え.jp/in", "https://xn--r8jz45g.jp/in"),
        ("https://a_b-1.hook.example/", "https://a_b-1.hook.example/"),
        ("https://3com.example/", "https://3com.example/"),
    ],
)
def test_a_public_https_url_is_accepted_as_it_is_dialled(url: str, dialled: str) -> None:
    assert str(checked_url(url, private_allowed=False)) == dialled


def test_the_name_of_a_host_has_up_to_253_characters() -> None:
    longest = ".".join(["a" * 63] * 3 + ["b" * 53, "example"])
    assert len(longest) == 253
    assert checked_url(f"https://{longest}/", private_allowed=False).raw_host == longest
    with pytest.raises(UnacceptableUrl, match="not the name of a host"):
        checked_url(f"https://{longest.replace('b', 'bb', 1)}/", private_allowed=False)


INSIDE_URLS = [
    "http://hook.example/",
    "https://localhost/",
    "https://LOCALHOST./",
    "https://localhost\u3002/",
    "https://ⓛocalhost/",
    "https://api.localhost/",
    "https://localhost.localdomain/",
    "https://ip6-localhost/",
    "https://intranet/",
    "https://db.internal/",
    "https://printer.local/",
    "https://nas.lan/",
    "https://nas.home.arpa/",
    "https://127.0.0.1/",
    "https://[::ffff:10.0.0.1]/",
    "https://169.254.169.254/latest/meta-data",
    "https://１６９.２５４.１６９.２５４/",
    "https://①②⑦.⓪.⓪.①/",
    "https://192.168.1.1:8443/",
]
NEVER = [
    "ftp://hook.example/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "hook.example",
    "//hook.example/",
    "",
    "://hook.example/",
    "https://",
    "https:hook.example",
    "https:/hook.example",
    "https:///path",
    "https://user:secret@hook.example/",
    "https://@hook.example/",
    "https://hook.example@127.0.0.1/",
    "https://hook.example/#part",
    "https://hook.example/#",
    "https://hook.example:0/",
    "https://hook.example:00/",
    "https://hook.example:99999/",
    "https://hook.example:-1/",
    "https://hook.example:+80/",
    "https://hook.example:8_0/",
    "https://hook.example:８０/",
    "https://hook.example:80:80/",
    "https://[::1/",
    "https://::1/",
    "https://[fe80::1%25eth0]/",
    "https://[fe80::1%eth0]/",
    "https://[v1.x]/",
    "https://[127.0.0.1]/",
    "https://[::1]x/",
    "https://hook[::1]/",
    "https://hook.example\\@127.0.0.1/",
    "https:\\\\hook.example/",
    "https://hook.example\\.inside/",
    "https://127%2e0%2e0%2e1/",
    "https://%31%32%37.0.0.1/",
    "https://%6cocalhost/",
    "https://hook.example/\r\nX: y",
    "https://hook.example/\tx",
    "https://ho\tok.example/",
    " https://hook.example/",
    "https://hook.example/ ",
    "https://hook.example /",
    "https://hook.example/\0",
    "https://hook.example/\x85",
    "https://hook.example/\u2028",
    "https://ho\u200bok.example/",
    "https://ho\u00adok.example/",
    "https://hook.example/\u202ecod",
    "https://a..b.example/",
    "https://.hook.example/",
    "https://hook.example../",
    "https://-hook.example/",
    "https://a,b.example/",
    "https://a;b.example/",
    "https://*.example/",
    "https://$(id).example/",
    "https://" + "a" * 64 + ".example/",
    "https://" + "a." * 130 + "example/",
    "https://hook.invalid/",
    "https://abcdefghij234567.onion/",
    "https://0/",
    "https://0.0.0.0/",
    "https://[::]/",
    "https://[::ffff:0:0]/",
    "https://255.255.255.255/",
    "https://224.0.0.251/",
    "https://[ff02::1]/",
    "https://192.88.99.1/",
    "https://127.1/",
    "https://127.0.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0x0.0x0.0x1/",
    "https://0X7F.1/",
    "https://017700000001/",
    "https://0177.0.0.1/",
    "https://127.0.0.1./",
    "https://127.0.0.01/",
    "https://1.2.3.4.5/",
    "https://256.256.256.256/",
    "https://1.2.3/",
    "https://hook.example.1/",
    "https://hook.0x7f/",
]


@pytest.mark.parametrize("url", [*INSIDE_URLS, *NEVER])
def test_any_other_url_is_refused(url: str) -> None:
    with pytest.raises(UnacceptableUrl):
        checked_url(url, private_allowed=False)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://hook.example/ x", "a space or an invisible or control character"),
        ("https://hook.example\\.inside/", "a backslash"),
        ("hook.example", "it is not a URL: write https://host/path"),
        ("://hook.example/", "it is not a URL: write https://host/path"),
        ("https://user:secret@hook.example/", "a user name or password"),
        ("https://127%2e0%2e0%2e1/", "a percent sign"),
        ("https://[v1.x]/", "not an IPv6 address"),
        ("https://[::1]x/", "not a plain number"),
        ("https://hook.example:+80/", "not a plain number"),
        ("https://hook.example:99999/", "it is not a URL"),
        ("ftp://hook.example/", "the scheme must be https$"),
        ("https:///path", "it names no host"),
        ("https://hook.example:0/", "port 0"),
        ("https://hook.example/#", "a fragment"),
        ("https://a,b.example/", "not the name of a host"),
        ("https://hook.invalid/", "no host below .invalid can be reached"),
        ("https://localhost/", "the host 'localhost' is not on the public internet"),
        ("https://nas.home.arpa/", "is not on the public internet"),
        ("https://2130706433/", "no address in its usual form"),
        ("https://0.0.0.0/", "no machine can have the address"),
        ("https://10.0.0.1/", "the address 10.0.0.1 is not on the public internet"),
    ],
)
def test_a_subscriber_learns_why_a_url_is_refused(url: str, reason: str) -> None:
    with pytest.raises(UnacceptableUrl, match=reason):
        checked_url(url, private_allowed=False)


def test_what_looks_like_a_user_or_an_escape_is_refused_in_the_authority_alone() -> None:
    url = "https://hook.example/a@b?c=%20/d?e"
    assert str(checked_url(url, private_allowed=False)) == url


@pytest.mark.parametrize("url", NEVER)
def test_on_a_laptop_an_impossible_url_is_refused_too(url: str) -> None:
    with pytest.raises(UnacceptableUrl):
        checked_url(url, private_allowed=True)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/hook",
        "http://localhost:9/hook",
        "http://catcher/hook",
        "https://10.0.0.1/",
        "http://[::1]:9/hook",
        "https://db.internal/",
    ],
)
def test_on_a_laptop_private_http_is_accepted(url: str) -> None:
    assert str(checked_url(url, private_allowed=True)) == url


@given(st.text(max_size=60) | st.from_regex(r"https://[^/]{0,30}/.{0,10}", fullmatch=True))
def test_an_accepted_url_is_dialled_as_every_parser_reads_it(url: str) -> None:
    try:
        taken = checked_url(url, private_allowed=False)
    except UnacceptableUrl:
        return
    assert URL(str(taken)) == taken
    assert urlsplit(str(taken)).hostname == taken.raw_host
    assert taken.raw_host is not None
    assert taken.raw_host.isascii()
