"""Words for which the field has one of its own do not come back (docs/explanation/glossary.md)."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INSTEAD = {
    r"told": "announced, published, reported",
    r"mend(s|ed|ing)?": "fix",
    r"go(es|ing)? on|went on": "continue, resume",
    r"sets? aside": "parked, or a dead letter",
    r"what (came|became) of": "outcome, result",
    r"whoever": "the noun: a reader, a caller, the owner",
}
WORDS = re.compile(rf"\b({'|'.join(INSTEAD)})\b", flags=re.I)
FOLDERS = ("docs", "libs", "services", "apps", "tools", "deploy", "bench")
KINDS = {".py", ".md", ".yaml", ".toml"}
LEFT_OUT = {"released", "tests", "node_modules", ".venv", ".desk"}
FILES = sorted(
    path
    for path in (*ROOT.glob("*.md"), *(p for name in FOLDERS for p in (ROOT / name).rglob("*.*")))
    if path.suffix in KINDS and not LEFT_OUT & set(path.parts)
)


@pytest.mark.parametrize("folder", [".", *FOLDERS])
def test_words_of_our_own_do_not_come_back(folder: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in FILES
        if path.parent == ROOT / folder or (folder != "." and ROOT / folder in path.parents)
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if WORDS.search(line)
    ]
    instead = "; ".join(f"{word}: {other}" for word, other in INSTEAD.items())
    assert found == [], f"say instead {instead}"
