"""Plays the agent: approves what the model drafted for the first tickets."""

from typing import Any

import httpx

TICKETS = 12
PAGE = 200


async def approve_drafts(client: httpx.AsyncClient, source: str) -> int:
    """Approves the drafts that wait on the demo's first tickets; returns how many it approved.

    Which tickets they are depends on the file alone, so a second demo finds nothing left to do.
    """
    approved = 0
    for ticket in await _tickets_with_drafts(client):
        if not _is_among_the_first(ticket, source):
            continue
        draft = ticket["draft"]
        answer = await client.post(
            f"/v1/tickets/{ticket['id']}/drafts/{draft['id']}/approve",
            headers={"Idempotency-Key": f"demo-approves-{draft['id']}"},
        )
        approved += answer.status_code == httpx.codes.OK
    return approved


def _is_among_the_first(ticket: dict[str, Any], source: str) -> bool:
    external = ticket["external"] or {"source": "", "id": ""}
    number = external["id"].rpartition("-")[2]
    return external["source"] == source and number.isdigit() and int(number) <= TICKETS


async def _tickets_with_drafts(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    tickets: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        query: dict[str, str | int | bool] = {"has_draft": True, "limit": PAGE}
        if cursor:
            query["cursor"] = cursor
        page = (await client.get("/v1/tickets", params=query)).raise_for_status().json()
        tickets += page["tickets"]
        cursor = page["next_cursor"]
        if cursor is None:
            return tickets
