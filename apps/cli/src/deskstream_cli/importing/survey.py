"""The first pass over a file: is it whole, how many rows has it, how does it write dates?"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from deskstream_cli.importing.columns import Columns
from deskstream_cli.importing.dates import DATE_ORDERS, DateOrder, date_readings
from deskstream_cli.importing.records import CsvRecord
from deskstream_cli.importing.refusals import FileRefused
from deskstream_cli.importing.shown import shown


@dataclass(frozen=True, slots=True)
class Survey:
    """`orders`: of day and month, for each column of times that writes both as numbers."""

    rows: int
    orders: Mapping[str, DateOrder]


@dataclass
class _Dates:
    """Which orders all dates of a column fit, and where they read one differently."""

    fitting: set[DateOrder] = field(default_factory=lambda: set(DATE_ORDERS))
    seen: bool = False
    undecided: list[tuple[int, str, Mapping[DateOrder, object]]] = field(default_factory=list)
    decided_at: dict[DateOrder, int] = field(default_factory=dict)

    def add(self, line: int, text: str) -> None:
        readings = date_readings(text)
        if not readings:
            return
        self.seen = True
        for order in self.fitting - set(readings):
            self.decided_at.setdefault(order, line)
        self.fitting &= set(readings)
        if len(set(readings.values())) > 1 and len(self.undecided) < len(DATE_ORDERS):
            known = {frozenset(found.items()) for _, _, found in self.undecided}
            if frozenset(readings.items()) not in known:
                self.undecided.append((line, text, readings))


def survey(
    records: Iterable[CsvRecord], columns: Columns, chosen_order: DateOrder | None
) -> Survey:
    """Reads all records once. Raises `FileRefused` for what the whole file is refused for."""
    dates = {name: _Dates() for name in columns.of if name.endswith("_at")}
    rows = texts = in_quotes = 0
    body = columns.of["body"]
    for record in records:
        rows += 1
        if len(record.cells) < len(columns.names):
            continue
        text = record.cells[body].strip()
        texts += bool(text)
        in_quotes += len(text) > 1 and text[0] == text[-1] == "'"
        for name, found in dates.items():
            found.add(record.line, record.cells[columns.of[name]].strip())
    if not rows:
        raise FileRefused("The file has a header and no rows.")
    if texts and texts == in_quotes:
        raise FileRefused(
            "Every text stands between single quotes ('): are cells quoted by them? "
            """Then give --quote "'"."""
        )
    return Survey(rows, dict(_orders(dates, columns, chosen_order)))


def _orders(
    dates: Mapping[str, _Dates], columns: Columns, chosen: DateOrder | None
) -> Iterator[tuple[str, DateOrder]]:
    for name, found in dates.items():
        if not found.seen:
            continue
        if chosen:
            yield name, chosen
            continue
        column = shown(columns.name(name), 60)
        if not found.fitting:
            lines = ", ".join(str(line) for line in sorted(set(found.decided_at.values())))
            raise FileRefused(
                f"Column {column!r} writes dates in more than one order (see lines {lines}). "
                "Fix the file, or name one --date-order: rows that do not fit it are reported."
            )
        _refuse_doubt(found, column)
        yield name, next(order for order in DATE_ORDERS if order in found.fitting)


def _refuse_doubt(found: _Dates, column: str) -> None:
    for line, text, readings in found.undecided:
        open_orders = {order: day for order, day in readings.items() if order in found.fitting}
        if len(set(open_orders.values())) > 1:
            said = " or ".join(f"{day} ({order})" for order, day in open_orders.items())
            raise FileRefused(
                f"Column {column!r}: {shown(text, 30)} on line {line} is {said}, and all rows "
                f"fit. Say which: --date-order {' or '.join(open_orders)}."
            )
