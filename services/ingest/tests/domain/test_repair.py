"""A ticket is brought up to its own events: whatever it knew, and in whatever order they come."""

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from ingest_scenarios import (
    AGENT,
    REPLY,
    TICKET_ID,
    after,
    auto_approved,
    case_after,
    create,
    created,
    drafted,
    some_id,
    take,
    triaged,
)

from deskstream_contracts import Event, EventData
from deskstream_contracts.events.reply import ReplyApproved
from deskstream_ingest.domain.aggregate import TicketAggregate, fold
from deskstream_ingest.domain.commands import (
    AddMessage,
    ApproveDraft,
    Command,
    RejectDraft,
    ReopenTicket,
    RequestEscalation,
    ResolveTicket,
    UpdateTicket,
)
from deskstream_ingest.domain.decide import decide
from deskstream_ingest.domain.refusals import Refused
from deskstream_ingest.domain.repair import Repaired, drafts_settled_by, repaired

NOTHING = TicketAggregate(TICKET_ID)


def told(*bodies: EventData, cause: UUID | None = None) -> list[Event[Any]]:
    """Events as they are in the log, a second apart."""
    return [
        Event(
            id=some_id(f"event {number} {body.event_type}"),
            subject=TICKET_ID,
            time=after(number),
            data=body,
            sequence=body.ticket.version if hasattr(body, "ticket") else None,
            causation_id=cause,
        )
        for number, body in enumerate(bodies)
    ]


def own(*steps: EventData | Command) -> list[EventData]:
    """What these commands led to."""
    aggregate = NOTHING
    found: list[EventData] = []
    for step in steps:
        happened = decide(aggregate, step) if not isinstance(step, EventData) else ()
        aggregate = fold(aggregate, (step,) if isinstance(step, EventData) else happened)
        found += happened
    return found


def asked(at_s: float = 3) -> RequestEscalation:
    return RequestEscalation(some_id(f"request {at_s}"), AGENT, after(at_s))


def resolved(at_s: float = 4) -> ResolveTicket:
    return ResolveTicket(AGENT, after(at_s))


def test_a_ticket_that_was_lost_as_a_whole_is_there_again() -> None:
    events = own(create(), resolved())
    assert repaired(NOTHING, told(*events)).aggregate == fold(NOTHING, events)


def test_what_came_after_is_folded_in_the_order_of_versions() -> None:
    events = own(create(), resolved(), ReopenTicket(AGENT, after(5)))
    known = fold(NOTHING, events[:1])
    assert repaired(known, told(*events)[::-1]).aggregate == fold(NOTHING, events)


def test_what_is_known_changes_nothing() -> None:
    events = own(create(), asked(), resolved())
    known = fold(NOTHING, events)
    assert repaired(known, told(*events, cause=some_id("fact"))) == Repaired(known, frozenset())


def test_an_older_request_does_not_come_back() -> None:
    first, second = own(create(), asked(3))[1:], own(create(), asked(6))[1:]
    known = case_after(create(), asked(3), asked(6))
    assert repaired(known, told(*first)).aggregate == known
    before = case_after(create(), asked(3))
    assert repaired(before, told(*second, *first)).aggregate == known


def test_a_version_that_was_never_told_leaves_a_hole() -> None:
    events = own(create(), resolved(), ReopenTicket(AGENT, after(5)))
    ticket = repaired(NOTHING, [*told(events[0]), *told(events[2])]).aggregate.ticket
    assert ticket is not None
    assert (ticket.snapshot.version, ticket.snapshot.status) == (3, "open")


def test_events_of_a_ticket_whose_beginning_is_not_there_are_passed_over() -> None:
    events = own(create(), resolved())
    assert repaired(NOTHING, told(*events[1:])).aggregate == NOTHING


def test_of_a_revised_event_the_last_revision_counts() -> None:
    (first,) = told(created())
    erased = first._replace(
        revision=first.revision + 1, data=first.data.model_copy(update={"subject": "", "body": ""})
    )
    ticket = repaired(NOTHING, [erased, first]).aggregate.ticket
    assert ticket is not None
    assert ticket.subject == ""


def test_what_caused_news_is_named() -> None:
    fact = some_id("fact")
    known = case_after(create())
    (updated,) = decide(known, take(triaged()))
    assert repaired(known, told(updated, cause=fact)).causes == {fact}


def test_a_draft_that_was_sent_is_settled_again() -> None:
    before = case_after(create(), drafted())
    events = decide(before, take(auto_approved()))
    news = told(*events)
    assert drafts_settled_by(news) == {some_id("draft")}
    draft = repaired(before, news).aggregate.drafts[some_id("draft")]
    assert (draft.status, draft.sent_as) == ("approved", REPLY)
    again = repaired(repaired(before, news).aggregate, news)
    assert again == Repaired(repaired(before, news).aggregate, frozenset())


STATUSES: tuple[Literal["open", "pending", "on_hold"], ...] = ("open", "pending", "on_hold")
KINDS: tuple[Literal["inbound", "outbound", "note"], ...] = ("inbound", "outbound", "note")
COMMANDS: st.SearchStrategy[list[Command]] = st.lists(
    st.one_of(
        st.sampled_from(STATUSES).map(
            lambda status: UpdateTicket({"status": status}, AGENT, after(1))
        ),
        st.sampled_from(KINDS).map(
            lambda kind: AddMessage(some_id(kind), kind, "Hello", AGENT, after(1), after(1))
        ),
        st.just(ResolveTicket(AGENT, after(1))),
        st.just(ReopenTicket(AGENT, after(1))),
        st.just(ApproveDraft(some_id("one"), some_id("sent"), AGENT, after(1))),
        st.just(RejectDraft(some_id("two"), AGENT, after(1))),
    ),
    max_size=12,
)


def test_a_reply_in_somebodys_own_words_settles_no_draft() -> None:
    answer = AddMessage(some_id("own"), "outbound", "Friday.", AGENT, after(4), after(4))
    approved = [body for body in own(create(), answer) if isinstance(body, ReplyApproved)]
    assert [body.draft_id for body in approved] == [None]
    log = told(*approved, cause=some_id("cause"))
    assert drafts_settled_by(log) == frozenset()
    known = repaired(NOTHING, told(*own(create()))).aggregate
    assert repaired(known, log) == Repaired(known, frozenset())


def test_a_drafted_reply_settles_no_draft_yet() -> None:
    assert drafts_settled_by(told(drafted())) == frozenset()


@settings(deadline=None)
@given(commands=COMMANDS, data=st.data())
def test_any_history_comes_back_from_any_moment(commands: Sequence[Command], data: Any) -> None:
    drafts = [drafted("one"), drafted("two")]
    states = [fold(case_after(create()), drafts)]
    events: list[EventData] = [created()]
    for command in commands:
        try:
            happened = decide(states[-1], command)
        except Refused:
            continue
        for event in happened:
            states.append(fold(states[-1], [event]))
            events.append(event)
    moment = data.draw(st.integers(0, len(states) - 1))
    found = repaired(states[moment], data.draw(st.permutations(told(*events)))).aggregate
    assert found == states[-1]
