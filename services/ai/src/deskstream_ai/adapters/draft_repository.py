"""Stores requests for drafts, and the feedback on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from deskstream_contracts import Event
from deskstream_contracts.events.reply import ReplyRequested
from deskstream_runtime.postgres.connection import Transaction

_UPSERT_REQUESTS = """
insert into draft_request
    (request_id, ticket_id, message_id, instructions, tone, language, requested_at, revision)
select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[],
    $7::timestamptz[], $8::int[])
on conflict (request_id) do update set
    instructions = excluded.instructions, revision = excluded.revision
where excluded.revision > draft_request.revision
returning request_id, (xmax = 0) as inserted
"""

_UPSERT_FEEDBACK = """
insert into draft_feedback
    (event_id, ticket_id, draft_id, verdict, reason, comment, occurred_at, revision)
select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[],
    $7::timestamptz[], $8::int[])
on conflict (event_id) do update set comment = excluded.comment, revision = excluded.revision
where excluded.revision > draft_feedback.revision
"""


@dataclass(frozen=True, slots=True)
class DraftFeedback:
    """A person's decision on a draft. `verdict` is approved, edited or rejected."""

    event_id: UUID
    ticket_id: UUID
    draft_id: UUID
    verdict: str
    reason: str | None
    comment: str | None
    occurred_at: datetime
    revision: int


async def save_requests(tx: Transaction, events: Sequence[Event[ReplyRequested]]) -> set[UUID]:
    """Stores the requests and returns the ids of the new ones."""
    ordered = sorted(events, key=lambda event: event.revision)
    newest = {event.data.request_id: event for event in ordered}.values()
    rows = await tx.fetch(
        _UPSERT_REQUESTS,
        [event.data.request_id for event in newest],
        [event.subject for event in newest],
        [event.data.message_id for event in newest],
        [event.data.instructions for event in newest],
        [event.data.tone for event in newest],
        [event.data.language for event in newest],
        [event.data.occurred_at for event in newest],
        [event.revision for event in newest],
    )
    return {row["request_id"] for row in rows if row["inserted"]}


async def save_feedback(tx: Transaction, feedback: Sequence[DraftFeedback]) -> None:
    """Stores decisions on drafts; a higher revision replaces the comment."""
    newest = {one.event_id: one for one in sorted(feedback, key=lambda one: one.revision)}.values()
    await tx.execute(
        _UPSERT_FEEDBACK,
        [one.event_id for one in newest],
        [one.ticket_id for one in newest],
        [one.draft_id for one in newest],
        [one.verdict for one in newest],
        [one.reason for one in newest],
        [one.comment for one in newest],
        [one.occurred_at for one in newest],
        [one.revision for one in newest],
    )
