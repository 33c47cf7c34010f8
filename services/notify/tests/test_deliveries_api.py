"""A webhook's delivery log, and redelivery."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from notify_bench import Bench
from notify_events import happened
from notify_fakes import FakeReceiver

from deskstream_contracts import Event, revised
from deskstream_notify.adapters import delivery_queries
from deskstream_notify.handlers.schedules import Retention

MakeFailed = Callable[..., Awaitable[list[Event[Any]]]]


@pytest.fixture
async def webhook_id(bench: Bench, receiver: FakeReceiver) -> UUID:
    webhook_id, receiver.secret = await bench.subscribe(receiver.url, "ticket.created")
    return webhook_id


async def announce(bench: Bench, count: int = 1) -> list[Event[Any]]:
    events = [happened("ticket.created", bench.clock.now) for _ in range(count)]
    await bench.handle(*events)
    await bench.do_due_work()
    return events


@pytest.fixture
async def failed(bench: Bench, receiver: FakeReceiver, webhook_id: UUID) -> MakeFailed:
    """Makes so many deliveries that are given up. The receiver answers well again afterwards."""

    async def make(count: int = 1) -> list[Event[Any]]:
        events = []
        for _ in range(count):
            receiver.manners.append(410)
            events += await announce(bench)
            await bench.value("update webhook_subscription set disabled_at = null")
        return events

    return make


async def log_of(api: httpx.AsyncClient, webhook_id: UUID, query: str = "") -> Any:
    return (await api.get(f"/v1/webhooks/{webhook_id}/deliveries{query}")).json()


async def redeliver(
    api: httpx.AsyncClient, webhook_id: UUID, key: str | None = None, **body: Any
) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return await api.post(f"/v1/webhooks/{webhook_id}/redeliver", json=body, headers=headers)


def at(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


async def test_the_log_shows_the_state_of_each_call_and_no_content(
    api: httpx.AsyncClient, bench: Bench, receiver: FakeReceiver, webhook_id: UUID
) -> None:
    receiver.manners += [204, 503]
    (sent,) = await announce(bench)
    (waiting,) = await announce(bench)
    answer = await api.get(f"/v1/webhooks/{webhook_id}/deliveries")
    newest, oldest = answer.json()["items"]
    assert (newest["event_id"], newest["ticket_id"]) == (str(waiting.id), str(waiting.subject))
    assert (newest["state"], newest["reason"], newest["response_status"]) == (
        "planned",
        "receiver_failed",
        503,
    )
    assert newest["next_attempt_at"] > newest["last_attempt_at"]
    assert not newest["redeliverable"]
    assert (oldest["state"], oldest["event_type"]) == ("sent", "ticket.created")
    assert oldest["redeliverable"]
    assert oldest["id"] == next(iter(receiver.accepted))
    assert sent.data.subject not in answer.text


async def test_the_log_is_read_page_by_page_from_any_moment_in_any_state(
    api: httpx.AsyncClient, bench: Bench, failed: MakeFailed, webhook_id: UUID
) -> None:
    await announce(bench, 3)
    bench.clock.advance(60)
    since = bench.clock.now
    await failed(2)
    await announce(bench, 2)
    seen, cursor = [], ""
    while True:
        page = await log_of(api, webhook_id, f"?limit=2{cursor}")
        seen += page["items"]
        if "next_cursor" not in page:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert len({one["id"] for one in seen}) == len(seen) == 7
    assert [one["planned_at"] for one in seen] == sorted(
        (one["planned_at"] for one in seen), reverse=True
    )
    only_failed = await log_of(api, webhook_id, "?state=failed&state=unknown")
    assert [one["state"] for one in only_failed["items"]] == ["failed"] * 2
    late = await log_of(api, webhook_id, f"?since={at(since)}")
    assert len(late["items"]) == 4
    late_sent = await log_of(api, webhook_id, f"?since={at(since)}&state=sent")
    assert len(late_sent["items"]) == 2


async def test_a_page_scans_a_bounded_number_of_rows_and_says_where_to_continue(
    api: httpx.AsyncClient,
    bench: Bench,
    failed: MakeFailed,
    webhook_id: UUID,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await failed(1)
    await announce(bench, 5)
    monkeypatch.setattr(delivery_queries, "SCANNED_MAX", 2)
    found, pages, cursor = [], 0, ""
    while True:
        page = await log_of(api, webhook_id, f"?state=failed&state=sent&limit=200{cursor}")
        found += page["items"]
        pages += 1
        if "next_cursor" not in page:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert len(found) == 6
    assert pages == 4


@pytest.mark.parametrize(
    "query",
    [
        "?cursor=nonsense",
        "?cursor=bm8=",
        "?state=lost",
        "?limit=0",
        "?limit=201",
        "?since=yesterday",
    ],
)
async def test_an_invalid_query_is_refused(
    api: httpx.AsyncClient, webhook_id: UUID, query: str
) -> None:
    answer = await api.get(f"/v1/webhooks/{webhook_id}/deliveries{query}")
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "moment",
    ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-03-29T02:30:00+05:30"],
)
async def test_any_moment_may_be_asked_for(
    api: httpx.AsyncClient, webhook_id: UUID, moment: str
) -> None:
    query = {"since": moment}
    answer = await api.get(f"/v1/webhooks/{webhook_id}/deliveries", params=query)
    assert answer.json() == {"items": []}
    assert (await redeliver(api, webhook_id, failed_since=moment)).json()["redelivered"] == 0


async def test_one_delivery_is_repeated_under_the_same_id(
    api: httpx.AsyncClient,
    bench: Bench,
    receiver: FakeReceiver,
    failed: MakeFailed,
    webhook_id: UUID,
) -> None:
    (event,) = await failed()
    row = await bench.notification()
    answer = await redeliver(api, webhook_id, ids=[str(row["id"])])
    assert (answer.status_code, answer.json()) == (202, {"redelivered": 1, "more": False})
    assert (await bench.notification())["state"] == "planned"
    await bench.do_due_work()
    ((body,),) = receiver.accepted.values()
    assert list(receiver.accepted) == [str(row["id"])]
    assert (body["id"], body["data"]["subject"]) == (str(event.id), event.data.subject)
    row = await bench.notification()
    assert (row["state"], row["redeliveries"], row["failed_at"]) == ("sent", 1, None)
    assert [one.type for one in await bench.published()] == [
        "notification.failed",
        "notification.sent",
    ]


async def test_an_accepted_delivery_can_be_repeated_and_is_published_again(
    api: httpx.AsyncClient, bench: Bench, receiver: FakeReceiver, webhook_id: UUID
) -> None:
    await announce(bench)
    row = await bench.notification()
    for _ in range(2):
        assert (await redeliver(api, webhook_id, ids=[str(row["id"])])).status_code == 202
        await bench.do_due_work()
    assert [len(times) for times in receiver.accepted.values()] == [3]
    published = await bench.published()
    assert len({one.id for one in published}) == len(published) == 3


async def test_failed_deliveries_since_a_moment_are_repeated_in_order_up_to_a_limit(
    api: httpx.AsyncClient,
    bench: Bench,
    receiver: FakeReceiver,
    failed: MakeFailed,
    webhook_id: UUID,
) -> None:
    await failed(2)
    bench.clock.advance(60)
    since = bench.clock.now
    await announce(bench, 2)
    events = await failed(3)
    receiver.accepted.clear()
    moment = at(since)
    first = await redeliver(api, webhook_id, failed_since=moment)
    assert first.json() == {"redelivered": 2, "more": True}
    second = await redeliver(api, webhook_id, failed_since=moment)
    assert second.json() == {"redelivered": 1, "more": False}
    third = await redeliver(api, webhook_id, failed_since=moment)
    assert third.json() == {"redelivered": 0, "more": False}
    await bench.do_due_work()
    sent = [bodies[0]["id"] for bodies in receiver.accepted.values()]
    assert sorted(sent) == sorted(str(event.id) for event in events)
    left = await log_of(api, webhook_id, "?state=failed")
    assert len(left["items"]) == 2


async def test_with_the_same_key_it_is_done_once(
    api: httpx.AsyncClient,
    bench: Bench,
    receiver: FakeReceiver,
    failed: MakeFailed,
    webhook_id: UUID,
) -> None:
    await failed()
    row = await bench.notification()
    ids = [str(row["id"])]
    first = await redeliver(api, webhook_id, key="k", ids=ids)
    await bench.do_due_work()
    again = await redeliver(api, webhook_id, key="k", ids=ids)
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    await bench.do_due_work()
    assert receiver.requests == 2


async def test_a_waiting_delivery_is_not_repeated(
    api: httpx.AsyncClient, bench: Bench, failed: MakeFailed, webhook_id: UUID
) -> None:
    await failed()
    row = await bench.notification()
    ids = [str(row["id"])]
    assert (await redeliver(api, webhook_id, ids=ids)).status_code == 202
    answer = await redeliver(api, webhook_id, ids=ids)
    assert answer.status_code == 409
    assert answer.json()["errors"] == [
        {"pointer": "/ids/0", "detail": "it waits to be delivered already"}
    ]
    assert await bench.value("select count(*) from work") == 1


async def test_unknown_and_foreign_deliveries_are_not_found_and_none_is_repeated(
    api: httpx.AsyncClient,
    bench: Bench,
    receiver: FakeReceiver,
    failed: MakeFailed,
    webhook_id: UUID,
) -> None:
    await failed()
    row = await bench.notification()
    other, _ = await bench.subscribe(receiver.url, "ticket.created")
    ids = [str(row["id"]), str(uuid4())]
    answer = await redeliver(api, webhook_id, ids=ids)
    assert answer.status_code == 404
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/ids/1"]
    assert (await redeliver(api, other, ids=ids[:1])).status_code == 404
    assert (await redeliver(api, uuid4(), ids=ids[:1])).status_code == 404
    assert (await bench.notification())["state"] == "failed"


async def test_an_erased_or_deleted_content_is_gone(
    api: httpx.AsyncClient, bench: Bench, failed: MakeFailed, webhook_id: UUID
) -> None:
    (event,) = await failed()
    row = await bench.notification()
    await bench.handle(revised(event, event.data))
    await bench.do_due_work()
    answer = await redeliver(api, webhook_id, ids=[str(row["id"])])
    assert (answer.status_code, answer.json()["type"]) == (
        410,
        "urn:deskstream:problem:payload-gone",
    )
    since = at(bench.clock.now - timedelta(days=1))
    assert (await redeliver(api, webhook_id, failed_since=since)).json()["redelivered"] == 0


async def test_content_is_kept_for_a_while_and_until_it_is_sent(
    api: httpx.AsyncClient, bench: Bench, receiver: FakeReceiver, webhook_id: UUID
) -> None:
    receiver.secret = ""  # it would refuse signatures of the test's future
    receiver.manners += [204, 503]
    await announce(bench)
    sent = await bench.notification()
    await announce(bench)
    retention = Retention(bench.clock, timedelta(days=90), timedelta(days=7))

    async def delete_old() -> None:
        await bench.infrastructure.unit_of_work.run(retention.delete_some)

    kept = "select count(*) from webhook_event where body is not null"
    bench.clock.advance(timedelta(days=7).total_seconds() - 60)
    await delete_old()
    assert await bench.value(kept) == 2
    bench.clock.advance(120)
    await delete_old()
    assert await bench.value(kept) == 1
    assert (await redeliver(api, webhook_id, ids=[str(sent["id"])])).status_code == 410
    (_, entry) = (await log_of(api, webhook_id))["items"]
    assert (entry["event_type"], entry["redeliverable"]) == ("ticket.created", False)
    await bench.value("update notification set state = 'failed' where state = 'planned'")
    bench.clock.advance(timedelta(days=90).total_seconds())
    await delete_old()
    await delete_old()
    assert await bench.value("select count(*) from webhook_event") == 0


async def test_a_test_call_is_not_made_again(
    api: httpx.AsyncClient, bench: Bench, webhook_id: UUID
) -> None:
    asked = (await api.post(f"/v1/webhooks/{webhook_id}/test")).json()
    await bench.do_due_work()
    answer = await redeliver(api, webhook_id, ids=[asked["notification_id"]])
    assert answer.status_code == 409
    (entry,) = (await log_of(api, webhook_id))["items"]
    assert entry["test"]
    assert not entry["redeliverable"]


async def test_a_disabled_webhook_is_not_called_again(
    api: httpx.AsyncClient, bench: Bench, failed: MakeFailed, webhook_id: UUID
) -> None:
    await failed()
    row = await bench.notification()
    await bench.value("update webhook_subscription set disabled_at = now()")
    assert (await redeliver(api, webhook_id, ids=[str(row["id"])])).status_code == 409


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"ids": []},
        {"ids": ["7"]},
        {"ids": [str(uuid4())] * 2},
        {"ids": [str(uuid4()) for _ in range(101)]},
        {"failed_since": "2026-01-01"},
        {"failed_since": "2026-01-01T00:00:00"},
        {"ids": [str(uuid4())], "failed_since": "2026-01-01T00:00:00Z"},
        {"all": True},
    ],
)
async def test_an_invalid_request_is_refused(
    api: httpx.AsyncClient, webhook_id: UUID, body: dict[str, Any]
) -> None:
    assert (await redeliver(api, webhook_id, **body)).status_code == 422


async def test_a_subscription_shows_its_health(
    api: httpx.AsyncClient, bench: Bench, receiver: FakeReceiver, webhook_id: UUID
) -> None:
    receiver.manners.append(503)
    await announce(bench)
    answer = await api.get(f"/v1/webhooks/{webhook_id}")
    assert answer.json()["health"] == {
        "last_success_at": None,
        "consecutive_failures": 1,
        "last_failure_at": at(bench.clock.now),
        "last_failure_reason": "receiver_failed",
        "last_failure_status": 503,
    }
    assert (await api.get("/v1/webhooks")).json()["items"] == [answer.json()]
    assert (await api.get(f"/v1/webhooks/{uuid4()}")).status_code == 404
