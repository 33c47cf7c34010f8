"""notify over HTTP: subscriptions and notifications."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from notify_bench import Bench
from notify_events import happened, reply
from notify_fakes import FakeMailServer, FakeReceiver

NEW = {"url": "https://hook.example/in", "event_types": ["ticket.created", "escalated"]}


async def create(api: httpx.AsyncClient, key: str | None = None, **fields: Any) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return await api.post("/v1/webhooks", json=NEW | fields, headers=headers)


async def test_a_subscription_is_created_and_its_secret_shown_once(
    api: httpx.AsyncClient, bench: Bench
) -> None:
    answer = await create(api, description="our CRM")
    assert answer.status_code == 201
    made = answer.json()
    assert made["secret"].startswith("whsec_")
    assert made["event_types"] == ["escalated", "ticket.created"]
    (listed,) = (await api.get("/v1/webhooks")).json()["items"]
    assert listed["id"] == made["id"]
    assert "secret" not in listed
    kept = await bench.value("select secret_encrypted from webhook_subscription")
    assert made["secret"].encode() not in kept


async def test_the_same_key_gets_the_same_answer_and_makes_one(
    api: httpx.AsyncClient, bench: Bench
) -> None:
    first, again = await create(api, key="k1"), await create(api, key="k1")
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert await bench.value("select count(*) from webhook_subscription") == 1
    kept = await bench.value("select body from idempotency_key")
    assert b"whsec_" not in kept


async def test_the_same_key_for_another_url_is_refused(api: httpx.AsyncClient) -> None:
    await create(api, key="k1")
    answer = await create(api, key="k1", url="https://other.example/")
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "file:///etc/passwd"},
        {"url": "https://user:pw@hook.example/"},
        {"url": "x" * 3_000},
        {"url": 7},
        {"event_types": []},
        {"event_types": ["notification.sent"]},
        {"event_types": "ticket.created"},
        {"description": "x" * 501},
        {"secret": "mine"},
    ],
)
async def test_an_invalid_subscription_is_refused_and_not_created(
    api: httpx.AsyncClient, bench: Bench, wrong: dict[str, Any]
) -> None:
    answer = await create(api, **wrong)
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"]
    assert await bench.value("select count(*) from webhook_subscription") == 0


async def test_the_number_of_subscriptions_is_limited(api: httpx.AsyncClient, bench: Bench) -> None:
    fill = """
    insert into webhook_subscription
        (id, url, event_types, secret_encrypted, created_by, created_at)
    select gen_random_uuid(), 'https://hook.example/', '{}', '', 'test', now()
    from generate_series(1, $1::int)
    """
    await bench.value(fill, bench.settings.webhook.subscriptions_max)
    assert (await create(api)).status_code == 409


async def test_a_removed_subscription_is_gone(api: httpx.AsyncClient) -> None:
    made = (await create(api)).json()
    assert (await api.delete(f"/v1/webhooks/{made['id']}")).status_code == 204
    assert (await api.delete(f"/v1/webhooks/{made['id']}")).status_code == 404
    assert (await api.get("/v1/webhooks")).json() == {"items": []}


async def test_a_test_call_arrives_and_its_outcome_is_shown(
    api: httpx.AsyncClient, bench: Bench, receiver: FakeReceiver
) -> None:
    made = (await create(api, url=receiver.url)).json()
    receiver.secret = made["secret"]
    asked = await api.post(f"/v1/webhooks/{made['id']}/test")
    assert asked.status_code == 202
    await bench.do_due_work()
    ((event,),) = receiver.accepted.values()
    assert event["type"] == "webhook.test"
    outcome = await api.get(f"/v1/notifications/{asked.json()['notification_id']}")
    assert outcome.json()["state"] == "sent"
    assert await bench.published() == []


async def test_a_test_of_an_unknown_or_disabled_subscription_is_refused(
    api: httpx.AsyncClient, bench: Bench
) -> None:
    assert (await api.post(f"/v1/webhooks/{uuid4()}/test")).status_code == 404
    made = (await create(api)).json()
    await bench.value(
        "update webhook_subscription set disabled_at = now(), disabled_reason = 'gone'"
    )
    assert (await api.post(f"/v1/webhooks/{made['id']}/test")).status_code == 409


async def test_a_tickets_notifications_are_shown_newest_first_without_the_address(
    api: httpx.AsyncClient, bench: Bench
) -> None:
    event = reply(bench.clock.now)
    alarm = happened("escalated", bench.clock.now)._replace(subject=event.subject)
    await bench.handle(event, alarm, happened("escalated", bench.clock.now))
    first = (await api.get(f"/v1/notifications?ticket_id={event.subject}&limit=1")).json()
    (shown,) = first["items"]
    assert shown["purpose"] == "alert"
    rest = await api.get(
        f"/v1/notifications?ticket_id={event.subject}&cursor={first['next_cursor']}"
    )
    (shown,) = rest.json()["items"]
    assert shown["recipient"] == "m•••@example.com"
    assert shown["state"] == "planned"
    assert "next_cursor" not in rest.json()


@pytest.mark.parametrize("by", ["notification_id", "provider_message_id"])
async def test_a_providers_report_is_shown_with_its_notification(
    api: httpx.AsyncClient, bench: Bench, mail_server: FakeMailServer, by: str
) -> None:
    event = reply(bench.clock.now)
    await bench.handle(event)
    await bench.do_due_work()
    row = await bench.notification()
    known = {"notification_id": row["id"], "provider_message_id": "of the provider"}
    if by == "provider_message_id":
        known = {"notification_id": None, "provider_message_id": row["provider_message_id"]}
    await bench.handle(happened("delivery.updated", bench.clock.now, status="bounced", **known))
    (shown,) = (await api.get(f"/v1/notifications?ticket_id={event.subject}")).json()["items"]
    assert shown["report"]["status"] == "bounced"


async def test_unknown_things_are_not_found(api: httpx.AsyncClient) -> None:
    assert (await api.get(f"/v1/notifications?ticket_id={uuid4()}")).json() == {"items": []}
    assert (await api.get(f"/v1/notifications/{uuid4()}")).status_code == 404
    assert (await api.get("/v1/notifications?ticket_id=7")).status_code == 422


async def test_no_route_is_open(api: httpx.AsyncClient) -> None:
    for path in ("/v1/webhooks", f"/v1/notifications/{uuid4()}"):
        answer = await api.get(path, headers={"Authorization": "Bearer wrong"})
        assert answer.status_code == 401
