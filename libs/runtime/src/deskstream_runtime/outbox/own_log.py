"""Whether the database holds all events that the log has of this service.

A database set back in time (a failover, a restore) lacks its own last events. A decision on it
would give a version a second time.
"""

import asyncio
from dataclasses import dataclass, replace
from typing import Final

import structlog

from deskstream_contracts import ServiceName
from deskstream_runtime.backoff import Backoff
from deskstream_runtime.errors import Unavailable, is_transient
from deskstream_runtime.kafka.own_topics import own_topics
from deskstream_runtime.kafka.positions import positions_in
from deskstream_runtime.outbox.log_gap import Repair, close_gap
from deskstream_runtime.outbox.outbox_rows import OutboxRows
from deskstream_runtime.outbox.store import CHANNEL, GAP
from deskstream_runtime.postgres.connection import Connection
from deskstream_runtime.postgres.database import Database
from deskstream_runtime.settings import KafkaSettings

_log = structlog.get_logger()

_LOOK_EVERY_S = 1.0
_POLL_S = 0.5
_NOT_ASKED: Final = "the log was not asked yet whether this database holds all of it"

# The last segment's name begins with the timeline: a control file has it only after a checkpoint.
_WHERE = """
select system_identifier, left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) as timeline,
       coalesce((select max(number) from outbox_place), 0) as number
from pg_control_system()
"""
_ASK_RELAY = f"notify {CHANNEL}, '{GAP}'"
_POSITIONS = (
    "select topic, partition, max(next_offset) as next_offset from outbox_place group by 1, 2"
)


class BehindTheLog(Unavailable):
    """The log may hold facts of ours that the database does not. Its message may be shown."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Which server, on which timeline of its history, and the last outbox position it keeps.

    `number` rises with each position that the relay keeps.
    """

    system_identifier: int
    timeline: str
    number: int

    def may_precede(self, seen: "Whereabouts") -> bool:
        """Whether the database may have been set back since `seen`."""
        same = (self.system_identifier, self.timeline) == (seen.system_identifier, seen.timeline)
        return not same or self.number < seen.number


class OwnLog:
    """Whether this process knows its database to hold all that the log has of its service.

    Every process of the service asks for itself; the one that relays closes the gap, if there is
    one. Known once, it stays so while the log is away, until a connection leads to another
    server, timeline or an earlier position than this process saw.
    """

    def __init__(
        self, service: ServiceName, settings: KafkaSettings, database: Database, repair: Repair
    ) -> None:
        self._service: ServiceName = service
        self._settings = settings
        self._database = database
        self._repair = repair
        self.seen: Whereabouts | None = None
        self._set_back = 0
        self.behind: str | None = _NOT_ASKED
        database.on_connect(self.look)

    def require(self) -> None:
        """Raises `BehindTheLog` unless all that the log has is known here."""
        if self.behind is not None:
            raise BehindTheLog(self.behind)

    async def close_gap(self, rows: OutboxRows) -> None:
        """For the one relay, before it sends. Raises a transient error when a server is away."""
        await close_gap(self._service, self._settings, rows, self._repair)

    def relayed_up_to(self, number: int) -> None:
        """What the relay of this process kept since, so that a step back of an instant is seen."""
        if self.seen is not None and number > self.seen.number:
            self.seen = replace(self.seen, number=number)

    async def look(self, connection: Connection) -> None:
        """Looks where a connection leads: at each new one, and from time to time.

        The answer is compared with what was known when it was asked for: answers may overtake
        each other, and that is no step back.
        """
        known = self.seen
        row = await connection.fetchrow(_WHERE)
        assert row is not None
        found = Whereabouts(row["system_identifier"], row["timeline"], row["number"])
        if known is not None and found.may_precede(known):
            self._set_back += 1
            self.behind = _NOT_ASKED
            _log.warning("own_log.another_database", known=str(known), found=str(found))
            self.seen = found
        elif self.seen is None or self.seen is known or not found.may_precede(self.seen):
            self.seen = found

    async def run(self) -> None:
        """Asks the log, and looks at the database, until cancelled."""
        backoff = Backoff()
        while True:
            try:
                if self.behind is None:
                    # A connection of the pool may stay where it was: the positions may be set back.
                    await asyncio.sleep(_LOOK_EVERY_S)
                    async with self._database.connection() as connection:
                        await self.look(connection)
                elif await self._is_level():
                    backoff.reset()
                    self.behind = None
                    _log.info("own_log.level")
            except Exception as error:
                if not is_transient(error):
                    raise
                if self.behind is not None:
                    self.behind = f"{_NOT_ASKED} ({type(error).__name__})"
                _log.warning("own_log.waiting", error=type(error).__name__)
                await asyncio.sleep(backoff.next_s())

    async def _is_level(self) -> bool:
        """Waits until the positions kept have reached where the log ends now.

        False when the database may have been set back meanwhile.
        """
        before = self._set_back
        async with own_topics(self._service, self._settings) as topics:
            ends = await topics.ends()
        while before == self._set_back:
            async with self._database.connection() as connection:
                kept = positions_in(await connection.fetch(_POSITIONS))
                left = sum(max(0, end - kept.get(one, 0)) for one, end in ends.items())
                if not left:
                    return before == self._set_back
                self.behind = f"the log holds {left} records more than this database; they are read"
                # The relay looks for a gap when it starts. This one may have come since: somebody
                # else wrote to a topic of ours, or a record arrived that its sender had given up.
                await connection.execute(_ASK_RELAY)
            # Another process may be the one that relays: only the database shows that it has read.
            await asyncio.sleep(_POLL_S)
        return False
