"""The ways in which a provider may fail to answer, observed or imagined."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from ai_fake_openai import Behavior, completion, error, good_analysis
from fastapi.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

LONGER_THAN_ANY_TEST_S = 120.0
CUSTOMERS_WORDS = "Where is my refund?"


async def _hang(_: dict[str, Any]) -> Response:
    await asyncio.sleep(LONGER_THAN_ANY_TEST_S)
    return completion(good_analysis())


def _drip(_: dict[str, Any]) -> Response:
    async def drops() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.05)

    return StreamingResponse(drops(), media_type="application/json")


def _half_a_body(_: dict[str, Any]) -> Response:
    whole = bytes(completion(good_analysis()).body)

    async def half() -> AsyncIterator[bytes]:
        yield whole[: len(whole) // 2]
        raise ConnectionResetError

    headers = {"content-length": str(len(whole))}
    return StreamingResponse(half(), media_type="application/json", headers=headers)


def _half_an_error(_: dict[str, Any]) -> Response:
    async def half() -> AsyncIterator[bytes]:
        yield b'{"error": '
        raise ConnectionResetError

    return StreamingResponse(half(), status_code=500, headers={"content-length": "1000"})


def _error_that_is_not_what_it_says(_: dict[str, Any]) -> Response:
    return Response(CUSTOMERS_WORDS, status_code=401, headers={"content-encoding": "gzip"})


def _half_an_answer(_: dict[str, Any]) -> Response:
    whole = bytes(completion(good_analysis()).body)
    return Response(whole[: len(whole) // 2], media_type="application/json")


MISBEHAVIORS: dict[str, tuple[Behavior, str]] = {
    "hangs": (_hang, "timeout"),
    "drips": (_drip, "timeout"),
    "refuses the key": (
        lambda _: error(401, "invalid_api_key", f"Incorrect key. {CUSTOMERS_WORDS}"),
        "refused_request",
    ),
    "knows no such model": (
        lambda _: error(404, "model_not_found", f"The model does not exist. {CUSTOMERS_WORDS}"),
        "refused_request",
    ),
    "refuses the schema": (
        lambda _: error(400, None, f"maxLength {CUSTOMERS_WORDS}", param="response_format"),
        "refused_request",
    ),
    "is asked too much": (
        lambda _: error(429, "rate_limit_exceeded", f"Slow down. {CUSTOMERS_WORDS}"),
        "rate_limited",
    ),
    "has errors of another shape": (
        lambda _: JSONResponse(
            {"error": {"message": CUSTOMERS_WORDS, "code": {"a": 1}, "type": [2], "param": {}}},
            status_code=429,
        ),
        "rate_limited",
    ),
    "wants to be paid": (
        lambda _: error(429, "insufficient_quota", f"Pay. {CUSTOMERS_WORDS}"),
        "insufficient_quota",
    ),
    "breaks": (lambda _: error(500, "server_error", CUSTOMERS_WORDS), "server_error"),
    "is overloaded": (lambda _: error(503, "overloaded", CUSTOMERS_WORDS), "server_error"),
    "is a proxy's page": (
        lambda _: HTMLResponse(f"<!doctype html><p>Log in. {CUSTOMERS_WORDS}</p>"),
        "not_json",
    ),
    "is a proxy's error page": (
        lambda _: HTMLResponse(f"<html>Bad gateway {CUSTOMERS_WORDS}</html>", status_code=502),
        "server_error",
    ),
    "breaks off": (_half_a_body, "broken_off"),
    "breaks off an error": (_half_an_error, "broken_off"),
    "sends an error that is no gzip": (_error_that_is_not_what_it_says, "broken_off"),
    "sends half an answer": (_half_an_answer, "not_json"),
    "sends another kind of JSON": (
        lambda _: Response('{"choices": 7}', media_type="application/json"),
        "not_a_completion",
    ),
    "sends too much": (
        lambda _: Response(b" " * 2_000_000, media_type="application/json"),
        "too_large",
    ),
    "refuses to answer": (
        lambda _: completion(None, refusal=f"I cannot help with: {CUSTOMERS_WORDS}"),
        "refusal",
    ),
    "filters the answer": (
        lambda _: completion("", finish_reason="content_filter"),
        "content_filter",
    ),
    "filters the question": (
        lambda _: error(400, "content_filter", CUSTOMERS_WORDS, param="prompt"),
        "content_filter",
    ),
    "answers something else": (lambda _: "{not json", "malformed"),
    "answers nothing": (lambda _: completion(None), "empty"),
}
"""Each way, with the reason that we give for it."""
