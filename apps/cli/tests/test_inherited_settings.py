"""Settings of the services that come from the environment are noticed and written nowhere."""

from pathlib import Path

from deskstream_cli.stack.data_folder import DataFolder
from deskstream_cli.stack.supervisor_config import supervisor_config

LOCAL = {"PATH": "/usr/bin", "DESK_DATA_DIR": "/tmp/desk"}
OPENAI = LOCAL | {"DESK_AI_MODEL": "openai", "DESK_AI_OPENAI_API_KEY": "sk-first"}


def config(folder: Path, environment: dict[str, str]) -> str:
    return supervisor_config(DataFolder(folder), [], 1, "password", environment)


def test_other_settings_are_another_configuration(tmp_path: Path) -> None:
    assert config(tmp_path, LOCAL) != config(tmp_path, OPENAI)
    assert config(tmp_path, OPENAI) == config(tmp_path, dict(reversed(OPENAI.items())))
    other_key = OPENAI | {"DESK_AI_OPENAI_API_KEY": "sk-second"}
    assert config(tmp_path, OPENAI) != config(tmp_path, other_key)


def test_what_no_service_reads_changes_nothing(tmp_path: Path) -> None:
    other = {"PATH": "/bin", "DESK_DATA_DIR": "/elsewhere", "DESK_TEST_KAFKA": "localhost:1"}
    assert config(tmp_path, LOCAL) == config(tmp_path, other)


def test_names_are_told_and_values_are_not(tmp_path: Path) -> None:
    text = config(tmp_path, OPENAI)
    assert "DESK_AI_OPENAI_API_KEY" in text
    assert "sk-first" not in text
