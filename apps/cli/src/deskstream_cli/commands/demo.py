"""`desk demo`: start everything, send real messages through it, show what became of them."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console
from rich.progress import Progress
from websockets.exceptions import WebSocketException

from deskstream_cli.commands.import_csv import api_client, progress_bar
from deskstream_cli.commands.options import DataDir, data_folder
from deskstream_cli.demo.approving import approve_drafts
from deskstream_cli.demo.next_steps import next_steps
from deskstream_cli.demo.prepare import publish_articles, subscribe_catcher
from deskstream_cli.demo.report import Findings, count_caught, print_report, read_summary
from deskstream_cli.demo.settling import settle
from deskstream_cli.demo.stopwatch import Stopwatch
from deskstream_cli.importing.columns import choose_columns
from deskstream_cli.importing.rows import TicketRow, WrongRow, read_header, read_rows
from deskstream_cli.importing.sender import ImportResult, ImportStopped, Sender
from deskstream_cli.stack.bring_up import bring_up
from deskstream_cli.stack.data_folder import DataFolder, repository_root
from deskstream_cli.stack.errors import StackError
from deskstream_cli.stack.login import kafka_access
from deskstream_cli.stack.reporter import Reporter
from deskstream_cli.stack.state import StackState
from deskstream_cli.stack.topic_counts import topic_counts
from deskstream_contracts.topics import SERVICES

SOURCE = "demo"
CONCURRENCY = 4


def demo(
    *,
    settle_timeout_s: Annotated[
        float, typer.Option(min=1, help="How long the pipeline may take to settle.")
    ] = 90.0,
    data_dir: DataDir = None,
) -> None:
    """Start everything, send 192 customer messages through it, and show what became of them.

    The system keeps running. A second demo sends the same messages, so it makes no second tickets.
    """
    console = Console()
    reporter = Reporter(console)
    folder = data_folder(data_dir)
    try:
        asyncio.run(_demo(console, reporter, folder, settle_timeout_s))
    except (httpx.HTTPError, WebSocketException, ImportStopped) as error:
        raise StackError(
            f"The demo stopped: {error}. See `desk status` and the logs in {folder.logs}."
        ) from error
    finally:
        reporter.close()


async def _demo(
    console: Console, reporter: Reporter, folder: DataFolder, settle_timeout_s: float
) -> None:
    state = await bring_up(folder, parts_only=False, reporter=reporter)
    catcher_url, kafka = state.catcher_url, kafka_access(state)
    files = repository_root() / "demo"
    async with api_client(folder, "", None) as client:
        with reporter.step("Knowledge articles are published, the catcher is subscribed"):
            articles = await publish_articles(client, files / "articles")
            await subscribe_catcher(client, catcher_url)
            await settle(kafka, SERVICES, settle_timeout_s)
        with progress_bar(console) as bar:
            result, stopwatch = await _send(client, state, files / "tickets.csv", bar)
        with reporter.step("Every message is scored, triaged, and answered or left to a human"):
            await settle(kafka, SERVICES, settle_timeout_s)
        with reporter.step("An agent approved the first drafts, and they are delivered"):
            approved = await approve_drafts(client, SOURCE)
            await settle(kafka, SERVICES, settle_timeout_s)
        mails, webhooks = await count_caught(client, catcher_url)
        findings = Findings(
            imported=result,
            articles=articles,
            approved=approved,
            events=await topic_counts(kafka),
            summary=await read_summary(client),
            mails=mails,
            webhooks=webhooks,
            to_view_s=await stopwatch.to_view_s(),
            to_live_feed_s=stopwatch.to_live_feed_s(),
        )
    print_report(console, findings)
    typer.echo(next_steps(folder, state))


async def _send(
    client: httpx.AsyncClient, state: StackState, file: Path, bar: Progress
) -> tuple[ImportResult, Stopwatch]:
    rows = list(_rows(file))
    task = bar.add_task("Customer messages", total=len(rows))
    async with Stopwatch(client, state.urls["live-feed"]) as stopwatch:
        sender = Sender(
            client,
            concurrency=CONCURRENCY,
            give_up_after_s=60,
            on_settled=lambda: bar.advance(task),
            remember=lambda _: None,
        )
        result = await sender.send(rows, after_line=0)
        await stopwatch.to_view_s()
    return result, stopwatch


def _rows(file: Path) -> Iterable[TicketRow | WrongRow]:
    return read_rows(file, choose_columns(read_header(file), {}), SOURCE)
