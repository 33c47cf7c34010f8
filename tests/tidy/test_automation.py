"""The hooks of git and the forge's CI run commands that exist, with versions that are pinned."""

import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CI_SCRIPT = ".ci/run"
WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"
HOOKS = ROOT / ".pre-commit-config.yaml"


def load(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(path.read_text())
    return document


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.M))


def exists(command: str) -> bool:
    """Whether a command is a make target, or an installed tool whose files are there."""
    tool, *arguments = command.split()
    if tool == "make":
        return set(arguments) <= make_targets()
    files = [argument for argument in arguments if "/" in argument]
    installed = Path(sys.executable).parent / tool.removeprefix(".venv/bin/")
    return installed.exists() and all((ROOT / file).is_file() for file in files)


def hooks() -> list[dict[str, Any]]:
    return [hook for repository in load(HOOKS)["repos"] for hook in repository["hooks"]]


@pytest.mark.parametrize("hook", hooks(), ids=lambda hook: hook["id"])
def test_a_hook_runs_a_command_that_exists(hook: dict[str, Any]) -> None:
    assert hook["language"] == "system"
    assert exists(hook["entry"]), hook["entry"]


def test_hooks_run_the_locked_tools_and_no_other_repository() -> None:
    assert [repository["repo"] for repository in load(HOOKS)["repos"]] == ["local"]


def test_a_command_that_is_not_there_is_noticed() -> None:
    assert not exists("make tea")
    assert not exists(".venv/bin/no-such-tool --check")
    assert not exists(".venv/bin/python tools/no_such_tool.py")


def test_the_forge_calls_the_ci_script_and_nothing_else() -> None:
    (job,) = load(WORKFLOW)["jobs"].values()
    assert [step["run"] for step in job["steps"] if "run" in step] == [CI_SCRIPT]
    assert os.access(ROOT / CI_SCRIPT, os.X_OK)


def test_the_forge_tries_the_oldest_python_we_support_and_the_newest() -> None:
    (job,) = load(WORKFLOW)["jobs"].values()
    oldest = re.search(
        r'requires-python = ">=([\d.]+)"', (ROOT / "libs/contracts/pyproject.toml").read_text()
    )
    assert oldest
    assert job["strategy"]["matrix"]["python"] == [oldest[1], "3.x"]


def test_actions_are_pinned_by_commit() -> None:
    (job,) = load(WORKFLOW)["jobs"].values()
    for step in job["steps"]:
        if "uses" in step:
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step["uses"]), step["uses"]


def test_the_ci_script_runs_make_targets_that_exist() -> None:
    commands = re.findall(r"^make (.+)$", (ROOT / CI_SCRIPT).read_text(), flags=re.M)
    assert commands
    assert set(commands) <= make_targets()
