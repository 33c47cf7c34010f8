"""Every committed example of what we read, in any order, twice."""

from typing import Any

from escalation_story import Decider
from hypothesis import given, settings
from hypothesis import strategies as st

from deskstream_contracts import Event
from deskstream_contracts.documents.checkout import EXAMPLE_KINDS, this_checkout
from deskstream_contracts.registry import EVENT_TYPES
from deskstream_contracts.structured import from_document
from deskstream_contracts.topics import topics_read_by
from deskstream_contracts.watermark import WatermarkAdvanced
from deskstream_escalation.domain.policies import Policies
from deskstream_escalation.domain.ticket_process import TicketProcess
from deskstream_escalation.domain.ticket_state import TicketState

CHECKOUT = this_checkout()
EXAMPLES: list[Event[Any]] = [
    from_document(CHECKOUT.example(EVENT_TYPES[topic.name], kind))
    for topic in topics_read_by("escalation")
    for kind in EXAMPLE_KINDS
    if topic.name != WatermarkAdvanced.event_type  # of the runtime: it is about no ticket
]


def test_they_are_all_about_one_ticket() -> None:
    assert len({event.subject for event in EXAMPLES}) == 1
    assert len(EXAMPLES) == 20


@settings(max_examples=50, deadline=None)
@given(st.permutations(EXAMPLES), st.permutations(EXAMPLES))
def test_any_order_and_again(
    policies: Policies, order: list[Event[Any]], again: list[Event[Any]]
) -> None:
    decider = Decider(policies, TicketProcess(TicketState(EXAMPLES[0].subject), {}))
    decider.decide(*order)
    ids = [event.id for event in decider.announced]
    assert len(set(ids)) == len(ids)
    assert decider.decide(*again) == []
