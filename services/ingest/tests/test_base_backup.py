"""ingest's server is restored from a real base backup: a new timeline, under a running process."""

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import asyncpg
import pytest
from ingest_set_back import SetBack

from deskstream_ingest.settings import Settings
from deskstream_localstack.process import PartProcess
from deskstream_localstack.testing import LocalStack
from deskstream_runtime.testing.databases import database_maker
from deskstream_runtime.testing.settings import SettingsFactory

_RECOVERY = "restore_command = 'false'\nrecovery_target = 'immediate'\n"
_RECOVERY += "recovery_target_action = 'promote'\n"


class Server:
    """A Postgres of our own, backed up and restored as its documentation says (section 25.3)."""

    def __init__(self, stack: LocalStack, folder: Path) -> None:
        control = stack.control("postgres")
        assert isinstance(control, PartProcess), "this test moves files: it needs a local server"
        assert control.part.working_folder is not None
        self._process = control
        self._cluster = control.part.working_folder
        self._backup = folder / "backup"
        self.dsn = stack.postgres_dsn

    async def back_up(self) -> None:
        """Copies the files of the running server, and the log that makes them one moment."""
        connection = await asyncpg.connect(self.dsn)
        try:
            await connection.execute("select pg_backup_start('test', true)")
            await asyncio.to_thread(self._copy_files)
            label = await connection.fetchval("select labelfile from pg_backup_stop(false)")
        finally:
            await connection.close()
        shutil.rmtree(self._backup / "pg_wal")
        await asyncio.to_thread(self._copy, self._cluster / "pg_wal", self._backup / "pg_wal")
        self._write("backup_label", label)
        self._write("recovery.signal", "")
        with (self._backup / "postgresql.auto.conf").open("a") as settings:
            settings.write(_RECOVERY)

    async def restore(self) -> None:
        """The server's disk is lost; what comes back is the backup, on a timeline of its own."""
        await asyncio.to_thread(self._process.kill)
        await asyncio.to_thread(self._replace)
        await asyncio.to_thread(self._process.restart)

    def _copy_files(self) -> None:
        self._copy(self._cluster, self._backup)
        (self._backup / "postmaster.pid").unlink()

    def _replace(self) -> None:
        shutil.rmtree(self._cluster)
        self._copy(self._backup, self._cluster)

    def _copy(self, source: Path, target: Path) -> None:
        """With owners and modes, as the server is particular about both."""
        owner = source.stat()
        shutil.copytree(source, target, copy_function=_copied)
        for path in (target, *target.rglob("*")):
            os.chown(path, owner.st_uid, owner.st_gid)
            if path.is_dir():
                path.chmod(0o700)

    def _write(self, name: str, text: str) -> None:
        path = self._backup / name
        path.write_text(text)
        os.chown(path, self._backup.stat().st_uid, self._backup.stat().st_gid)


def _copied(source: str, target: str) -> str:
    """A running server removes files while they are copied: its log makes them up again."""
    try:
        return str(shutil.copy2(source, target))
    except FileNotFoundError:
        return target


@pytest.fixture
def server(
    servers: Callable[..., AbstractContextManager[LocalStack]], tmp_path: Path
) -> Iterator[Server]:
    with servers("postgres") as stack:
        yield Server(stack, tmp_path)


@pytest.mark.faults
async def test_a_restored_server_is_seen_by_its_timeline(
    server: Server, service_settings: SettingsFactory, kafka_topics: str
) -> None:
    dsn = database_maker(server.dsn)("deskstream_ingest")
    settings = service_settings(Settings, "deskstream_ingest", postgres={"dsn": dsn})
    set_back = SetBack(settings, kafka_topics)
    async with set_back.running() as ingest:
        ticket = await ingest.create()
        await set_back.all_told(ticket, await ingest.changed(ticket, "before"))
        await server.back_up()
        for number in range(5):
            version = await ingest.changed(ticket, f"lost-{number}")
        await set_back.all_told(ticket, version)
        before = ingest.own_log.seen
        await server.restore()
        assert await ingest.changed(ticket, "after") == version + 1
        await set_back.all_told(ticket, version + 1)
        after = ingest.own_log.seen
    await set_back.assert_log_is_true(ticket, version + 1)
    assert before is not None
    assert after is not None
    assert after.system_identifier == before.system_identifier
    assert after.timeline > before.timeline
