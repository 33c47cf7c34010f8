"""What documents say is so: links lead somewhere, commands exist, services describe themselves."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    path
    for folder in (".", "docs", "libs", "services", "apps", "demo", "deploy")
    for path in (ROOT.glob("*.md") if folder == "." else (ROOT / folder).rglob("*.md"))
    if not {"node_modules", ".venv", ".desk"} & set(path.parts)
)
SERVICES = ("ingest", "ai", "escalation", "notify", "projection")
CODE = ("libs", "services", "apps", "tests", "tools", "bench")
WRITTEN_BY_THE_READER = {"care.py", "history/ticket_created_v1.py"}
HEADINGS = ("Decides", "Reads", "Writes", "Settings", "Run alone")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_links_lead_somewhere(document: Path) -> None:
    text = re.sub(r"```.*?```", "", document.read_text(), flags=re.S)
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text)
    missing = [target for target in targets if not (document.parent / target).exists()]
    assert not missing


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_make_targets_exist(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.M))
    named = set(re.findall(r"(?:^|`)make ([a-z][a-z-]*)", document.read_text(), flags=re.M))
    assert named <= targets


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_desk_commands_exist(document: Path) -> None:
    named = set(re.findall(r"(?:^|`)desk ([a-z][a-z-]*)", document.read_text(), flags=re.M))
    if not named:
        return
    known = subprocess.run(
        [sys.executable, "-m", "deskstream_cli", "--help"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    assert {command for command in named if f" {command} " not in known} == set()


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_describes_itself(service: str) -> None:
    text = (ROOT / "services" / service / "README.md").read_text()
    headings = re.findall(r"^## (.+)$", text, flags=re.M)
    assert [heading for heading in headings if heading in HEADINGS] == list(HEADINGS)


def test_the_index_leads_to_every_page() -> None:
    """Pages of a folder that is linked as a whole (decisions) need no line of their own."""
    text = (ROOT / "docs" / "README.md").read_text()
    linked = {
        (ROOT / "docs" / target).resolve() for target in re.findall(r"\]\(([^)#\s:]+)[)#]", text)
    }
    pages = {page for page in (ROOT / "docs").rglob("*.md") if page.name != "README.md"}
    assert [name_of(page) for page in sorted(pages) if linked.isdisjoint({page, page.parent})] == []


@pytest.mark.parametrize(
    "document",
    [path for path in DOCUMENTS if "decisions" not in path.parts and path.name != "CHANGELOG.md"],
    ids=name_of,
)
def test_code_that_is_named_exists(document: Path) -> None:
    """Decisions and changelogs are dated: they may name what there was."""
    files = {f"/{name_of(path)}" for folder in CODE for path in (ROOT / folder).rglob("*.py")}
    named = re.findall(r"`([\w/]+\.py)`", document.read_text())
    missing = [name for name in named if not any(file.endswith(f"/{name}") for file in files)]
    assert set(missing) <= WRITTEN_BY_THE_READER
