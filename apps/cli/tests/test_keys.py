"""`desk keys`: made, listed, revoked; the stack's own key and those of others stay apart."""

import hashlib
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from deskstream_cli import main
from deskstream_cli.stack.api_keys import ensure_api_key
from deskstream_cli.stack.data_folder import DataFolder
from deskstream_cli.stack.errors import StackError
from deskstream_runtime.http.api_keys import ApiKeys
from deskstream_runtime.http.scopes import MEANINGS, SCOPES


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    data = DataFolder(tmp_path / "desk")
    data.create()
    ensure_api_key(data)
    return data


def desk(folder: DataFolder, *arguments: str) -> Result:
    return CliRunner().invoke(
        main.desk, ["keys", *arguments], env={"DESK_DATA_DIR": str(folder.root), "COLUMNS": "80"}
    )


def desk_process(folder: DataFolder, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deskstream_cli", "keys", *arguments],
        env={"DESK_DATA_DIR": str(folder.root), "COLUMNS": "80"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def ids(folder: DataFolder) -> list[str]:
    return [one["id"] for one in json.loads(desk(folder, "list", "--json").stdout)]


def test_a_key_is_made_listed_and_revoked(folder: DataFolder) -> None:
    accepted = ApiKeys(str(folder.api_keys))
    made = desk(folder, "add", "Zendesk bridge", "--scope", "tickets:write", "--scope", "ai:use")
    secret = made.stdout.strip()

    principal = accepted.principal(secret)
    assert principal is not None
    assert principal.scopes == {"tickets:write", "ai:use"}
    assert principal.id.startswith("zendesk-bridge-")
    assert secret not in folder.api_keys.read_text()
    assert folder.api_keys.stat().st_mode & 0o777 == 0o600
    listed = json.loads(desk(folder, "list", "--json").stdout)
    assert [(one["id"], one["scopes"]) for one in listed] == [
        ("demo", sorted(SCOPES)),
        (principal.id, ["ai:use", "tickets:write"]),
    ]
    assert hashlib.sha256(secret.encode()).hexdigest() not in json.dumps(listed)
    assert principal.id in desk(folder, "list").stdout

    assert desk(folder, "revoke", principal.id).exit_code == 0
    assert accepted.principal(secret) is None
    assert ids(folder) == ["demo"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("add", "x", "--scope", "tickets:wirte"), "no scope 'tickets:wirte'; there are tickets:"),
        (("add", "x"), "Missing option '--scope'"),
        (("add", " ", "--scope", "ai:use"), "A key's name is one line"),
        (("add", "a\nb", "--scope", "ai:use"), "A key's name is one line"),
        (("revoke", "nobody"), "There is no key 'nobody'"),
    ],
)
def test_what_cannot_be_is_refused(
    folder: DataFolder, arguments: tuple[str, ...], says: str
) -> None:
    before = folder.api_keys.read_text()
    refused = desk_process(folder, *arguments)
    assert refused.returncode != 0
    assert says in refused.stderr
    assert folder.api_keys.read_text() == before


def test_the_stack_leaves_keys_of_others_and_mends_its_own(folder: DataFolder) -> None:
    file = json.loads(folder.api_keys.read_text())
    mine = {"id": "mine", "name": "Made by hand", "sha256": "ab" * 32, "scopes": ["tickets:read"]}
    file["keys"][0]["scopes"] = ["rules:read"]
    folder.api_keys.write_text(json.dumps({"keys": [mine, *file["keys"]]}))

    ensure_api_key(folder)

    after = {one["id"]: one for one in json.loads(folder.api_keys.read_text())["keys"]}
    assert after.keys() == {"mine", "demo"}
    assert {name: after["mine"][name] for name in mine} == mine
    assert set(after["demo"]["scopes"]) == set(SCOPES)


def test_a_spoilt_file_is_named_and_not_thrown_away(folder: DataFolder) -> None:
    folder.api_keys.write_text('{"keys": [')

    with pytest.raises(StackError, match="is wrong at its root"):
        ensure_api_key(folder)
    assert desk(folder, "add", "x", "--scope", "ai:use").exit_code == 1
    assert folder.api_keys.read_text() == '{"keys": ['


def test_the_stacks_own_key_when_revoked_comes_back_with_another_secret(
    folder: DataFolder,
) -> None:
    secret = folder.api_key.read_text().strip()
    assert desk(folder, "revoke", "demo").exit_code == 0

    ensure_api_key(folder)

    assert folder.api_key.read_text().strip() != secret
    assert ApiKeys(str(folder.api_keys)).principal(secret) is None


def test_keys_made_at_once_are_all_kept(folder: DataFolder) -> None:
    with ThreadPoolExecutor(3) as pool:
        made = pool.map(
            lambda n: desk_process(folder, "add", f"key {n}", "--scope", "ai:use").returncode,
            range(3),
        )
        assert list(made) == [0, 0, 0]

    assert len(ids(folder)) == 4


def test_every_scope_has_a_meaning() -> None:
    assert set(MEANINGS) == set(SCOPES)
