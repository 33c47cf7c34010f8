"""A ticket's level: rises once for a reason, falls when all is settled."""

from dataclasses import replace

import pytest
from escalation_story import Decider, Story, of_type

from deskstream_contracts.events.escalation import Deescalated, Escalated
from deskstream_escalation.domain.policies import Policies


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def decider(policies: Policies, story: Story) -> Decider:
    return Decider.of(policies, story)


def test_the_same_event_again_does_nothing(decider: Decider, story: Story) -> None:
    events = [story.created(), story.scored("very_negative"), story.triaged("fraud_or_theft")]
    decider.decide(*events)
    before = decider.process
    assert decider.decide(*events) == []
    assert decider.process == before


def test_an_erased_revision_of_an_event_does_nothing(decider: Decider, story: Story) -> None:
    created, scored = story.created(), story.scored("very_negative")
    decider.decide(created, scored)
    blanked = created._replace(data=created.data.model_copy(update={"body": ""}), revision=2)
    assert decider.decide(blanked, scored._replace(revision=2)) == []


def test_a_second_reason_for_the_same_level_is_not_announced(
    decider: Decider, story: Story
) -> None:
    decider.decide(story.created(), story.scored("very_negative"))
    assert of_type(decider.decide(story.triaged("fraud_or_theft")), Escalated) == []
    assert {hit.rule for hit in decider.process.state.hits} == {
        "very_negative_sentiment",
        "urgent_matter",
    }


def test_a_higher_level_is_announced_with_its_own_id(decider: Decider, story: Story) -> None:
    decider.decide(story.created(), story.scored("very_negative"), story.escalation_requested(3))
    first, second = decider.all_of(Escalated)
    assert (first.level, second.level) == (1, 3)
    assert first.escalation_id != second.escalation_id


def test_the_announcement_is_the_same_at_any_retry(policies: Policies, story: Story) -> None:
    events = [story.created(), story.scored("very_negative"), story.escalation_requested(2)]
    one, other = Decider.of(policies, story), Decider.of(policies, story)
    one.decide(*events)
    other.decide(*events)
    assert one.announced == other.announced
    assert all(event.correlation_id == story.ticket_id for event in one.announced)


def test_a_fact_may_come_before_the_ticket(decider: Decider, story: Story) -> None:
    created = story.created()
    (escalated,) = decider.decide(story.scored("very_negative"))
    assert isinstance(escalated, Escalated)
    assert of_type(decider.decide(created), Escalated) == []


def test_a_resolution_settles(decider: Decider, story: Story) -> None:
    decider.decide(story.created(), story.scored("very_negative"))
    (deescalated,) = of_type(decider.decide(story.resolved()), Deescalated)
    assert deescalated.reason == "resolved"
    assert deescalated.escalation_id == decider.all_of(Escalated)[0].escalation_id
    assert decider.process.state.level == 0


def test_a_resolution_of_a_calm_ticket_deescalates_nothing(decider: Decider, story: Story) -> None:
    assert of_type(decider.decide(story.created(), story.resolved()), Deescalated) == []


def test_reopening_does_not_bring_old_reasons_back(decider: Decider, story: Story) -> None:
    decider.decide(story.created(), story.scored("very_negative"), story.resolved())
    assert (
        of_type(decider.decide(story.reopened(), story.updated(priority="high")), Escalated) == []
    )


def test_a_new_reason_after_a_reopening_escalates_again(decider: Decider, story: Story) -> None:
    decider.decide(
        story.created(), story.scored("very_negative"), story.resolved(), story.reopened()
    )
    decider.decide(story.message(), story.scored("very_negative"))
    first, second = decider.all_of(Escalated)
    assert first.escalation_id != second.escalation_id


def test_a_resolution_that_comes_late_does_not_settle_a_later_rating(
    decider: Decider, story: Story
) -> None:
    created, resolved, rated = story.created(), story.resolved(), story.rated(1)
    assert of_type(decider.decide(created, rated, resolved), Deescalated) == []
    assert decider.process.state.level == 1


def test_a_reason_older_than_the_resolution_does_not_escalate(
    decider: Decider, story: Story
) -> None:
    created, requested, resolved = story.created(), story.escalation_requested(), story.resolved()
    assert of_type(decider.decide(created, resolved, requested), Escalated) == []


def test_a_reason_of_the_moment_of_the_resolution_does_not_escalate(
    decider: Decider, story: Story
) -> None:
    created, resolved = story.created(), story.resolved()
    story.now = resolved.time
    assert of_type(decider.decide(created, resolved, story.rated(1)), Escalated) == []


def test_closing_leaves_the_time_of_the_resolution(decider: Decider, story: Story) -> None:
    decider.decide(story.created(), resolved := story.resolved(), story.updated(status="closed"))
    conversation = decider.process.state.conversation
    assert (conversation.answered_version, conversation.answered_at) == (3, resolved.time)


def test_an_event_that_means_nothing_here_is_refused(decider: Decider, story: Story) -> None:
    """Ours are read in a rebuild alone, by another function."""
    decider.decide(story.created(), story.answered())
    with pytest.raises(TypeError, match=r"sla\.started .* means nothing to escalation"):
        decider.decide(decider.announced[0])


def test_closing_settles_what_came_after_the_resolution(decider: Decider, story: Story) -> None:
    decider.decide(story.created(), story.resolved(), story.rated(1))
    assert len(of_type(decider.decide(story.updated(status="closed")), Deescalated)) == 1


def test_rules_are_judged_only_on_news(policies: Policies, story: Story) -> None:
    """A very negative message from before the rule fired does not fire for a tag set later."""
    calm = replace(policies, rules=replace(policies.rules, rules=()))
    decider = Decider.of(calm, story)
    decider.decide(story.created(), story.rated(1))
    decider.policies = policies
    assert of_type(decider.decide(story.updated()), Escalated) == []
    assert len(of_type(decider.decide(story.rated(2)), Escalated)) == 1
