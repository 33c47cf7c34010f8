"""API keys for tests; their secrets open nothing but test servers."""

import hashlib
from pathlib import Path

from deskstream_runtime.http.api_keys import ApiKey, ApiKeyFile
from deskstream_runtime.http.scopes import SCOPES, Scope

API_KEY = "desk_test_secret_of_the_test_kit"
"""The secret of the key `test`, which has every scope."""


def key_of(secret: str, *scopes: Scope, key_id: str) -> ApiKey:
    """A key as its file holds it."""
    digest = hashlib.sha256(secret.encode()).hexdigest()
    return ApiKey(id=key_id, name=key_id, sha256=digest, scopes=frozenset(scopes))


def write_api_keys(path: Path, *keys: ApiKey) -> None:
    """Writes a file of these keys; of the key `test` when none is named."""
    file = ApiKeyFile(keys=keys or (key_of(API_KEY, *SCOPES, key_id="test"),))
    path.write_text(file.model_dump_json())


def bearer(secret: str = API_KEY) -> dict[str, str]:
    """The headers of a request with this key."""
    return {"Authorization": f"Bearer {secret}"}
