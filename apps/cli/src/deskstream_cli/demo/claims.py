"""The demo's claims about its tickets, checked ticket by ticket in the views."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

NAMED_MAX = 3
View = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Missing:
    """A claim that is not so (yet) of these tickets, by the names people know them by."""

    claim: str
    tickets: tuple[str, ...]

    def __str__(self) -> str:
        named = ", ".join(self.tickets[:NAMED_MAX])
        more = ", …" if len(self.tickets) > NAMED_MAX else ""
        return f"{len(self.tickets)} are not {self.claim}: {named}{more}"


def not_understood(posted: Iterable[str], views: Mapping[str, View]) -> list[Missing]:
    """What is missing until every posted ticket is scored, triaged, answered or left to a human.

    A failed draft counts: it was handed to a human.
    """
    return _missing(
        list(posted),
        views,
        {
            "in the view": bool,
            "scored": lambda view: view["sentiment"] is not None,
            "triaged": lambda view: view["triage"] is not None,
            "drafted or left to a human": lambda view: view["draft"] is not None,
        },
    )


def not_delivered(approved: Iterable[str], views: Mapping[str, View]) -> list[Missing]:
    """What is missing until every approved draft has reached its customer."""
    return _missing(
        list(approved),
        views,
        {
            "approved": lambda view: (view["draft"] or {}).get("status") == "approved",
            "delivered": lambda view: (view["delivery"] or {}).get("status") == "delivered",
        },
    )


def _missing(
    tickets: list[str], views: Mapping[str, View], claims: Mapping[str, Callable[[View], bool]]
) -> list[Missing]:
    found = []
    for claim, is_so in claims.items():
        without = [one for one in tickets if one not in views or not is_so(views[one])]
        if without:
            found.append(Missing(claim, tuple(sorted(_name(one, views) for one in without))))
    return found


def _name(ticket: str, views: Mapping[str, View]) -> str:
    external = views.get(ticket, {}).get("external")
    return str(external["id"]) if external else ticket
