"""Runs commands on tickets for the routes: load, decide, store, answer, in one transaction."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import UUID

from fastapi import Response

from deskstream_ingest.adapters import cases
from deskstream_ingest.adapters.envelopes import born_events
from deskstream_ingest.api.answers import ticket_answer
from deskstream_ingest.api.call import RequestContext, actor_of
from deskstream_ingest.api.conditions import check_version
from deskstream_ingest.api.customer import addresses_of
from deskstream_ingest.api.new_ticket import NewTicketRequest
from deskstream_ingest.api.ticket_history import TicketHistoryRequest
from deskstream_ingest.domain.addresses import AddressRules
from deskstream_ingest.domain.case import Case, fold
from deskstream_ingest.domain.commands import CommandOnTicket, CreateTicket, ImportTicket
from deskstream_ingest.domain.decide import decide
from deskstream_ingest.domain.refusals import DraftUnknown, Refused, TicketUnknown
from deskstream_ingest.domain.ticket import Ticket
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import NOTHING, Effects, Transaction
from deskstream_runtime.http.auth import Principal
from deskstream_runtime.http.idempotency import Answer, Commands
from deskstream_runtime.http.problems import Problem
from deskstream_runtime.http.wrong_values import WrongValue
from deskstream_runtime.own_log import BehindTheLog, OwnLog

AnswerOf = Callable[[Case, Ticket], Answer]
"""What to answer, from the case after the command."""


class TicketCommands:
    """The one door for every command that comes over HTTP."""

    def __init__(
        self, commands: Commands, clock: Clock, addresses: AddressRules, own_log: OwnLog
    ) -> None:
        self._commands = commands
        self._own_log = own_log
        self.clock = clock
        self._addresses = addresses

    async def create(
        self, call: RequestContext, principal: Principal, wanted: NewTicketRequest
    ) -> Response:
        """201 with the new ticket, or 200 with the same one that was accepted before."""
        reached = addresses_of(wanted.customer, self._addresses)
        command_of = partial(wanted.command, reached)
        return await self._create(call, principal, wanted, command_of)

    async def bring_in(
        self, call: RequestContext, principal: Principal, wanted: TicketHistoryRequest
    ) -> Response:
        """201 with the ticket after its past, or 200 with the same that was accepted before."""
        reached = addresses_of(wanted.customer, self._addresses)
        command_of = partial(wanted.import_command, actor_of(principal), reached)
        return await self._create(call, principal, wanted, command_of)

    async def _create(
        self,
        call: RequestContext,
        principal: Principal,
        wanted: NewTicketRequest,
        command_of: Callable[[UUID, datetime], CreateTicket | ImportTicket],
    ) -> Response:
        """A ticket with an id of its own is new whatever the log holds; another's may be there."""
        ticket_id, external = wanted.ticket_id(), wanted.external is not None

        async def act(tx: Transaction) -> tuple[Effects, Answer]:
            if external:
                self._own_log.require()
            at = self.clock()
            case = Case(ticket_id)
            command = command_of(ticket_id, at)
            happened = decide(case, command)
            ticket = _ticket_of(fold(case, happened))
            if not await cases.insert(tx, ticket):
                known = await cases.load(tx, ticket.id)
                decide(known, command)
                return NOTHING, ticket_answer(_ticket_of(known))
            events = born_events(ticket.id, happened, at)
            return Effects(events=events), ticket_answer(ticket, 201)

        return await self._answer(call, principal, act)

    async def run(
        self,
        call: RequestContext,
        principal: Principal,
        ticket_id: UUID,
        command: CommandOnTicket,
        answer_of: AnswerOf,
        *,
        draft_id: UUID | None = None,
    ) -> Response:
        """Runs a command on a ticket that is there, and on one of its drafts if it is about one."""

        async def act(tx: Transaction) -> tuple[Effects, Answer]:
            self._own_log.require()
            before = await cases.load(tx, ticket_id, draft_id)
            check_version(_ticket_of(before), call.expected)
            # Not when it arrived: log time is past nothing that an open transaction may still say
            # (docs/decisions/0019-log-time.md).
            at = self.clock()
            happened = decide(before, replace(command, at=at))
            after = fold(before, happened)
            await cases.save(tx, {ticket_id: before}, [after])
            events = born_events(ticket_id, happened, at)
            return Effects(events=events), answer_of(after, _ticket_of(after))

        return await self._answer(call, principal, act)

    async def _answer(
        self,
        call: RequestContext,
        principal: Principal,
        act: Callable[[Transaction], Awaitable[tuple[Effects, Answer]]],
    ) -> Response:
        with _refusals_as_problems():
            return await self._commands.answer(call.request, principal, call.idempotency_key, act)


def _ticket_of(case: Case) -> Ticket:
    if case.ticket is None:
        raise TicketUnknown(case.ticket_id)
    return case.ticket


@contextmanager
def _refusals_as_problems() -> Iterator[None]:
    try:
        yield
    except (TicketUnknown, DraftUnknown) as error:
        raise Problem(404, "not-found", "Not found", str(error)) from None
    except BehindTheLog as error:
        raise _behind(error) from None
    except Refused as error:
        raise _conflict(error) from None


def _behind(error: BehindTheLog) -> Problem:
    detail = f"Tickets that may be there already cannot be changed now: {error}. Try again soon."
    return Problem(503, "behind-the-log", "Not available now", detail, headers={"Retry-After": "1"})


def _conflict(error: Refused) -> Problem:
    """409, with a JSON Pointer to each field that says otherwise than what is so."""
    errors = [
        WrongValue(pointer=f"/{field.replace('.', '/')}", detail="says otherwise than what is so")
        for field in error.fields
    ]
    return Problem(409, "conflict", "Not possible now", str(error), errors=errors)
