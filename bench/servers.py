"""Servers that are measured, each in a process of its own."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from deskstream_cli.stack.data_folder import repository_root
from deskstream_localstack.testing import LocalStack

SECRET = "desk_bench_secret_of_a_server_that_lives_for_seconds"
_STOP_TIMEOUT_S = 20.0


@contextmanager
def serving(
    module: str, *arguments: str, environment: Mapping[str, str] = os.environ
) -> Iterator[int]:
    """Runs a module as a process and yields its pid."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments], env=environment, cwd=repository_root()
    )
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(_STOP_TIMEOUT_S)


def service_environment(stack: LocalStack, dsn: str, port: int, folder: Path) -> dict[str, str]:
    keys = folder / "api-keys.json"
    digest = hashlib.sha256(SECRET.encode()).hexdigest()
    key = {"id": "bench", "name": "bench", "sha256": digest, "scopes": ["tickets:write"]}
    keys.write_text(json.dumps({"keys": [key]}))
    return os.environ | {
        "DESK_POSTGRES_DSN": dsn,
        "DESK_KAFKA_BOOTSTRAP": stack.kafka_bootstrap,
        "DESK_VALKEY_URL": stack.valkey_url,
        "DESK_HTTP_PORT": str(port),
        "DESK_API_KEYS_FILE": str(keys),
        "DESK_LOG_LEVEL": "warning",
    }
