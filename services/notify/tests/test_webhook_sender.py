"""Signed calls, to receivers that misbehave and to addresses that may not be called."""

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from notify_bench import Bench
from notify_fakes import FakeReceiver

from deskstream_contracts import Cause
from deskstream_notify.adapters.webhook_sender import WebhookSender
from deskstream_notify.domain.message import WebhookCall
from deskstream_notify.domain.send_result import SendFailed, SendResult, Sent, Withdrawn
from deskstream_notify.settings import WebhookSettings

BODY = '{"specversion": "1.0", "type": "webhook.test", "data": {"text": "grüße"}}'


def call(subscription_id: UUID, url: str) -> WebhookCall:
    cause = Cause(id=uuid4(), subject=uuid4(), correlation_id=uuid4())
    return WebhookCall(
        cause=cause,
        planned_at=datetime(2026, 3, 2, tzinfo=UTC),
        subscription_id=subscription_id,
        url=url,
        body=BODY,
    )


Call = Callable[..., Awaitable[SendResult]]


@pytest.fixture
async def subscribed(bench: Bench, receiver: FakeReceiver) -> Call:
    """Sends one call to the receiver, or to another address, and returns the outcome."""
    subscription_id, receiver.secret = await bench.subscribe(receiver.url, "ticket.created")

    async def send(
        url: str | None = None,
        notification_id: UUID | None = None,
        sender: WebhookSender = bench.sender,
    ) -> SendResult:
        message = call(subscription_id, url or receiver.url)
        return await sender.send(notification_id or uuid4(), message)

    return send


class Names(AbstractResolver):
    """Names resolve to the addresses that a test gives."""

    def __init__(self) -> None:
        self.answers: dict[str, str] = {}
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        address = self.answers[host]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [
            {
                "hostname": host,
                "host": address,
                "port": port,
                "family": family,
                "proto": 0,
                "flags": socket.AI_NUMERICHOST,
            }
        ]

    async def close(self) -> None:
        pass


@pytest.fixture
def names() -> Names:
    return Names()


def sender_with(bench: Bench, settings: WebhookSettings, names: Names) -> WebhookSender:
    return WebhookSender(settings, bench.infrastructure.database, bench.cipher, bench.clock, names)


@pytest.fixture
async def sender(bench: Bench, names: Names) -> AsyncIterator[WebhookSender]:
    sender = sender_with(bench, bench.settings.webhook, names)
    yield sender
    await sender.close()


@pytest.fixture
async def strict_sender(bench: Bench, names: Names) -> AsyncIterator[WebhookSender]:
    """A sender as in production: no inner address may be called."""
    strict = bench.settings.webhook.model_copy(update={"allow_private_networks": False})
    sender = sender_with(bench, strict, names)
    yield sender
    await sender.close()


async def test_a_call_is_signed_and_arrives(subscribed: Call, receiver: FakeReceiver) -> None:
    notification_id = uuid4()
    assert await subscribed(notification_id=notification_id) == Sent()
    assert receiver.accepted[str(notification_id)][0]["data"] == {"text": "grüße"}
    assert receiver.content_types == {"application/cloudevents+json"}


async def test_calls_share_a_connection(subscribed: Call, receiver: FakeReceiver) -> None:
    for _ in range(5):
        await subscribed()
    assert receiver.requests == 5
    assert len(receiver.connections) == 1


@pytest.mark.parametrize(
    ("manner", "expected"),
    [
        (500, SendFailed("receiver_failed", detail="HTTP 500", status=500)),
        (400, SendFailed("rejected", doubtful=True, detail="HTTP 400", status=400)),
        (410, SendFailed("gone", final=True, detail="HTTP 410", status=410)),
        ("hang", SendFailed("timeout", ambiguous=True)),
    ],
)
async def test_a_failure_is_a_result(
    subscribed: Call, receiver: FakeReceiver, manner: object, expected: SendResult
) -> None:
    receiver.manners.append(manner)
    assert await subscribed() == expected


