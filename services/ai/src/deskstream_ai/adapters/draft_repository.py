"""Stores requests for drafts, and the feedback on them."""

from collections.abc import Sequence
from uuid import UUID

from deskstream_contracts import Event
from deskstream_contracts.events.reply import ReplyApproved, ReplyRejected, ReplyRequested
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


async def save_feedback(
    tx: Transaction, events: Sequence[Event[ReplyApproved | ReplyRejected]]
) -> None:
    """Stores decisions on drafts; a higher revision replaces the comment."""
    newest = {event.id: event for event in sorted(events, key=lambda e: e.revision)}.values()
    verdicts = [_verdict(event.data) for event in newest]
    await tx.execute(
        _UPSERT_FEEDBACK,
        [event.id for event in newest],
        [event.subject for event in newest],
        [event.data.draft_id for event in newest],
        [verdict for verdict, _, _ in verdicts],
        [reason for _, reason, _ in verdicts],
        [comment for _, _, comment in verdicts],
        [event.data.occurred_at for event in newest],
        [event.revision for event in newest],
    )


def _verdict(decision: ReplyApproved | ReplyRejected) -> tuple[str, str | None, str | None]:
    """The verdict on a draft, with a reason and a comment where the decision has them."""
    if isinstance(decision, ReplyRejected):
        return "rejected", decision.reason, decision.feedback
    return ("edited", None, decision.body) if decision.edited else ("approved", None, None)
