"""Signed calls, to receivers that misbehave and to addresses that are none of our business."""

from uuid import uuid4

import pytest
from aiohttp import web

from deskstream_notify.adapters.webhook_sender import WebhookSender
from deskstream_notify.domain.message import Cause, WebhookCall
from deskstream_notify.domain.outcome import Accepted, Refused, Withdrawn

BODY = '{"specversion": "1.0", "type": "webhook.test", "data": {"text": "grüße"}}'


def call(subscription_id, url):
    cause = Cause(event_id=uuid4(), subject=uuid4(), correlation_id=uuid4())
    return WebhookCall(
        cause=cause,
        planned_at="2026-03-02T00:00:00Z",
        subscription_id=subscription_id,
        url=url,
        body=BODY,
    )


@pytest.fixture
async def subscribed(bench, receiver):
    """Sends one call to the receiver, or to another address, and returns the outcome."""
    subscription_id, receiver.secret = await bench.subscribe(receiver.url, "ticket.created")

    async def send(url=None, notification_id=None, sender=bench.sender):
        message = call(subscription_id, url or receiver.url)
        return await sender.send(notification_id or uuid4(), message)

    send.subscription_id = subscription_id
    return send


@pytest.fixture
async def strict_sender(bench):
    """A sender as in production: nothing inside may be called."""
    strict = bench.settings.webhook.model_copy(update={"allow_private_networks": False})
    sender = WebhookSender(strict, bench.core.database, bench.secrets, bench.clock)
    yield sender
    await sender.close()


async def test_a_call_is_signed_and_arrives(subscribed, receiver):
    notification_id = uuid4()
    assert await subscribed(notification_id=notification_id) == Accepted()
    assert receiver.accepted[str(notification_id)][0]["data"] == {"text": "grüße"}
    assert receiver.content_types == {"application/cloudevents+json"}


async def test_calls_share_a_connection(subscribed, receiver):
    for _ in range(5):
        await subscribed()
    assert receiver.requests == 5
    assert len(receiver.connections) == 1


@pytest.mark.parametrize(
    ("manner", "expected"),
    [
        (500, Refused("receiver_failed", detail="HTTP 500")),
        (400, Refused("rejected", final=True, detail="HTTP 400")),
        (410, Refused("gone", final=True, detail="HTTP 410")),
        ("hang", Refused("timeout", ambiguous=True)),
    ],
)
async def test_what_goes_wrong_is_an_outcome(subscribed, receiver, manner, expected):
    receiver.manners.append(manner)
    assert await subscribed() == expected


@pytest.mark.parametrize("manner", ["drop", "accept_then_drop"])
async def test_a_dropped_connection_leaves_us_not_knowing(subscribed, receiver, manner):
    receiver.manners.append(manner)
    outcome = await subscribed()
    assert isinstance(outcome, Refused)
    assert outcome.reason == "interrupted"
    assert outcome.ambiguous


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("999999999999", 999_999_999.0),
        ("soon", None),
        ("-1", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
    ],
)
async def test_who_asks_to_wait_is_heard(subscribed, receiver, header, seconds):
    receiver.manners.append(web.Response(status=429, headers={"Retry-After": header}))
    outcome = await subscribed()
    assert outcome == Refused("rate_limited", retry_after_s=seconds, detail="HTTP 429")


async def test_a_redirect_is_not_followed(subscribed, receiver):
    receiver.manners.append(web.Response(status=307, headers={"Location": receiver.url}))
    assert await subscribed() == Refused("redirected", final=True, detail="HTTP 307")
    assert receiver.requests == 1


async def test_a_long_answer_is_cut_off(subscribed, receiver):
    receiver.manners.append(web.Response(status=200, body=b"x" * 10_000_000))
    assert await subscribed() == Accepted()
    assert await subscribed() == Accepted()
    assert len(receiver.connections) == 2


async def test_nobody_listening_is_unreachable(subscribed, unused_port):
    outcome = await subscribed(f"http://127.0.0.1:{unused_port}/hook")
    assert isinstance(outcome, Refused)
    assert outcome.reason == "unreachable"
    assert not outcome.final


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f000001", "[::ffff:7f00:1]"])
async def test_in_production_nothing_inside_is_called(subscribed, receiver, strict_sender, host):
    url = receiver.url.replace("127.0.0.1", host)
    outcome = await subscribed(url, sender=strict_sender)
    assert outcome == Refused("forbidden_address", final=True)
    assert receiver.requests == 0


async def test_an_address_written_as_no_browser_would_is_not_called(subscribed):
    assert await subscribed("http://127.1/hook") == Refused("invalid_url", final=True)


async def test_who_unsubscribed_is_not_called(bench, receiver, subscribed):
    await bench.value("delete from webhook_subscription")
    assert await subscribed() == Withdrawn()
    assert receiver.requests == 0
