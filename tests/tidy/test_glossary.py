"""The glossary says one thing of each term, and where it is."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GLOSSARY = ROOT / "docs" / "explanation" / "glossary.md"
LINE_MAX = 140
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in GLOSSARY.read_text().splitlines()
    if line.startswith("| ") and not line.startswith("| term")
]


def test_there_are_some_forty_terms_each_once() -> None:
    terms = [term for row in ROWS for term in row[0].split(", ")]
    assert len(terms) >= 40
    assert sorted(set(terms)) == sorted(terms)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_term_has_one_line_and_a_place(row: list[str]) -> None:
    _term, meaning, where = row
    found = re.fullmatch(r"`([^`]+)`", where)
    assert found, where
    place = found[1]
    assert (ROOT / place).exists(), place
    assert 0 < len(meaning) <= LINE_MAX, len(meaning)