@pytest.mark.parametrize("manner", ["drop", "accept_then_drop"])
async def test_a_dropped_connection_leaves_us_not_knowing(
    subscribed: Call, receiver: FakeReceiver, manner: object
) -> None:
    receiver.manners.append(manner)
    outcome = await subscribed()
    assert isinstance(outcome, SendFailed)
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
async def test_retry_after_is_read(
    subscribed: Call, receiver: FakeReceiver, header: str, seconds: float | None
) -> None:
    receiver.manners.append(web.Response(status=429, headers={"Retry-After": header}))
    outcome = await subscribed()
    assert outcome == SendFailed(
        "rate_limited", retry_after_s=seconds, detail="HTTP 429", status=429
    )


async def test_a_redirect_is_not_followed(subscribed: Call, receiver: FakeReceiver) -> None:
    receiver.manners.append(web.Response(status=307, headers={"Location": receiver.url}))
    outcome = await subscribed()
    assert outcome == SendFailed("redirected", doubtful=True, detail="HTTP 307", status=307)
    assert receiver.requests == 1


async def test_a_long_answer_is_cut_off(subscribed: Call, receiver: FakeReceiver) -> None:
    receiver.manners.append(web.Response(status=200, body=b"x" * 10_000_000))
    assert await subscribed() == Sent()
    assert await subscribed() == Sent()
    assert len(receiver.connections) == 2


async def test_nobody_listening_is_unreachable(subscribed: Call, unused_port: int) -> None:
    outcome = await subscribed(f"http://127.0.0.1:{unused_port}/hook")
    assert isinstance(outcome, SendFailed)
    assert outcome.reason == "unreachable"
    assert not outcome.final


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f000001", "[::ffff:7f00:1]"])
async def test_a_url_that_would_be_refused_today_is_not_called(
    subscribed: Call, receiver: FakeReceiver, strict_sender: WebhookSender, host: str
) -> None:
    """A subscription may be older than the rule, or than the setting."""
    url = receiver.url.replace("127.0.0.1", host).replace("http:", "https:")
    assert await subscribed(url, sender=strict_sender) == SendFailed("invalid_url", final=True)
    assert receiver.requests == 0


@pytest.mark.parametrize("answer", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "0.0.0.0", "10.0.0.1"])
async def test_a_name_that_points_inside_is_not_called(
    subscribed: Call,
    receiver: FakeReceiver,
    strict_sender: WebhookSender,
    names: Names,
    answer: str,
) -> None:
    names.answers["rebound.example"] = answer
    url = receiver.url.replace("127.0.0.1", "rebound.example").replace("http:", "https:")
    outcome = await subscribed(url, sender=strict_sender)
    assert names.asked == ["rebound.example"]
    assert outcome == SendFailed("forbidden_address", final=True)
    assert receiver.requests == 0


async def test_a_name_that_changes_between_two_calls_is_checked_again(
    subscribed: Call, receiver: FakeReceiver, sender: WebhookSender, names: Names
) -> None:
    """DNS rebinding: the address of the socket counts, never an earlier answer."""
    url = receiver.url.replace("127.0.0.1", "rebound.example")
    names.answers["rebound.example"] = "127.0.0.1"
    closing = web.Response(status=204)
    closing.force_close()
    receiver.manners.append(closing)
    assert await subscribed(url, sender=sender) == Sent()
    names.answers["rebound.example"] = "0.0.0.0"
    assert sender._session is not None
    connector = sender._session.connector
    assert isinstance(connector, aiohttp.TCPConnector)
    connector.clear_dns_cache()
    assert await subscribed(url, sender=sender) == SendFailed("forbidden_address", final=True)
    assert receiver.requests == 1


async def test_an_address_written_as_no_browser_would_is_not_called(subscribed: Call) -> None:
    assert await subscribed("http://127.1/hook") == SendFailed("invalid_url", final=True)


async def test_a_removed_subscription_is_not_called(
    bench: Bench, receiver: FakeReceiver, subscribed: Call
) -> None:
    await bench.value("delete from webhook_subscription")
    assert await subscribed() == Withdrawn()
    assert receiver.requests == 0
