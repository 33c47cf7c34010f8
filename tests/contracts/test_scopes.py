"""The one list of scopes holds what the routes of the five services ask for, and nothing else."""

import asyncio
import base64
import json
import re
from importlib import import_module
from pathlib import Path

import pytest

from deskstream_cli.catcher.access import SCOPE as CATCHER_SCOPE
from deskstream_contracts.topics import SERVICES
from deskstream_projection.api.live.socket import SCOPE as LIVE_SCOPE
from deskstream_runtime.clock import utc_now
from deskstream_runtime.http.app import PUBLIC_PATHS
from deskstream_runtime.http.auth import scopes_by_route
from deskstream_runtime.http.scopes import MEANINGS, SCOPES
from deskstream_runtime.settings import settings_from_environment


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a service needs to be built, but not to run."""
    keys = tmp_path / "api-keys.json"
    keys.write_text('{"keys": []}')
    for name, value in {
        "POSTGRES_DSN": "postgresql://nobody:none@127.0.0.1:1/none",
        "KAFKA_BOOTSTRAP": "127.0.0.1:1",
        "VALKEY_URL": "redis://127.0.0.1:1/0",
        "HTTP_PORT": "0",
        "API_KEYS_FILE": str(keys),
        "SMTP_HOST": "127.0.0.1",
        "SMTP_FROM": "support@deskstream.example",
        "ALERT_ADDRESSES": json.dumps(["on-duty@deskstream.example"]),
        "WEBHOOK_SECRET_KEYS": json.dumps([base64.urlsafe_b64encode(bytes(32)).decode()]),
    }.items():
        monkeypatch.setenv(f"DESK_{name}", value)


@pytest.mark.usefixtures("environment")
def test_the_list_is_what_routes_ask_for_and_none_is_open() -> None:
    asked: set[str] = set()
    for service in SERVICES:
        routes = asyncio.run(_routes_of(service))
        asked.update(*routes.values())
        open_routes = {route for route, scopes in routes.items() if not scopes}
        assert open_routes == {f"GET {path}" for path in PUBLIC_PATHS}, service

    assert asked | {LIVE_SCOPE, CATCHER_SCOPE} == set(SCOPES)


def test_the_document_tells_what_each_scope_allows() -> None:
    document = (Path(__file__).parents[2] / "docs" / "how-to" / "api-keys.md").read_text()

    assert [line for line in document.splitlines() if re.match(r"\| `\w+:", line)] == [
        f"| `{scope}` | {meaning} |" for scope, meaning in MEANINGS.items()
    ]


async def _routes_of(service: str) -> dict[str, frozenset[str]]:
    settings = settings_from_environment(import_module(f"deskstream_{service}.settings").Settings)
    app = import_module(f"deskstream_{service}.app").build(settings, utc_now).app
    return scopes_by_route(app)
