"""The API keys of a local stack: services get their hashes, a person each secret, once."""

import hashlib
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from filelock import FileLock, Timeout

from deskstream_cli.stack.data_folder import DataFolder
from deskstream_cli.stack.errors import StackError
from deskstream_cli.stack.secret_file import write_secret
from deskstream_runtime.http.api_keys import (
    ApiKey,
    ApiKeyFile,
    UnreadableApiKeys,
    read_api_keys,
)
from deskstream_runtime.http.scopes import SCOPES

OWN_ID = "demo"
LOCK_TIMEOUT_S = 10.0
ID_NAME_MAX_CHARS = 40
NAME_MAX_CHARS = 100


def ensure_api_key(folder: DataFolder) -> None:
    """Make the stack's own key once, with every scope there is; leave all other keys alone.

    Repeated at every start, so that a stack kept from before a scope was added gets that scope.
    Raises StackError when the file of keys is spoilt: what is in it is not ours to throw away.
    """
    with _changing(folder) as keys:
        if not folder.api_key.exists():
            write_secret(folder.api_key, f"{_new_secret()}\n")
        sha256 = _sha256(folder.api_key.read_text().strip())
        known = next((key for key in keys if key.id == OWN_ID), None)
        own = ApiKey(
            id=OWN_ID,
            name="Demo key",
            sha256=sha256,
            scopes=frozenset(SCOPES),
            created_at=known.created_at if known else datetime.now(UTC),
        )
        keys[:] = [own, *(key for key in keys if key.id != OWN_ID)]


def add_api_key(folder: DataFolder, name: str, scopes: Sequence[str]) -> tuple[ApiKey, str]:
    """Add a key; return it with its secret, which is kept nowhere. Raises StackError."""
    if unknown := sorted(set(scopes) - set(SCOPES)):
        raise StackError(f"There is no scope {unknown[0]!r}; there are {', '.join(SCOPES)}.")
    if not scopes:
        raise StackError("A key needs at least one --scope.")
    if not name.strip() or len(name) > NAME_MAX_CHARS or not name.isprintable():
        raise StackError(f"A key's name is one line of 1 to {NAME_MAX_CHARS} characters.")
    secret = _new_secret()
    key = ApiKey(
        id=_new_id(name),
        name=name.strip(),
        sha256=_sha256(secret),
        scopes=frozenset(scopes),
        created_at=datetime.now(UTC),
    )
    with _changing(folder) as keys:
        keys.append(key)
    return key, secret


def api_keys(folder: DataFolder) -> Sequence[ApiKey]:
    """Return the keys in force; none before the first start. Raises StackError."""
    return _read(folder).keys


def revoke_api_key(folder: DataFolder, key_id: str) -> None:
    """Take a key out of force. Raises StackError when there is none of this id.

    With the stack's own key its secret goes too: the next start makes another.
    """
    with _changing(folder) as keys:
        left = [key for key in keys if key.id != key_id]
        if len(left) == len(keys):
            raise StackError(f"There is no key {key_id!r}: `desk keys list` shows those there are.")
        if key_id == OWN_ID:
            folder.api_key.unlink(missing_ok=True)
        keys[:] = left


@contextmanager
def _changing(folder: DataFolder) -> Iterator[list[ApiKey]]:
    """Hand out the keys, and write them back when they were changed, one command at a time."""
    try:
        with FileLock(folder.api_keys_lock, timeout=LOCK_TIMEOUT_S):
            before = _read(folder)
            keys = list(before.keys)
            yield keys
            after = ApiKeyFile(keys=tuple(keys))
            if after != before or not folder.api_keys.exists():
                write_secret(folder.api_keys, after.model_dump_json(indent=2) + "\n")
    except Timeout as error:
        raise StackError("Another `desk` command is changing the keys. Try again.") from error


def _read(folder: DataFolder) -> ApiKeyFile:
    if not folder.api_keys.exists():
        return ApiKeyFile(keys=())
    try:
        return read_api_keys(folder.api_keys)
    except UnreadableApiKeys as error:
        raise StackError(f"{error}. Fix it, or delete it and create its keys again.") from error


def _new_id(name: str) -> str:
    """Return an id that shows the name and is never used twice: events keep it for ever."""
    readable = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:ID_NAME_MAX_CHARS]
    return f"{readable or 'key'}-{secrets.token_hex(4)}"


def _new_secret() -> str:
    return f"desk_{secrets.token_urlsafe(32)}"


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
