"""The file of keys is read again when it changes, and a spoilt one changes nothing."""

import json
import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from deskstream_runtime.http.api_keys import ApiKey, ApiKeys, Principal
from deskstream_runtime.settings import WrongSettings
from deskstream_runtime.testing.api_keys import key_of, write_api_keys


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "api-keys.json"
    write_api_keys(path, key_of("first", "tickets:read", key_id="one"))
    return path


def replace(file: Path, key: ApiKey) -> None:
    fresh = file.with_suffix(".new")
    write_api_keys(fresh, key)
    fresh.replace(file)


def doubled() -> str:
    one, other = (key_of(secret, key_id="a").model_dump(mode="json") for secret in ("x", "y"))
    return json.dumps({"keys": [one, other]})


def id_of(keys: ApiKeys, secret: str) -> str | None:
    principal = keys.principal(secret)
    return None if principal is None else principal.id


def test_a_change_counts_at_the_next_look(file: Path) -> None:
    keys = ApiKeys(str(file))
    assert keys.principal("first") == Principal("one", frozenset({"tickets:read"}))

    replace(file, key_of("second", "ai:use", key_id="two"))

    assert keys.principal("first") is None
    assert id_of(keys, "second") == "two"
    assert keys.problem() is None


def test_an_unchanged_file_is_not_read_again(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = ApiKeys(str(file))
    monkeypatch.setattr("pathlib.Path.read_bytes", lambda _: pytest.fail("read again"))

    assert id_of(keys, "first") == "one"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is wrong at its root"),
        ('{"keys": [', "is wrong at its root"),
        ('{"keys": [{}]}', "is wrong at keys/0/id: Field required"),
        ('{"keys": 1}', "is wrong at keys"),
        ("\x00\xff", "is wrong at its root"),
        (doubled(), "two keys have the id 'a'"),
    ],
)
def test_a_spoilt_file_keeps_the_last_good_keys_and_is_logged_once(
    file: Path, text: str, why: str
) -> None:
    keys = ApiKeys(str(file))
    with capture_logs() as logs:
        file.write_text(text)
        assert id_of(keys, "first") == "one"
        assert why in (keys.problem() or "")
        assert str(keys.problem()).startswith(str(file))
    assert [entry["event"] for entry in logs] == ["api_keys.unreadable"]

    replace(file, key_of("second", key_id="two"))
    assert keys.problem() is None
    assert keys.principal("first") is None


def test_a_file_that_is_away_for_a_while_changes_nothing(file: Path) -> None:
    keys = ApiKeys(str(file))
    aside = file.rename(file.with_suffix(".aside"))
    assert id_of(keys, "first") == "one"
    assert "cannot be read (No such file or directory)" in (keys.problem() or "")

    aside.rename(file)
    assert keys.problem() is None


def test_a_read_that_fails_is_tried_again_though_the_file_is_the_same(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = ApiKeys(str(file))
    replace(file, key_of("second", key_id="two"))
    with monkeypatch.context() as failing:
        failing.setattr("pathlib.Path.read_bytes", _no_more_files)
        assert keys.principal("second") is None
        assert "cannot be read" in (keys.problem() or "")

    assert id_of(keys, "second") == "two"


def _no_more_files(_: Path) -> bytes:
    raise OSError(24, os.strerror(24))


def test_a_process_does_not_start_with_a_spoilt_file(file: Path) -> None:
    file.write_text("{")
    with pytest.raises(WrongSettings, match=r"DESK_API_KEYS_FILE: .* is wrong at its root"):
        ApiKeys(str(file))
