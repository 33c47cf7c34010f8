"""The pure fold: any order, duplication and split of the same events gives the same rows."""

from datetime import timedelta
from itertools import permutations
from typing import Any, TypeVar

from histories import deliveries, histories
from hypothesis import given
from hypothesis import strategies as st
from ticket_history import TicketHistory

from deskstream_contracts import Event
from deskstream_contracts.events.sla import SlaStarted
from deskstream_projection.domain.fold import ReadModelChanges, fold
from deskstream_projection.domain.lww import Rows
from deskstream_projection.domain.read_models.draft import Decision
from deskstream_projection.domain.read_models.ticket_lifecycle import Snapshot, Subject
from deskstream_projection.domain.read_models.ticket_signals import (
    FirstResponseClock,
    ResolutionClock,
    Sentiment,
    WorstSentiment,
)

View = dict[str, dict[Any, dict[Any, Any]]]
V = TypeVar("V", bound=tuple[Any, ...])


def view_of(batches: list[list[Event[Any]]]) -> View:
    """What the database would hold: each batch folded, then merged register by register."""
    whole = ReadModelChanges()
    for batch in batches:
        for table, added in fold(batch).rows.items():
            merge(whole.rows[table], added)
    return {table: contents(rows) for table, rows in whole.rows.items()}


def merge(kept: Rows[Any], added: Rows[Any]) -> None:
    for ids, registers in added.in_key_order():
        for rank, values in registers.values():
            kept.put(ids[0], rank, values, *ids[1:])


def contents(rows: Rows[Any]) -> dict[Any, dict[Any, Any]]:
    return {ids[0]: {"ids": ids, **registers} for ids, registers in rows.in_key_order()}


@given(data=st.data(), events=histories())
def test_any_order_and_duplication_gives_the_same_view(
    data: st.DataObject, events: list[Event[Any]]
) -> None:
    assert view_of(data.draw(deliveries(events))) == view_of([events])


@given(data=st.data(), events=histories())
def test_any_prefix_delivered_again_changes_nothing(
    data: st.DataObject, events: list[Event[Any]]
) -> None:
    seen = data.draw(st.integers(0, len(events)))
    assert view_of([events[:seen], events[:seen], events]) == view_of([events])


def ticket_register(events: list[Event[Any]], register: type[V]) -> V:
    values: V = next(iter(view_of([events])["ticket"].values()))[register][1]
    return values


def test_the_highest_version_is_the_snapshot() -> None:
    ticket = TicketHistory(1)
    ticket.update(priority="urgent")
    ticket.resolve()
    assert ticket_register(ticket.events[::-1], Snapshot)[:3] == (3, "resolved", "urgent")


def test_events_before_created_make_a_row_without_a_snapshot() -> None:
    ticket = TicketHistory(1)
    scored = ticket.score("very_negative", -0.9)
    rows = view_of([[scored]])["ticket"][ticket.ticket_id]
    assert Snapshot not in rows
    assert rows[Sentiment][1][:2] == ("very_negative", -0.9)


def test_the_newest_and_the_worst_sentiment_are_kept() -> None:
    ticket = TicketHistory(1)
    ticket.score("very_negative", -0.9)
    ticket.score("positive", 0.6)
    assert ticket_register(ticket.events, Sentiment).sentiment_label == "positive"
    assert ticket_register(ticket.events, WorstSentiment) == ("very_negative", -0.9)


def test_a_rejection_of_an_old_draft_leaves_the_new_one_waiting() -> None:
    ticket = TicketHistory(1)
    old = ticket.draft().data.draft_id
    ticket.reject()
    new = ticket.draft().data.draft_id
    drafts = view_of([ticket.events])["draft"]
    assert drafts[old][Decision][1].decision == "rejected"
    assert Decision not in drafts[new]


def test_an_approval_outranks_a_rule_that_came_later() -> None:
    ticket = TicketHistory(1)
    ticket.draft()
    ticket.approve()
    drafts = view_of([ticket.events[::-1]])["draft"]
    assert drafts[ticket.draft_id][Decision][1].decision == "approved"


def test_a_breached_clock_that_is_met_after_says_so_in_any_order() -> None:
    ticket = TicketHistory(1)
    ticket.clock("start")
    ticket.clock("breach")
    ticket.clock("met")
    assert ticket_register(ticket.events[::-1], FirstResponseClock)[1] == "met"


def test_an_event_published_again_with_another_time_counts_alike_in_one_batch_or_two() -> None:
    """A service whose database was set back decides again, later, and its event has the same id."""
    ticket = TicketHistory(1)
    started = ticket.clock("start")
    again = started._replace(time=started.time + timedelta(minutes=5))
    assert view_of([[started, again]]) == view_of([[started], [again]])
    assert view_of([[started, again]]) == view_of([[again, started]])


def test_the_timeline_keeps_the_highest_revision_of_an_event_and_of_equals_the_first() -> None:
    ticket = TicketHistory(1)
    first = ticket.clock("start")
    again = first._replace(time=first.time + timedelta(minutes=5))
    revised = first._replace(revision=2)
    assert fold([first, again]).events == {first.id: first}
    assert fold([again, first]).events == {first.id: again}
    for order in permutations((first, again, revised)):
        assert fold(order).events == {first.id: revised}


def test_one_event_has_every_clock_that_runs() -> None:
    ticket = TicketHistory(1)
    ticket.clock("start")
    first = ticket.events[-1].data.clocks[0]
    ends = {"first_response": first.due_at, "resolution": first.due_at + timedelta(days=1)}
    clocks = tuple(
        first.model_copy(update={"clock": kind, "due_at": due_at, "warned": kind == "resolution"})
        for kind, due_at in ends.items()
    )
    ticket.add(SlaStarted(clocks=clocks))
    assert ticket_register(ticket.events, FirstResponseClock) == (first.due_at, "running")
    assert ticket_register(ticket.events, ResolutionClock) == (ends["resolution"], "warned")


def test_erasure_leaves_no_personal_text_even_if_the_first_version_comes_last() -> None:
    ticket = TicketHistory(1, subject="canary", body="canary", email="canary@example.com")
    ticket.update(subject="canary again")
    original = list(ticket.events)
    erased = ticket.erase()
    view = view_of([erased, original])
    assert "canary" not in repr(view)
    assert "Maya" not in repr(view)
    assert ticket.ticket_id in view["ticket"]


def test_nul_in_text_becomes_storable() -> None:
    ticket = TicketHistory(1, subject="a\x00b", body="c\x00d")
    assert "\x00" not in repr(ticket_register(ticket.events, Subject)).replace("\\x00", "\x00")
