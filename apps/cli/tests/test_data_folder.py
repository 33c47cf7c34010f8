"""Wiping deletes what the stack keeps and nothing else."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deskstream_cli.commands import down as commands_down
from deskstream_cli.main import desk
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


def test_an_open_folder_of_an_older_stack_is_closed(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "desk")
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o755)
    outside.chmod(0o755)
    for path in (folder.catcher / "mails.jsonl", folder.kafka / "log" / "a-0" / "0.log"):
        path.parent.mkdir(parents=True)
        path.write_text("a customer's words")
    folder.state.write_text("{}")
    (folder.kafka / "link").symlink_to(outside)
    for path in (folder.root, *folder.root.rglob("*")):
        path.chmod(0o777 if path.is_dir() else 0o666)
    outside.chmod(0o755)

    folder.create()

    inside = [path for path in folder.root.rglob("*") if not path.is_symlink()]
    assert len(inside) == 8
    for path in (folder.root, *inside):
        assert path.stat().st_mode & 0o077 == 0, path
    assert outside.stat().st_mode & 0o777 == 0o755


def test_a_new_folder_is_closed_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        DataFolder(tmp_path / "desk").create()
    finally:
        os.umask(before)

    assert (tmp_path / "desk").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_is_everybodys_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)

    with pytest.raises(StackError, match="shared by all users"):
        DataFolder(tmp_path).create()

    assert tmp_path.stat().st_mode & 0o7777 == 0o1777


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


def test_down_names_what_it_left(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")

    shown = CliRunner().invoke(desk, ["down", "--wipe", "--data-dir", str(tmp_path)])

    assert shown.exit_code == 0, shown.output
    assert "thesis.txt" in shown.output


def test_down_does_not_claim_that_what_runs_has_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands_down, "still_running", lambda _: ["kafka (7)"])

    shown = CliRunner().invoke(desk, ["down", "--data-dir", str(tmp_path)])

    assert isinstance(shown.exception, StackError)
    assert "kafka (7)" in str(shown.exception)
    assert "✓" not in shown.output
