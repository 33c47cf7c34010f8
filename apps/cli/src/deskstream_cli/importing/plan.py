"""How a file is read: all that had to be given or found out before its first row."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from itertools import islice
from pathlib import Path
from typing import Any

from deskstream_cli.importing.columns import Columns, choose_columns, has_text_column, plain
from deskstream_cli.importing.dates import ZONE_IN_NAME, DateOrder
from deskstream_cli.importing.dialect import SAMPLE_LINES, find_dialect
from deskstream_cli.importing.distinct_rows import DistinctRows
from deskstream_cli.importing.encoding import find_encoding
from deskstream_cli.importing.header import header_of
from deskstream_cli.importing.history import history_request
from deskstream_cli.importing.lines import read_lines
from deskstream_cli.importing.records import CsvRecord, Dialect, read_records
from deskstream_cli.importing.refusals import FileRefused
from deskstream_cli.importing.remarks import Remark, Unfit, WrongRow
from deskstream_cli.importing.row import Row
from deskstream_cli.importing.shown import shown
from deskstream_cli.importing.survey import Survey, survey
from deskstream_cli.importing.swallowed import refuse_swallowed_rows
from deskstream_cli.importing.tickets import ticket_request


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """The user's options for a file; empty where the file itself decides."""

    source: str
    mapping: Sequence[tuple[str, str]] = ()
    encoding: str = ""
    delimiter: str = ""
    quote: str = '"'
    has_header: bool = True
    date_order: DateOrder | None = None
    zone: tzinfo = UTC
    history: bool = False
    analyse: bool = False


@dataclass(frozen=True, slots=True)
class PlannedTicket:
    """A row that can be sent: the body of the request, and what is remarked about it."""

    line: int
    request: Mapping[str, Any]
    columns: Columns
    remarks: Sequence[Remark] = ()
    open_zones: int = 0
    open_countries: int = 0
    html: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """How to read a file, and what the first pass over it found."""

    path: Path
    options: ImportOptions
    encoding: str
    dialect: Dialect
    columns: Columns
    survey: Survey

    @property
    def address(self) -> str:
        """The route that takes the rows."""
        return "/v1/tickets/history" if self.options.history else "/v1/tickets"

    def rows(self, now: datetime) -> Iterator[PlannedTicket | WrongRow]:
        """Every row, in order. Raises `FileRefused` when the file has changed meanwhile."""
        records = _records(self.path, self.encoding, self.dialect)
        if self.options.has_header:
            next(records, None)
        with closing(DistinctRows()) as known:
            for record in records:
                yield self._row(record, known, now)

    def _row(
        self, record: CsvRecord, known: DistinctRows, now: datetime
    ) -> PlannedTicket | WrongRow:
        try:
            row = Row(
                record, self.columns, orders=self.survey.orders, zone=self.options.zone, now=now
            )
            refuse_swallowed_rows(record, self.dialect, self.columns)
            content_id = "" if row.text("id") else known.content_id(record.cells)
            request = self._request(row, content_id)
            if given := row.text("id"):
                self._refuse_other(known, given, record)
        except Unfit as unfit:
            return WrongRow(record.line, unfit.reason, unfit.column)
        return PlannedTicket(
            record.line,
            request,
            self.columns,
            tuple(row.remarks),
            row.open_zones,
            row.open_countries,
            row.html,
        )

    def _request(self, row: Row, content_id: str) -> dict[str, Any]:
        if self.options.history:
            return history_request(
                row, self.options.source, content_id, analyse=self.options.analyse
            )
        return ticket_request(row, self.options.source, content_id)

    def _refuse_other(self, known: DistinctRows, external_id: str, record: CsvRecord) -> None:
        earlier = known.line_of_other(external_id, record.line, record.cells)
        if earlier is not None:
            raise Unfit(
                f"is also the id of line {earlier}, whose content is another: one ticket cannot "
                f"be both line {earlier} and line {record.line}",
                self.columns.name("id"),
            )


def plan_import(path: Path, options: ImportOptions) -> Plan:
    """Reads the file once from end to end. Raises `FileRefused` where it is open how to read it."""
    encoding = find_encoding(path, options.encoding)
    sample = list(islice(read_lines(path, encoding), SAMPLE_LINES))
    dialect = find_dialect(
        sample, options.delimiter, options.quote, lambda cells: _has_text(cells, options)
    )
    records = _records(path, encoding, dialect)
    first = next(records, None)
    if first is None:
        raise FileRefused("The file has no header and no rows: every line of it is blank.")
    columns = choose_columns(
        header_of(first.cells, has_names=options.has_header),
        options.mapping,
        history=options.history,
    )
    _refuse_other_zone(columns, options.zone)
    if not options.has_header:
        records = _records(path, encoding, dialect)
    return Plan(
        path, options, encoding, dialect, columns, survey(records, columns, options.date_order)
    )


def _refuse_other_zone(columns: Columns, zone: tzinfo) -> None:
    """Raises `FileRefused` when a column of times says by its name that they are of another."""
    for field in columns.of:
        found = ZONE_IN_NAME.search(columns.name(field)) if field.endswith("_at") else None
        if found and found[1].replace("GMT", "UTC") != str(zone):
            raise FileRefused(
                f"Column {shown(columns.name(field), 60)!r} names the zone {found[1]}, and its "
                f"times would be taken as {zone}. Say which: --timezone {found[1]}."
            )


def _records(path: Path, encoding: str, dialect: Dialect) -> Iterator[CsvRecord]:
    return read_records(read_lines(path, encoding), dialect)


def _has_text(cells: Sequence[str], options: ImportOptions) -> bool:
    """Whether this header has the text's column that the user named, or else a known one."""
    for field, column in options.mapping:
        if field == "body":
            names = {plain(cell) for cell in cells}
            return column in {f"#{n}" for n in range(1, len(cells) + 1)} or plain(column) in names
    return options.has_header and has_text_column(cells)
