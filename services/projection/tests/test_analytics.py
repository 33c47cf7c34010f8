"""`GET /v1/analytics/summary`."""

from datetime import timedelta

import httpx
import pytest
from test_views import Connection, project
from ticket_history import START, TicketHistory, brought_in

from deskstream_projection.adapters.analytics import recent_counts

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
    await project(database, here.events, brought_in(past.events, now))

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
    await project(database, here.events, brought_in(past.events, now))
    assert await recent_counts(database, START) == {"ticket.created": 1}


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
        {**DAY, "bucket": "week"},
        {**DAY, "from": "2020-01-01T00:00:00Z"},
        {**DAY, "from": "yesterday"},
    ],
)
async def test_wrong_ranges_are_refused(client: httpx.AsyncClient, query: dict[str, str]) -> None:
    assert (await client.get("/v1/analytics/summary", params=query)).status_code == 422
