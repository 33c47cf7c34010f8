"""The demo's report: tables of the results."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from deskstream_cli.demo.models import ModelCounts
from deskstream_cli.importing.sender import ImportResult

SUMMARY_DAYS = 90
SENTIMENTS = ("very_negative", "negative", "neutral", "positive", "very_positive")


@dataclass(frozen=True, slots=True)
class Findings:
    """The demo's measurements, and the system's own counts."""

    imported: ImportResult
    articles: int
    approved: int
    events: Mapping[str, int]
    summary: Mapping[str, Any]
    models: ModelCounts
    mails: int
    webhooks: int
    to_view_s: Sequence[float]
    to_live_feed_s: Sequence[float]


async def read_summary(client: httpx.AsyncClient) -> dict[str, Any]:
    """`GET /v1/analytics/summary` over as long as it allows."""
    end = datetime.now(UTC) + timedelta(minutes=1)
    query = {
        "from": (end - timedelta(days=SUMMARY_DAYS)).isoformat(),
        "to": end.isoformat(),
        "bucket": "day",
    }
    answer = await client.get("/v1/analytics/summary", params=query)
    summary: dict[str, Any] = answer.raise_for_status().json()
    return summary


async def count_caught(client: httpx.AsyncClient, catcher_url: str) -> tuple[int, int]:
    """The numbers of e-mails and webhooks that the catcher has received."""
    mails = (await client.get(f"{catcher_url}mails")).raise_for_status().json()["total"]
    webhooks = (await client.get(f"{catcher_url}webhooks")).raise_for_status().json()["total"]
    return mails, webhooks


def print_report(console: Console, found: Findings) -> None:
    """Prints what happened, and then the events of each topic."""
    table = Table(title="What happened", title_justify="left", box=None, show_header=False)
    table.add_column(style="bold")
    table.add_column()
    for name, text in _lines(found):
        table.add_row(name, text)
    console.print(table)
    events = Table(title="Events in the log, by topic", title_justify="left", box=None)
    for _ in range(2):
        events.add_column("topic")
        events.add_column("events", justify="right")
    pairs = [(name, str(count)) for name, count in found.events.items() if count]
    half = (len(pairs) + 1) // 2
    for left, right in zip(pairs[:half], [*pairs[half:], ("", "")], strict=False):
        events.add_row(*left, *right)
    console.print(events)


def _lines(found: Findings) -> list[tuple[str, str]]:
    summary = found.summary
    drafts = summary["drafts"]
    moods = ", ".join(
        f"{summary['sentiment'][mood]} {mood.replace('_', ' ')}"
        for mood in SENTIMENTS
        if summary["sentiment"].get(mood)
    )
    wants = sorted(summary["intents"].items(), key=lambda pair: -pair[1])[:6]
    return [
        ("messages", f"{found.imported.created} new, {found.imported.known} known already"),
        ("tickets", str(summary["created"])),
        ("sentiment", moods),
        ("scored by", _counted(found.models.scored)),
        ("most wanted", ", ".join(f"{count} {intent}" for intent, count in wants)),
        ("escalated", str(summary["escalated"])),
        (
            "answers",
            f"{drafts['drafted']} drafted from {found.articles} articles, "
            f"{drafts['failed']} left to a human",
        ),
        ("drafted by", _counted(found.models.drafted)),
        ("approved", f"{found.approved} now, as an agent would"),
        ("delivered", f"{summary['delivered']} answers"),
        ("caught so far", f"{found.mails} e-mails, {found.webhooks} signed webhooks"),
        ("POST → view", _latency(found.to_view_s)),
        ("POST → live feed", _latency(found.to_live_feed_s)),
    ]


def _counted(models: Counter[str]) -> str:
    return ", ".join(f"{count} {model}" for model, count in models.most_common()) or "nobody"


def _latency(seconds: Sequence[float]) -> str:
    """Median and 99th percentile of sorted seconds."""
    if not seconds:
        return "nothing new was sent"
    median = seconds[len(seconds) // 2] * 1_000
    worst = seconds[min(len(seconds) - 1, int(len(seconds) * 0.99))] * 1_000
    return f"p50 {median:.0f} ms, p99 {worst:.0f} ms ({len(seconds)} tickets)"
