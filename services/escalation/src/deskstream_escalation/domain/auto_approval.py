"""Whether the latest draft goes out without a person."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from deskstream_contracts import follow_id
from deskstream_contracts.events.reply import ReplyAutoApproved
from deskstream_escalation.domain.new_event import NewEvent
from deskstream_escalation.domain.rule import AutoApprove, FiredRule
from deskstream_escalation.domain.ticket_state import TicketState


def auto_approve(
    state: TicketState, fired: Iterable[FiredRule], rules_version: str, now: datetime
) -> tuple[TicketState, list[NewEvent]]:
    """Approves the draft if a rule and the ticket's state allow it. A draft is approved once."""
    rule = next((one.rule for one in fired if isinstance(one.rule.then, AutoApprove)), None)
    draft = state.draft
    if rule is None or draft is None or not _is_allowed(state):
        return state, []
    approved = ReplyAutoApproved(
        draft_id=draft.draft_id,
        rule=rule.name,
        rules_version=rules_version,
        confidence=draft.confidence,
        occurred_at=now,
    )
    new_event = NewEvent(follow_id(draft.draft_id, "reply.auto_approved"), approved)
    return replace(state, approved_draft_id=draft.draft_id), [new_event]


def _is_allowed(state: TicketState) -> bool:
    """Conditions that no rule can override.

    Sentiment, triage and draft must be about the customer's latest message, which waits for an
    answer on an open ticket that is not escalated; and no person has asked to see the draft.
    """
    draft, sentiment, triage, snapshot = state.draft, state.sentiment, state.triage, state.snapshot
    latest = state.conversation.last_inbound
    if not (draft and sentiment and triage and snapshot and latest):
        return False
    return (
        snapshot.is_open
        and state.level == 0
        and not draft.requested
        and draft.draft_id != state.approved_draft_id
        and latest.version > state.conversation.answered_version
        and draft.message_id == sentiment.message_id == triage.message_id == latest.message_id
    )
