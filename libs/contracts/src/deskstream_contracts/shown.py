"""Text that came from outside, as it may be shown: in a mail, on a page, in a terminal.

The record keeps what came. Where it is shown, nothing in it may move the cursor, end a line where
none ends, or turn the direction of what stands beside it (https://trojansource.codes).
"""

import re

_LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_BLANKS = re.compile("[ \t\n]+")

# Control characters have pictures (Unicode block 2400). What has none, and halves of characters
# that cannot be written, become the replacement character.
_PICTURES = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n"}
_UNSHOWABLE = {
    **dict.fromkeys(range(0x80, 0xA0), 0xFFFD),
    **dict.fromkeys(range(0xD800, 0xE000), 0xFFFD),
}
# Embeddings, overrides and isolates reach beyond their text unless they are closed. Without them,
# text runs as its letters do. The three marks (LRM, RLM, ALM) act as a letter would, and stay.
_DIRECTIONS = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)), None)
_HARMLESS: dict[int, int | None] = {0x7F: 0x2421, **_PICTURES, **_UNSHOWABLE, **_DIRECTIONS}


def shown_text(text: str) -> str:
    """The text with no control character but tabs and line feeds, which end every line."""
    return _LINE_ENDS.sub("\n", text).translate(_HARMLESS)


def shown_line(text: str) -> str:
    """The text in one line: line ends, tabs and runs of blanks become one blank."""
    return _BLANKS.sub(" ", shown_text(text)).strip(" ")
