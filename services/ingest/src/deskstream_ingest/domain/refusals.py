"""Commands that a ticket's state does not allow. Messages say what to do instead."""

from uuid import UUID


class Refused(Exception):
    """The state of the ticket does not allow the command; nothing happened."""


class TicketUnknown(Refused):
    """There is no such ticket."""

    def __init__(self, ticket_id: UUID) -> None:
        super().__init__(f"There is no ticket {ticket_id}.")


class TicketExists(Refused):
    """A ticket is created once."""

    def __init__(self, ticket_id: UUID) -> None:
        super().__init__(f"Ticket {ticket_id} exists already.")


class TicketClosed(Refused):
    """A closed ticket takes nothing any more."""

    def __init__(self, ticket_id: UUID) -> None:
        super().__init__(f"Ticket {ticket_id} is closed for good; create a new one.")


class TicketResolvedAlready(Refused):
    """The command is about a matter not settled yet."""

    def __init__(self, ticket_id: UUID) -> None:
        super().__init__(f"Ticket {ticket_id} is resolved; reopen it first.")


class DraftUnknown(Refused):
    """There is no such draft on this ticket, or it did not arrive yet."""

    def __init__(self, draft_id: UUID) -> None:
        super().__init__(
            f"There is no draft {draft_id} on this ticket. "
            "If it was made just now it may not have arrived yet: try again in a moment."
        )


class DraftSettled(Refused):
    """The opposite was decided about the draft before."""

    def __init__(self, draft_id: UUID, status: str) -> None:
        super().__init__(f"Draft {draft_id} is {status} already, which stays.")


class DraftErased(Refused):
    """The draft's text is gone, so there is nothing to send."""

    def __init__(self, draft_id: UUID) -> None:
        super().__init__(f"The text of draft {draft_id} was erased; give a body of your own.")
