"""Holds each answer that a test gets against the OpenAPI document of the service that gave it.

What is answered and what is declared cannot drift apart: an undocumented status, header, media type
or member fails the test that met it.
"""

import re
from typing import Any

import httpx
from fastapi import FastAPI
from jsonschema import Draft202012Validator

from deskstream_runtime.http.problems import MEDIA_TYPE

# Headers that say something to a client, and so are part of what is declared.
_DECLARED_HEADERS = frozenset(
    {
        "allow", "etag", "idempotent-replayed", "link", "location", "retry-after",
        "www-authenticate", "x-request-id",
    }
)  # fmt: skip


class DocumentedTransport(httpx.ASGITransport):
    """Speaks to an application as `ASGITransport` does, and fails on what is not documented."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(app)
        self._document = app.openapi()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer. Raises AssertionError that names the operation and what is undocumented."""
        response = await super().handle_async_request(request)
        await response.aread()
        check_answer(self._document, request, response)
        return response


def check_answer(
    document: dict[str, Any], request: httpx.Request, response: httpx.Response
) -> None:
    """Raises AssertionError unless the answer is as the document says."""
    method = "get" if request.method == "HEAD" else request.method.lower()
    operation = _operation(document, method, request.url.path)
    media_type = response.headers.get("content-type", "").partition(";")[0]
    what = f"{request.method} {request.url.path} answered {response.status_code}"
    if operation is None:
        if response.status_code >= 400:
            assert media_type == MEDIA_TYPE, f"{what} as {media_type}, not as a problem"
        return
    answer = operation["responses"].get(str(response.status_code))
    assert answer is not None, f"{what}, which is not documented: {response.text[:500]}"
    answer = _resolved(document, answer)
    _check_headers(document, answer, response, what)
    contents = answer.get("content", {})
    if not contents:
        assert not response.content, f"{what} with a body, which is not documented"
        return
    assert media_type in contents, f"{what} as {media_type}, which is not documented"
    if request.method != "HEAD":
        schema = contents[media_type]["schema"]
        whole = {**schema, "components": document["components"]}
        errors = list(Draft202012Validator(whole).iter_errors(response.json()))
        assert not errors, f"{what}: {errors[0].json_path} {errors[0].message[:300]}"


def _operation(document: dict[str, Any], method: str, path: str) -> dict[str, Any] | None:
    """The operation of a request. An address without placeholders comes before one with them."""
    for template in sorted(document["paths"], key=lambda one: one.count("{")):
        pattern = "[^/]+".join(re.escape(part) for part in re.split(r"\{[^}]+\}", template))
        if re.fullmatch(pattern, path) and method in document["paths"][template]:
            found: dict[str, Any] = document["paths"][template][method]
            return found
    return None


def _check_headers(
    document: dict[str, Any], answer: dict[str, Any], response: httpx.Response, what: str
) -> None:
    declared = {
        name.lower(): _resolved(document, header)
        for name, header in answer.get("headers", {}).items()
    }
    undeclared = _DECLARED_HEADERS & set(response.headers) - set(declared)
    assert not undeclared, f"{what} with headers that are not documented: {sorted(undeclared)}"
    missing = {name for name, one in declared.items() if one["required"]} - set(response.headers)
    assert not missing, f"{what} without the documented headers {sorted(missing)}"


def _resolved(document: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    """What a `$ref` into the document's components stands for."""
    if "$ref" not in value:
        return value
    _, _, kind, name = value["$ref"].split("/")
    found: dict[str, Any] = document["components"][kind][name]
    return found
