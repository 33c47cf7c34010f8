"""The demo's own tickets as the public API shows them, among all others."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx

PAGE = 200
A_MOMENT = timedelta(milliseconds=1)
"""The end of a span of time is not in it."""


async def read_views(
    client: httpx.AsyncClient, posted: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """Return the views of the posted tickets, by id; `posted` holds when each was created.

    Only the time in which they were created is looked through, however many tickets there are.
    """
    if not posted:
        return {}
    created = [datetime.fromisoformat(at) for at in posted.values()]
    query: dict[str, str | int] = {
        "created_from": min(created).isoformat(),
        "created_to": (max(created) + A_MOMENT).isoformat(),
        "limit": PAGE,
    }
    views: dict[str, dict[str, Any]] = {}
    while True:
        page = (await client.get("/v1/tickets", params=query)).raise_for_status().json()
        views |= {ticket["id"]: ticket for ticket in page["tickets"] if ticket["id"] in posted}
        if page["next_cursor"] is None:
            return views
        query["cursor"] = page["next_cursor"]
