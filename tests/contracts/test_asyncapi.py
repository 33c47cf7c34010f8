"""The official AsyncAPI parser accepts the generated document, and sees all of it."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from deskstream_contracts.documents.checkout import this_checkout
from deskstream_contracts.documents.json_schema import ALL_BODIES
from deskstream_contracts.topics import TOPICS

DOCUMENT = this_checkout().contracts / "asyncapi.json"
FOLDER = Path(__file__).parent / "asyncapi"
INSTALL_TIMEOUT_S = 300
PARSE_TIMEOUT_S = 60


def run(*command: str, timeout_s: float) -> str:
    done = subprocess.run(
        command, cwd=FOLDER, capture_output=True, text=True, timeout=timeout_s, check=False
    )
    assert done.returncode == 0, f"{command} failed:\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def parser() -> Path:
    """The check of check.js, with its packages installed as its lock file says."""
    assert shutil.which("npm"), "the AsyncAPI parser needs Node.js 20 or newer with npm"
    lock, installed = FOLDER / "package-lock.json", FOLDER / "node_modules/.package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        run("npm", "ci", timeout_s=INSTALL_TIMEOUT_S)
    return FOLDER / "check.js"


def parse(parser: Path, document: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(
        run("node", str(parser), str(document), timeout_s=PARSE_TIMEOUT_S)
    )
    return report


def complaints(report: dict[str, Any]) -> list[dict[str, Any]]:
    # That a newer version of the specification exists is no complaint about the document.
    return [it for it in report["diagnostics"] if it["code"] != "asyncapi-latest-version"]


def test_the_official_parser_accepts_the_document(parser: Path) -> None:
    report = parse(parser, DOCUMENT)
    assert complaints(report) == []
    assert sorted(report["channels"]) == sorted(topic.name for topic in TOPICS)
    operations = {f"{topic.owner}.sends.{topic.name}" for topic in TOPICS} | {
        f"{consumer}.receives.{topic.name}" for topic in TOPICS for consumer in topic.consumers
    }
    assert set(report["operations"]) == operations


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (("channels", "ticket.created", "bindings", "kafka", "partitions"), "six"),
        (
            ("components", "schemas", "TicketSnapshot", "properties", "version", "type"),
            "number-ish",
        ),
        (("operations", "ingest.sends.ticket.created", "channel", "$ref"), "#/components/x"),
    ],
    ids=["binding", "schema", "operation"],
)
def test_the_parser_would_refuse_a_wrong_document(
    parser: Path, tmp_path: Path, path: tuple[str, ...], wrong: str
) -> None:
    """So that its silence above means something."""
    document = json.loads(DOCUMENT.read_text())
    node = document
    for step in path[:-1]:
        node = node[step]
    assert node[path[-1]] != wrong
    node[path[-1]] = wrong
    broken = tmp_path / "asyncapi.json"
    broken.write_text(json.dumps(document))
    assert complaints(parse(parser, broken)) != []


def test_every_message_example_obeys_the_schemas_of_the_document() -> None:
    """The parser checks no examples of AsyncAPI 3 documents, so this does."""
    document = json.loads(DOCUMENT.read_text())
    messages = document["components"]["messages"]
    for name, message in messages.items():
        for kind in ("headers", "payload"):
            schema = {**message[kind], "components": document["components"]}
            validator = Draft7Validator(schema, format_checker=Draft7Validator.FORMAT_CHECKER)
            for example in message["examples"]:
                errors = [error.message for error in validator.iter_errors(example[kind])]
                assert errors == [], f"{name} {example['name']} {kind}"
    assert len(messages) == len(ALL_BODIES)
