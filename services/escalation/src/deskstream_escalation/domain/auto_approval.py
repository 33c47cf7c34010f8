"""Whether the latest draft goes out without a person."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from deskstream_contracts import follow_id
from deskstream_contracts.events.reply import ReplyAutoApproved
from deskstream_escalation.domain.rule import AutoApprove, FiredRule
from deskstream_escalation.domain.sla_clock import Decision
from deskstream_escalation.domain.ticket_state import Case


def auto_approve(
    case: Case, fired: Iterable[FiredRule], rules_version: str, now: datetime
) -> tuple[Case, list[Decision]]:
    """Approves the draft if a rule says so and the case allows it. A draft is approved once."""
    rule = next((one.rule for one in fired if isinstance(one.rule.then, AutoApprove)), None)
    draft = case.draft
    if rule is None or draft is None or not _is_allowed(case):
        return case, []
    approved = ReplyAutoApproved(
        draft_id=draft.draft_id,
        rule=rule.name,
        rules_version=rules_version,
        confidence=draft.confidence,
        occurred_at=now,
    )
    decision = Decision(follow_id(draft.draft_id, "reply.auto_approved"), approved)
    return replace(case, approved_draft_id=draft.draft_id), [decision]


def _is_allowed(case: Case) -> bool:
    """What no rule can do away with.

    Everything known must be about the customer's latest message, which waits for an answer on an
    open ticket that nobody has escalated; and no person has asked to see the draft.
    """
    draft, sentiment, triage, head = case.draft, case.sentiment, case.triage, case.head
    latest = case.conversation.last_inbound
    if not (draft and sentiment and triage and head and latest):
        return False
    return (
        head.is_open
        and case.level == 0
        and not draft.requested
        and draft.draft_id != case.approved_draft_id
        and latest.version > case.conversation.answered_version
        and draft.message_id == sentiment.message_id == triage.message_id == latest.message_id
    )
