"""Values of mail headers: the only way to put outside text into one, and the grammars of others.

Text is encoded and never decoded: an encoded word (RFC 2047) is shown as it was typed. The standard
library's header classes decode it, and before Python 3.11.10 and 3.12.5 wrote line breaks found in
it (CVE-2024-6923), so none of our values passes through them.
"""

import re
from email.header import Header

from deskstream_contracts.shown import shown_line

_LINE_MAX_CHARS = 76
_WORD_MAX_CHARS = 60
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_ID_PART = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+"
_MESSAGE_ID = re.compile(rf"<{_ID_PART}@(?:{_ID_PART}|\[[A-Za-z0-9.:]+\])>")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")


def header_text(name: str, text: str) -> str:
    """The text as the value of the header `name`: one line, encoded if necessary, folded."""
    line = shown_line(text)
    charset = "us-ascii" if _needs_no_encoding(line) else "utf-8"
    return Header(line, charset, _LINE_MAX_CHARS, name).encode(linesep="\r\n")


def mailbox(name: str, display_name: str, address: str) -> str:
    """An address with a name before it, as the value of the header `name`."""
    shown = shown_line(display_name)
    if not shown:
        return address
    if not _needs_no_encoding(shown):
        return f"{header_text(name, shown)} <{address}>"
    if _ATOMS.fullmatch(shown):
        return f"{shown} <{address}>"
    quoted = re.sub(r'(["\\])', r"\\\1", shown)
    return f'"{quoted}" <{address}>'


def known_message_id(text: str | None) -> str | None:
    """The text if it is a Message-ID and nothing else (RFC 5322 section 3.6.4), else None."""
    return text if text and _MESSAGE_ID.fullmatch(text) and "=?" not in text else None


def known_language(text: str | None) -> str | None:
    """The text if it is a language tag and nothing else (RFC 5646 section 2.1), else None."""
    return text if text and _LANGUAGE.fullmatch(text) else None


def _needs_no_encoding(line: str) -> bool:
    words = line.split(" ")
    return line.isascii() and "=?" not in line and max(map(len, words)) <= _WORD_MAX_CHARS
