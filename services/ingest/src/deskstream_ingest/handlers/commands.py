"""Commands on tickets: load, decide, store, in one transaction."""

from collections.abc import Container
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from deskstream_ingest.adapters import ticket_repository
from deskstream_ingest.adapters.envelopes import born_events
from deskstream_ingest.domain.aggregate import TicketAggregate, fold
from deskstream_ingest.domain.commands import CommandOnTicket, CreateTicket, ImportTicket
from deskstream_ingest.domain.decide import decide
from deskstream_ingest.domain.ticket import Ticket
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import NO_EFFECTS, Effects
from deskstream_runtime.outbox.own_log import OwnLog
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.versions import require_version


class AcceptedTicket(NamedTuple):
    """The ticket that a first message belongs to; not `created` when it was there before."""

    ticket: Ticket
    created: bool


class CommandHandlers:
    """Each handles a command in the transaction it is given, and raises `Refused`.

    While the database may lack events of the log, they raise `BehindTheLog`.
    """

    def __init__(self, clock: Clock, own_log: OwnLog) -> None:
        self._clock = clock
        self._own_log = own_log

    async def accept(
        self,
        tx: Transaction,
        ticket_id: UUID,
        command: CreateTicket | ImportTicket,
        *,
        is_external: bool,
    ) -> tuple[Effects, AcceptedTicket]:
        """A ticket with an id of its own is new whatever the log holds; another's may be there."""
        if is_external:
            self._own_log.require()
        # Not when the request arrived: log time is past nothing that an open transaction may still
        # announce (docs/decisions/0019-log-time.md).
        at = self._clock()
        command = command.accepted_at(at)
        before = TicketAggregate(ticket_id)
        new_events = decide(before, command)
        ticket = fold(before, new_events).known
        if not await ticket_repository.insert(tx, ticket):
            stored = await ticket_repository.load(tx, ticket_id)
            decide(stored, command)
            return NO_EFFECTS, AcceptedTicket(stored.known, created=False)
        return Effects(born_events(ticket_id, new_events, at)), AcceptedTicket(ticket, created=True)

    async def change(
        self,
        tx: Transaction,
        ticket_id: UUID,
        command: CommandOnTicket,
        expected: Container[int] | None,
        *,
        draft_id: UUID | None = None,
    ) -> tuple[Effects, TicketAggregate]:
        """The ticket after a command on it, or on one of its drafts. Raises `StaleVersion`."""
        self._own_log.require()
        before = await ticket_repository.load(tx, ticket_id, draft_id)
        require_version(before.known.snapshot.version, expected)
        at = self._clock()  # as in `accept`
        new_events = decide(before, replace(command, at=at))
        after = fold(before, new_events)
        await ticket_repository.save(tx, {ticket_id: before}, [after])
        return Effects(born_events(ticket_id, new_events, at)), after
