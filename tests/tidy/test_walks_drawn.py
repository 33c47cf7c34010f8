"""The three walks in ARCHITECTURE.md name files that exist, each once."""

from pathlib import Path

import pytest
from walks import SOURCES, drawn_walks

WALKS = drawn_walks()


def test_three_walks_are_drawn() -> None:
    assert list(WALKS) == ["command", "event", "work"]


@pytest.mark.parametrize("walk", WALKS)
def test_a_walk_names_files_that_exist_each_once(walk: str) -> None:
    files = WALKS[walk]
    assert len(set(files)) == len(files)
    missing = [file for file in files if not any(Path(s, file).is_file() for s in SOURCES)]
    assert missing == []
