"""One OpenAPI document of the whole API, put together from those that the gateway serves."""

import json
from typing import Any

import httpx

from deskstream_contracts.topics import SERVICES

_SHARED = "securitySchemes"


def whole_document(gateway: str) -> dict[str, Any]:
    """Everything that a client finds behind the one address. Components are named by service."""
    whole: dict[str, Any] = {"paths": {}, "components": {}}
    for service in SERVICES:
        answer = httpx.get(f"{gateway}/docs/{service}/openapi.json", timeout=20)
        document = json.loads(_renamed(answer, service))
        for address, item in document["paths"].items():
            for operation in item.values():
                operation["operationId"] = f"{service}_{operation['operationId']}"
            known = whole["paths"].setdefault(address, {})
            assert not known.keys() & item.keys(), f"{address} is in two services' documents"
            known.update(item)
        for kind, found in document["components"].items():
            names = found if kind == _SHARED else {f"{service}.{n}": v for n, v in found.items()}
            whole["components"].setdefault(kind, {}).update(names)
        whole |= {key: document[key] for key in ("openapi", "info", "servers")}
    return whole


def _renamed(answer: httpx.Response, service: str) -> str:
    """The document's text, its references leading to the components as they are named here."""
    text = answer.raise_for_status().text
    for kind in ("schemas", "responses", "headers"):
        text = text.replace(f"#/components/{kind}/", f"#/components/{kind}/{service}.")
    return text
