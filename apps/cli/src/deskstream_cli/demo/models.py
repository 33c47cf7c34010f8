"""Which models scored the demo's tickets and drafted their answers, as the timelines say."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx


@dataclass(frozen=True, slots=True)
class ModelCounts:
    """Messages scored and answers drafted, by model."""

    scored: Counter[str] = field(default_factory=Counter)
    drafted: Counter[str] = field(default_factory=Counter)

    def note(self, event: dict[str, Any]) -> None:
        """Count an event of a timeline, if it is one of a model's."""
        match event:
            case {"event_type": "sentiment.scored", "summary": {"model": model}}:
                self.scored[_name(model)] += 1
            case {"event_type": "reply.drafted", "summary": {"model": model}}:
                self.drafted[_name(model)] += 1


async def count_models(client: httpx.AsyncClient, tickets: Iterable[str]) -> ModelCounts:
    """Read the whole timeline of each ticket. Raises httpx.HTTPError."""
    found = ModelCounts()
    for ticket in tickets:
        query: dict[str, str] = {}
        while True:
            answer = await client.get(f"/v1/tickets/{ticket}/timeline", params=query)
            page = answer.raise_for_status().json()
            for event in page["events"]:
                found.note(event)
            if page["next_cursor"] is None:
                break
            query["cursor"] = page["next_cursor"]
    return found


def _name(model: dict[str, str]) -> str:
    return f"{model['provider']}/{model['name']}"
