"""Passwords are made once and readable by their owner alone."""

from pathlib import Path

from deskstream_localstack.passwords import Passwords


def test_a_password_is_made_once_and_survives(tmp_path: Path) -> None:
    first = Passwords(tmp_path / "passwords.json").of("ingest")

    assert Passwords(tmp_path / "passwords.json").of("ingest") == first
    assert len(first) >= 32


def test_each_name_has_its_own(tmp_path: Path) -> None:
    passwords = Passwords(tmp_path / "passwords.json")

    assert passwords.of("ingest") != passwords.of("notify")


def test_only_the_owner_can_read_the_file(tmp_path: Path) -> None:
    Passwords(tmp_path / "passwords.json").of("ingest")

    assert (tmp_path / "passwords.json").stat().st_mode & 0o777 == 0o600
