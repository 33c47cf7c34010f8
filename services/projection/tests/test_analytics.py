"""`GET /v1/analytics/summary`."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from histories import history_of
from stored import Connection, project
from ticket_history import START, TicketHistory, as_imported

from deskstream_projection.adapters.read_model_store import forget_minutes
from deskstream_projection.adapters.summary_queries import recent_counts
from deskstream_projection.app import build
from deskstream_projection.settings import Settings
from deskstream_runtime.postgres.connection import in_transaction
from deskstream_runtime.testing.app import running_app

DAY = {"from": START.isoformat(), "to": (START + timedelta(days=1)).isoformat()}


async def test_the_summary_counts_what_happened(
    client: httpx.AsyncClient, database: Connection
) -> None:
    for number, channel in enumerate(("email", "sms")):
        ticket = TicketHistory(number, channel=channel)
        ticket.score("negative", -0.5)
        ticket.triage("refund")
        ticket.draft()
        ticket.approve() if number else ticket.reject()
        ticket.message("outbound")
        ticket.clock("breach")
        ticket.resolve()
        await project(database, ticket.events, ticket.events)
    summary = (await client.get("/v1/analytics/summary", params=DAY)).json()
    assert (summary["created"], summary["resolved"], summary["escalated"]) == (2, 2, 0)
    assert summary["sentiment"] == {"negative": 2}
    assert summary["average_sentiment"] == -0.5
    assert summary["intents"] == {"refund": 2}
    assert summary["sla_breached"] == {"first_response": 2}
    assert summary["drafts"]["acceptance"] == 0.5
    assert summary["channels"]["sms"] == {"created": 1, "resolved": 1}
    assert summary["first_response"]["p50_s"] == 5.0
    assert summary["resolution"]["count"] == 2
    assert [bucket["counts"]["ticket.created"] for bucket in summary["buckets"]] == [2]


async def test_an_imported_past_counts_at_its_own_time_and_can_be_left_out(
    client: httpx.AsyncClient, database: Connection
) -> None:
    here, past = TicketHistory(1), TicketHistory(2)
    for ticket in (here, past):
        ticket.score("negative", -0.5)
        ticket.message("outbound")
        ticket.resolve()
    now = START + timedelta(days=700)
    await project(database, here.events, as_imported(past.events, now))

    async def counted(imported: str) -> list[int]:
        params = DAY | {"imported": imported}
        summary = (await client.get("/v1/analytics/summary", params=params)).json()
        return [
            summary["created"],
            summary["resolved"],
            summary["sentiment"].get("negative", 0),
            summary["first_response"]["count"],
            summary["resolution"]["count"],
            sum(bucket["counts"]["ticket.created"] for bucket in summary["buckets"]),
        ]

    assert await counted("include") == [2] * 6
    assert await counted("exclude") == [1] * 6
    assert await counted("only") == [1] * 6
    assert await database.fetchval("select count(*) from roll_up where start >= $1", now) == 0
    unknown = await client.get("/v1/analytics/summary", params=DAY | {"imported": "perhaps"})
    assert unknown.status_code == 422


async def test_an_imported_past_is_not_in_the_last_hour(database: Connection) -> None:
    now = START + timedelta(minutes=10)
    here, past = TicketHistory(1), TicketHistory(2)
    await project(database, here.events, as_imported(past.events, now))
    assert await recent_counts(database, START, now) == {"ticket.created": 1}


async def test_the_last_hour_is_counted_to_the_second(database: Connection) -> None:
    for number in range(100):
        ticket = TicketHistory(number, created_at=START + timedelta(seconds=number))
        await project(database, ticket.events)
    start, end = START + timedelta(seconds=30), START + timedelta(seconds=90)
    assert await recent_counts(database, start, end) == {"ticket.created": 60}


@pytest.mark.parametrize("bucket", ["quarter_hour", "hour", "day", "week", "month"])
async def test_a_time_off_the_bucket_is_counted_as_it_was_asked_for(
    client: httpx.AsyncClient, database: Connection, bucket: str
) -> None:
    for number in range(120):
        ticket = TicketHistory(number, created_at=START + timedelta(seconds=number))
        await project(database, ticket.events)
    start, end = START + timedelta(seconds=10), START + timedelta(seconds=21)
    asked = {"from": start.isoformat(), "to": end.isoformat(), "bucket": bucket}
    summary = (await client.get("/v1/analytics/summary", params=asked)).json()
    assert summary["created"] == summary["channels"]["email"]["created"] == 11
    assert [each["counts"] for each in summary["buckets"]] == [{"ticket.created": 11}]


async def test_days_are_those_of_the_time_zone(
    client: httpx.AsyncClient, database: Connection
) -> None:
    """In Berlin the 25th of October 2026 has 25 hours."""
    begin = datetime(2026, 10, 24, 22, tzinfo=UTC)
    for number in range(26):
        ticket = TicketHistory(number, created_at=begin + timedelta(hours=number))
        await project(database, ticket.events)
    asked = {
        "from": "2026-10-25T00:00:00+02:00",
        "to": "2026-10-27T00:00:00+01:00",
        "bucket": "day",
        "tz": "Europe/Berlin",
    }
    summary = (await client.get("/v1/analytics/summary", params=asked)).json()
    assert {name: summary[name] for name in asked} == asked
    assert summary["buckets"] == [
        {"start": "2026-10-25T00:00:00+02:00", "counts": {"ticket.created": 25}},
        {"start": "2026-10-26T00:00:00+01:00", "counts": {"ticket.created": 1}},
    ]


async def test_a_bucket_may_begin_inside_of_a_quarter_hour(
    client: httpx.AsyncClient, database: Connection
) -> None:
    """Liberia was 44 minutes and 30 seconds behind UTC: no offset that RFC 3339 can write."""
    noon = datetime(1971, 6, 1, 12, 44, 30, tzinfo=UTC)
    for number, seconds in enumerate((-1, 0, 1)):
        ticket = TicketHistory(number, created_at=noon + timedelta(seconds=seconds))
        await project(database, as_imported(ticket.events, START))
    asked = {
        "from": (noon - timedelta(hours=1)).isoformat(),
        "to": (noon + timedelta(hours=1)).isoformat(),
        "tz": "Africa/Monrovia",
    }
    summary = (await client.get("/v1/analytics/summary", params=asked)).json()
    assert summary["buckets"] == [
        {"start": "1971-06-01T11:44:30Z", "counts": {"ticket.created": 1}},
        {"start": "1971-06-01T12:44:30Z", "counts": {"ticket.created": 2}},
    ]


async def test_the_answer_says_what_it_answered(client: httpx.AsyncClient) -> None:
    asked = {"from": "2026-03-02T00:00:00.5Z", "to": "2026-03-02T06:00:00+05:30"}
    summary = (await client.get("/v1/analytics/summary", params=asked)).json()
    echoed = [summary[name] for name in ("from", "to", "tz", "bucket")]
    assert echoed == ["2026-03-02T00:00:00.500000Z", "2026-03-02T00:30:00Z", "UTC", "hour"]


async def test_articles_count_when_they_are_published(
    client: httpx.AsyncClient, database: Connection
) -> None:
    await project(database, history_of(1, ["publish", "withdraw", "publish"]))
    summary = (await client.get("/v1/analytics/summary", params=DAY)).json()
    assert summary["articles_published"] == 2
    later = DAY | {"from": (START + timedelta(seconds=2)).isoformat()}
    summary = (await client.get("/v1/analytics/summary", params=later)).json()
    assert summary["articles_published"] == 1


async def test_minutes_are_answered_while_they_are_kept(
    settings: Settings, database: Connection
) -> None:
    """As long as the setting says, or until they were forgotten under another one."""
    now = START + timedelta(days=31, minutes=10)
    await project(database, *(history_of(number, ["score"]) for number in range(3)))

    async def status(start: timedelta) -> int:
        begin = now + start
        asked = {
            "from": begin.isoformat(),
            "to": (begin + timedelta(days=1)).isoformat(),
            "bucket": "minute",
        }
        answer = await client.get("/v1/analytics/summary", params=asked)
        if answer.status_code == 422:
            assert answer.json()["type"] == "urn:deskstream:problem:minutes-not-kept"
        return answer.status_code

    async with running_app(build(settings, lambda: now)) as app:
        client = app.http
        assert await status(-timedelta(days=31)) == 200
        assert await status(-timedelta(days=31, seconds=1)) == 422
        async with in_transaction(database) as tx:
            await forget_minutes(tx, now - timedelta(days=30))
        async with in_transaction(database) as tx:
            await forget_minutes(tx, now - timedelta(days=31))
        assert await status(-timedelta(days=30)) == 200
        assert await status(-timedelta(days=30, seconds=1)) == 422
        quarters = {"from": START.isoformat(), "to": now.isoformat(), "bucket": "quarter_hour"}
        summary = (await client.get("/v1/analytics/summary", params=quarters)).json()
        assert (summary["created"], summary["sentiment"]) == (3, {"negative": 3})


async def test_too_many_buckets_are_refused_with_the_limit(client: httpx.AsyncClient) -> None:
    async def asked(days: int, bucket: str) -> tuple[int, str]:
        end = (START + timedelta(days=days)).isoformat()
        params = {"from": START.isoformat(), "to": end, "bucket": bucket}
        answer = await client.get("/v1/analytics/summary", params=params)
        return answer.status_code, answer.json().get("detail", "")

    assert await asked(125, "hour") == (200, "")
    status, detail = await asked(126, "hour")
    assert status == 422
    assert "more than 3000 buckets" in detail
    assert await asked(1_100, "day") == (200, "")
    status, detail = await asked(1_101, "day")
    assert status == 422
    assert "1100 days" in detail


async def test_nothing_happened(client: httpx.AsyncClient) -> None:
    summary = (await client.get("/v1/analytics/summary", params={"bucket": "minute"})).json()
    assert summary["created"] == 0
    assert summary["first_response"] == {
        "count": 0, "average_s": None, "p50_s": None, "p90_s": None, "p99_s": None,
    }  # fmt: skip
    assert summary["drafts"]["acceptance"] is None
    assert summary["buckets"] == []


@pytest.mark.parametrize(
    "query",
    [
        {"from": DAY["to"], "to": DAY["from"]},
        {**DAY, "bucket": "fortnight"},
        {**DAY, "from": "2020-01-01T00:00:00Z"},
        {**DAY, "from": "yesterday"},
        {"to": "0001-01-01T00:00:00Z"},
        {"from": "9998-12-31T12:00:00Z", "to": "9999-12-31T12:00:00Z"},
        {**DAY, "tz": "Berlin"},
        {**DAY, "tz": "Europe"},
        {**DAY, "tz": "../etc/passwd"},
        {**DAY, "tz": "right/Europe/Berlin"},
        {**DAY, "tz": "localtime"},
        {**DAY, "tz": ""},
        {**DAY, "tz": "+05:30"},
        {**DAY, "tz": "x" * 5_000},
    ],
)
async def test_wrong_ranges_are_refused(client: httpx.AsyncClient, query: dict[str, str]) -> None:
    assert (await client.get("/v1/analytics/summary", params=query)).status_code == 422
