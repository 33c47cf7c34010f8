"""A process of a service: what it knows beside its database, and loses when it is killed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from aiokafka import ConsumerRecord, TopicPartition
from simulation.clocks import SETTINGS, WATERMARKS, Clocks, infrastructure_of
from simulation.driving import run
from simulation.memory import Killed
from simulation.services import READS, Handle, handler_of, tables_of
from simulation.tables import Row

from deskstream_contracts import Event
from deskstream_contracts.watermark import WatermarkAdvanced
from deskstream_runtime.consuming.batch_processor import BatchProcessor
from deskstream_runtime.consuming.positions import load_positions
from deskstream_runtime.consuming.replay import Replayer
from deskstream_runtime.consuming.routing import Route, Routes, on
from deskstream_runtime.consuming.truncation import records_of
from deskstream_runtime.dead_letters.dead_letter_limit import DeadLetterLimit
from deskstream_runtime.dead_letters.parking_limit import ParkingLimit
from deskstream_runtime.dead_letters.parking_lot import next_to_replay
from deskstream_runtime.effects import Effects
from deskstream_runtime.errors import Halt, LostPartition, Unavailable
from deskstream_runtime.kafka.positions import Positions
from deskstream_runtime.outbox.acks import Ack
from deskstream_runtime.outbox.outbox_rows import OutboxRows
from deskstream_runtime.outbox.store import headers_from_text, unstored
from deskstream_runtime.outbox.watermark import Watermark
from deskstream_runtime.postgres.connection import Transaction

if TYPE_CHECKING:
    from simulation.parts import Part

_DEAD_RUN_MAX = 3
_PARKING_LIMIT = ParkingLimit(run_max=1, ratio_max=1.0, cause_max=2)
_ROWS_MAX = 4
_ALL = 1_000


class Process:
    """The consumer, the relay and the replayer of one process.

    Consumer and relay are driven here as `Consumer` and `Relay` do it, step by step; what they
    decide with is the runtime's own.
    """

    def __init__(self, part: "Part", number: int) -> None:
        self.part = part
        self.number = number
        self.start()

    def start(self) -> None:
        """A new process: nothing is known but what the database holds."""
        part = self.part
        if part.relaying is self:
            part.relaying = None
        routes: list[Route] = []
        self.clocks: Clocks | None = None
        if part.name == "escalation":
            self.clocks = Clocks(part)
            routes.append(self.clocks.route)
        self._handle: Handle = handler_of(part.name, part.clock)
        table = Routes([on(self._take, *READS[part.name]), *routes])
        self._processor = BatchProcessor(
            infrastructure_of(part),
            table,
            limit=DeadLetterLimit(_DEAD_RUN_MAX, 1.0),
            parking_limit=_PARKING_LIMIT,
        )
        self._replayer = Replayer(infrastructure_of(part), table)
        self.positions: Positions | None = None
        self.hand: list[ConsumerRecord[bytes, bytes]] = []
        self.stands = False
        self._replays = False
        self.rows: list[Row] | None = None
        self._read: list[int] = []
        self._acks: list[Ack] = []
        self._watermark = Watermark(SETTINGS)

    async def _take(self, tx: Transaction, events: Sequence[Event[Any]]) -> Effects:
        """The service's handler; notes in the same transaction which events it took."""
        if any((event.subject, event.type) in self.part.broken for event in events):
            raise ValueError("broken")
        tables = tables_of(tx)
        waiting = {row["subject"] for row in tables.parked.values()}
        if not self._replays:
            self.part.passed += [event.id for event in events if event.subject in waiting]
        effects = await self._handle(tx, events)
        handled = tables.handled
        for event in events:
            key = (event.subject, event.type)
            handled[key] = (*handled.get(key, ()), event.id)
        return effects

    # --- the consumer -----------------------------------------------------------------------------

    def read(self, first: int, most: int) -> None:
        """Gets records, from its positions on, beginning with any partition that has some."""
        log, positions = self.part.log, self._known_positions()
        places = [
            place for place, position in positions.items() if log.ends.get(place, 0) > position
        ]
        turn = first % len(places) if places else 0
        for place in places[turn:] + places[:turn]:
            self.hand += log.after(place, positions[place], most - len(self.hand))
            if len(self.hand) == most:
                break

    def read_watermarks(self) -> None:
        """Gets what there is in the one partition of watermarks, if it is this process's."""
        place, positions = TopicPartition(WATERMARKS, 0), self._known_positions()
        if place in positions:
            self.hand = self.part.log.after(place, positions[place], _ALL)

    def _known_positions(self) -> Positions:
        """Where it reads on; nowhere with a batch in its hand."""
        if self.hand:
            return {}
        if self.positions is None:
            self.positions = self._placed()
        return self.positions

    def _placed(self) -> Positions:
        places = [TopicPartition(*place) for place in self.part.places_of(self.number)]

        async def load() -> Positions:
            async with self.part.database.connection() as tx:
                return await load_positions(cast(Transaction, tx), places)

        positions = run(load())
        assert all(at <= self.part.log.ends.get(place, 0) for place, at in positions.items())
        return positions

    def handle(self) -> None:
        """The consumer's way with a batch: what fails is read again, from the stored positions."""
        records, positions = tuple(self.hand), self.positions
        self.hand = []
        if not records or positions is None:
            return
        try:
            run(self._processor.process_batch(records_of(positions, records), positions))
        except Halt as error:
            self.positions = None
            self.stands = True
            self.part.met[type(error).__name__] += 1
        except (LostPartition, Unavailable) as error:
            self.positions = None
            self.part.met[type(error).__name__] += 1
        except Killed:
            self.start()
            self.part.met["killed in a batch"] += 1

    def replay(self, most: int) -> None:
        """Up to `most` of the parked records that were asked for."""
        self._replays = True
        while most and run(self._replay_next()):
            most -= 1
            self.part.met["replayed"] += 1
        self._replays = False

    async def _replay_next(self) -> bool:
        async with self.part.database.connection() as tx:
            waiting = await next_to_replay(cast(Transaction, tx), 1)
        for parked in waiting:
            await self._replayer._replay(cast(Any, self.part.log), parked)
        return bool(waiting)

    # --- the relay --------------------------------------------------------------------------------

    def send(self, most: int, *, killed: bool) -> None:
        """Sends up to `most` rows, and is killed then or continues at its next call.

        Killed, it does not know that the broker took them.
        """
        while True:
            if self.rows is None:
                self._read_rows()
            sending, self.rows = (self.rows or [])[:most], (self.rows or [])[most:]
            self._append(sending)
            most -= len(sending)
            if self.rows or (killed and not most):
                break
            self._all_are_sent()
            if not most or not self._read:
                break
        if killed:
            self.start()

    def _read_rows(self) -> None:
        """Forgets what was sent and reads what comes next. Who reads takes the lock over.

        Who had it before sends on what it holds, and forgets nothing: its connection is gone.
        """
        part = self.part
        if part.relaying is not self:
            part.relaying = self
            self._outbox = OutboxRows(cast(Any, part.database.autocommit()), _ROWS_MAX)
            run(self._outbox.open())
        if part.name == WatermarkAdvanced.owner:
            run(self._watermark.look(self._outbox.connection))
        self.rows = list(run(self._outbox.next()))
        self._read = [row["seq"] for row in self.rows]
        self._acks = []

    def _append(self, rows: Sequence[Row]) -> None:
        part = self.part
        for row in rows:
            place = TopicPartition(row["topic"], row["partition"])
            headers = headers_from_text(row["headers"])
            offset = part.log.append(place, row["key"], headers, row["value"], part.clock())
            self._acks.append(Ack(row["seq"], place, offset))
        if rows and part.relaying is not self:
            part.met["sent by two"] += 1

    def _all_are_sent(self) -> None:
        """The broker has them all, so it may be said up to when all is in the log."""
        part = self.part
        self.rows = None
        if part.relaying is self:
            self._outbox.acknowledged(self._acks)
        event = self._watermark.advanced(self._read[-1] if len(self._read) == _ROWS_MAX else None)
        if event is not None:
            row = unstored(event)
            headers = headers_from_text(row["headers"])
            place = (row["topic"], row["partition"])
            part.log.append(place, row["key"], headers, row["value"], part.clock())
