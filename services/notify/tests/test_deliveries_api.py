"""A webhook's delivery log, and delivering again."""

from datetime import timedelta
from uuid import uuid4

import pytest
from notify_events import happened

from deskstream_contracts import revised
from deskstream_notify.adapters import delivery_queries
from deskstream_notify.handlers.schedules import Retention


@pytest.fixture
async def webhook_id(bench, receiver):
    webhook_id, receiver.secret = await bench.subscribe(receiver.url, "ticket.created")
    return webhook_id


async def announce(bench, count=1):
    events = [happened("ticket.created", bench.clock.now) for _ in range(count)]
    await bench.handle(*events)
    await bench.do_due_work()
    return events


@pytest.fixture
async def failed(bench, receiver, webhook_id):
    """Makes so many deliveries that were given up. The receiver is well again afterwards."""

    async def make(count=1):
        events = []
        for _ in range(count):
            receiver.manners.append(410)
            events += await announce(bench)
            await bench.value("update webhook_subscription set disabled_at = null")
        return events

    return make


async def log_of(api, webhook_id, query=""):
    return (await api.get(f"/v1/webhooks/{webhook_id}/deliveries{query}")).json()


async def redeliver(api, webhook_id, key=None, **body):
    headers = {"Idempotency-Key": key} if key else {}
    return await api.post(f"/v1/webhooks/{webhook_id}/redeliver", json=body, headers=headers)


def at(moment):
    return moment.isoformat().replace("+00:00", "Z")


async def test_the_log_tells_what_became_of_each_call_and_not_what_it_held(
    api, bench, receiver, webhook_id
):
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


async def test_the_log_is_walked_page_by_page_from_any_moment_in_any_state(
    api, bench, failed, webhook_id
):
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


async def test_a_page_looks_at_a_bounded_number_of_rows_and_says_where_to_go_on(
    api, bench, failed, webhook_id, monkeypatch
):
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
async def test_a_question_that_makes_no_sense_is_refused(api, webhook_id, query):
    answer = await api.get(f"/v1/webhooks/{webhook_id}/deliveries{query}")
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "moment",
    ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-03-29T02:30:00+05:30"],
)
async def test_any_moment_may_be_asked_for(api, webhook_id, moment):
    query = {"since": moment}
    answer = await api.get(f"/v1/webhooks/{webhook_id}/deliveries", params=query)
    assert answer.json() == {"items": []}
    assert (await redeliver(api, webhook_id, failed_since=moment)).json()["redelivered"] == 0


async def test_one_delivery_is_made_again_under_the_same_id(
    api, bench, receiver, failed, webhook_id
):
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
    assert [one.type for one in await bench.told()] == ["notification.failed", "notification.sent"]


async def test_what_was_taken_can_be_sent_again_and_ends_as_a_fact_of_its_own(
    api, bench, receiver, webhook_id
):
    await announce(bench)
    row = await bench.notification()
    for _ in range(2):
        assert (await redeliver(api, webhook_id, ids=[str(row["id"])])).status_code == 202
        await bench.do_due_work()
    assert [len(times) for times in receiver.accepted.values()] == [3]
    told = await bench.told()
    assert len({one.id for one in told}) == len(told) == 3


async def test_all_that_failed_since_a_moment_is_made_again_in_order_a_bounded_number_at_a_time(
    api, bench, receiver, failed, webhook_id
):
    await failed(2)
    bench.clock.advance(60)
    since = bench.clock.now
    await announce(bench, 2)
    events = await failed(3)
    receiver.accepted.clear()
    body = {"failed_since": at(since)}
    first = await redeliver(api, webhook_id, **body)
    assert first.json() == {"redelivered": 2, "more": True}
    second = await redeliver(api, webhook_id, **body)
    assert second.json() == {"redelivered": 1, "more": False}
    third = await redeliver(api, webhook_id, **body)
    assert third.json() == {"redelivered": 0, "more": False}
    await bench.do_due_work()
    sent = [bodies[0]["id"] for bodies in receiver.accepted.values()]
    assert sorted(sent) == sorted(str(event.id) for event in events)
    left = await log_of(api, webhook_id, "?state=failed")
    assert len(left["items"]) == 2


async def test_the_same_key_makes_it_once(api, bench, receiver, failed, webhook_id):
    await failed()
    row = await bench.notification()
    body = {"ids": [str(row["id"])]}
    first = await redeliver(api, webhook_id, key="k", **body)
    await bench.do_due_work()
    again = await redeliver(api, webhook_id, key="k", **body)
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    await bench.do_due_work()
    assert receiver.requests == 2


async def test_what_still_waits_is_not_made_twice(api, bench, failed, webhook_id):
    await failed()
    row = await bench.notification()
    body = {"ids": [str(row["id"])]}
    assert (await redeliver(api, webhook_id, **body)).status_code == 202
    answer = await redeliver(api, webhook_id, **body)
    assert answer.status_code == 409
    assert answer.json()["errors"] == [
        {"pointer": "/ids/0", "detail": "it waits to be delivered already"}
    ]
    assert await bench.value("select count(*) from work") == 1


async def test_unknown_and_foreign_deliveries_are_not_found_and_nothing_is_made(
    api, bench, receiver, failed, webhook_id
):
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


async def test_what_is_erased_or_kept_no_more_is_gone(api, bench, failed, webhook_id):
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


async def test_what_was_sent_is_kept_for_a_while_and_what_waits_until_it_is_sent(
    api, bench, receiver, webhook_id
):
    receiver.secret = ""  # it would refuse calls of what is the future to it
    receiver.manners += [204, 503]
    await announce(bench)
    sent = await bench.notification()
    await announce(bench)
    retention = Retention(bench.ledger, bench.clock, timedelta(days=90), timedelta(days=7))

    async def forget():
        async def act(tx):
            return await retention.act(tx)

        await bench.infrastructure.unit_of_work.run(act)

    kept = "select count(*) from webhook_event where body is not null"
    bench.clock.advance(timedelta(days=7).total_seconds() - 60)
    await forget()
    assert await bench.value(kept) == 2
    bench.clock.advance(120)
    await forget()
    assert await bench.value(kept) == 1
    assert (await redeliver(api, webhook_id, ids=[str(sent["id"])])).status_code == 410
    (_, entry) = (await log_of(api, webhook_id))["items"]
    assert (entry["event_type"], entry["redeliverable"]) == ("ticket.created", False)
    await bench.value("update notification set state = 'failed' where state = 'planned'")
    bench.clock.advance(timedelta(days=90).total_seconds())
    await forget()
    await forget()
    assert await bench.value("select count(*) from webhook_event") == 0


async def test_a_test_call_is_not_made_again(api, bench, webhook_id):
    asked = (await api.post(f"/v1/webhooks/{webhook_id}/test")).json()
    await bench.do_due_work()
    answer = await redeliver(api, webhook_id, ids=[asked["notification_id"]])
    assert answer.status_code == 409
    (entry,) = (await log_of(api, webhook_id))["items"]
    assert entry["test"]
    assert not entry["redeliverable"]


async def test_a_disabled_webhook_is_not_called_again(api, bench, failed, webhook_id):
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
async def test_a_wish_that_makes_no_sense_is_refused(api, webhook_id, body):
    assert (await redeliver(api, webhook_id, **body)).status_code == 422


async def test_a_subscription_shows_its_health(api, bench, receiver, webhook_id):
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
