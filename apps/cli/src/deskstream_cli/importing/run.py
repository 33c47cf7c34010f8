"""One import, from the file to its report, with a preview and a progress bar."""

import asyncio
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import httpx
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from deskstream_cli.importing.plan import ImportOptions, Plan, PlannedTicket, plan_import
from deskstream_cli.importing.preview import print_reading, print_rows
from deskstream_cli.importing.progress_file import ProgressFile
from deskstream_cli.importing.remarks import WrongRow
from deskstream_cli.importing.report_file import CHANGED, NOT_IMPORTED, NOTE, ReportFile
from deskstream_cli.importing.sender import ImportResult, ImportStopped, TicketSender
from deskstream_cli.importing.shown import shown
from deskstream_cli.importing.source_names import stem_code
from deskstream_cli.stack.data_folder import DataFolder
from deskstream_cli.stack.errors import StackError

DRY_ROWS_SHOWN = 3
_WHOSE_COUNTRY = (
    "they are of the desk's (DESK_PHONE_REGION), or kept as written and marked where it has none"
)


class ImportRun:
    """Reads the file through once when it is made. Raises `FileRefused`."""

    def __init__(
        self,
        console: Console,
        folder: DataFolder,
        file: Path,
        options: ImportOptions,
        report: Path | None,
    ) -> None:
        self._console = console
        self._folder = folder.root / "imports"
        self._file = file
        self._report = report
        self._now = datetime.now(UTC)
        with console.status(f"Reading {escape(shown(file.name))}"):
            self._plan = plan_import(file, options)
        print_reading(console, self._plan)

    def dry(self) -> ImportResult:
        """Shows the first rows as they would become, and reports on all; sends nothing."""
        print_rows(self._console, self._plan, islice(self._plan.rows(self._now), DRY_ROWS_SHOWN))
        result = ImportResult()
        with self._opened_report("dry-run", after_line=0) as report:
            for row in self._plan.rows(self._now):
                _report(report, row)
                if isinstance(row, WrongRow):
                    result.add_wrong(row)
                else:
                    result.add_remarked(row)
            self._note_open(report, result)
        wrong = result.wrong_count
        self._print_result(
            f"{self._plan.survey.rows:,} rows: {self._plan.survey.rows - wrong:,} would be sent, "
            f"{wrong:,} wrong; nothing was sent",
            result,
            report,
        )
        return result

    def send(
        self, client: httpx.AsyncClient, *, concurrency: int, give_up_after_s: float
    ) -> ImportResult:
        """Sends the rows with a progress bar. Raises StackError when it has to stop."""
        print_rows(self._console, self._plan, islice(self._plan.rows(self._now), 1))
        progress = ProgressFile(
            self._folder, self._file, _meaning(self._plan), str(client.base_url)
        )
        after_line = progress.load()
        with (
            self._opened_report(progress.name[:8], after_line) as report,
            progress_bar(self._console) as bar,
        ):
            task = bar.add_task(escape(shown(self._file.name)), total=self._plan.survey.rows)

            def done(row: PlannedTicket | WrongRow) -> None:
                _report(report, row)
                bar.advance(task)

            def rows() -> Iterator[PlannedTicket | WrongRow]:
                for row in self._plan.rows(self._now):
                    if row.line <= after_line:
                        bar.advance(task)
                    yield row

            def remember(line: int) -> None:
                report.flush()
                progress.save(line)

            sender = TicketSender(
                client,
                address=self._plan.address,
                concurrency=concurrency,
                give_up_after_s=give_up_after_s,
                on_done=done,
                remember=remember,
            )
            try:
                result = asyncio.run(_send(sender, client, rows(), after_line))
            except ImportStopped as error:
                raise StackError(f"Stopped. {error}") from error
            except KeyboardInterrupt:
                self._console.print("Stopped. Run the same command again to resume.")
                raise
            result.add_earlier(report.wrong_before)
            self._note_open(report, result)
        progress.forget()
        self._print_result(
            f"{result.rows} rows: {result.created} new, {result.known} known already, "
            f"{result.skipped} sent before, {result.wrong_count} wrong",
            result,
            report,
        )
        return result

    def _note_open(self, report: ReportFile, result: ImportResult) -> None:
        if result.open_zones:
            zone = self._plan.options.zone
            note = f"{result.open_zones} times name no zone and were taken as {zone}"
            report.add(0, "", NOTE, note)
        if result.open_countries:
            note = f"{result.open_countries} phone numbers name no country; {_WHOSE_COUNTRY}"
            report.add(0, "", NOTE, note)

    def _opened_report(self, suffix: str, after_line: int) -> ReportFile:
        name = f"{stem_code(self._file)}-{suffix}.report.csv"
        return ReportFile(self._report or self._folder / name, after_line)

    def _print_result(self, line: str, result: ImportResult, report: ReportFile) -> None:
        options = self._plan.options
        lines = [line]
        for wrong in result.wrong:
            where = f", {shown(wrong.column, 60)}" if wrong.column else ""
            lines.append(f"  line {wrong.line}{where}: {wrong.reason}")
        if result.wrong_count > len(result.wrong):
            lines.append(f"  … and {result.wrong_count - len(result.wrong):,} more in the report")
        if result.changed:
            lines.append(f"{result.changed:,} rows have something left out or changed")
        if result.html:
            lines.append(f"{result.html:,} texts were HTML and became plain text")
        if result.open_zones:
            lines.append(
                f"{result.open_zones:,} times name no zone and are taken as {options.zone} "
                "(--timezone)"
            )
        if result.open_countries:
            lines.append(
                f"{result.open_countries:,} phone numbers name no country; {_WHOSE_COUNTRY}"
            )
        if not options.history and {"status", "state"} & set(
            self._plan.columns.attributes.values()
        ):
            lines.append("the status is an attribute; --history brings the past in with it")
        lines.append(f"report: {report.path}")
        for text in lines:
            self._console.print(Text(text), soft_wrap=True)


async def _send(
    sender: TicketSender,
    client: httpx.AsyncClient,
    rows: Iterator[PlannedTicket | WrongRow],
    after_line: int,
) -> ImportResult:
    async with client:
        return await sender.send(rows, after_line)


def progress_bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
    )


def _report(report: ReportFile, row: PlannedTicket | WrongRow) -> None:
    if isinstance(row, WrongRow):
        report.add(row.line, row.column, NOT_IMPORTED, row.reason)
        return
    for remark in row.remarks:
        report.add(remark.line, remark.column, CHANGED, remark.reason)


def _meaning(plan: Plan) -> str:
    """All that decides what a row becomes, so that a run resumes only with the same."""
    return hashlib.sha256(repr((plan.options, plan.encoding, plan.dialect)).encode()).hexdigest()
