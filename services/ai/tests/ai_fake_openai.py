"""A provider that speaks the OpenAI API, as strict as the real one about what it is sent."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from deskstream_runtime.testing.waiting import eventually

KEY = "sk-test-only"
MODEL = "gpt-test"
SNAPSHOT = "gpt-test-2026-01-01"

Behaviour = Callable[[dict[str, Any]], Any]
_KNOWN = frozenset(
    [
        "model",
        "messages",
        "response_format",
        "max_completion_tokens",
        "store",
        "safety_identifier",
        "stream",
    ]
)


class FakeOpenAI:
    """`answers` decides what comes back: the content of a choice, or a whole `Response`."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[dict[str, Any]] = []
        self.behave: Behaviour = lambda _: good_understanding()
        self.app = FastAPI()
        self.app.post("/v1/chat/completions")(self._complete)

    async def _complete(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return error(401, "invalid_api_key", "Incorrect API key provided")
        body = json.loads(await request.body())
        wrong = _what_is_wrong(body)
        if wrong:
            return error(400, "invalid_request_error", wrong)
        self.asked.append(body)
        said = self.behave(body)
        if asyncio.iscoroutine(said):
            said = await said
        return said if isinstance(said, Response) else completion(said)


def _what_is_wrong(body: dict[str, Any]) -> str | None:
    """What the provider would refuse, or none."""
    unknown = set(body) - _KNOWN
    if unknown:
        return f"Unrecognized request arguments: {sorted(unknown)}"
    if body.get("stream"):
        return "stream: this test kit answers in one piece"
    if body.get("model") != MODEL:
        return "The model does not exist"
    if [message.get("role") for message in body.get("messages", [])] != ["system", "user"]:
        return "messages: expected a system and a user message"
    if any(not isinstance(message["content"], str) for message in body["messages"]):
        return "messages: content must be a string"
    if len(body.get("safety_identifier", "")) > 64:
        return "safety_identifier: too long"
    schema = body.get("response_format", {}).get("json_schema", {})
    if body.get("response_format", {}).get("type") != "json_schema" or not schema.get("strict"):
        return "response_format: expected a strict json_schema"
    return _not_strict(schema["schema"])


def _not_strict(schema: Any) -> str | None:
    """Strict mode wants every object closed and every property required."""
    if isinstance(schema, list):
        return next(filter(None, map(_not_strict, schema)), None)
    if not isinstance(schema, dict):
        return None
    if schema.get("type") == "object":
        if schema.get("additionalProperties") is not False:
            return "additionalProperties must be false"
        if set(schema.get("required", [])) != set(schema.get("properties", {})):
            return "every property must be required"
    return _not_strict(list(schema.values()))


def error(status: int, code: str, text: str, **headers: str) -> Response:
    body = {"error": {"message": text, "type": code, "param": None, "code": code}}
    return JSONResponse(body, status_code=status, headers=headers)


def completion(
    content: Any, *, finish_reason: str = "stop", refusal: str | None = None
) -> Response:
    text = content if isinstance(content, str) or content is None else json.dumps(content)
    message = {"role": "assistant", "content": text, "refusal": refusal}
    choice = {"index": 0, "message": message, "finish_reason": finish_reason, "logprobs": None}
    return JSONResponse(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": SNAPSHOT,
            "choices": [choice],
            "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
        }
    )


def good_understanding(**changes: Any) -> dict[str, Any]:
    return {
        "sentiment": "negative",
        "sentiment_score": -0.5,
        "sentiment_confidence": 0.9,
        "intent": "refund",
        "intent_confidence": 0.95,
        "priority": "high",
        "priority_confidence": 0.8,
        "language": "en",
        "tags": [],
        "reasons": ["The customer waits for a refund."],
        **changes,
    }


def good_draft(**changes: Any) -> dict[str, Any]:
    return {
        "answerable": True,
        "body": "Your refund takes five days.",
        "confidence": 0.9,
        "language": "en",
        "sources": [1],
        "cautions": [],
        **changes,
    }


@asynccontextmanager
async def fake_openai() -> AsyncIterator[FakeOpenAI]:
    fake = FakeOpenAI()
    server = uvicorn.Server(
        uvicorn.Config(fake.app, port=0, log_config=None, lifespan="off", ws="none")
    )
    server.install_signal_handlers = lambda: None
    serving = asyncio.create_task(server.serve())
    await eventually(lambda: server.started, what="the fake provider")
    host, port = server.servers[0].sockets[0].getsockname()[:2]
    fake.url = f"http://{host}:{port}/v1"
    try:
        yield fake
    finally:
        server.should_exit = True
        server.force_exit = True
        await serving
