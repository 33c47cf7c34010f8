"""How a file's cells are separated: given by the user or the file, else the only way that fits.

clevercsv and `csv.Sniffer` give the likeliest dialect; here a file that can be read in two ways is
refused. See docs/decisions/0013-csv-import.md.
"""

import re
from collections.abc import Callable, Iterable, Sequence

from deskstream_cli.importing.records import CsvRecord, Dialect, read_records
from deskstream_cli.importing.refusals import FileRefused

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
SAMPLE_LINES = 2_000
_SEP_LINE = re.compile(r"\"?sep=(.)\"?[\r\n]*", re.IGNORECASE)
_NAMES = {char: name for name, char in DELIMITERS.items()}


def find_dialect(
    sample: Sequence[str],
    given_delimiter: str,
    quote: str,
    has_text: Callable[[Sequence[str]], bool],
) -> Dialect:
    """The dialect of a file whose first lines are `sample`. Raises `FileRefused`.

    `has_text` says of a header whether a column of it holds the messages' text: a reading without
    one could not be imported anyway.
    """
    said = _SEP_LINE.fullmatch(sample[0]) if sample else None
    skipped = 1 if said else 0
    given = _delimiter(given_delimiter) if given_delimiter else ""
    if said and given and said[1] != given:
        raise FileRefused(
            f"Line 1 of the file says that {name_of(said[1])} parts its cells, --delimiter says "
            f"{name_of(given)}."
        )
    given = given or (said[1] if said else "")
    if given:
        dialect = Dialect(given, quote, skipped)
        _refuse_other_separators(sample, dialect)
        return dialect
    readings = {
        char: records
        for char in DELIMITERS.values()
        if (records := _try(sample, Dialect(char, quote, skipped)))
    }
    if not readings:
        return Dialect(",", quote, skipped)
    fitting = [char for char, records in readings.items() if _fits(records)]
    if len(fitting) > 1:
        fitting = [char for char in fitting if has_text(readings[char][0].cells)] or fitting
    if len(fitting) > 1:
        raise FileRefused(
            f"The cells may be parted by {' or by '.join(map(name_of, fitting))}: both fit. "
            f"Say which: {' or '.join(f'--delimiter {name_of(char)}' for char in fitting)}."
        )
    return Dialect(fitting[0] if fitting else _of_single_column(readings), quote, skipped)


def name_of(delimiter: str) -> str:
    """`comma` for `,`; other characters as they are."""
    return _NAMES.get(delimiter, repr(delimiter))


def _delimiter(given: str) -> str:
    char = DELIMITERS.get(given.lower(), "\t" if given == "\\t" else given)
    if len(char) != 1 or char in "\r\n\x00\"'":
        raise FileRefused(
            f"--delimiter takes one character, or one of {', '.join(DELIMITERS)}; not {given!r}."
        )
    return char


def _try(sample: Iterable[str], dialect: Dialect) -> list[CsvRecord]:
    """The records up to the first that is broken; reading the whole file will say where."""
    records = []
    try:
        for record in read_records(sample, dialect):
            records.append(record)  # noqa: PERF402 (what was read before the error is kept)
    except FileRefused:
        pass
    return records


def _fits(records: Sequence[CsvRecord]) -> bool:
    """Several columns, and at least half of the rows have as many cells (or empty ones more)."""
    columns = len(records[0].cells)
    rows = records[1:]
    alike = sum(len(row.cells) >= columns and not any(row.cells[columns:]) for row in rows)
    return columns > 1 and alike * 2 >= len(rows)


def _of_single_column(readings: dict[str, list[CsvRecord]]) -> str:
    """One column alone: any separator that parts no row. Raises `FileRefused`."""
    headers = [records[0].cells for records in readings.values()]
    if any(len(cells) > 1 for cells in headers):
        found = [name_of(char) for char, records in readings.items() if len(records[0].cells) > 1]
        raise FileRefused(
            f"The header is parted by {' or '.join(found)}, but most rows are not: line 1 and the "
            "rows do not go together. Is there a title above the header? Else give --delimiter."
        )
    for char, records in readings.items():
        _refuse_hidden(records[0].cells[0])
        if all(len(record.cells) == 1 for record in records):
            return char
    raise FileRefused("The file has one column by its header and several by its rows: --delimiter?")


def _refuse_hidden(name: str) -> None:
    inside = [char for char in DELIMITERS.values() if char in name]
    if inside:
        raise FileRefused(
            f"Line 1 is a single cell that holds {name_of(inside[0])}: are whole lines quoted? "
            "Export the file again."
        )


def _refuse_other_separators(sample: Sequence[str], dialect: Dialect) -> None:
    records = _try(sample, dialect)
    if not records or len(records[0].cells) > 1:
        return
    inside = [char for char in DELIMITERS.values() if char in records[0].cells[0]]
    if inside:
        raise FileRefused(
            f"Parted by {name_of(dialect.delimiter)} the file has one column, and its name holds "
            f"{name_of(inside[0])}. Is it --delimiter {name_of(inside[0])}?"
        )
