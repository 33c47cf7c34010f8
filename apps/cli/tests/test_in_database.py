"""A database that refuses is told from one that does not answer: what to do is another thing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deskstream_cli.commands import services
from deskstream_cli.commands.services import in_database
from deskstream_cli.stack.data_folder import DataFolder
from deskstream_cli.stack.errors import StackError
from deskstream_cli.stack.state import StackState
from deskstream_runtime.postgres.connection import Transaction

STATE = StackState(ports={"kafka": 1})


def of(dsn: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> DataFolder:
    """A folder whose services have this database."""
    monkeypatch.setattr(services, "started", lambda _: STATE)
    monkeypatch.setattr(services, "service_database", lambda *_: dsn)
    return DataFolder(tmp_path)


async def one(tx: Transaction) -> Any:
    return await tx.fetchval("select 1")


async def of_another_version(tx: Transaction) -> Any:
    return await tx.fetchval("select next_column from parked_record")


def test_what_is_asked_is_answered(
    new_database: Callable[..., str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert in_database(of(new_database(), monkeypatch, tmp_path), "ai", one) == 1


def test_what_is_refused_is_told(
    new_database: Callable[..., str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = of(new_database(), monkeypatch, tmp_path)
    with pytest.raises(StackError, match=r"of ai refuses this \(.*next_column.*`desk up`"):
        in_database(folder, "ai", of_another_version)


def test_nobody_there_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = of("postgresql://desk@127.0.0.1:1/desk", monkeypatch, tmp_path)
    with pytest.raises(StackError, match="does not answer"):
        in_database(folder, "ai", one)
