"""One attempt, from row to outcome to events: the same for mails and webhooks.

That a call is about to be made is committed before it is made. So whatever dies, the ledger never
says less than what may have happened.
"""

import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from deskstream_notify.adapters import subscription_repository
from deskstream_notify.adapters.circuit_breakers import Circuit, CircuitBreakers, CircuitOpen
from deskstream_notify.adapters.notification_repository import Ledger
from deskstream_notify.domain.message import Message, WebhookCall
from deskstream_notify.domain.outcome_events import (
    EndedNotification,
    events_of_failure,
    events_of_success,
)
from deskstream_notify.domain.send_result import SendFailed, SendResult, Sent, Withdrawn
from deskstream_runtime.backoff import backoff_s
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import Effects
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.work.kind import Finished, GivenUp, LeasedWork, NeverRetry, RetryLater
from deskstream_runtime.work.work_rows import payloads_of

M = TypeVar("M", bound=Message)
M_contra = TypeVar("M_contra", bound=Message, contravariant=True)


class Sender(Protocol[M_contra]):
    """The port to the outside world."""

    provider: str

    def circuits(self, message: M_contra) -> Sequence[Circuit]:
        """What fails, and rests, as one: the receiver's own first."""

    def about(self, message: M_contra) -> dict[str, object]:
        """What the log should name when it fails: ids and codes, nothing personal."""

    async def send(self, notification_id: UUID, message: M_contra) -> SendResult:
        """Makes the call. What goes wrong outside is an outcome, never an error."""


@dataclass(frozen=True, slots=True)
class Attempt(Generic[M]):
    """What is about to be sent, as which delivery, for which time."""

    delivery_id: UUID
    message: M
    number: int


Begin = Callable[[UUID, M, datetime], Awaitable[Attempt[M] | None]]
"""Commits that a message is about to be sent. None: it must not be."""


def alone(ledger: Ledger) -> Begin[M]:
    """Each message is sent by itself."""

    async def begin(notification_id: UUID, message: M, now: datetime) -> Attempt[M] | None:
        number = await ledger.begin(notification_id, now)
        return None if number is None else Attempt(notification_id, message, number)

    return begin


