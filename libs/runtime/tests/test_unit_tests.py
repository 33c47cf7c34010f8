"""`-m unit` chooses the tests that need no server, by the fixtures they ask for."""

import subprocess
import sys
from pathlib import Path

TESTS = """
import sys

import pytest

from deskstream_localstack.part import StackPart
from deskstream_localstack.process import PartProcess


@pytest.fixture
def broker(parts):
    return parts.kafka_bootstrap


def test_pure():
    pass


def test_asks(servers):
    pass


@pytest.mark.usefixtures("broker")
def test_whose_fixture_asks():
    pass


def test_starts_one_without_asking(tmp_path):
    part = StackPart("sleeper", "1", 1, (sys.executable, "-c", "pass"), lambda: True)
    PartProcess(part, tmp_path / "log").launch()
"""
CONFIGURATION = "[pytest]\nasyncio_mode = auto\nmarkers = unit: set by the plugin\n"


def test_only_tests_that_ask_for_no_server_are_chosen(tmp_path: Path) -> None:
    (tmp_path / "test_some.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text(CONFIGURATION)

    options = (
        "-p",
        "deskstream_runtime.testing.plugin",
        "-p",
        "no:schemathesis",
        "-m",
        "unit",
        "-v",
    )
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", "pytest.ini", *options],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "test_some.py::test_pure PASSED" in run.stdout
    assert "test_some.py::test_starts_one_without_asking FAILED" in run.stdout
    assert "A unit test starts sleeper: let it ask for the fixture `servers`." in run.stdout
    assert "1 failed, 1 passed, 2 deselected" in run.stdout
