"""Wiping deletes what the stack keeps and nothing else."""

from pathlib import Path

import pytest

from deskstream_cli.stack.api_keys import ensure_api_key
from deskstream_cli.stack.data_folder import DataFolder
from deskstream_cli.stack.errors import StackError


def test_wiping_leaves_what_the_stack_did_not_write(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.create()
    ensure_api_key(folder)
    (tmp_path / "thesis.txt").write_text("mine")

    folder.wipe()

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_the_folder_itself_goes_when_nothing_else_is_in_it(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "desk")
    folder.create()

    folder.wipe()

    assert not folder.root.exists()


def test_the_lock_is_held_by_one(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)

    with folder.lock(), pytest.raises(StackError, match="Another `desk` command"):
        DataFolder(tmp_path).lock()


def test_the_key_is_made_once_and_kept_as_a_hash(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    ensure_api_key(folder)
    key = folder.api_key.read_text().strip()

    ensure_api_key(folder)

    assert folder.api_key.read_text().strip() == key
    assert key.startswith("desk_")
    assert key not in folder.api_keys.read_text()
