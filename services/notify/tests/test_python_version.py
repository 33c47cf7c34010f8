"""An unsafe Python is warned of, and never refused."""

import sys

import pytest
from structlog.testing import capture_logs

from deskstream_notify.adapters.python_version import is_unsafe, warn_of_python


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 11, 9), (3, 12, 4)])
def test_before_the_patch_it_is_unsafe(version: tuple[int, int, int]) -> None:
    assert is_unsafe(version)


@pytest.mark.parametrize("version", [(3, 11, 10), (3, 12, 5), (3, 13, 0), (3, 14, 1), (4, 0, 0)])
def test_from_the_patch_on_it_is_safe(version: tuple[int, int, int]) -> None:
    assert not is_unsafe(version)


@pytest.mark.parametrize(("version", "warnings"), [((3, 11, 7), 1), ((3, 11, 10), 0)])
async def test_a_service_on_it_says_so(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int], warnings: bool
) -> None:
    monkeypatch.setattr(sys, "version_info", version)
    with capture_logs() as logs:
        await warn_of_python()
    assert [log["event"] for log in logs] == ["python.unsafe"] * warnings
