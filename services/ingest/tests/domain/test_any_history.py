"""Whatever is asked and whatever arrives, in any order and twice: versions have no gap."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from ingest_scenarios import (
    AGENT,
    SHOP,
    TICKET_ID,
    after,
    auto_approved,
    create,
    drafted,
    escalated,
    failed,
    some_id,
    triaged,
)

from deskstream_contracts import EventData, decode, encode
from deskstream_contracts.events.ticket import TicketSnapshot
from deskstream_contracts.registry import EVENT_TYPES
from deskstream_contracts.testing import bodies
from deskstream_ingest.adapters.envelopes import born_events
from deskstream_ingest.domain.aggregate import TicketAggregate, evolve, fold
from deskstream_ingest.domain.commands import (
    AddMessage,
    ApplyEvent,
    ApproveDraft,
    ExternalEvent,
    ImportTicket,
    PastMessage,
    RejectDraft,
    ReopenTicket,
    RequestEscalation,
    RequestReply,
    ResolveTicket,
    TicketChanges,
    UpdateTicket,
)
from deskstream_ingest.domain.decide import decide
from deskstream_ingest.domain.draft import Draft
from deskstream_ingest.domain.refusals import Refused
from deskstream_ingest.domain.ticket import Ticket

PRIORITIES = st.sampled_from(["low", "normal", "high", "urgent"])
QUEUES = st.sampled_from([None, "billing", "leads"])
TAGS = st.sampled_from([(), ("vip",), ("late", "vip")])
NAMES = st.sampled_from(["one", "two"])
SECONDS = st.integers(0, 50)
MESSAGES = st.uuids()
KINDS = st.lists(st.sampled_from(["inbound", "outbound", "note"]), max_size=4)
CHANGES: st.SearchStrategy[TicketChanges] = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(["open", "pending", "on_hold"]),
        "priority": PRIORITIES,
        "queue": QUEUES,
        "assignee_id": QUEUES,
        "tags": TAGS,
        "subject": st.sampled_from(["Late", "Lost"]),
    },
)  # type: ignore[assignment]
COMMANDS = st.one_of(
    st.builds(UpdateTicket, CHANGES, st.just(AGENT), SECONDS.map(after)),
    st.builds(
        AddMessage, MESSAGES, st.sampled_from(["inbound", "outbound", "note"]), st.just("Hello"),
        st.just(AGENT), SECONDS.map(after), SECONDS.map(after),
    ),
    st.builds(ResolveTicket, st.just(AGENT), SECONDS.map(after)),
    st.builds(ReopenTicket, st.just(AGENT), SECONDS.map(after)),
    st.builds(RequestEscalation, MESSAGES, st.just(AGENT), SECONDS.map(after)),
    st.builds(RequestReply, MESSAGES, st.just(AGENT), SECONDS.map(after)),
    st.builds(ApproveDraft, NAMES.map(some_id), MESSAGES, st.just(AGENT), SECONDS.map(after)),
    st.builds(RejectDraft, NAMES.map(some_id), st.just(AGENT), SECONDS.map(after)),
)  # fmt: skip
FACTS: st.SearchStrategy[ExternalEvent] = st.one_of(
    st.builds(triaged, SECONDS, priority=PRIORITIES, queue=QUEUES, tags=TAGS),
    st.builds(escalated, SECONDS, st.integers(1, 5), priority=st.none() | PRIORITIES, queue=QUEUES),
    st.builds(drafted, NAMES),
    st.builds(auto_approved, NAMES),
    st.builds(failed, SECONDS),
)


class AnyHistory(RuleBasedStateMachine):
    """One ticket, from its creation through whatever comes."""

    @initialize(priority=st.none() | PRIORITIES, tags=TAGS)
    def start(self, priority: Any, tags: Any) -> None:
        self.aggregate = TicketAggregate(TICKET_ID)
        self.own: list[EventData] = []
        self.facts: list[ExternalEvent] = []
        self._then(decide(self.aggregate, create(priority=priority, tags=tags)))

    @initialize(kinds=KINDS, status=st.sampled_from(["open", "pending", "on_hold", "resolved"]))
    def bring_in(self, kinds: Any, status: Any) -> None:
        """Or with a past: the events of a past order nothing."""
        self.aggregate = TicketAggregate(TICKET_ID)
        self.own, self.facts = [], []
        messages = tuple(
            PastMessage(some_id(f"past {number}"), kind, "Hello", after(number - 90))
            for number, kind in enumerate(kinds)
        )
        opening = create(external=SHOP)
        past = ImportTicket(opening, after(-100), messages, status, AGENT)
        self._then(decide(self.aggregate, past))
        assert decide(self.aggregate, past) == ()
        assert all(event.event_type != "reply.approved" for event in self.own)
        assert all(event.imported for event in self.own)  # type: ignore[attr-defined]

    @rule(command=COMMANDS)
    def ask(self, command: Any) -> None:
        before = self.aggregate
        try:
            self._then(decide(before, command))
        except Refused:
            assert self.aggregate is before

    @rule(fact=FACTS, message_id=MESSAGES, at_s=SECONDS)
    def hear(self, fact: ExternalEvent, message_id: Any, at_s: int) -> None:
        self.facts.append(fact)
        self._take(fact, message_id, at_s)

    @precondition(lambda self: bool(self.facts))
    @rule(message_id=MESSAGES, at_s=SECONDS)
    def hear_again(self, message_id: Any, at_s: int) -> None:
        before = len(self.own)
        self._take(self.facts[-1], message_id, at_s)
        assert len(self.own) == before

    def _take(self, fact: ExternalEvent, message_id: Any, at_s: int) -> None:
        happened = decide(self.aggregate, ApplyEvent(fact, message_id, after(at_s)))
        self.aggregate = evolve(self.aggregate, fact)
        self._then(happened)

    def _then(self, happened: tuple[EventData, ...]) -> None:
        self.aggregate = fold(self.aggregate, happened)
        self.own += happened
        for event in born_events(TICKET_ID, happened, after(0)):
            record = encode(event)
            assert decode(record.topic, record.headers, record.value) == event

    @invariant()
    def versions_are_counted_without_a_gap(self) -> None:
        heads = [event.ticket for event in self.own if hasattr(event, "ticket")]
        assert [snapshot.version for snapshot in heads] == list(range(1, len(heads) + 1))
        assert self.aggregate.ticket is not None
        assert self.aggregate.ticket.snapshot == heads[-1]

    @invariant()
    def heads_are_sound(self) -> None:
        assert self.aggregate.ticket is not None
        snapshot = self.aggregate.ticket.snapshot
        assert TicketSnapshot.model_validate_json(snapshot.model_dump_json()) == snapshot
        assert (snapshot.resolved_at is not None) == (snapshot.status == "resolved")
        assert snapshot.updated_at >= snapshot.created_at

    @invariant()
    def a_draft_is_sent_at_most_once(self) -> None:
        sent = [event.draft_id for event in self.own if event.event_type == "reply.approved"]  # type: ignore[attr-defined]
        drafts = [draft_id for draft_id in sent if draft_id is not None]
        assert len(drafts) == len(set(drafts))

    @invariant()
    def what_is_stored_is_what_is_known(self) -> None:
        ticket = self.aggregate.ticket
        assert ticket is not None
        assert Ticket.model_validate_json(ticket.model_dump_json()) == ticket
        for draft in self.aggregate.drafts.values():
            assert Draft.model_validate_json(draft.model_dump_json()) == draft


TestAnyHistory = AnyHistory.TestCase
TestAnyHistory.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)

ANY_BODY = st.one_of(*(bodies(body) for body in EVENT_TYPES.values()))


@settings(max_examples=60, deadline=None)
@given(known=st.booleans(), events=st.lists(ANY_BODY, max_size=6))
def test_any_event_at_all_can_be_folded(known: bool, events: list[EventData]) -> None:
    start = fold(
        TicketAggregate(TICKET_ID), decide(TicketAggregate(TICKET_ID), create()) if known else ()
    )
    assert fold(start, events).ticket_id == TICKET_ID
