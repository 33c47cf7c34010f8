"""The scopes of API keys: the one list for routes, `desk keys` and its documents."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, get_args

Scope = Literal[
    "tickets:write",
    "tickets:import",
    "tickets:read",
    "ai:use",
    "articles:write",
    "webhooks:write",
    "analytics:read",
    "live:read",
    "rules:read",
    "metrics:read",
    "catcher:use",
]

SCOPES: tuple[Scope, ...] = get_args(Scope)

MEANINGS: Mapping[Scope, str] = MappingProxyType(
    {
        "tickets:write": "open tickets, answer, approve drafts, resolve",
        "tickets:import": "bring tickets in with their past",
        "tickets:read": "read tickets, articles and notifications",
        "ai:use": "have an answer drafted",
        "articles:write": "publish and withdraw knowledge articles",
        "webhooks:write": "see, make and end webhook subscriptions",
        "analytics:read": "read figures",
        "live:read": "follow the live feed",
        "rules:read": "read the escalation rules in force",
        "metrics:read": "read a service's Prometheus metrics",
        "catcher:use": "read what a local stack's catcher caught",
    }
)
