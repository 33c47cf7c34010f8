"""Decision records have one form: a number, a title, a date, a status, and the same three parts."""

import re
from datetime import date
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RECORDS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
PARTS = ["Context", "Decision", "Consequences"]
LINK = r"\[(\d{4})\]\((\d{4})-[a-z0-9-]+\.md\)"
LINKS = rf"{LINK}(?: to {LINK}|(?:, {LINK})*)"
STATUS = re.compile(rf"accepted(?:, (?:amended by|split into) {LINKS})?|superseded by {LINK}")
WORDS_MAX = 1_000
"""One page, as long as the longest of those that decide one thing."""


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_record_has_a_title_a_date_and_a_status(record: Path) -> None:
    title, blank, dated, status, *_ = record.read_text().splitlines()
    assert re.fullmatch(rf"# {record.name[:4]} \S.*[^.:]", title), title
    assert blank == ""
    assert date.fromisoformat(dated.removeprefix("- Date: "))
    found = STATUS.fullmatch(status.removeprefix("- Status: "))
    assert found, status
    named = [number for number in found.groups() if number]
    assert named[::2] == named[1::2], "a link's text is the number of its record"


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_record_has_three_parts(record: Path) -> None:
    headings = re.findall(r"^## (.+)$", record.read_text(), flags=re.M)
    assert [heading for heading in headings if heading in PARTS] == PARTS


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_record_is_one_page(record: Path) -> None:
    assert len(record.read_text().split()) <= WORDS_MAX


def test_the_numbers_follow_each_other() -> None:
    assert [int(record.name[:4]) for record in RECORDS] == list(range(1, len(RECORDS) + 1))
