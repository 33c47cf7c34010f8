"""A mail as it goes to the server, and the last look at it."""

import re
from dataclasses import dataclass
from typing import Literal

_LINE_MAX_BYTES = 998
_NAME = re.compile(r"[!-9;-~]+")
# A line break in a value is legal before a blank with something after it: a fold (RFC 5322 2.2.3).
_CHARACTER = "[^\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]"
_VALUE = re.compile(rf"{_CHARACTER}*(?:\r\n[ \t]+(?![ \t]){_CHARACTER}+)*")


class UnwritableMail(Exception):
    """A mail that must not be sent, now or later; `str` of it says why and quotes nobody."""

    def __init__(self, reason: Literal["invalid_address", "invalid_header"], why: str) -> None:
        super().__init__(why)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail with one reader. `headers` hold values as they are written, folds included.

    `content` is a MIME entity, with its own headers. `international`: the reader's address is not
    ASCII, so that the server must know SMTPUTF8 (RFC 6531).
    """

    sender: str
    recipient: str
    message_id: str
    headers: tuple[tuple[str, str], ...]
    content: bytes

    @property
    def international(self) -> bool:
        """Whether only a server with SMTPUTF8 can take it."""
        return not self.recipient.isascii()

    def as_bytes(self) -> bytes:
        """The bytes of the mail. Raises `UnwritableMail` for a header that would not end there."""
        for name, value in self.headers:
            if not _is_one_header(name, value):
                raise UnwritableMail(
                    "invalid_header",
                    f"The header {name!a} holds a line break or control character, or is too long.",
                )
        head = "".join(f"{name}: {value}\r\n" for name, value in self.headers)
        return head.encode() + self.content


def _is_one_header(name: str, value: str) -> bool:
    if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
        return False
    lines = f"{name}: {value}".encode().split(b"\r\n")
    return all(len(line) <= _LINE_MAX_BYTES for line in lines)
