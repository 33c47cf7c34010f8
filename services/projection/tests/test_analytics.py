"""`GET /v1/analytics/summary`."""

from datetime import timedelta

import httpx
import pytest
from test_views import Connection, project
from ticket_history import START, TicketHistory

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
