"""A file's lines, of bounded length, with what ends them."""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from deskstream_cli.importing.refusals import FileRefused

LINE_MAX_CHARS = 1_000_000
_LOOKED_AT_CHARS = 65_536
_QUOTED = re.compile(r'"[^"]*"')


def read_lines(path: Path, encoding: str) -> Iterator[str]:
    """Lines that end as the first one does: with CR, else with LF or CRLF.

    Raises `FileRefused` at a line that cannot be read. The other sign inside a line is left there:
    outside quotes it is for the reader to refuse, as it would part a row in two.

    In an encoding that keeps ASCII, bytes that are none of its characters become lone surrogates,
    so that they spoil their row alone.
    """
    errors = "strict" if encoding.startswith(("utf-16", "utf-32")) else "surrogateescape"
    number = 0
    try:
        with path.open(encoding=encoding, errors=errors, newline="") as file:
            line_end = _line_end(file.read(_LOOKED_AT_CHARS))
        with path.open(encoding=encoding, errors=errors, newline=line_end) as file:
            for line in iter(partial(file.readline, LINE_MAX_CHARS), ""):
                number += 1
                if len(line) >= LINE_MAX_CHARS:
                    raise FileRefused(
                        f"Line {number} is longer than {LINE_MAX_CHARS:,} characters: "
                        "is this a CSV file?"
                    )
                yield line.removeprefix("\ufeff") if number == 1 else line
    except UnicodeError as error:
        raise FileRefused(
            f"After line {number} the file is not {encoding}. Name its --encoding, or export it "
            "anew."
        ) from error


def _line_end(start: str) -> str:
    """CR where it is what ends the first line, as on old Macintoshes; else LF."""
    found = re.search(r"\r\n|\n|\r", _QUOTED.sub("", start))
    return "\r" if found is not None and found[0] == "\r" else "\n"
