"""Shows how a file was understood, and rows as they would become."""

import json
from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from deskstream_cli.importing.dialect import name_of
from deskstream_cli.importing.plan import Plan, PlannedTicket
from deskstream_cli.importing.remarks import WrongRow
from deskstream_cli.importing.shown import shown

_VALUE_MAX_CHARS = 300


def print_reading(console: Console, plan: Plan) -> None:
    """Encoding, separator, columns: given or found out."""
    columns = plan.columns
    used = ", ".join(
        f"{field} ← {shown(columns.names[place], 60)}" for field, place in columns.of.items()
    )
    attributes = ", ".join(
        shown(columns.names[place], 60) if columns.names[place] != f"#{place + 1}" else code
        for place, code in columns.attributes.items()
    )
    ignored = ", ".join(shown(columns.names[place], 60) for place in columns.ignored)
    of = f", an export of {columns.export.system}" if columns.export else ""
    lines = [
        f"{plan.path.name}: {plan.survey.rows:,} rows, {plan.encoding}, parted by "
        f"{name_of(plan.dialect.delimiter)}{of}; source {plan.options.source}",
        f"columns: {used}",
        f"attributes: {attributes or 'none'}" + (f"; left out: {ignored}" if ignored else ""),
    ]
    if "id" not in columns.of:
        lines.append("no column is the id: a row is known by its content")
    if "created_at" not in columns.of:
        lines.append("no column is the time: tickets have that of the import")
    orders = {f"{columns.name(field)}: {order}" for field, order in plan.survey.orders.items()}
    if orders:
        lines.append(f"order of dates: {shown(', '.join(sorted(orders)))}")
    for line in lines:
        console.print(Text(line, style="dim"), soft_wrap=True)


def print_rows(console: Console, plan: Plan, rows: Iterable[PlannedTicket | WrongRow]) -> None:
    """Rows as the requests that they become, or why they do not."""
    for row in rows:
        if isinstance(row, WrongRow):
            where = f", {shown(row.column, 60)}," if row.column else ""
            console.print(Text(f"line {row.line}{where} {row.reason}", style="red"), soft_wrap=True)
            continue
        console.print(Text(f"line {row.line} becomes POST {plan.address}", style="bold"))
        for name, value in row.request.items():
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            console.print(Text(f"  {name}: {shown(text, _VALUE_MAX_CHARS)}"), soft_wrap=True)
