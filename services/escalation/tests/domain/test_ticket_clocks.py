"""Which clocks a ticket has."""

from datetime import timedelta

from escalation_story import BEGIN, Decider, Story

from deskstream_contracts.events.sla import SlaMet, SlaStarted
from deskstream_escalation.domain.policies import Policies
from deskstream_escalation.domain.sla_clock import clock_id


def clocks_after(policies: Policies, story: Story) -> Decider:
    decider = Decider.of(policies, story)
    decider.decide(*story.events)
    return decider


def test_the_ids_of_the_first_clocks_follow_from_the_ticket_alone(policies: Policies) -> None:
    """They are in the log: another way to derive them would start every clock once more."""
    story = Story()
    story.created()
    assert clocks_after(policies, story).process.clocks.keys() == {
        clock_id(story.ticket_id, "first_response", 0),
        clock_id(story.ticket_id, "resolution", 0),
    }


def test_a_next_response_is_known_by_the_message_that_waits(policies: Policies) -> None:
    story = Story()
    story.created()
    story.answered()
    waiting = story.message()
    story.message()
    clocks = clocks_after(policies, story).process.clocks
    key = clock_id(story.ticket_id, "next_response", waiting.data.ticket.version)
    assert clocks.keys() - {key} == {
        clock_id(story.ticket_id, "first_response", 0),
        clock_id(story.ticket_id, "resolution", 0),
    }
    assert clocks[key].started_at == waiting.data.ticket.updated_at


def test_an_imported_ticket_has_none_until_its_customer_writes(policies: Policies) -> None:
    story = Story()
    story.brought_in("outbound")
    assert clocks_after(policies, story).process.clocks == {}
    written = story.customer_writes()[-1]
    clocks = clocks_after(policies, story).process.clocks
    assert clocks.keys() == {
        clock_id(story.ticket_id, "resolution", 0),
        clock_id(story.ticket_id, "next_response", written.data.ticket.version),
    }
    assert {clock.started_at for clock in clocks.values()} <= {
        written.data.ticket.updated_at,
        story.history.resumed_at if story.history else None,
    }


def test_an_answer_meets_the_first_response_and_a_resolution_the_rest(policies: Policies) -> None:
    story = Story()
    story.created()
    story.triaged()
    story.wait(minutes=7)
    answered, resolved = story.answered(), story.resolved()
    decider = clocks_after(policies, story)
    assert len(decider.all_of(SlaStarted)) == 1
    met = {each.clock: each for each in decider.all_of(SlaMet)}
    assert met.keys() == {"first_response", "resolution"}
    assert (met["first_response"].met_at, met["first_response"].event_id) == (
        answered.data.ticket.updated_at,
        answered.id,
    )
    assert (met["resolution"].met_at, met["resolution"].event_id) == (
        resolved.data.ticket.resolved_at,
        resolved.id,
    )
    assert met["first_response"].elapsed_s == timedelta(minutes=9).total_seconds()
    assert met["first_response"].started_at == BEGIN


def test_a_resolution_without_an_answer_is_the_first_response(policies: Policies) -> None:
    story = Story()
    story.created()
    resolved = story.resolved()
    met = clocks_after(policies, story).all_of(SlaMet)
    assert [each.clock for each in met] == ["first_response", "resolution"]
    assert {each.met_at for each in met} == {resolved.data.ticket.resolved_at}


def test_a_clock_that_is_met_is_met_once(policies: Policies) -> None:
    story = Story()
    story.created()
    story.answered()
    story.resolved()
    story.reopened()
    story.answered()
    story.resolved()
    met = clocks_after(policies, story).all_of(SlaMet)
    assert sorted(each.clock for each in met) == ["first_response", "resolution"]
