"""Generated passwords, kept in one file that only its owner can read."""

import json
import os
import secrets
from pathlib import Path


class Passwords:
    """Passwords by name in a JSON file with mode 0600; a new name gets a new random password."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def of(self, name: str) -> str:
        """Return the password of `name`, generating and storing it the first time."""
        known = self._load()
        if name not in known:
            known[name] = secrets.token_urlsafe(24)
            self._store(known)
        return known[name]

    def _load(self) -> dict[str, str]:
        if not self._path.exists():
            return {}
        return dict(json.loads(self._path.read_text()))

    def _store(self, passwords: dict[str, str]) -> None:
        # The file is born with its final mode and replaced whole: never readable by others, never
        # half-written.
        fresh = self._path.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(passwords, file, indent=2)
        fresh.replace(self._path)
