"""The demo's table says which model did the work, whatever stands in the settings."""

from collections import Counter
from io import StringIO
from typing import Any

import httpx
from rich.console import Console

from deskstream_cli.demo.models import ModelCounts, count_models
from deskstream_cli.demo.report import Findings, print_report
from deskstream_cli.importing.sender import ImportResult

OPENAI = {"provider": "openai", "name": "gpt-test", "version": "gpt-test-2026-01-01"}
LOCAL = {"provider": "local", "name": "rules", "version": "fc9f4a482e11"}


def event(event_type: str, model: dict[str, str] | None = None) -> dict[str, Any]:
    return {"event_type": event_type, "summary": {"model": model} if model else {}}


TIMELINES = {
    "t1": [event("ticket.created"), event("sentiment.scored", OPENAI)],
    "t2": [event("sentiment.scored", LOCAL), event("reply.draft_failed", LOCAL)],
    "t3": [event("sentiment.scored", LOCAL), event("reply.drafted", LOCAL)],
}


def answer(request: httpx.Request) -> httpx.Response:
    """One event a page."""
    events = TIMELINES[request.url.path.split("/")[3]]
    at = int(request.url.params.get("cursor", 0))
    more = str(at + 1) if at + 1 < len(events) else None
    return httpx.Response(200, json={"events": events[at : at + 1], "next_cursor": more})


async def test_models_are_counted_by_what_they_did() -> None:
    transport = httpx.MockTransport(answer)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        found = await count_models(client, TIMELINES)
    assert found.scored == {"openai/gpt-test": 1, "local/rules": 2}
    assert found.drafted == {"local/rules": 1}


def printed(answered: ModelCounts) -> str:
    drafts = {"drafted": 1, "failed": 1}
    summary = {"created": 3, "sentiment": {}, "intents": {}, "escalated": 0, "delivered": 0}
    text = StringIO()
    print_report(
        Console(width=120, file=text),
        Findings(
            imported=ImportResult(created=3),
            articles=14,
            approved=0,
            events={},
            summary=summary | {"drafts": drafts},
            models=answered,
            mails=0,
            webhooks=0,
            to_view_s=[],
            to_live_feed_s=[],
        ),
    )
    return text.getvalue()


def test_every_model_that_worked_is_named_with_its_count() -> None:
    scored = Counter({"local/rules": 1, "openai/gpt-test": 2})
    text = printed(ModelCounts(scored=scored, drafted=Counter({"local/rules": 1})))
    assert "scored by         2 openai/gpt-test, 1 local/rules" in text
    assert "drafted by        1 local/rules" in text


def test_where_nothing_was_drafted_nobody_drafted() -> None:
    assert "drafted by        nobody" in printed(ModelCounts())
