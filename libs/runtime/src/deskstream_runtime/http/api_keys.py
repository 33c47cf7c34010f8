"""The API keys of a deployment: a file that is read again whenever it changes."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from deskstream_contracts.model import Code, Identifier, Sha256
from deskstream_runtime.settings import WrongSettings
from deskstream_runtime.validation import faults_of

_log = structlog.get_logger()

_SECRET_MAX_CHARS = 200


class ApiKey(BaseModel):
    """A key as it is kept: only the SHA-256 of its secret, which is random and no password."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Identifier
    name: str
    sha256: Sha256
    scopes: frozenset[Code]
    created_at: datetime | None = None


class ApiKeyFile(BaseModel):
    """The file: `{"keys": [{"id", "name", "sha256", "scopes"}]}`. No two keys share an id."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    keys: tuple[ApiKey, ...]

    @model_validator(mode="after")
    def _ids_differ(self) -> "ApiKeyFile":
        ids = [key.id for key in self.keys]
        if doubled := sorted({one for one in ids if ids.count(one) > 1}):
            raise ValueError(f"two keys have the id {doubled[0]!r}")
        return self


class UnreadableApiKeys(Exception):
    """The file cannot be read, or is not as it should be; the message names the field."""


def read_api_keys(path: Path) -> ApiKeyFile:
    """Reads the file. Raises `UnreadableApiKeys`, which quotes nothing of it."""
    try:
        return ApiKeyFile.model_validate_json(path.read_bytes())
    except OSError as error:
        raise UnreadableApiKeys(f"{path} cannot be read ({error.strerror})") from error
    except ValidationError as error:
        first = faults_of(error)[0]
    where = "/".join(map(str, first.location)) or "its root"
    raise UnreadableApiKeys(f"{path} is wrong at {where}: {first.message}")


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller: the id of its key, and its scopes."""

    id: str
    scopes: frozenset[str]


class ApiKeys:
    """The keys this process accepts: those of the file, as it is now.

    Each look compares the file's stamp, so that a key added or revoked counts from the next request
    on. A file that cannot be read or understood changes nothing: the last good keys stay.
    """

    def __init__(self, path: str) -> None:
        """Raises `WrongSettings` when the file is not good: a process does not start without."""
        self._path = Path(path)
        self._seen = self._stamp()
        self._problem: str | None = None
        try:
            self._principals = _by_hash(read_api_keys(self._path))
        except UnreadableApiKeys as error:
            raise WrongSettings(
                f"DESK_API_KEYS_FILE: {error}; docs/how-to/api-keys.md shows how one looks."
            ) from None

    def principal(self, secret: str) -> Principal | None:
        """The principal of a secret. The look-up is by hash: its time reveals nothing of it."""
        self._look()
        if len(secret) > _SECRET_MAX_CHARS:
            return None
        return self._principals.get(hashlib.sha256(secret.encode()).hexdigest())

    def problem(self) -> str | None:
        """Why the file as it is now is not in force; None when it is."""
        self._look()
        return self._problem

    def _look(self) -> None:
        stamp = self._stamp()
        if stamp == self._seen:
            return
        self._seen = stamp
        try:
            self._principals = _by_hash(read_api_keys(self._path))
        except UnreadableApiKeys as error:
            if isinstance(error.__cause__, OSError):
                # It may be readable a moment later with no change of its own.
                self._seen = None
            self._note(f"{error}; the keys read before stay in force")
        else:
            self._note(None)

    def _note(self, problem: str | None) -> None:
        if problem != self._problem and problem is not None:
            _log.error("api_keys.unreadable", detail=problem)
        elif problem is None:
            _log.info("api_keys.read", keys=len(self._principals))
        self._problem = problem

    def _stamp(self) -> tuple[int, ...] | None:
        """What differs when the file does: inode, size and times."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _by_hash(file: ApiKeyFile) -> dict[str, Principal]:
    return {key.sha256: Principal(key.id, key.scopes) for key in file.keys}
