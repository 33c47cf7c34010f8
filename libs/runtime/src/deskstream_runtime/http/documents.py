"""The OpenAPI 3.1 document of a service, derived from what its routes enforce.

The dependencies that refuse a request are what documents the refusal: a `Permission` gives 401,
403 and the security of the operation, a body 415, `If-Match` 412 and `ETag`, `Idempotency-Key` the
header of a replayed answer. `testing.documented` holds every answer in a service's tests against
this document.
"""

from collections.abc import Iterator
from http import HTTPMethod, HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from deskstream_runtime.http.auth import Permission
from deskstream_runtime.http.problems import MEDIA_TYPE, ProblemDocument
from deskstream_runtime.http.responses import (
    ETAG,
    EVERYWHERE,
    REPLAYED,
    REQUEST_ID,
    STANDARD,
    AnswerHeader,
)

_DESCRIPTION = """\
Every error is a problem document (RFC 9457) of one shape, whether a service or the gateway answers.
Wrong values of a body are named by JSON Pointer, parameters by name. HEAD is taken wherever GET is;
another method is answered with 405 and `Allow`. Times are RFC 3339 with a zone. Bodies are JSON in
UTF-8, sent with `Content-Type: application/json`; of a member that is named twice, the last counts.
"""
_SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key: `Authorization: Bearer <key>`. An operation names its scope.",
    },
    "header": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "The same key, for clients that cannot set Authorization.",
    },
}
_SCHEMAS = "#/components/schemas/"
_PROBLEM = ProblemDocument.__name__

Json = dict[str, Any]


def openapi_document(app: FastAPI) -> Json:
    """The document of all routes that are part of the API."""
    document: Json = get_openapi(
        title=app.title,
        version=app.version,
        description=_DESCRIPTION,
        routes=app.routes,
        servers=[{"url": "/", "description": "Where this document came from."}],
    )
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute) and route.include_in_schema:
            for method in route.methods or ():
                _complete(document["paths"][route.path_format][method.lower()], route, method)
    components = document.setdefault("components", {})
    components["securitySchemes"] = _SCHEMES
    components["headers"] = {REQUEST_ID.name: REQUEST_ID.document()}
    components["responses"] = {
        standard.name: _problem_answer(status) for status, standard in STANDARD.items()
    }
    components["schemas"] = dict(
        sorted((components.get("schemas", {}) | _problem_schemas()).items())
    )
    return document


def _complete(operation: Json, route: RouteContext, method: str) -> None:
    """Adds what follows from the parts of the route."""
    permissions = [one.call for one in _parts(route.dependant) if isinstance(one.call, Permission)]
    if permissions:
        scopes = sorted({permission.scope for permission in permissions})
        operation["security"] = [{name: scopes} for name in _SCHEMES]
    accepted = {header.alias for part in _parts(route.dependant) for header in part.header_params}
    responses = operation["responses"]
    follows = {
        *EVERYWHERE,
        *((401, 403) if permissions else ()),
        *((415,) if route.body_field and method != HTTPMethod.GET else ()),
        *((412,) if "If-Match" in accepted else ()),
    }
    for status in follows:
        responses.setdefault(str(status), {})
    for status, answer in responses.items():
        if int(status) >= 400:
            responses[status] = _problem_of_route(int(status), answer)
        else:
            _put(answer, REQUEST_ID)
            if "Idempotency-Key" in accepted:
                _put(answer, REPLAYED)
            if "If-Match" in accepted:
                _put(answer, ETAG)
    operation["responses"] = dict(sorted(responses.items()))


def _parts(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for one in dependant.dependencies:
        yield from _parts(one)


def _problem_of_route(status: int, answer: Json) -> Json:
    """The standard problem, unless the route describes it beyond its name."""
    own = {"headers": answer.get("headers", {})}
    description = answer.get("description")
    if description and description != HTTPStatus(status).phrase:
        own["description"] = description
    if not own["headers"] and "description" not in own:
        return {"$ref": f"#/components/responses/{STANDARD[status].name}"}
    return _problem_answer(status, **own)


def _problem_answer(
    status: int, description: str | None = None, headers: Json | None = None
) -> Json:
    standard = STANDARD[status]
    answer: Json = {
        "description": description or standard.description,
        "headers": {},
        "content": {MEDIA_TYPE: {"schema": {"$ref": _SCHEMAS + _PROBLEM}}},
    }
    for header in (REQUEST_ID, *standard.headers):
        _put(answer, header)
    answer["headers"] |= headers or {}
    return answer


def _put(answer: Json, header: AnswerHeader) -> None:
    shared = header is REQUEST_ID
    document = {"$ref": f"#/components/headers/{header.name}"} if shared else header.document()
    answer.setdefault("headers", {})[header.name] = document


def _problem_schemas() -> Json:
    schema = ProblemDocument.model_json_schema(ref_template=_SCHEMAS + "{model}")
    parts: Json = schema.pop("$defs")
    return {_PROBLEM: schema, **parts}
