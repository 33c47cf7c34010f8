"""Order numbers, flight numbers and amounts in a message, found by their form alone."""

import re

from deskstream_contracts.events.ticket import Entity

_ENTITIES_MAX = 20

# Every repetition is bounded, so that no text makes the search slow.
_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "order_number",
        re.compile(
            r"\border\s{0,2}(?:number|no\.?|nr\.?|id)?\s{0,2}[:#]?\s{0,2}"
            r"((?=[a-z-]{0,10}\d)[a-z0-9-]{4,24})\b",
            re.I,
        ),
    ),
    (
        "flight_number",
        re.compile(r"\b(?:flight|flt)\s{0,2}#?\s{0,2}((?:[a-z]{2}\s?)?\d{1,4})\b", re.I),
    ),
    (
        "amount",
        re.compile(
            r"([$€£]\s?\d{1,9}(?:[.,]\d{1,3}){0,4}|\b\d{1,9}(?:\.\d{2})?\s?(?:usd|eur|gbp)\b)", re.I
        ),
    ),
)


def entities_in(text: str) -> tuple[Entity, ...]:
    """The distinct entities, in the order of their kinds and then of the text."""
    found = {(kind, match.group(1)): None for kind, form in _FORMS for match in form.finditer(text)}
    return tuple(Entity(kind=kind, value=value) for kind, value in list(found)[:_ENTITIES_MAX])
