"""Which methods an address takes, over all its routes."""

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts


def methods_of(app: FastAPI, path: str) -> list[str]:
    """The methods of the path, in the order of the alphabet; HEAD is where GET is."""
    found: set[str] = set()
    for route in iter_route_contexts(app.routes):
        # A WebSocket's route has none.
        if route.methods and route.path_regex.match(path):
            found |= route.methods
    return sorted(found | {"HEAD"} if "GET" in found else found)
