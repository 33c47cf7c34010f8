"""`/ws/customer-support` on the running service: from a Kafka record to a WebSocket message."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from stored import Connection, project
from ticket_history import START, TicketHistory, as_imported
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from deskstream_projection.adapters.ticket_queries import version_of
from deskstream_projection.app import build
from deskstream_projection.settings import LiveSettings, Settings
from deskstream_runtime.clock import utc_now
from deskstream_runtime.service import Service
from deskstream_runtime.testing.log import LogWriter
from deskstream_runtime.testing.waiting import eventually

WITHIN_S = 10.0
_NUMBERS = count(1_000)


def fresh(**fields: Any) -> TicketHistory:
    """A ticket of this test alone: all tests of a session share the log."""
    return TicketHistory(next(_NUMBERS), **fields)


def ids_of(*tickets: TicketHistory) -> list[str]:
    return [str(ticket.ticket_id) for ticket in tickets]


class Listener:
    """A client of the live feed."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def say(self, **message: Any) -> None:
        await self._socket.send(json.dumps(message))

    async def say_raw(self, message: str | bytes) -> None:
        await self._socket.send(message)

    async def hear(self, *types: str) -> dict[str, Any]:
        """The next message of one of the types; others before it are passed over."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                message: dict[str, Any] = json.loads(await self._socket.recv())
                if message["type"] in types:
                    return message

    async def subscribe(self, channel: str, **asked: Any) -> dict[str, Any]:
        await self.say(type="subscribe", channel=channel, **asked)
        return await self.hear("subscribed")

    async def closed(self) -> int:
        """Waits for the close; its code."""
        async with asyncio.timeout(WITHIN_S):
            await self._socket.wait_closed()
        assert self._socket.close_code is not None
        return self._socket.close_code


@asynccontextmanager
async def listener(service: Service, key: str | None) -> AsyncIterator[Listener]:
    url = service.url.replace("http", "ws", 1) + "/ws/customer-support"
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with connect(url, additional_headers=headers) as socket:
        yield Listener(socket)


async def test_a_ticket_is_seen_as_it_changes(
    service: Service, api_key: str, log: LogWriter
) -> None:
    ticket = fresh()
    ticket.score("very_negative", -0.9)
    async with listener(service, api_key) as client:
        await client.hear("hello")
        await client.subscribe("tickets", ticket_ids=ids_of(ticket))
        await log.write(*ticket.events[:1])
        created = await client.hear("ticket.changed")
        await log.write(*ticket.events[1:])
        scored = await client.hear("ticket.changed")
    assert created["ticket"]["id"] == str(ticket.ticket_id)
    assert created["event_types"] == ["ticket.created"]
    assert scored["ticket"]["sentiment"]["label"] == "very_negative"
    assert scored["cursor"] >= created["cursor"]


async def test_filters_and_ids_choose(service: Service, api_key: str, log: LogWriter) -> None:
    other, cards, named = (
        fresh(), fresh(queue="cards"), fresh(),
    )  # fmt: skip
    async with listener(service, api_key) as client:
        await client.subscribe(
            "tickets", filter={"customer_id": [str(cards.customer.id)]}, ticket_ids=ids_of(named)
        )
        await log.write(*other.events, *cards.events, *named.events)
        seen = {(await client.hear("ticket.changed"))["ticket"]["id"] for _ in range(2)}
        assert seen == {str(cards.ticket_id), str(named.ticket_id)}
        await client.say(type="unsubscribe", channel="tickets")
        await client.say(type="ping")
        await client.hear("pong")


async def test_an_import_is_no_news_but_what_follows_is(
    service: Service, api_key: str, log: LogWriter
) -> None:
    past, here = fresh(), fresh()
    ours = [str(past.customer.id), str(here.customer.id)]
    async with listener(service, api_key) as client:
        await client.subscribe("tickets", filter={"customer_id": ours})
        await log.write(*as_imported(past.events, START))
        await eventually_stored(service, past)
        await log.write(*here.events)
        first = await client.hear("ticket.changed")
        assert first["ticket"]["id"] == str(here.ticket_id)
        await log.write(past.message("inbound"))
        then = await client.hear("ticket.changed")
        assert then["ticket"]["id"] == str(past.ticket_id)


async def eventually_stored(service: Service, ticket: TicketHistory) -> None:
    """Until the view has the ticket."""

    async def is_there() -> bool:
        async with service.infrastructure.database.connection() as connection:
            return await version_of(connection, ticket.ticket_id) is not None

    await eventually(is_there, within_s=WITHIN_S)


async def test_a_client_that_comes_back_misses_nothing(
    service: Service, api_key: str, database: Connection
) -> None:
    before, missed, alerting = fresh(), fresh(), fresh()
    alerting.escalate()
    wanted = ids_of(before, missed, alerting)
    await project(database, before.events)
    async with listener(service, api_key) as client:
        cursor = (await client.subscribe("tickets"))["cursor"]
    await project(database, missed.events, alerting.events)
    async with listener(service, api_key) as client:
        await client.say(type="subscribe", channel="tickets", since=cursor, ticket_ids=wanted)
        heard = [await client.hear("ticket.changed") for _ in range(2)]
        assert {message["ticket"]["id"] for message in heard} == {
            str(missed.ticket_id), str(alerting.ticket_id),
        }  # fmt: skip
        assert (await client.hear("subscribed"))["cursor"] >= cursor
        await client.say(type="subscribe", channel="alerts", since=cursor)
        while (await client.hear("alert"))["ticket_id"] != str(alerting.ticket_id):
            pass


async def test_a_missed_change_is_sent_once(
    new_settings: Callable[..., Settings], kafka_topics: str, api_key: str
) -> None:
    """Although no round has seen it yet: this service looks at its view once an hour."""
    settings = new_settings(live=LiveSettings(poll_s=3_600))
    service = build(settings)
    missed, later = fresh(), fresh()
    wanted = ids_of(missed, later)
    database = await asyncpg.connect(settings.postgres.dsn.get_secret_value())
    headers = {"Authorization": f"Bearer {api_key}"}
    async with (
        service.running(),
        httpx.AsyncClient(base_url=service.url, headers=headers) as http,
        listener(service, api_key) as client,
    ):
        cursor = (await client.subscribe("tickets", ticket_ids=wanted))["cursor"]
        await client.say(type="unsubscribe", channel="tickets")
        await project(database, missed.events)
        await client.say(type="subscribe", channel="tickets", since=cursor, ticket_ids=wanted)
        assert (await client.hear("ticket.changed"))["ticket"]["id"] == str(missed.ticket_id)
        assert (await client.hear("subscribed"))["cursor"] > cursor
        await project(database, later.events)
        await http.get(f"/v1/tickets/{later.ticket_id}", params={"min_version": 2**40})
        assert (await client.hear("ticket.changed"))["ticket"]["id"] == str(later.ticket_id)
    await database.close()


async def test_what_commits_late_is_not_missed(
    service: Service, api_key: str, database: Connection, settings: Settings
) -> None:
    """A transaction that began before another and commits after it: its id is the lower one."""
    early, late = fresh(), fresh()

    other = await asyncpg.connect(settings.postgres.dsn.get_secret_value())
    transaction = database.transaction()
    async with listener(service, api_key) as client:
        await client.subscribe("tickets", ticket_ids=ids_of(early, late))
        await transaction.start()
        await database.execute("select pg_current_xact_id()")
        await project(other, early.events)
        seen_first = await client.hear("ticket.changed")
        await project(database, late.events)
        await transaction.commit()
        seen_second = await client.hear("ticket.changed")
    await other.close()
    assert seen_first["ticket"]["id"] == str(early.ticket_id)
    assert seen_second["ticket"]["id"] == str(late.ticket_id)


async def test_too_much_missed_and_cursors_of_the_future_mean_refresh(
    new_settings: Callable[..., Settings], kafka_topics: str, api_key: str
) -> None:
    settings = new_settings(live=LiveSettings(replay_facts_max=3))
    service = build(settings)

    connection = await asyncpg.connect(settings.postgres.dsn.get_secret_value())
    async with service.running(), listener(service, api_key) as client:
        cursor = (await client.subscribe("tickets"))["cursor"]
        await client.say(type="unsubscribe", channel="tickets")
        await project(connection, *[fresh().events for _ in range(5)])
        await client.say(type="subscribe", channel="tickets", since=cursor)
        assert (await client.hear("refresh"))["cursor"] > cursor
        await client.say(type="subscribe", channel="alerts", since=2**50)
        assert (await client.hear("refresh"))["cursor"] < 2**50
    await connection.close()


async def test_a_client_that_does_as_the_readme_says_misses_nothing_after_a_refresh(
    new_settings: Callable[..., Settings], kafka_topics: str, api_key: str
) -> None:
    """It keeps the greatest cursor, loads the list on a refresh, and comes back with `since`."""
    settings = new_settings(live=LiveSettings(queue_max=8))
    service = build(settings)
    crowd, later = [fresh() for _ in range(40)], [fresh() for _ in range(3)]
    seen: set[str] = set()
    headers = {"Authorization": f"Bearer {api_key}"}

    async def follow(client: Listener, cursor: int, wanted: set[str]) -> int:
        while not seen.issuperset(wanted):
            message = await client.hear("ticket.changed", "refresh")
            assert message["cursor"] > 0
            cursor = max(cursor, message["cursor"])
            if message["type"] == "refresh":
                page = await http.get("/v1/tickets", params={"limit": 200})
                seen.update(ticket["id"] for ticket in page.json()["tickets"])
            else:
                seen.add(message["ticket"]["id"])
        return cursor

    connection = await asyncpg.connect(settings.postgres.dsn.get_secret_value())
    async with service.running(), httpx.AsyncClient(base_url=service.url, headers=headers) as http:
        async with listener(service, api_key) as client:
            cursor = (await client.subscribe("tickets", since=0))["cursor"]
            await project(connection, *[ticket.events for ticket in crowd])
            cursor = await follow(client, cursor, set(ids_of(*crowd)))
        await project(connection, *[ticket.events for ticket in later])
        async with listener(service, api_key) as client:
            await client.say(type="subscribe", channel="tickets", since=cursor)
            await follow(client, cursor, set(ids_of(*later)))
    await connection.close()
    assert seen >= {*ids_of(*crowd), *ids_of(*later)}, "other tests leave tickets on the log too"


async def test_a_client_that_sends_too_much_is_answered_and_disconnected(
    service: Service, api_key: str
) -> None:
    async with listener(service, api_key) as client:
        with suppress(ConnectionClosed):
            for _ in range(5_000):
                await client.say(type="ping")
        answers = [await client.hear("pong", "error") for _ in range(101)]
        while answers[-1]["type"] == "pong":
            answers.append(await client.hear("pong", "error"))
        assert answers[-1]["code"] == "too-many-messages"
        assert "20 messages a second" in answers[-1]["detail"]
        assert len(answers) < 1_000
        assert await client.closed() == 4429


async def test_metrics_and_alerts(service: Service, api_key: str, log: LogWriter) -> None:
    ticket = fresh(created_at=utc_now())
    ticket.escalate(level=2)
    async with listener(service, api_key) as client:
        await client.subscribe("metrics")
        await client.subscribe("alerts")
        await log.write(*ticket.events)
        alert = await client.hear("alert")
        while alert["ticket_id"] != str(ticket.ticket_id):
            alert = await client.hear("alert")
        assert alert["event_type"] == "escalated"
        assert alert["summary"]["level"] == 2
        while (await client.hear("metrics"))["last_hour"] != {"escalated": 1, "ticket.created": 1}:
            pass


async def test_only_known_keys_with_the_scope_get_in(service: Service, api_key: str) -> None:
    async with listener(service, "wrong") as client:
        assert await client.closed() == 4401
    async with listener(service, None) as client:
        await client.say(type="authenticate", key="wrong")
        assert await client.closed() == 4401
    async with listener(service, None) as client:
        await client.say(type="ping")
        assert await client.closed() == 4401
    async with listener(service, None) as client:
        await client.say(type="authenticate", key=api_key)
        await client.hear("hello")
    url = service.url.replace("http", "ws", 1) + f"/ws/customer-support?key={api_key}"
    async with connect(url) as socket:
        await Listener(socket).say(type="subscribe", channel="tickets")
        assert await Listener(socket).closed() == 4401


def keys_become(settings: Settings, text: str | None) -> str:
    """Replaces the text of the file of keys, and returns what it was."""
    file = Path(settings.api_keys_file)
    before = file.read_text()
    file.write_text(before if text is None else text)
    return before


async def test_a_key_that_is_revoked_ends_the_conversation(
    settings: Settings, service: Service, api_key: str
) -> None:
    known = keys_become(settings, None)
    async with listener(service, api_key) as client:
        await client.say(type="subscribe", channel="tickets")
        await client.hear("subscribed")

        keys_become(settings, known.replace('"live:read"', '"live:none"'))
        assert await client.closed() == 4403
    keys_become(settings, known)
    async with listener(service, api_key) as client:
        await client.hear("hello")

        keys_become(settings, '{"keys": [')
        await client.say(type="ping")
        await client.hear("pong")

        keys_become(settings, '{"keys": []}')
        assert await client.closed() == 4401


async def test_silence_is_not_waited_for(
    new_settings: Callable[..., Settings], kafka_topics: str
) -> None:
    settings = new_settings(live=LiveSettings(authenticate_within_s=0.05, clients_max=1))
    service = build(settings)
    async with service.running(), listener(service, None) as client:
        assert await client.closed() == 4401


async def test_clients_beyond_the_limit_are_sent_away(
    new_settings: Callable[..., Settings], kafka_topics: str, api_key: str
) -> None:
    settings = new_settings(live=LiveSettings(clients_max=1))
    service = build(settings)
    async with service.running(), listener(service, api_key) as first:
        await first.hear("hello")
        async with listener(service, api_key) as second:
            assert await second.closed() == 1013


async def test_bad_messages_are_answered_and_too_many_end_it(
    service: Service, api_key: str
) -> None:
    async with listener(service, api_key) as client:
        for message in (
            "no json", "[]", '{"type": "dance"}', b"\xff\x00", '{"type": "subscribe"}',
            '{"type": "subscribe", "channel": "tickets", "filter": {"colour": "red"}}',
            '{"type": "subscribe", "channel": "tickets", "since": -1}',
        ):  # fmt: skip
            await client.say_raw(message)
            error = await client.hear("error")
            assert error["code"] == "invalid-message"
            assert error["detail"][0].isalpha() or error["detail"].startswith("/")
            assert "Value error" not in error["detail"]
        for _ in range(3):
            await client.say_raw("no json")
        assert await client.closed() == 1008
    async with listener(service, api_key) as client:
        await client.say_raw("x" * 70_000)
        assert await client.closed() == 1009


async def test_the_feed_works_without_valkey(
    new_settings: Callable[..., Settings], kafka_topics: str, api_key: str, log: LogWriter
) -> None:
    settings = new_settings(valkey_url="redis://127.0.0.1:1/0")
    service = build(settings)
    ticket = fresh(created_at=START)
    async with service.running(), listener(service, api_key) as client:
        await client.subscribe("tickets", ticket_ids=[str(ticket.ticket_id)])
        await log.write(*ticket.events)
        assert (await client.hear("ticket.changed"))["ticket"]["id"] == str(ticket.ticket_id)


async def test_two_processes_wake_each_other(
    settings: Settings, kafka_topics: str, api_key: str, log: LogWriter
) -> None:
    """With a poll too slow to matter, only a wake-up through Valkey reaches the other process."""
    slow = settings.model_copy(update={"live": LiveSettings(poll_s=60.0)})
    first, second = build(slow), build(slow)
    async with (
        first.running(),
        second.running(),
        listener(first, api_key) as one,
        listener(second, api_key) as two,
    ):
        ticket = fresh()
        await one.subscribe("tickets", ticket_ids=ids_of(ticket))
        await two.subscribe("tickets", ticket_ids=ids_of(ticket))
        await log.write(*ticket.events)
        for client in (one, two):
            heard = await client.hear("ticket.changed")
            assert heard["ticket"]["id"] == str(ticket.ticket_id)
