"""A ticket's course as its clocks know it: `ticket.*` events in the order of their versions.

Five topics hold a ticket's events and are read side by side, so a version may be read ahead of an
earlier one. It waits until that is known: a late answer is no breach if a resolution came before
it, nor is an early one if the priority was raised after it.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from deskstream_contracts.events.ticket import Priority, TicketHistory
from deskstream_contracts.priority import DEFAULT_PRIORITY
from deskstream_escalation.domain.conversation import Conversation, InboundMessage

AHEAD_MAX = 200
"""How many steps of a ticket wait behind a gap. With one more, the first is taken over the gap."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a `ticket.*` event means to clocks.

    `at` is when it occurred, `accepted_at` when we accepted it: later for an imported past.
    `answered_at` is the time of a message to the customer or a resolution, `resolved_at` of a
    resolution that counts; `first_response_at` is when the customer was first answered, as far as
    the event says. It `gives_priority` if anything but triage had a say in the priority, or
    triage's was applied.
    """

    version: int
    event_id: UUID
    at: datetime
    accepted_at: datetime
    created_at: datetime
    priority: Priority
    gives_priority: bool = False
    history: TicketHistory | None = None
    inbound: InboundMessage | None = None
    answered_at: datetime | None = None
    resolved_at: datetime | None = None
    first_response_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """A ticket as it was at `version`, and the steps `ahead` that were read and not yet taken.

    Steps ahead are in the order of versions. Before the first step is taken there is no ticket.
    """

    version: int = 0
    created_at: datetime | None = None
    priority: Priority = DEFAULT_PRIORITY
    priority_is_given: bool = False
    history: TicketHistory | None = None
    conversation: Conversation = field(default_factory=Conversation)
    first_response_at: datetime | None = None
    first_resolved_at: datetime | None = None
    ahead: tuple[Step, ...] = ()

    @property
    def gap_closes_at(self) -> datetime | None:
        """The time up to which all must be known for the next step to be taken over the gap."""
        return self.ahead[0].accepted_at if self.ahead else None

    def read(self, step: Step) -> "Course":
        """The course in which this step was read; the same one, if it was read before."""
        if any(step.version == known.version for known in self.ahead):
            return self
        if step.version <= self.version and self.after(step) == self:
            return self
        ahead = sorted((*self.ahead, step), key=lambda each: each.version)
        return replace(self, ahead=tuple(ahead))

    def next_step(self, until: datetime | None) -> Step | None:
        """The first step ahead, if it is to be taken now.

        Either no version is missing before it, or the missing ones will not come: all that was
        accepted up to `until` (log time) was read, so they were dead-lettered.
        """
        if not self.ahead:
            return None
        step = self.ahead[0]
        is_next = step.version <= self.version + 1
        nothing_else_comes = until is not None and step.accepted_at <= until
        return step if is_next or nothing_else_comes or len(self.ahead) > AHEAD_MAX else None

    def after(self, step: Step) -> "Course":
        """The course with this step taken. A missing version that comes late is merged."""
        conversation = self.conversation
        if step.history is not None:
            # Nobody waits for an answer to what an imported ticket was brought in with.
            past = step.history
            conversation = conversation.with_answer(past.version, past.imported_at)
        if step.inbound is not None:
            conversation = conversation.with_inbound(step.inbound)
        if step.answered_at is not None:
            conversation = conversation.with_answer(step.version, step.answered_at)
        is_newest = step.version > self.version
        return replace(
            self,
            version=max(self.version, step.version),
            created_at=step.created_at,
            priority=step.priority if is_newest else self.priority,
            priority_is_given=self.priority_is_given or step.gives_priority,
            history=step.history if is_newest else self.history,
            conversation=conversation,
            first_response_at=_earliest(self.first_response_at, step.first_response_at),
            first_resolved_at=_earliest(self.first_resolved_at, step.resolved_at),
            ahead=tuple(known for known in self.ahead if known is not step),
        )


def _earliest(known: datetime | None, at: datetime | None) -> datetime | None:
    return min((one for one in (known, at) if one is not None), default=None)
