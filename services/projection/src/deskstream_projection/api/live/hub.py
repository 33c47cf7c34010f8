"""Sends changes to the clients that want them. Each message is serialised once for all of them."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta

import structlog
from pydantic import BaseModel

from deskstream_projection.adapters.change_feed import ChangeBatch, changes_since
from deskstream_projection.adapters.change_feed_follower import ChangeFeedFollower
from deskstream_projection.adapters.summary_queries import recent_counts
from deskstream_projection.adapters.ticket_queries import tickets_of
from deskstream_projection.api.live.client import LiveClient
from deskstream_projection.api.live.messages import (
    AlertRaised,
    Metrics,
    Refresh,
    Subscribe,
    Subscribed,
    TicketChanged,
)
from deskstream_projection.api.responses.ticket import ticket_row
from deskstream_projection.settings import LiveSettings
from deskstream_runtime.clock import Clock
from deskstream_runtime.errors import is_transient
from deskstream_runtime.postgres.connection import Connection
from deskstream_runtime.postgres.database import Database

_log = structlog.get_logger()
_METRICS_OF = timedelta(hours=1)


class Hub:
    """The live clients of this process."""

    def __init__(
        self,
        follower: ChangeFeedFollower,
        database: Database,
        clock: Clock,
        settings: LiveSettings,
    ) -> None:
        self._follower = follower
        self._database = database
        self._clock = clock
        self._settings = settings
        self._clients: set[LiveClient] = set()

    def __len__(self) -> int:
        return len(self._clients)

    def join(self, client: LiveClient) -> None:
        """From now on the client is sent what it subscribes to."""
        self._clients.add(client)
        self._follower.listen(self._on_changed)

    def leave(self, client: LiveClient) -> None:
        self._clients.discard(client)
        if not self._clients:
            self._follower.listen(None)

    async def subscribe(self, client: LiveClient, asked: Subscribe) -> None:
        """Subscribes. What was missed since the client's cursor comes before `subscribed`."""
        async with self._follower.between_rounds() as (connection, position):
            client.reached(position)
            client.subscribe(asked)
            if asked.channel == "metrics":
                client.push(self._metrics(await self._last_hour(connection)))
            elif asked.since is not None:
                await self._send_missed(connection, client, asked, asked.since)
            subscribed = Subscribed(channel=asked.channel, cursor=position)
            client.push(subscribed.model_dump_json())

    async def _send_missed(
        self, connection: Connection, client: LiveClient, asked: Subscribe, since: int
    ) -> None:
        missed = await changes_since(connection, since, (), self._settings.replay_facts_max)
        # A cursor of the future is of another cluster: it is no position in this one.
        if not missed.complete or since > missed.position:
            refresh = Refresh(cursor=missed.position)
            client.push_change(refresh.model_dump_json(), missed.position)
        elif asked.channel == "tickets":
            await self._send_tickets(connection, missed, {client})
        else:
            self._send_alerts(missed, {client})

    async def send_metrics(self) -> None:
        """Sends metrics to subscribed clients, each time they changed, until cancelled."""
        sent = None
        while True:
            await asyncio.sleep(self._settings.metrics_interval_s)
            clients = {client for client in self._clients if client.wants("metrics")}
            if not clients:
                continue
            try:
                async with self._database.connection() as connection:
                    counts = await self._last_hour(connection)
            except Exception as error:
                if not is_transient(error):
                    raise
                _log.warning("live.metrics_waiting", error=type(error).__name__)
                continue
            if counts != sent:
                sent = counts
                text = self._metrics(counts)
                for client in clients:
                    client.push_news(text)

    def _metrics(self, counts: dict[str, int]) -> str:
        return Metrics(at=self._clock(), last_hour=counts).model_dump_json()

    async def _last_hour(self, connection: Connection) -> dict[str, int]:
        now = self._clock()
        return await recent_counts(connection, now - _METRICS_OF, now)

    async def _on_changed(self, connection: Connection, changed: ChangeBatch) -> None:
        if changed.complete:
            self._send_alerts(changed, self._clients)
            await self._send_tickets(connection, changed, self._clients)
        else:
            text = Refresh(cursor=changed.position).model_dump_json()
            for client in self._clients:
                client.push_change(text, changed.position)

    # Messages carry the position at which the round began: a client that is disconnected within a
    # round resumes from it and is sent the whole round again. A refresh instead of them carries the
    # position at which the round ended: earlier changes are in the list that the client then loads.

    async def _send_tickets(
        self, connection: Connection, changed: ChangeBatch, clients: set[LiveClient]
    ) -> None:
        watching = [client for client in clients if client.wants("tickets")]
        if not watching:
            return
        for row in await tickets_of(connection, list(changed.tickets)):
            ticket_id, facets = row["id"], frozenset(row["facets"])
            is_news = ticket_id not in changed.imported
            wanting = [
                client
                for client in watching
                if client.wants_ticket(ticket_id, facets, is_news=is_news)
            ]
            if wanting:
                message = TicketChanged(
                    cursor=changed.since,
                    event_types=changed.tickets[ticket_id],
                    ticket=ticket_row(row),
                )
                _push(message, changed.position, wanting)

    def _send_alerts(self, changed: ChangeBatch, clients: set[LiveClient]) -> None:
        wanting = [client for client in clients if client.wants("alerts")]
        if wanting:
            for alert in changed.alerts:
                message = AlertRaised.model_validate({**alert, "cursor": changed.since})
                _push(message, changed.position, wanting)


def _push(message: BaseModel, cursor: int, clients: Iterable[LiveClient]) -> None:
    """One serialisation for all."""
    text = message.model_dump_json()
    for client in clients:
        client.push_change(text, cursor)
