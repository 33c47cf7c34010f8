"""A world of three services and a log, and what each step of a schedule does to it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from simulation.desk import BEGIN, PARTITIONS, SPOILT_TOPICS, TICKETS, command_of, judged
from simulation.driving import run
from simulation.invariants import check_handled
from simulation.log import Log
from simulation.memory import Killed
from simulation.parts import Part
from simulation.processes import Process
from simulation.schedule import (
    SERVICES,
    Ask,
    Break,
    Deliver,
    Freeze,
    Judge,
    Kill,
    Look,
    Mend,
    Move,
    Rebuild,
    Replay,
    Restore,
    Schedule,
    Send,
    Spoil,
    Step,
    Wait,
)
from simulation.services import tables_of

from deskstream_contracts import Event, encode
from deskstream_contracts.partition import partition_of
from deskstream_contracts.topics import topic_named
from deskstream_ingest.adapters.envelopes import born_events
from deskstream_ingest.domain.aggregate import TicketAggregate, fold
from deskstream_ingest.domain.decide import decide
from deskstream_ingest.domain.refusals import Refused
from deskstream_runtime.dead_letters.parking_lot import request_replay
from deskstream_runtime.effects import NO_EFFECTS, Effects
from deskstream_runtime.errors import Unavailable
from deskstream_runtime.postgres.connection import Transaction

_ALL = 1_000
_ROUNDS_MAX = 60


class World:
    """All that there is. Nothing in it asks a clock, a random number or the order of a hash."""

    def __init__(self) -> None:
        self.now = BEGIN
        self.log = Log()
        self.parts = {name: Part(name, self.log, self.clock, PARTITIONS) for name in SERVICES}
        self.accepted: list[UUID] = []
        """Ids of the events that commands have left in ingest's database."""
        self._ids = 0
        self._steps: dict[type[Step], Callable[[Any], None]] = {
            Ask: self._ask,
            Judge: self._judge,
            Spoil: self._spoil,
            Deliver: self._deliver,
            Freeze: self._freeze,
            Send: lambda step: self._process(step).send(step.most, killed=step.killed),
            Look: self._look,
            Wait: self._wait,
            Kill: lambda step: self._process(step).start(),
            Move: lambda step: self.parts[step.service].move(step.to),
            Break: self._break,
            Mend: lambda step: self._mend(self.parts[step.service]),
            Replay: lambda step: self._process(step).replay(step.most),
            Rebuild: self._rebuild,
            Restore: self._restore,
        }

    def clock(self) -> Any:
        """What time it is."""
        return self.now

    def new_id(self) -> UUID:
        """A fresh id of version 7."""
        self._ids += 1
        return UUID(int=(7 << 76) + (2 << 62) + self._ids)

    def run(self, schedule: Schedule) -> None:
        """Does the steps, and lets all come to rest."""
        for step in schedule:
            self._steps[type(step)](step)
        self._settle()

    # --- commands and events -------------------------------------------------------------------

    def _ask(self, step: Ask) -> None:
        self.now += timedelta(milliseconds=7)
        ticket_id = TICKETS[step.ticket]
        born: list[Event[Any]] = []

        async def act(tx: Transaction) -> Effects:
            own = tables_of(tx).own
            case = own.get(ticket_id) or TicketAggregate(ticket_id)
            happened = decide(case, command_of(step.wish, case, self.now, self.new_id()))
            own[ticket_id] = fold(case, happened)
            born.extend(born_events(ticket_id, happened, self.now))
            return Effects(events=born)

        ingest = self.parts["ingest"]
        before = ingest.database.tables
        ingest.database.fault = step.fault
        try:
            run(ingest.unit_of_work.run(act))
        except (Refused, Unavailable, Killed):
            ingest.database.fault = "none"
        if ingest.database.tables is not before:
            self.accepted += [event.id for event in born]

    def _judge(self, step: Judge) -> None:
        event = judged(TICKETS[step.ticket], step.priority, self.now, self.new_id())
        record = encode(event)
        place = (record.topic, record.partition)
        self.log.append(place, record.key, record.headers, record.value, self.now)

    def _spoil(self, step: Spoil) -> None:
        topic = SPOILT_TOPICS[step.topic]
        partition = partition_of(str(TICKETS[step.ticket]), topic_named(topic).partitions)
        for _ in range(step.number):
            self.log.append((topic, partition), None, [], b"{", self.now)

    # --- what processes do, and what goes wrong ---------------------------------------------------

    def _process(self, step: Deliver | Freeze | Send | Kill | Replay) -> Process:
        return self.parts[step.service].processes[step.process]

    def _deliver(self, step: Deliver) -> None:
        process = self._process(step)
        process.read(step.first, step.most)
        process.part.database.fault = step.fault
        process.handle()
        process.part.database.fault = "none"

    def _freeze(self, step: Freeze) -> None:
        process = self._process(step)
        process.read(step.first, step.most)
        process.part.move_without_telling(1 - step.process)

    def _look_at_clocks(self, number: int) -> None:
        clocks = self.parts["escalation"].processes[number].clocks
        assert clocks is not None
        clocks.hear()
        clocks.look()

    def _look(self, step: Look) -> None:
        part = self.parts["escalation"]
        for process in part.processes:
            process.read_watermarks()
            process.handle()
        part.database.fault = step.fault
        try:
            self._look_at_clocks(step.process)
        except Unavailable:
            part.met["a look at the clocks failed"] += 1
        except Killed:
            part.processes[step.process].start()
        part.database.fault = "none"

    def _wait(self, step: Wait) -> None:
        self.now += timedelta(seconds=step.seconds)

    def _break(self, step: Break) -> None:
        part = self.parts[step.service]
        topic = part.topics[step.topic % len(part.topics)]
        tickets = TICKETS if step.ticket is None else (TICKETS[step.ticket],)
        part.broken.update((ticket, topic) for ticket in tickets)

    def _mend(self, part: Part) -> None:
        part.broken.clear()

        async def ask(tx: Transaction) -> tuple[Effects, object]:
            return NO_EFFECTS, await request_replay(tx, [], self.now, tickets_max=_ALL)

        run(part.unit_of_work.run(ask))

    def _rebuild(self, step: Rebuild) -> None:
        part = self.parts[step.service]
        check_handled(part, whole=False)
        part.database.empty()
        part.start()

    def _restore(self, step: Restore) -> None:
        part = self.parts[step.service]
        check_handled(part, whole=False)
        part.database.restore(step.back)
        part.start()

    # --- rest -------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Everything is repaired and restarted, and runs until nothing is left to do."""
        for part in self.parts.values():
            part.owner = 0
            part.processes[0].start()
            self._mend(part)
        self._go_on_to_rest()
        self._tell_the_time()
        self._go_on_to_rest()

    def _go_on_to_rest(self) -> None:
        for _ in range(_ROUNDS_MAX):
            before = self._progress()
            for part in self.parts.values():
                self._go_on(part)
            if self._progress() == before:
                return
        raise AssertionError(f"nothing came to rest in {_ROUNDS_MAX} rounds")

    def _tell_the_time(self) -> None:
        """Until now all is in the log; all clocks that are due are looked at."""
        self.parts["ingest"].processes[0].send(_ALL, killed=False)
        reader = self.parts["escalation"].processes[0]
        reader.read_watermarks()
        reader.handle()
        self._look_at_clocks(0)

    def _go_on(self, part: Part) -> None:
        process = part.processes[0]
        if process.stands:
            process.start()
        process.read(0, _ALL)
        process.handle()
        if part.database.tables.parked:
            self._mend(part)
            process.replay(_ALL)
        while part.database.tables.outbox:
            process.send(_ALL, killed=False)

    def _progress(self) -> list[object]:
        tables = [part.database.tables for part in self.parts.values()]
        waiting = [(one.positions, len(one.outbox), len(one.parked)) for one in tables]
        return [self.log.ends.copy(), *waiting]
