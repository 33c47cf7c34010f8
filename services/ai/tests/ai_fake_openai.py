"""A provider with the OpenAI API, as strict about requests as the real one."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import uvicorn
from ai_strict_api import Refused, what_is_wrong
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

KEY = "sk-test-only"
MODEL = "gpt-test"
SNAPSHOT = "gpt-test-2026-01-01"

Behavior = Callable[[dict[str, Any]], Any]


class FakeOpenAI:
    """`behave` returns the content of a choice, or a whole `Response`."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[dict[str, Any]] = []
        self.refused: list[Refused] = []
        self.behave: Behavior = answer_well
        self.app = FastAPI()
        self.app.post("/v1/chat/completions")(self._complete)
        self.app.get("/asked")(self._asked)
        self.app.add_api_route("/{path:path}", _unknown_url, methods=["GET", "POST"])

    async def _asked(self) -> dict[str, Any]:
        return {"asked": len(self.asked), "refused": [one.message for one in self.refused]}

    async def _complete(self, request: Request) -> Response:
        key = request.headers.get("authorization")
        if key is None:
            return error(401, None, "You didn't provide an API key.")
        if key != f"Bearer {KEY}":
            return error(401, "invalid_api_key", f"Incorrect API key provided: {key}.")
        try:
            body = json.loads(await request.body())
        except ValueError:
            return error(400, None, "We could not parse the JSON body of your request.")
        wrong = what_is_wrong(body, MODEL)
        if wrong:
            self.refused.append(wrong)
            return error(wrong.status, wrong.code, wrong.message, param=wrong.param)
        self.asked.append(body)
        answer = self.behave(body)
        if asyncio.iscoroutine(answer):
            answer = await answer
        return answer if isinstance(answer, Response) else completion(answer)


async def _unknown_url(request: Request) -> Response:
    return error(404, None, f"Invalid URL ({request.method} {request.url.path})")


def error(status: int, code: str | None, text: str, *, param: str | None = None) -> Response:
    kind = {429: code or "requests"}.get(status, "invalid_request_error")
    body = {"message": text, "type": kind, "param": param, "code": code}
    return JSONResponse({"error": body}, status_code=status)


def answer_well(asked: dict[str, Any]) -> dict[str, Any]:
    """A good answer to either question; a draft is based on the first passage."""
    if asked["response_format"]["json_schema"]["name"] != "DraftAnswer":
        return good_analysis()
    if json.loads(asked["messages"][-1]["content"])["passages"]:
        return good_draft()
    return good_draft(answerable=False, body="", sources=[])


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


def good_analysis(**changes: Any) -> dict[str, Any]:
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
    config = uvicorn.Config(fake.app, port=0, log_config=None, lifespan="off", ws="none")
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    host, port = server.servers[0].sockets[0].getsockname()[:2]
    fake.url = f"http://{host}:{port}/v1"
    try:
        yield fake
    finally:
        # A shutdown first waits for answers in flight, which a provider that hangs never gives.
        with suppress(TimeoutError):
            async with asyncio.timeout(0):
                await server.shutdown()
