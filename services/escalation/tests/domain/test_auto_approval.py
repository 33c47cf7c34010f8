"""A draft goes out alone only when all that is known is about its message, and all is calm."""

from uuid import uuid4

import pytest
from escalation_story import Decider, Story, of_type

from deskstream_contracts.events.reply import ReplyAutoApproved
from deskstream_escalation.domain.policies import Policies


@pytest.fixture
def story() -> Story:
    story = Story()
    story.created()
    return story


@pytest.fixture
def decider(policies: Policies, story: Story) -> Decider:
    decider = Decider.of(policies, story)
    decider.decide(*story.events)
    return decider


def calm_and_simple(story: Story) -> list[object]:
    return [story.scored("positive", 0.5), story.triaged("product_question")]


def approvals(decider: Decider, *events: object) -> list[ReplyAutoApproved]:
    return of_type(decider.decide(*events), ReplyAutoApproved)  # type: ignore[arg-type]


def test_a_sure_answer_to_a_simple_calm_question(decider: Decider, story: Story) -> None:
    (approved,) = approvals(decider, *calm_and_simple(story), draft := story.drafted(0.96))
    assert approved.draft_id == draft.data.draft_id
    assert approved.rule == "sure_answer_to_simple_question"
    assert approved.confidence == 0.96


def test_whatever_comes_last(policies: Policies, story: Story) -> None:
    events = [*story.events, *calm_and_simple(story), story.drafted()]
    for last in events:
        decider = Decider.of(policies, story)
        order = [event for event in events if event is not last]
        assert approvals(decider, *order) == []
        assert len(approvals(decider, last)) == 1


def test_a_draft_is_approved_once(decider: Decider, story: Story) -> None:
    events = [*calm_and_simple(story), story.drafted()]
    assert len(approvals(decider, *events, *events, story.updated(), story.scored("positive"))) == 1


def test_an_unsure_draft_is_not(decider: Decider, story: Story) -> None:
    assert approvals(decider, *calm_and_simple(story), story.drafted(0.94)) == []


def test_a_draft_with_a_caution_is_not(decider: Decider, story: Story) -> None:
    draft = story.drafted(cautions=("mentions_money",))
    assert approvals(decider, *calm_and_simple(story), draft) == []


def test_an_upset_customer_gets_a_person(decider: Decider, story: Story) -> None:
    events = [story.scored("negative"), story.triaged("product_question"), story.drafted()]
    assert approvals(decider, *events) == []


def test_a_delicate_matter_gets_a_person(decider: Decider, story: Story) -> None:
    events = [story.scored("positive", 0.5), story.triaged("refund"), story.drafted()]
    assert approvals(decider, *events) == []


def test_an_escalated_ticket_gets_a_person(decider: Decider, story: Story) -> None:
    events = [story.escalation_requested(), *calm_and_simple(story), story.drafted()]
    assert approvals(decider, *events) == []


def test_a_draft_that_a_person_asked_for_is_left_to_them(decider: Decider, story: Story) -> None:
    assert approvals(decider, *calm_and_simple(story), story.drafted(request_id=uuid4())) == []


def test_a_draft_for_an_older_message_is_not(decider: Decider, story: Story) -> None:
    events = [*calm_and_simple(story), story.drafted()]
    assert approvals(decider, story.message(), *events) == []


def test_sentiment_of_another_message_does_not_count(decider: Decider, story: Story) -> None:
    old = story.scored("positive", 0.5)
    new = [story.message(), story.triaged("product_question"), story.drafted()]
    assert approvals(decider, old, *new) == []


def test_an_answered_message_needs_no_draft(decider: Decider, story: Story) -> None:
    assert approvals(decider, *calm_and_simple(story), story.answered(), story.drafted()) == []


def test_a_resolved_ticket_needs_no_draft(decider: Decider, story: Story) -> None:
    assert approvals(decider, *calm_and_simple(story), story.resolved(), story.drafted()) == []
