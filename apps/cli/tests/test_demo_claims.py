"""The demo says what is so: it counts what it claims, ticket by ticket."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import pytest

from deskstream_cli.demo.approving import approve_drafts
from deskstream_cli.demo.claims import Missing, not_delivered, not_understood
from deskstream_cli.demo.proving import prove
from deskstream_cli.demo.views import read_views
from deskstream_cli.stack.errors import StackError


def view(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"t{number}",
        "external": {"source": "demo", "id": f"demo-{number:04}"},
        "sentiment": {"label": "neutral"},
        "triage": {"intent": "refund"},
        "draft": {"id": f"d{number}", "status": "drafted"},
        "delivery": None,
        **changes,
    }


def views_of(*shown: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in shown}


def test_all_is_so() -> None:
    failed = view(2, draft={"id": "d2", "status": "failed"})
    assert not_understood(["t1", "t2"], views_of(view(1), failed)) == []


@pytest.mark.parametrize(
    ("changes", "claim"),
    [
        ({"sentiment": None}, "scored"),
        ({"triage": None}, "triaged"),
        ({"draft": None}, "drafted or left to a human"),
    ],
)
def test_what_is_missing_is_named_with_its_tickets(changes: dict[str, Any], claim: str) -> None:
    found = not_understood(["t1", "t2"], views_of(view(1), view(2, **changes)))
    assert found == [Missing(claim, ("demo-0002",))]


def test_a_ticket_that_is_not_in_the_view_misses_everything() -> None:
    found = not_understood(["t1"], {})
    assert [one.claim for one in found] == [
        "in the view",
        "scored",
        "triaged",
        "drafted or left to a human",
    ]
    assert found[0].tickets == ("t1",)


def test_many_are_counted_and_some_named() -> None:
    shown = views_of(*(view(number, sentiment=None) for number in range(1, 193)))
    [missing] = not_understood(shown, shown)
    assert str(missing) == "192 are not scored: demo-0001, demo-0002, demo-0003, …"


@pytest.mark.parametrize(
    ("delivery", "missing"),
    [({"status": "delivered"}, []), ({"status": "undeliverable"}, ["delivered"])],
)
def test_an_approved_draft_is_delivered_when_it_has_arrived(
    delivery: dict[str, str], missing: list[str]
) -> None:
    shown = views_of(view(1, draft={"id": "d", "status": "approved"}, delivery=delivery))
    assert [one.claim for one in not_delivered(["t1"], shown)] == missing


class Api:
    """The public API as far as the demo asks it, with views that the test decides."""

    def __init__(self, views: Mapping[str, dict[str, Any]]) -> None:
        self.views = views
        self.asked: list[httpx.Request] = []
        self.refuses = 0
        self.client = httpx.AsyncClient(
            transport=httpx.MockTransport(self._answer), base_url="http://gateway"
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if self.refuses:
            return httpx.Response(self.refuses)
        if request.method == "POST":
            return httpx.Response(200, json={})
        cursor = int(request.url.params.get("cursor", 0))
        shown = list(self.views.values())[cursor : cursor + 1]
        more = str(cursor + 1) if cursor + 1 < len(self.views) else None
        return httpx.Response(200, json={"tickets": shown, "next_cursor": more})


async def test_only_the_demos_tickets_are_read_from_all_pages() -> None:
    api = Api(views_of(view(1), view(2), view(3)))
    posted = {"t1": "2026-11-25T04:00:00Z", "t3": "2026-11-25T04:00:00.25Z"}
    async with api.client as client:
        assert set(await read_views(client, posted)) == {"t1", "t3"}
    params = api.asked[0].url.params
    assert params["created_from"] == "2026-11-25T04:00:00+00:00"
    assert params["created_to"] == "2026-11-25T04:00:00.251000+00:00"


async def test_a_second_demo_approves_nothing_again_and_still_looks_at_what_was() -> None:
    was = view(2, draft={"id": "d2", "status": "approved"})
    later = view(13)
    api = Api({})
    async with api.client as client:
        approved, now = await approve_drafts(client, views_of(view(1), was, later))
    assert (approved, now) == (["t1", "t2"], 1)
    assert [one.url.path for one in api.asked] == ["/v1/tickets/t1/drafts/d1/approve"]


async def test_an_approval_that_is_refused_is_no_approval() -> None:
    api = Api({})
    api.refuses = 409
    async with api.client as client:
        with pytest.raises(httpx.HTTPStatusError):
            await approve_drafts(client, views_of(view(1)))


async def ai_hangs() -> list[str]:
    return ["ai: model: openai:gpt hangs"]


async def test_what_never_comes_true_fails_and_says_why() -> None:
    async def look() -> Sequence[Missing]:
        return [Missing("scored", ("demo-0001",))]

    with pytest.raises(StackError) as failed:
        await prove(look, ai_hangs, of=192, timeout_s=0.01)
    assert "of 192 messages" in str(failed.value)
    assert "1 are not scored: demo-0001." in str(failed.value)
    assert "ai: model: openai:gpt hangs" in str(failed.value)


async def test_what_comes_true_later_is_waited_for() -> None:
    looks = [[Missing("scored", ("demo-0001",))], []]

    async def look() -> Sequence[Missing]:
        return looks.pop(0)

    await prove(look, ai_hangs, of=192, timeout_s=60)
    assert looks == []


async def test_an_api_that_is_away_is_named() -> None:
    api = Api(views_of(view(1)))
    api.refuses = 503
    async with api.client as client:

        async def look() -> Sequence[Missing]:
            return not_understood(["t1"], await read_views(client, {"t1": "2026-11-25T04:00:00Z"}))

        with pytest.raises(StackError, match="/v1/tickets answers 503"):
            await prove(look, ai_hangs, of=1, timeout_s=0.01)
