"""A strict reader of mails as they go over the wire, which shares no code with their writer.

It takes RFC 5322 at its word: lines end with CRLF, a header is a name, a colon and a value, and a
line that begins with a blank continues the one before. Anything else is an error.
"""

import base64
import re
from typing import NamedTuple

_HEADER = re.compile(rb"([!-9;-~]+): ?([ -~\t\x80-\xff]*)")
_CONTINUATION = re.compile(rb"[ \t]+[!-~\x80-\xff][ -~\t\x80-\xff]*")
_ENCODED_WORD = re.compile(r"=\?([A-Za-z0-9-]+)\?([BbQq])\?([!->@-~]*)\?=")
_BETWEEN_ENCODED_WORDS = re.compile(r"(?<=\?=)[ \t]+(?==\?[A-Za-z0-9-]+\?[BbQq]\?)")


class Wire(NamedTuple):
    """A mail taken apart: headers in order, their values unfolded and decoded, and its parts."""

    headers: list[tuple[str, str]]
    text: str
    html: str

    @property
    def names(self) -> list[str]:
        """The names of its headers, in order."""
        return [name for name, _ in self.headers]

    def header(self, name: str) -> str:
        """The value of the one header of this name."""
        (value,) = [value for its, value in self.headers if its.lower() == name.lower()]
        return value


def read_wire(content: bytes) -> Wire:
    """Reads a mail of text and HTML. Raises `AssertionError` for any byte out of place."""
    headers, body = _entity(content)
    kind = dict(headers)["Content-Type"]
    assert kind.startswith("multipart/alternative;"), kind
    (boundary,) = re.findall(r'boundary="([^"]+)"', kind)
    before, *parts, after = re.split(rb"(?:\A|\r\n)--" + boundary.encode() + rb"(?:--)?\r\n", body)
    assert (before, after) == (b"", b"")
    text, html = (_entity(part) for part in parts)
    assert dict(text[0])["Content-Type"] == 'text/plain; charset="utf-8"'
    assert dict(html[0])["Content-Type"] == 'text/html; charset="utf-8"'
    return Wire(headers, _quoted_printable(text[1]), _quoted_printable(html[1]))


def _entity(content: bytes) -> tuple[list[tuple[str, str]], bytes]:
    block, end, body = content.partition(b"\r\n\r\n")
    assert end, "no empty line after the headers"
    headers: list[tuple[str, str]] = []
    for line in block.split(b"\r\n"):
        assert len(line) <= 998, line
        if headers and _CONTINUATION.fullmatch(line):
            name, value = headers[-1]
            headers[-1] = (name, value + line.decode())
            continue
        found = _HEADER.fullmatch(line)
        assert found, line
        headers.append((found[1].decode(), found[2].decode()))
    return [(name, _words(value)) for name, value in headers], body


def _words(value: str) -> str:
    return _ENCODED_WORD.sub(_word, _BETWEEN_ENCODED_WORDS.sub("", value))


def _word(found: re.Match[str]) -> str:
    charset, encoding, coded = found.groups()
    assert len(found[0]) <= 75, found[0]
    if encoding in "Bb":
        return base64.b64decode(coded, validate=True).decode(charset)
    return _quoted(coded.replace("_", " ").encode()).decode(charset)


def _quoted_printable(body: bytes) -> str:
    for line in body.split(b"\r\n"):
        assert len(line) <= 76, line
        assert re.fullmatch(rb"[\t -~]*", line), line
    return _quoted(body.replace(b"=\r\n", b"")).decode().replace("\r\n", "\n")


def _quoted(coded: bytes) -> bytes:
    return re.sub(rb"=([0-9A-F]{2})", lambda found: bytes.fromhex(found[1].decode()), coded)
