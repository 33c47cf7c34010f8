"""A WebSocket client sees a ticket change as it happens."""

import asyncio
import json
from typing import Any

from websockets.asyncio.client import connect
from whole_stack import WholeStack


async def test_a_change_arrives_without_asking(stack: WholeStack) -> None:
    headers = {"Authorization": f"Bearer {stack.key}"}
    async with (
        connect(stack.live_feed, additional_headers=headers) as feed,
        stack.client() as client,
    ):
        await feed.send(json.dumps({"type": "subscribe", "channel": "tickets"}))
        await until(feed, lambda message: message["type"] == "subscribed")
        created = (await client.post("/v1/tickets", json={"body": "Is anyone there?"})).json()
        seen = await until(feed, lambda message: concerns(message, created["id"]))
        assert seen["ticket"]["status"] == "open"
        await client.post(f"/v1/tickets/{created['id']}/resolve")
        await until(
            feed,
            lambda message: (
                concerns(message, created["id"]) and message["ticket"]["status"] == "resolved"
            ),
        )


def concerns(message: dict[str, Any], ticket_id: str) -> bool:
    return bool(message["type"] == "ticket.changed" and message["ticket"]["id"] == ticket_id)


async def until(feed: Any, wanted: Any) -> dict[str, Any]:
    async with asyncio.timeout(10):
        while True:
            message: dict[str, Any] = json.loads(await feed.recv())
            if wanted(message):
                return message