class DeliveryWorker(Generic[M]):
    """How one kind of work is delivered: the three functions of its `WorkKind`."""

    def __init__(
        self,
        message_type: type[M],
        sender: Sender[M],
        ledger: Ledger,
        breakers: CircuitBreakers,
        clock: Clock,
        begin: Begin[M],
        *,
        retry_first_s: float,
        retry_max_s: float,
        give_up_after: timedelta,
        doubtful_give_up_after: timedelta,
    ) -> None:
        self._message_type = message_type
        self._sender = sender
        self._ledger = ledger
        self._breakers = breakers
        self._clock = clock
        self._begin = begin
        self._retry_first_s = retry_first_s
        self._retry_max_s = retry_max_s
        self._give_up_after = give_up_after
        self._doubtful_give_up_after = doubtful_give_up_after

    async def perform(self, work: LeasedWork) -> Sent | Withdrawn:
        """Makes an attempt. Raises `RetryLater` or `NeverRetry` when it did not work."""
        message = self._message(work)
        circuits = self._sender.circuits(message)
        tried = work.attempt > 1 or self._breakers.is_failing(circuits)
        if tried and self._clock() - message.planned_at > self._give_up_after:
            raise NeverRetry("too_late", self._about(work, message, "too_late"))
        attempts = 0

        async def attempt() -> SendResult:
            nonlocal attempts
            begun = await self._begin(work.id, message, self._clock())
            if begun is None:
                return Withdrawn()
            attempts = begun.number
            return await self._sender.send(begun.delivery_id, begun.message)

        try:
            outcome = await self._breakers.call(circuits, attempt, asked_max_s=self._retry_max_s)
        except CircuitOpen as resting:
            about = self._about(work, message, "resting")
            raise RetryLater(resting.open_for_s * _jitter(), "resting", about) from None
        if isinstance(outcome, SendFailed):
            raise await self._refused(work, message, outcome, attempts)
        return outcome

    async def finish(
        self, tx: Transaction, finished: Sequence[Finished[Sent | Withdrawn]]
    ) -> Effects:
        """Notes what was taken, and says so."""
        now = self._clock()
        messages = {one.work.id: self._message(one.work) for one in finished}
        called = {
            message.subscription_id
            for one in finished
            if isinstance(one.result, Sent)
            and isinstance(message := messages[one.work.id], WebhookCall)
        }
        await subscription_repository.succeeded(tx, list(called), now)
        withdrawn = [one.work.id for one in finished if isinstance(one.result, Withdrawn)]
        await self._ledger.withdrawn(tx, withdrawn, now)
        taken = {
            one.work.id: one.result.provider_message_id
            for one in finished
            if isinstance(one.result, Sent)
        }
        rows = await self._ledger.sent(tx, taken, now)
        messages |= await self._told_with(tx, rows, messages)
        events = [
            fact
            for row in rows
            for fact in events_of_success(row, messages[row.id], self._sender.provider)
        ]
        return Effects(events=events)

    async def give_up(self, tx: Transaction, given_up: Sequence[GivenUp]) -> Effects:
        """Notes what will not be tried again, and says so. Who is gone is called no more."""
        now = self._clock()
        messages = {one.work.id: self._message(one.work) for one in given_up}
        rows = await self._ledger.given_up(tx, list(messages), now)
        messages |= await self._told_with(tx, rows, messages)
        gone = [
            message.subscription_id
            for row in rows
            if row.reason == "gone" and isinstance(message := messages[row.id], WebhookCall)
        ]
        await subscription_repository.disable(tx, gone, "gone", now)
        events = [
            fact
            for row in rows
            for fact in events_of_failure(row, messages[row.id], self._sender.provider)
        ]
        return Effects(events=events)

    async def _refused(
        self, work: LeasedWork, message: M, refused: SendFailed, attempts: int
    ) -> RetryLater | NeverRetry:
        """Notes the failure, and says whether to try again, and when."""
        now = self._clock()
        doubtful_since = await self._ledger.attempt_failed(work.id, refused, now)
        if isinstance(message, WebhookCall):
            async with self._ledger.database.connection() as connection:
                await subscription_repository.failed(
                    connection, message.subscription_id, refused, now
                )
        about = self._about(work, message, refused.reason) | {"status": refused.status}
        too_long = (
            doubtful_since is not None and now - doubtful_since >= self._doubtful_give_up_after
        )
        if refused.final or too_long:
            return NeverRetry(refused.reason, about)
        delay_s = backoff_s(attempts, self._retry_first_s, self._retry_max_s)
        asked_s = min(refused.retry_after_s or 0.0, self._retry_max_s)
        return RetryLater(max(delay_s, asked_s), refused.reason, about)

    async def _told_with(
        self, tx: Transaction, rows: Sequence[EndedNotification], messages: Mapping[UUID, M]
    ) -> dict[UUID, M]:
        """The messages of what was told together with others. Their own work waits behind it."""
        ids = [row.id for row in rows if row.id not in messages]
        payloads = await payloads_of(tx, ids) if ids else {}
        return {id_: self._parsed(payload) for id_, payload in payloads.items()}

    def _about(self, work: LeasedWork, message: M, reason: str) -> dict[str, object]:
        """What the log names of an attempt that came to nothing."""
        of_ticket = not (isinstance(message, WebhookCall) and message.test)
        return {
            "notification_id": str(work.id),
            "ticket_id": str(message.cause.subject) if of_ticket else None,
            "reason": reason,
            **self._sender.about(message),
        }

    def _message(self, work: LeasedWork) -> M:
        return self._parsed(work.payload)

    def _parsed(self, payload: str) -> M:
        return self._message_type.model_validate_json(payload)


def _jitter() -> float:
    """Those who wait for one provider must not all come back at the same moment."""
    return random.uniform(1.0, 1.5)  # noqa: S311  (spreads load, keeps no secret)
