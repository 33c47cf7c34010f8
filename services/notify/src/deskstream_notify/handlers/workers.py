"""One attempt, from work row to result to events: the same for mails and webhooks.

Before a call is made it is committed that it is about to be made. So whatever crashes, the stored
notification never denies what may have happened.
"""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from deskstream_contracts import Event
from deskstream_notify.adapters import attempt_repository, subscription_repository
from deskstream_notify.adapters.circuit_breakers import Circuit, CircuitBreakers, CircuitOpen
from deskstream_notify.domain.message import Message, WebhookCall
from deskstream_notify.domain.outcome_events import (
    EndedNotification,
    events_of_failure,
    events_of_success,
)
from deskstream_notify.domain.send_result import SendFailed, SendResult, Sent, Withdrawn
from deskstream_notify.handlers.attempts import BeginAttempt
from deskstream_runtime.backoff import backoff_s
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import Effects
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.postgres.database import Database
from deskstream_runtime.work.kind import (
    Finished,
    GivenUp,
    LeasedWork,
    NeverRetry,
    RetryLater,
    Shares,
    WorkKind,
)
from deskstream_runtime.work.work_rows import payloads_of

M = TypeVar("M", bound=Message)
M_contra = TypeVar("M_contra", bound=Message, contravariant=True)

# A delivery ends by its age (`RetryPolicy.give_up_after`), not by the number of its attempts.
_ATTEMPTS_MAX = 1_000_000
# Around a call: reading the secret and storing the result.
_BOOKKEEPING_S = 10.0


class Sender(Protocol[M_contra]):
    """The port to the outside world."""

    provider: str

    def circuits(self, message: M_contra) -> Sequence[Circuit]:
        """The circuits that the call passes through: the receiver's own first."""

    def about(self, message: M_contra) -> dict[str, object]:
        """Ids and codes that the log names when a call fails, nothing personal."""

    async def send(self, notification_id: UUID, message: M_contra) -> SendResult:
        """Makes the call. A failure outside is a result, never an error."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When a failed attempt is repeated, and when a delivery is given up.

    `doubtful_give_up_after`: if each answer since then has been doubtful.
    """

    first_s: float
    max_s: float
    give_up_after: timedelta
    doubtful_give_up_after: timedelta


