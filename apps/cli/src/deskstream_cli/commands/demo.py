"""`desk demo`: start everything, send real messages through it, show the results."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from websockets.exceptions import WebSocketException

from deskstream_cli.commands.import_csv import api_client
from deskstream_cli.commands.options import DataDir, data_folder
from deskstream_cli.demo.approving import approve_drafts
from deskstream_cli.demo.claims import Missing, not_delivered, not_understood
from deskstream_cli.demo.idle import wait_until_idle
from deskstream_cli.demo.models import count_models
from deskstream_cli.demo.next_steps import next_steps
from deskstream_cli.demo.prepare import publish_articles, subscribe_catcher
from deskstream_cli.demo.proving import Reasons, prove
from deskstream_cli.demo.reasons import reasons, remarks
from deskstream_cli.demo.report import Findings, count_caught, print_report, read_summary
from deskstream_cli.demo.stopwatch import Stopwatch
from deskstream_cli.demo.views import read_views
from deskstream_cli.importing.plan import ImportOptions, plan_import
from deskstream_cli.importing.run import progress_bar
from deskstream_cli.importing.sender import ImportResult, ImportStopped, TicketSender
from deskstream_cli.stack.data_folder import DataFolder, repository_root
from deskstream_cli.stack.errors import StackError
from deskstream_cli.stack.login import kafka_access
from deskstream_cli.stack.reporter import Reporter
from deskstream_cli.stack.start import start_stack
from deskstream_cli.stack.state import StackState
from deskstream_cli.stack.topic_counts import topic_counts
from deskstream_contracts.topics import SERVICES

SOURCE = "demo"
CONCURRENCY = 4


def demo(
    *,
    settle_timeout_s: Annotated[
        float, typer.Option(min=1, help="How long each step may take, in seconds.")
    ] = 90.0,
    data_dir: DataDir = None,
) -> None:
    """Start everything, send 192 customer messages through it, and show the results.

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
    state = await start_stack(folder, parts_only=False, reporter=reporter)
    catcher_url, kafka = state.catcher_url, kafka_access(state)
    files = repository_root() / "demo"
    async with api_client(folder, "", None) as client:
        with reporter.step("Knowledge articles are published, the catcher is subscribed"):
            articles = await publish_articles(client, files / "articles")
            await subscribe_catcher(client, catcher_url)
        with progress_bar(console) as bar:
            result, stopwatch = await _send(client, state, files / "tickets.csv", bar)
        why = partial(reasons, folder, state)
        views = _Views(client, stopwatch.tickets, why, settle_timeout_s)
        with reporter.step("Every message is scored, triaged, and answered or left to a human"):
            await views.prove(partial(not_understood, stopwatch.tickets))
        approved, approved_now = await approve_drafts(client, await views.read())
        if approved:
            with reporter.step(f"An agent approved {len(approved)} drafts, and they are delivered"):
                await views.prove(partial(not_delivered, approved))
        else:
            reporter.note("None of the first messages has a draft that an agent could approve.")
        await wait_until_idle(kafka, SERVICES, settle_timeout_s)
        mails, webhooks = await count_caught(client, catcher_url)
        findings = Findings(
            imported=result,
            articles=articles,
            approved=approved_now,
            events=await topic_counts(kafka),
            summary=await read_summary(client),
            models=await count_models(client, stopwatch.tickets),
            mails=mails,
            webhooks=webhooks,
            to_view_s=await stopwatch.to_view_s(),
            to_live_feed_s=stopwatch.to_live_feed_s(),
        )
    print_report(console, findings)
    for remark in await asyncio.to_thread(remarks, state.ports):
        reporter.note(escape(remark))
    typer.echo(next_steps(folder, state))


@dataclass(frozen=True, slots=True)
class _Views:
    """The views of the demo's own tickets."""

    client: httpx.AsyncClient
    tickets: Mapping[str, str]
    why: Reasons
    timeout_s: float

    async def read(self) -> dict[str, dict[str, Any]]:
        return await read_views(self.client, self.tickets)

    async def prove(self, missing: Callable[[dict[str, dict[str, Any]]], list[Missing]]) -> None:
        """Reads them until nothing is missing."""

        async def look() -> list[Missing]:
            return missing(await self.read())

        await prove(look, self.why, of=len(self.tickets), timeout_s=self.timeout_s)


async def _send(
    client: httpx.AsyncClient, state: StackState, file: Path, bar: Progress
) -> tuple[ImportResult, Stopwatch]:
    rows = list(plan_import(file, ImportOptions(source=SOURCE)).rows(datetime.now(UTC)))
    task = bar.add_task("Customer messages", total=len(rows))
    async with Stopwatch(client, state.urls["live-feed"]) as stopwatch:
        sender = TicketSender(
            client,
            concurrency=CONCURRENCY,
            give_up_after_s=60,
            on_done=lambda _: bar.advance(task),
            remember=lambda _: None,
        )
        result = await sender.send(rows, after_line=0)
        await stopwatch.wait_until_seen()
    if result.wrong or len(stopwatch.tickets) != len(rows):
        refused = "; ".join(f"line {wrong.line}: {wrong.reason}" for wrong in result.wrong[:3])
        raise StackError(
            f"Of {len(rows)} messages {len(stopwatch.tickets)} were accepted. {refused}".rstrip()
        )
    return result, stopwatch
