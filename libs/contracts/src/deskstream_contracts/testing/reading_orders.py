"""The orders in which a reader of several topics may get events."""

from typing import Any

from hypothesis import strategies as st

from deskstream_contracts.event import Event


@st.composite
def reading_orders(draw: st.DrawFn, events: list[Event[Any]]) -> list[Event[Any]]:
    """The events as topics read side by side give them: each topic in order, some events again."""
    topics: dict[str, list[Event[Any]]] = {}
    for event in events:
        topics.setdefault(event.type, []).append(event)
    order: list[Event[Any]] = []
    while topics:
        topic = draw(st.sampled_from(sorted(topics)))
        order.append(topics[topic].pop(0))
        if not topics[topic]:
            del topics[topic]
        if draw(st.booleans()):
            order.append(draw(st.sampled_from(order)))
    return order
