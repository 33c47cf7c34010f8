"""Applies a service's migrations and the runtime's own, with dbmate: plain SQL files."""

import os
import subprocess
import sysconfig
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

# Some write a large table anew.
_TIMEOUT_S = 3_600.0


class MigrationFailed(Exception):
    """dbmate refused; its own words say which file and why."""


def migrate(dsn: str, *packages: str) -> str:
    """Brings the database up to date with the runtime's tables and those of the packages.

    Each package keeps its migrations in a folder `migrations`. Returns dbmate's words about what
    was applied. Raises `MigrationFailed`.
    """
    folders = [
        argument for folder in _folders(*packages) for argument in ("--migrations-dir", str(folder))
    ]
    done = subprocess.run(  # noqa: S603 (our own arguments, and no shell)
        [_dbmate(), *folders, "--no-dump-schema", "--wait", "--wait-timeout", "30s", "migrate"],
        env=os.environ | {"DATABASE_URL": _without_tls_by_default(dsn)},
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    if done.returncode != 0:
        raise MigrationFailed(done.stderr.strip() or done.stdout.strip())
    return done.stdout.strip()


def migration_versions(*packages: str) -> frozenset[str]:
    """What dbmate's table `schema_migrations` holds once everything is applied."""
    return frozenset(
        file.name.partition("_")[0]
        for folder in _folders(*packages)
        if folder.is_dir()
        for file in folder.iterdir()
        if file.name.endswith(".sql")
    )


def _folders(*packages: str) -> list[Traversable]:
    """The runtime's own tables come first."""
    return [files(package) / "migrations" for package in ("deskstream_runtime", *packages)]


def _dbmate() -> str:
    """The program beside this Python: the wheel puts it there."""
    return str(Path(sysconfig.get_path("scripts")) / "dbmate")


def _without_tls_by_default(dsn: str) -> str:
    """dbmate demands TLS by default; asyncpg prefers it: do not demand it locally."""
    parts = urlsplit(dsn)
    query = dict(parse_qsl(parts.query))
    query.setdefault(
        "sslmode", "disable" if parts.hostname in {"127.0.0.1", "localhost"} else "require"
    )
    return urlunsplit(parts._replace(query=urlencode(query)))
