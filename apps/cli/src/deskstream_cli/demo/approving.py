"""Plays the agent: approves what the model drafted for the first tickets."""

from collections.abc import Mapping
from typing import Any

import httpx

TICKETS = 12
WAITS = "drafted"
APPROVED = frozenset({"approved", "auto_approved"})


async def approve_drafts(
    client: httpx.AsyncClient, views: Mapping[str, Mapping[str, Any]]
) -> tuple[list[str], int]:
    """Approves the drafts that wait on the demo's first tickets.

    Returns the tickets that have an approved draft now, and how many were approved by this call.
    Which tickets they are depends on the file alone, so a second demo finds nothing left to do.
    """
    approved, now = [], 0
    for ticket_id, ticket in views.items():
        draft = ticket["draft"]
        if draft is None or not _is_among_the_first(ticket):
            continue
        if draft["status"] == WAITS:
            answer = await client.post(
                f"/v1/tickets/{ticket_id}/drafts/{draft['id']}/approve",
                headers={"Idempotency-Key": f"demo-approves-{draft['id']}"},
            )
            answer.raise_for_status()
            now += 1
            approved.append(ticket_id)
        elif draft["status"] in APPROVED:
            approved.append(ticket_id)
    return approved, now


def _is_among_the_first(ticket: Mapping[str, Any]) -> bool:
    number = ticket["external"]["id"].rpartition("-")[2] if ticket["external"] else ""
    return number.isdigit() and int(number) <= TICKETS
