"""The extremes of every field of every request, through the gateway of a running stack."""

import json
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
from extreme_records import all_go_on, gather_at_once, new_tickets
from whole_stack import WholeStack

from deskstream_contracts.testing.extremes import Changes, changed, extremes_by_schema

_CASES_A_TICKET = 8
_CUSTOMER = {"email": "kim@example.com", "name": "Kim", "external_id": "7"}
_NEW_TICKET = {
    "body": "Where is my order?",
    "subject": "Order",
    "channel": "rest",
    "customer": _CUSTOMER,
    "priority": "high",
    "tags": ["a"],
    "language": "en",
    "external": {"source": "shop", "id": "1", "url": "https://example.com"},
    "attributes": {"order": "7"},
    "occurred_at": "2026-01-01T00:00:00Z",
}
_PAST = {
    "messages": [
        {
            "kind": "outbound",
            "body": "It is on its way.",
            "occurred_at": "2026-01-02T00:00:00Z",
            "author": "sam",
        }
    ],
    "status": "resolved",
    "resolved_at": "2026-01-03T00:00:00Z",
    "resolution": {"code": "done", "note": "A note."},
    "queue": "support",
    "analyse": True,
}
_ARTICLE = {
    "title": "Orders",
    "body": "An order takes two days.",
    "language": "en",
    "audience": "public",
    "tags": ["a"],
    "url": "https://example.com",
}
_WISH = {"instructions": "Be short.", "tone": "warm", "language": "en"}
_WHY = {"reason": "wrong", "note": "A note."}

BODIES: dict[str, dict[str, Any]] = {
    "POST /ai/generate-response": {"ticket_id": "{ticket_id}"} | _WISH,
    "POST /v1/articles": _ARTICLE,
    "PUT /v1/articles/{article_id}": _ARTICLE,
    "POST /v1/rules/evaluate": {"facts": {"tags": ["a"]}},
    "POST /v1/tickets": _NEW_TICKET,
    "POST /v1/tickets/history": _NEW_TICKET | _PAST,
    "PATCH /v1/tickets/{ticket_id}": {"subject": "Other", "queue": "support", "tags": ["a"]},
    "POST /v1/tickets/{ticket_id}/resolve": {"code": "done", "note": "A note."},
    "POST /v1/tickets/{ticket_id}/reopen": _WHY,
    "POST /v1/tickets/{ticket_id}/escalate": _WHY | {"level": 2},
    "POST /v1/tickets/{ticket_id}/messages": {
        "kind": "inbound",
        "body": "And now?",
        "channel": "rest",
        "language": "en",
        "occurred_at": "2026-01-01T00:00:00Z",
    },
    "POST /v1/tickets/{ticket_id}/replies": _WISH,
    "POST /v1/tickets/{ticket_id}/drafts/{draft_id}/approve": {"body": "It is on its way."},
    "POST /v1/tickets/{ticket_id}/drafts/{draft_id}/reject": {"reason": "wrong", "feedback": "No."},
    "POST /v1/webhooks": {
        "url": "http://127.0.0.1:1/hook",
        "event_types": ["ticket.created"],
        "description": "A hook.",
    },
    "POST /v1/webhooks/{webhook_id}/redeliver": {},
}
"""A right body for each operation that takes one; of two fields that exclude each other, none."""


class Request(NamedTuple):
    """One extreme of one request."""

    operation: str
    changes: Changes

    async def ask(self, http: httpx.AsyncClient, ticket: str) -> httpx.Response:
        """Asks it about a ticket."""
        method, path = self.operation.split(" ")
        body = json.loads(json.dumps(BODIES[self.operation]).replace("{ticket_id}", ticket))
        if "external" in body:
            body["external"]["id"] = str(uuid4())
        for name in ("article_id", "draft_id", "webhook_id"):
            path = path.replace(f"{{{name}}}", str(uuid4()))
        return await http.request(
            method,
            path.replace("{ticket_id}", ticket),
            content=changed(body, self.changes),
            headers={"Content-Type": "application/json"},
        )


def all_requests(document: Any) -> list[Request]:
    """Every extreme of every field of every body in an OpenAPI document."""
    bodies = {
        f"{method.upper()} {path}": operation["requestBody"]["content"]["application/json"][
            "schema"
        ]
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if "requestBody" in operation
    }
    assert bodies.keys() == BODIES.keys(), "give each operation that takes a body a right one here"
    return [
        Request(operation, changes)
        for operation, schema in bodies.items()
        for changes in extremes_by_schema(schema, document)
    ]


async def all_are_answered(stack: WholeStack, requests: Sequence[Request]) -> None:
    """Each is taken or refused by the service itself, and what was taken stops no reader."""
    tickets = await new_tickets(stack, 1 + len(requests) // _CASES_A_TICKET)
    async with stack.client() as http:

        async def ask(request: Request, ticket: str) -> None:
            answer = await request.ask(http, ticket)
            assert answer.status_code < 500, (request, answer.text)
            if answer.status_code == 201 and request.operation == "POST /v1/webhooks":
                # Deliveries to who is not there would stay due.
                gone = await http.delete(f"/v1/webhooks/{answer.json()['id']}")
                assert gone.status_code == 204, gone.text

        await gather_at_once(
            partial(ask, request, tickets[number // _CASES_A_TICKET])
            for number, request in enumerate(requests)
        )
    await all_go_on(stack, tickets)
