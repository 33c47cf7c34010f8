"""A file's first line: names of columns, or a row that was taken for them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from deskstream_cli.importing.refusals import FileRefused
from deskstream_cli.importing.shown import shown

COLUMNS_MAX = 1_000
NAME_MAX_CHARS = 200
_DATA = re.compile(
    r"\S+@\S+\.\S+|[+-]?[\d.,:/\s+()-]*\d[\d.,:/\s+()-]*|\d{4}-\d\d-\d\d.*"
    r"|(?:\S+\s+){3,}\S*[?!.]|https?://.*",
    re.DOTALL,
)
_NAME_WORDS_MAX = 8


@dataclass(frozen=True, slots=True)
class Header:
    """The columns' names in order, one for each; `#3` where the third has none."""

    names: tuple[str, ...]

    @property
    def looks_like_a_row(self) -> bool:
        """Whether a cell holds data, as rows do and headers do not."""
        return any(map(_is_data, self.names))

    def shown(self) -> str:
        """The names for a message; only their number when they may be a customer's words."""
        if self.looks_like_a_row or any(
            len(name) > 60 or len(name.split()) > _NAME_WORDS_MAX for name in self.names
        ):
            return f"{len(self.names)} columns"
        return shown(", ".join(self.names))


def header_of(cells: Sequence[str], *, has_names: bool) -> Header:
    """The header that the first record gives; numbers alone when it is a row. Raises `FileRefused`.

    Columns at the end that have no name stay: their cells may hold something.
    """
    if len(cells) > COLUMNS_MAX:
        raise FileRefused(f"Line 1 has {len(cells)} columns; {COLUMNS_MAX} are the most.")
    if not has_names:
        return Header(tuple(f"#{number}" for number in range(1, len(cells) + 1)))
    names = tuple(cell.strip() or f"#{number}" for number, cell in enumerate(cells, start=1))
    for number, name in enumerate(names, start=1):
        if "\x00" in name or any("\ud800" <= char <= "\udfff" for char in name):
            raise FileRefused(
                f"The name of column {number} cannot be read: is the --encoding right?"
            )
        if len(name) > NAME_MAX_CHARS:
            raise FileRefused(
                f"Line 1, column {number} has {len(name)} characters: has the file a header? "
                "If it has none, give --no-header and the columns by number."
            )
    return Header(names)


def refuse_row_as_header(header: Header) -> None:
    """Raises `FileRefused` when the first line is more likely a row than a header."""
    if header.looks_like_a_row:
        raise FileRefused(
            "Line 1 looks like a row, not like names of columns: has the file a header? If it has "
            f"none, give --no-header and name the columns by number, for example "
            f"--map body=#{len(header.names)}. If it has one, rename the odd column."
        )


def _is_data(name: str) -> bool:
    return not re.fullmatch(r"#\d+", name) and _DATA.fullmatch(name) is not None
