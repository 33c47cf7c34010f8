"""Every figure of a summary is a count of events, whatever the time, the buckets and the zone."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import httpx
import pytest
from histories import STEPS
from hypothesis import HealthCheck, given
from hypothesis import settings as limited
from hypothesis import strategies as st
from naive_summary import NaiveSummary, part_of, percentile, time_of
from stored import TABLES, Connection, project
from ticket_history import TicketHistory, as_imported

from deskstream_contracts import Event
from deskstream_projection.adapters.summary_queries import recent_counts
from deskstream_projection.app import build
from deskstream_projection.domain.calendar import BucketSize
from deskstream_projection.settings import Settings
from deskstream_runtime.testing.app import running_app

NOW = datetime(2026, 12, 1, tzinfo=UTC)
SIZES: list[BucketSize] = ["minute", "quarter_hour", "hour", "day", "week", "month"]
TURNS = {
    "Europe/Berlin": ("2026-03-29T01:00Z", "2026-10-25T01:00Z"),
    "America/New_York": ("2026-03-08T07:00Z", "2026-11-01T06:00Z"),
    "Australia/Lord_Howe": ("2026-04-04T15:00Z", "2026-10-03T15:30Z"),
    "Pacific/Chatham": ("2026-04-04T14:00Z", "2026-09-26T14:00Z"),
    "Africa/Cairo": ("2026-04-23T22:00Z", "2026-10-29T21:00Z"),
    "America/Havana": ("2026-03-08T05:00Z", "2026-11-01T05:00Z"),
    "Asia/Kathmandu": ("2026-06-30T18:15Z", "2026-02-28T18:15Z"),
    "UTC": ("2026-03-01T00:00Z", "2026-08-31T23:00Z"),
    "Africa/Monrovia": ("1971-06-01T00:44:30Z", "1972-01-07T00:44:30Z"),
}
"""When the clock is set in each zone, or a month begins. Liberia was 44.5 minutes behind UTC."""

OF_A_PAST = ["update", "inbound", "outbound", "resolve", "score", "triage"]


@st.composite
def near(draw: st.DrawFn, turn: datetime) -> datetime:
    """A moment about the turn, often just before or after a quarter hour."""
    if draw(st.booleans()):
        return turn + draw(st.timedeltas(-timedelta(days=40), timedelta(days=40)))
    quarters = draw(st.integers(-8, 8)) * timedelta(minutes=15)
    return turn + quarters + draw(st.timedeltas(-timedelta(seconds=5), timedelta(seconds=5)))


@st.composite
def histories_around(draw: st.DrawFn, turn: datetime) -> list[Event[Any]]:
    """What happened to a few tickets about that time. Some of them were imported long after."""
    events: list[Event[Any]] = []
    for number in range(draw(st.integers(1, 6))):
        ticket = TicketHistory(
            number, channel=draw(st.sampled_from(["email", "sms"])), created_at=draw(near(turn))
        )
        imported = draw(st.booleans())
        choice = st.sampled_from(OF_A_PAST if imported else list(STEPS))
        for step in draw(st.lists(choice, max_size=8)):
            STEPS[step](ticket)
        events += as_imported(ticket.events, NOW) if imported else ticket.events
    return events


@st.composite
def questions(
    draw: st.DrawFn, zone: str, turn: datetime, events: list[Event[Any]]
) -> dict[str, str]:
    """A time whose ends are anywhere, on a turn or on an event; buckets; that zone or another."""
    end_points = st.one_of(near(turn), st.sampled_from([turn, *map(time_of, events)]))
    first, last = sorted((draw(end_points), draw(end_points)))
    last = max(last, first + timedelta(microseconds=1))
    size = draw(st.sampled_from(SIZES))
    if size in ("minute", "quarter_hour"):
        last = min(last, first + timedelta(days=2))
    return {
        "from": first.isoformat(),
        "to": last.isoformat(),
        "bucket": size,
        "tz": draw(st.one_of(st.just(zone), st.sampled_from(list(TURNS)))),
        "imported": draw(st.sampled_from(["include", "exclude", "only"])),
    }


def close(value: float | None) -> Any:
    """Measures are kept in thousandths."""
    return None if value is None else pytest.approx(value, abs=0.000_6)


def check_summary(summary: dict[str, Any], asked: dict[str, str], events: list[Event[Any]]) -> None:
    start, end = map(datetime.fromisoformat, (asked["from"], asked["to"]))
    true = NaiveSummary(events, start, end, asked["imported"])
    said = {name: summary[name] for name in ("tz", "bucket")}
    assert said == {"tz": asked["tz"], "bucket": asked["bucket"]}
    assert [datetime.fromisoformat(summary[name]) for name in ("from", "to")] == [start, end]

    for figure, event_type in {
        "created": "ticket.created",
        "resolved": "ticket.resolved",
        "reopened": "ticket.reopened",
        "escalated": "escalated",
        "delivered": "reply.delivered",
        "undeliverable": "reply.undeliverable",
        "articles_published": "article.published",
    }.items():
        assert summary[figure] == len(true.of(event_type)), figure
    assert summary["sentiment"] == true.labels("sentiment.scored", "label")
    assert summary["average_sentiment"] == close(true.average("sentiment.scored", "score"))
    assert summary["intents"] == true.labels("ticket.triaged", "intent")
    assert summary["average_csat"] == close(true.average("csat.received", "score"))
    assert summary["sla_breached"] == true.labels("sla.breached", "clock")
    assert summary["sla_met"] == true.labels("sla.met", "clock")
    assert summary["channels"] == true.channels()
    check_drafts(summary["drafts"], true)
    check_durations(summary["first_response"], true.seconds("first_response_at"))
    check_durations(summary["resolution"], true.seconds("resolved_at"))
    check_buckets(summary["buckets"], asked, true)


def check_drafts(drafts: dict[str, Any], true: NaiveSummary) -> None:
    approvals, rejected = true.approvals(), len(true.of("reply.rejected"))
    approved = sum(approvals[name] for name in ("as_drafted", "edited", "auto"))
    assert drafts == {
        "drafted": len(true.of("reply.drafted")),
        "failed": len(true.of("reply.draft_failed")),
        "average_confidence": close(true.average("reply.drafted", "confidence")),
        "approved_as_drafted": approvals["as_drafted"],
        "approved_edited": approvals["edited"],
        "approved_auto": approvals["auto"],
        "rejected": rejected,
        "acceptance": approved / (approved + rejected) if approved + rejected else None,
    }


def check_durations(durations: dict[str, Any], seconds: list[float]) -> None:
    expected = {
        "count": len(seconds),
        "average_s": sum(seconds) / len(seconds) if seconds else None,
        **{f"p{share}_s": percentile(seconds, share / 100) for share in (50, 90, 99)},
    }
    assert durations == {
        name: value if value is None else pytest.approx(value) for name, value in expected.items()
    }


def check_buckets(buckets: list[dict[str, Any]], asked: dict[str, str], true: NaiveSummary) -> None:
    size, zone = asked["bucket"], ZoneInfo(asked["tz"])
    starts = [datetime.fromisoformat(bucket["start"]) for bucket in buckets]
    assert starts == sorted(set(starts))
    for start in starts:
        assert start.utcoffset() == written_offset(start, zone)
        before = start - timedelta(microseconds=1)
        assert part_of(before, size, zone) != part_of(start, size, zone)  # type: ignore[arg-type]
    expected = true.buckets(size, zone)  # type: ignore[arg-type]
    assert {
        part_of(start, size, zone): bucket["counts"]  # type: ignore[arg-type]
        for start, bucket in zip(starts, buckets, strict=True)
    } == expected


def written_offset(moment: datetime, zone: ZoneInfo) -> timedelta | None:
    """RFC 3339 can write whole minutes alone; what has seconds is written in UTC."""
    offset = moment.astimezone(zone).utcoffset()
    return timedelta() if offset and offset.seconds % 60 else offset


def last_hour(events: list[Event[Any]], start: datetime, end: datetime) -> dict[str, int]:
    """By type alone: the labels are checked in the summary."""
    true = NaiveSummary(events, start, end, "exclude")
    return {
        event_type: len(true.of(event_type))
        for event_type in {event.data.event_type for event in true.events}
    }


def by_type(counts: dict[str, int]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for name, count in counts.items():
        event_type = name.partition("/")[0]
        sums[event_type] = sums.get(event_type, 0) + count
    return sums


def test_every_figure_is_a_count_of_events(new_settings: Callable[..., Settings]) -> None:
    """One loop, service and database for all examples: new ones for each would take minutes."""
    settings = new_settings(minutes_kept_days=30_000)

    async def ask(client: httpx.AsyncClient, connection: Connection, data: st.DataObject) -> None:
        zone = data.draw(st.sampled_from(list(TURNS)))
        turn = datetime.fromisoformat(data.draw(st.sampled_from(TURNS[zone])))
        events = data.draw(histories_around(turn))
        await connection.execute(f"truncate {', '.join(TABLES)}")
        await project(connection, events)
        for _ in range(4):
            asked = data.draw(questions(zone, turn, events))
            answer = await client.get("/v1/analytics/summary", params=asked)
            assert answer.status_code == 200, answer.text
            check_summary(answer.json(), asked, events)
        start = data.draw(near(turn))
        end = start + timedelta(hours=1)
        counts = await recent_counts(connection, start, end)
        assert by_type(counts) == last_hour(events, start, end)

    with asyncio.Runner() as runner:
        connection = runner.run(asyncpg.connect(settings.postgres.dsn.get_secret_value()))
        running = running_app(build(settings, lambda: NOW))
        client = runner.run(running.__aenter__()).http

        @limited(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(data=st.data())
        def check(data: st.DataObject) -> None:
            runner.run(ask(client, connection, data))

        try:
            check()
        finally:
            runner.run(running.__aexit__(None, None, None))
            runner.run(connection.close())
