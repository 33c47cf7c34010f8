"""Commands that a ticket's state does not allow.

Messages say what is so, who did it and when, and what to do instead. They name fields and never
quote texts.
"""

from collections.abc import Sequence
from uuid import UUID

from deskstream_ingest.domain.decision import Decision, attribution
from deskstream_ingest.domain.draft import Draft
from deskstream_ingest.domain.ticket import Ticket


class Refused(Exception):
    """The state of the ticket does not allow the command; nothing happened.

    `fields` are those of the request that say otherwise than what is so, `customer.email` say.
    """

    def __init__(self, message: str, fields: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.fields = tuple(fields)


class TicketUnknown(Refused):
    def __init__(self, ticket_id: UUID) -> None:
        super().__init__(f"There is no ticket {ticket_id}.")


class TicketExists(Refused):
    """The ticket of another system was accepted before, with other content."""

    def __init__(self, ticket: Ticket, fields: Sequence[str]) -> None:
        external = ticket.external
        known_as = f"{external.source!r} {external.id!r}" if external else "this id"
        super().__init__(
            f"Ticket {ticket.id} was accepted for {known_as} at "
            f"{ticket.snapshot.created_at.isoformat()} with another {_listed(fields)}. "
            "Nothing was taken from this request: send it under an id of its own, or add what "
            "is new to that ticket as a message.",
            fields,
        )


class CustomerContradicted(Refused):
    """The given `customer.id` is not the customer whose address is given."""

    def __init__(self, given: UUID, known: UUID, address: str) -> None:
        super().__init__(
            f"The customer of this {address} is {known}, and customer.id says {given}. "
            "Leave customer.id out, or send the one or the other.",
            ["customer.id"],
        )


class TicketClosed(Refused):
    def __init__(self, ticket: Ticket) -> None:
        super().__init__(
            f"Ticket {ticket.id} was closed for good{attribution(ticket.settled)}; "
            "create a new one."
        )


class TicketResolvedAlready(Refused):
    """The command is about a matter not settled yet."""

    def __init__(self, ticket: Ticket) -> None:
        super().__init__(
            f"Ticket {ticket.id} was resolved{attribution(ticket.settled)}; reopen it first."
        )


def over(ticket: Ticket) -> Refused:
    """Why nothing can be asked of a ticket that is closed or resolved."""
    if ticket.snapshot.status == "closed":
        return TicketClosed(ticket)
    return TicketResolvedAlready(ticket)


class ResolvedOtherwise(Refused):
    """The matter was settled before, with another reason or note."""

    def __init__(self, ticket: Ticket, fields: Sequence[str]) -> None:
        super().__init__(
            f"Ticket {ticket.id} was resolved{attribution(ticket.settled)}"
            f"{_reason(ticket.settled)} with another {_listed(fields)}. "
            "Leave that as it is, add a note, or reopen it first.",
            fields,
        )


class OpenOtherwise(Refused):
    """The ticket is not resolved, and what the command says about it would be lost."""

    def __init__(self, ticket: Ticket, fields: Sequence[str]) -> None:
        since = f"reopened{attribution(ticket.settled)}{_reason(ticket.settled)}"
        if ticket.snapshot.reopen_count == 0:
            since = (
                f"never resolved since it was created at {ticket.snapshot.created_at.isoformat()}"
            )
        super().__init__(
            f"Ticket {ticket.id} is {ticket.snapshot.status} and was {since}, so there is nothing "
            f"to reopen. Your {_listed(fields)} would be lost: add a note instead.",
            fields,
        )


class EscalatedOtherwise(Refused):
    """The ticket is at that level or above, and what the command says would be lost."""

    def __init__(self, ticket: Ticket, fields: Sequence[str]) -> None:
        super().__init__(
            f"Ticket {ticket.id} was escalated to level {ticket.snapshot.escalation_level}"
            f"{attribution(ticket.escalated)}, and your {_listed(fields)} would be lost. Ask for a "
            "higher level, add a note, or resolve the ticket to end its escalation.",
            fields,
        )


class DraftUnknown(Refused):
    """There is no such draft on this ticket, or it did not arrive yet."""

    def __init__(self, draft_id: UUID) -> None:
        super().__init__(
            f"There is no draft {draft_id} on this ticket. "
            "If it was made just now it may not have arrived yet: try again in a moment."
        )


class DraftSettled(Refused):
    """The draft was approved or rejected before, and this says otherwise."""

    def __init__(self, draft: Draft, fields: Sequence[str] = ()) -> None:
        other = f" with another {_listed(fields)}" if fields else ""
        sent = f" and sent as message {draft.sent_as}" if draft.sent_as else ""
        super().__init__(
            f"Draft {draft.id} was {draft.status}{attribution(draft.decision)}"
            f"{_reason(draft.decision)}{sent}{other}, which stays. "
            "To say more, write a message or a note of your own.",
            fields,
        )


class DraftErased(Refused):
    def __init__(self, draft_id: UUID) -> None:
        super().__init__(f"The text of draft {draft_id} was erased; give a body of your own.")


def _listed(fields: Sequence[str]) -> str:
    *first, last = fields
    return f"{', '.join(first)} and {last}" if first else last


def _reason(known: Decision | None) -> str:
    return "" if known is None or known.reason is None else f" ({known.reason})"
