"""The file of keys is read again when it changes, and a spoilt one changes nothing."""

import hashlib
import json
import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from deskstream_runtime.http.api_keys import ApiKeys
from deskstream_runtime.settings import WrongSettings


def key(key_id, secret, *scopes):
    digest = hashlib.sha256(secret.encode()).hexdigest()
    return {"id": key_id, "name": key_id, "sha256": digest, "scopes": list(scopes)}


@pytest.fixture
def file(tmp_path: Path):
    path = tmp_path / "api-keys.json"
    path.write_text(json.dumps({"keys": [key("one", "first", "tickets:read")]}))
    return path


def replace(file, text):
    fresh = file.with_suffix(".new")
    fresh.write_text(text)
    fresh.replace(file)


def test_a_change_counts_at_the_next_look(file) -> None:
    keys = ApiKeys(str(file))
    assert keys.principal("first").scopes == {"tickets:read"}

    replace(file, json.dumps({"keys": [key("two", "second", "ai:use")]}))

    assert keys.principal("first") is None
    assert keys.principal("second").id == "two"
    assert keys.problem() is None


def test_an_unchanged_file_is_not_read_again(file, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = ApiKeys(str(file))
    monkeypatch.setattr("pathlib.Path.read_bytes", lambda _: pytest.fail("read again"))

    assert keys.principal("first").id == "one"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is wrong at its root"),
        ('{"keys": [', "is wrong at its root"),
        ('{"keys": [{}]}', "is wrong at keys/0/id: Field required"),
        ('{"keys": 1}', "is wrong at keys"),
        ("\x00\xff", "is wrong at its root"),
        (json.dumps({"keys": [key("a", "x"), key("a", "y")]}), "two keys have the id 'a'"),
    ],
)
def test_a_spoilt_file_keeps_the_last_good_keys_and_is_logged_once(file, text, why) -> None:
    keys = ApiKeys(str(file))
    with capture_logs() as logs:
        file.write_text(text)
        assert keys.principal("first").id == "one"
        assert why in keys.problem()
        assert keys.problem().startswith(str(file))
    assert [entry["event"] for entry in logs] == ["api_keys.unreadable"]

    replace(file, json.dumps({"keys": [key("two", "second")]}))
    assert keys.problem() is None
    assert keys.principal("first") is None


def test_a_file_that_is_away_for_a_while_changes_nothing(file) -> None:
    keys = ApiKeys(str(file))
    aside = file.rename(file.with_suffix(".aside"))
    assert keys.principal("first").id == "one"
    assert "cannot be read (No such file or directory)" in keys.problem()

    aside.rename(file)
    assert keys.problem() is None


def test_a_read_that_fails_is_tried_again_though_the_file_is_the_same(
    file, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = ApiKeys(str(file))
    replace(file, json.dumps({"keys": [key("two", "second")]}))
    with monkeypatch.context() as failing:
        failing.setattr("pathlib.Path.read_bytes", _no_more_files)
        assert keys.principal("second") is None
        assert "cannot be read" in keys.problem()

    assert keys.principal("second").id == "two"


def _no_more_files(_):
    raise OSError(24, os.strerror(24))


def test_a_process_does_not_start_with_a_spoilt_file(file) -> None:
    file.write_text("{")
    with pytest.raises(WrongSettings, match=r"DESK_API_KEYS_FILE: .* is wrong at its root"):
        ApiKeys(str(file))
