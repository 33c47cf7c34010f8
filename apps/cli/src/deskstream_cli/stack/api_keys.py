"""The one API key of a local stack: services get its hash, the user the key itself."""

import hashlib
import json
import secrets

from deskstream_cli.stack.data_folder import DataFolder
from deskstream_cli.stack.secret_file import write_secret

SCOPES = (
    "tickets:write",
    "tickets:read",
    "ai:use",
    "articles:write",
    "webhooks:write",
    "analytics:read",
    "live:read",
    "rules:read",
)


def ensure_api_key(folder: DataFolder) -> None:
    """Create the key once, and write what the services read at every start.

    The second is repeated so that a stack kept from before a scope was added gets that scope.
    """
    if not folder.api_key.exists():
        write_secret(folder.api_key, f"desk_{secrets.token_urlsafe(32)}\n")
    key = folder.api_key.read_text().strip()
    entry = {
        "id": "demo",
        "name": "Demo key",
        "sha256": hashlib.sha256(key.encode()).hexdigest(),
        "scopes": SCOPES,
    }
    write_secret(folder.api_keys, json.dumps({"keys": [entry]}, indent=2))