class DeliveryWorker(Generic[M]):
    """Delivers the messages of one kind of work."""

    def __init__(
        self,
        message_type: type[M],
        sender: Sender[M],
        begin: BeginAttempt[M],
        retries: RetryPolicy,
        database: Database,
        breakers: CircuitBreakers,
        clock: Clock,
    ) -> None:
        self._message_type = message_type
        self._sender = sender
        self._begin = begin
        self._retries = retries
        self._database = database
        self._breakers = breakers
        self._clock = clock

    def kind(
        self, concurrency_max: int, timeout_s: float, shares: Callable[[], Shares] | None = None
    ) -> WorkKind[Any]:
        """The kind of work. A call takes `timeout_s` seconds at most."""
        return WorkKind(
            self._message_type.work_kind,
            self.perform,
            self.finish,
            self.give_up,
            concurrency_max=concurrency_max,
            attempts_max=_ATTEMPTS_MAX,
            timeout_s=timeout_s + _BOOKKEEPING_S,
            retry_first_s=self._retries.first_s,
            retry_max_s=self._retries.max_s,
            shares=shares,
        )

    async def perform(self, work: LeasedWork) -> Sent | Withdrawn:
        """Makes an attempt. Raises `RetryLater` or `NeverRetry` if it failed."""
        message = self._message(work.payload)
        circuits = self._sender.circuits(message)
        tried = work.attempt > 1 or self._breakers.is_failing(circuits)
        if tried and self._clock() - message.planned_at > self._retries.give_up_after:
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
            result = await self._breakers.call(circuits, attempt, asked_max_s=self._retries.max_s)
        except CircuitOpen as circuit:
            about = self._about(work, message, "circuit_open")
            raise RetryLater(circuit.open_for_s * _jitter(), "circuit_open", about) from None
        if isinstance(result, SendFailed):
            raise await self._record_failure(work, message, result, attempts)
        return result

    async def finish(
        self, tx: Transaction, finished: Sequence[Finished[Sent | Withdrawn]]
    ) -> Effects:
        """Stores which messages were sent, and announces it."""
        now = self._clock()
        messages = {one.work.id: self._message(one.work.payload) for one in finished}
        withdrawn = [one.work.id for one in finished if isinstance(one.result, Withdrawn)]
        sent = {
            one.work.id: one.result.provider_message_id
            for one in finished
            if isinstance(one.result, Sent)
        }
        called = _subscriptions_of(messages[id_] for id_ in sent)
        await subscription_repository.record_success(tx, called, now)
        await attempt_repository.record_withdrawn(tx, withdrawn, now)
        ended = await attempt_repository.record_sent(tx, sent, now)
        return Effects(events=await self._events(tx, ended, messages, events_of_success))

    async def give_up(self, tx: Transaction, given_up: Sequence[GivenUp]) -> Effects:
        """Stores and announces failed deliveries. A receiver that is gone for good is disabled."""
        now = self._clock()
        messages = {one.work.id: self._message(one.work.payload) for one in given_up}
        ended = await attempt_repository.record_given_up(tx, list(messages), now)
        events = await self._events(tx, ended, messages, events_of_failure)
        gone = _subscriptions_of(messages[one.id] for one in ended if one.reason == "gone")
        await subscription_repository.disable(tx, gone, "gone", now)
        return Effects(events=events)

    async def _record_failure(
        self, work: LeasedWork, message: M, failed: SendFailed, attempts: int
    ) -> RetryLater | NeverRetry:
        """Stores the failure, and returns whether to retry, and when."""
        now = self._clock()
        async with self._database.connection() as connection:
            doubtful_since = await attempt_repository.record_failure(
                connection, work.id, failed, now
            )
            if isinstance(message, WebhookCall):
                await subscription_repository.record_failure(
                    connection, message.subscription_id, failed, now
                )
        about = self._about(work, message, failed.reason) | {"status": failed.status}
        too_long = (
            doubtful_since is not None
            and now - doubtful_since >= self._retries.doubtful_give_up_after
        )
        if failed.final or too_long:
            return NeverRetry(failed.reason, about)
        delay_s = backoff_s(attempts, self._retries.first_s, self._retries.max_s)
        asked_s = min(failed.retry_after_s or 0.0, self._retries.max_s)
        return RetryLater(max(delay_s, asked_s), failed.reason, about)

    async def _events(
        self,
        tx: Transaction,
        ended: Sequence[EndedNotification],
        messages: Mapping[UUID, M],
        events_of: Callable[[EndedNotification, Message, str], list[Event[Any]]],
    ) -> list[Event[Any]]:
        """The events about ended notifications, also of those that were in the same mails.

        The work of these still waits, and has their messages.
        """
        ids = [one.id for one in ended if one.id not in messages]
        payloads = await payloads_of(tx, ids) if ids else {}
        batched = {id_: self._message(payload) for id_, payload in payloads.items()}
        known = {**messages, **batched}
        provider = self._sender.provider
        return [event for one in ended for event in events_of(one, known[one.id], provider)]

    def _about(self, work: LeasedWork, message: M, reason: str) -> dict[str, object]:
        """Ids and codes that the log names for a failed attempt, nothing personal."""
        of_ticket = not (isinstance(message, WebhookCall) and message.test)
        return {
            "notification_id": str(work.id),
            "ticket_id": str(message.cause.subject) if of_ticket else None,
            "reason": reason,
            **self._sender.about(message),
        }

    def _message(self, payload: str) -> M:
        return self._message_type.model_validate_json(payload)


def _subscriptions_of(messages: Iterable[Message]) -> list[UUID]:
    calls = (message for message in messages if isinstance(message, WebhookCall))
    return list({call.subscription_id for call in calls})


def _jitter() -> float:
    """Work that waits for one provider must not all come back at the same moment."""
    return random.uniform(1.0, 1.5)  # noqa: S311  (spreads load, keeps no secret)
