"""What `csv.writer` wrote, in any dialect and encoding, is read back exactly or refused."""

import csv
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from deskstream_cli.importing.encoding import find_encoding
from deskstream_cli.importing.plan import ImportOptions, PlannedTicket, plan_import
from deskstream_cli.importing.refusals import FileRefused
from deskstream_cli.importing.remarks import WrongRow

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1",
             "cp1250", "cp1251", "shift_jis", "gb18030", "mac_roman")  # fmt: skip
Quoting = Literal[0, 1, 2]
QUOTING: tuple[Quoting, ...] = (csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC)
NOW = datetime(2026, 11, 25, tzinfo=UTC)

WITHOUT_CONTROLS = st.characters(exclude_categories=["Cs", "Cc"])
"""Latin-1 has controls from 0x80 on that no text holds; they are read as cp1252's signs."""

cells = st.text(
    st.sampled_from("aZ 09,;\t\x1f|\"'\r\n.=<é>ßñčяの€—😀") | WITHOUT_CONTROLS,
    max_size=30,
)


@settings(max_examples=300, deadline=None)
@given(
    rows=st.lists(st.tuples(cells, cells), min_size=1, max_size=6),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(ENCODINGS),
    line_end=st.sampled_from(["\r\n", "\n", "\r"]),
    quoting=st.sampled_from(QUOTING),
)
def test_any_table_is_read_exactly_or_refused(
    rows: list[tuple[str, str]], delimiter: str, encoding: str, line_end: str, quoting: Quoting
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        try:
            with path.open("w", encoding=encoding, newline="") as file:
                writer = csv.writer(
                    file, delimiter=delimiter, lineterminator=line_end, quoting=quoting
                )
                writer.writerow(["id", "text", "extra"])
                writer.writerows([f"n{n}", *row] for n, row in enumerate(rows))
        except UnicodeEncodeError:
            return
        if reads_as_utf8_by_accident(path.read_bytes(), encoding):
            return
        try:
            found = list(plan_import(path, ImportOptions(source="t")).rows(NOW))
        except FileRefused:
            return
    assert len(found) == len(rows)
    for n, (row, (text, extra)) in enumerate(zip(found, rows, strict=True)):
        if isinstance(row, WrongRow):
            continue
        assert isinstance(row, PlannedTicket)
        assert row.request["external"]["id"] == f"n{n}"
        if not row.html:
            assert row.request["body"] == unwrapped(text)
        kept = row.request.get("attributes", {}).get("extra", "")
        assert kept == " ".join(unwrapped(extra).split()) or kept == unwrapped(extra)


def reads_as_utf8_by_accident(raw: bytes, encoding: str) -> bool:
    """A few bytes of another encoding can be UTF-8; bytes that are UTF-8 are taken for it."""
    if encoding.startswith("utf") or raw.isascii():
        return False
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def unwrapped(text: str) -> str:
    """Without the space around, and without a spreadsheet's `="…"`."""
    text = text.strip()
    if text.startswith('="') and text.endswith('"') and '"' not in text[2:-1] and len(text) > 2:
        return text[2:-1].strip()
    return text


@settings(max_examples=200, deadline=None)
@given(
    words=st.lists(st.text(WITHOUT_CONTROLS, min_size=1, max_size=12), min_size=1, max_size=6),
    encoding=st.sampled_from(ENCODINGS),
)
def test_an_encoding_is_found_right_or_not_at_all(words: list[str], encoding: str) -> None:
    text = "id,text\n1,plain words\n2," + " ".join(words).replace("\x00", " ") + "\n"
    try:
        raw = text.encode(encoding)
    except UnicodeEncodeError:
        return
    if reads_as_utf8_by_accident(raw, encoding):
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "words.csv"
        path.write_bytes(raw)
        try:
            found = find_encoding(path)
        except FileRefused:
            return
    assert raw.decode(found, errors="surrogateescape").removeprefix("\ufeff") == text
