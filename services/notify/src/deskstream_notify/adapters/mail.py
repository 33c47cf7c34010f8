"""A mail as it goes to the server, and the last check of it."""

import re
from dataclasses import dataclass
from typing import Literal

_LINE_MAX_BYTES = 998
_NAME = re.compile(r"[!-9;-~]+")
# A line break in a value is legal before a blank that text follows: a fold (RFC 5322 2.2.3).
_CHARACTER = "[^\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]"
_VALUE = re.compile(rf"{_CHARACTER}*(?:\r\n[ \t]+(?![ \t]){_CHARACTER}+)*")


class UnwritableMail(Exception):
    """A mail that must never be sent. The message says why, and quotes nobody."""

    def __init__(self, reason: Literal["invalid_address", "invalid_header"], why: str) -> None:
        super().__init__(why)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to one recipient. `headers` hold values as they are written, folds included.

    `content` is a MIME entity, with its own headers.
    """

    sender: str
    recipient: str
    message_id: str
    headers: tuple[tuple[str, str], ...]
    content: bytes

    @property
    def international(self) -> bool:
        """Whether the recipient is not ASCII, so that the server must know SMTPUTF8 (RFC 6531)."""
        return not self.recipient.isascii()

    def as_bytes(self) -> bytes:
        """The bytes of the mail. Raises `UnwritableMail` for a header with a line break in it."""
        for name, value in self.headers:
            if not _is_one_header(name, value):
                raise UnwritableMail(
                    "invalid_header",
                    f"The header {name!a} holds a line break or control character, or is too long.",
                )
        headers = "".join(f"{name}: {value}\r\n" for name, value in self.headers)
        return headers.encode() + self.content


def _is_one_header(name: str, value: str) -> bool:
    if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
        return False
    lines = f"{name}: {value}".encode().split(b"\r\n")
    return all(len(line) <= _LINE_MAX_BYTES for line in lines)
