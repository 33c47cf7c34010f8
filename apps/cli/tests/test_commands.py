"""Every command can be loaded, and those that people call all day load little."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deskstream_cli.commands.listing import print_json
from deskstream_cli.main import COMMANDS, desk
from deskstream_cli.stack.consumer_lag import WATERMARKS
from deskstream_contracts.watermark import WatermarkAdvanced

HEAVY = ("deskstream_contracts.codec", "aiokafka", "httpx", "asyncpg", "rich.console")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_what_it_does(name: str) -> None:
    shown = CliRunner().invoke(desk, [name, "--help"])

    assert shown.exit_code == 0, shown.output
    assert f"desk {name}" in shown.output.replace("Usage: root", "Usage: desk")


def test_help_names_every_command() -> None:
    shown = CliRunner().invoke(desk, ["--help"]).output

    for name, command in COMMANDS.items():
        assert f"  {name} " in shown
        assert command.summary in shown


def test_a_typing_mistake_is_answered_with_the_command_that_is_near() -> None:
    shown = CliRunner().invoke(desk, ["statsu"])

    assert shown.exit_code != 0
    assert "Did you mean 'status'" in shown.output


@pytest.mark.parametrize(
    ("arguments", "spared"),
    [
        (["--help"], HEAVY),
        (["url"], HEAVY),
        (["status"], ("deskstream_contracts.codec", "fastapi", "faststream", "httpx")),
    ],
    ids=["help", "url", "status"],
)
def test_quick_commands_load_little(
    arguments: list[str], spared: tuple[str, ...], tmp_path: Path
) -> None:
    script = (
        "import contextlib, sys\n"
        "from deskstream_cli.main import main\n"
        f"sys.argv = ['desk', *{arguments!r}]\n"
        "with contextlib.suppress(SystemExit):\n"
        "    main()\n"
        f"print('LOADED', [name for name in {spared!r} if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"DESK_DATA_DIR": str(tmp_path / "none"), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "LOADED []" in done.stdout, done.stdout + done.stderr


def test_watermarks_are_known_by_their_name() -> None:
    assert WatermarkAdvanced.event_type == WATERMARKS


def test_json_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    print_json([{"a": 1, "b": None}])

    assert capsys.readouterr().out == '[\n  {\n    "a": 1,\n    "b": null\n  }\n]\n'
