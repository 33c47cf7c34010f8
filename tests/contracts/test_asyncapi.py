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
SPOILT: dict[str, tuple[tuple[str, ...], str]] = {
    "binding": (("channels", "ticket.created", "bindings", "kafka", "partitions"), "six"),
    "schema": (
        ("components", "schemas", "TicketSnapshot", "properties", "version", "type"),
        "number-ish",
    ),
    "operation": (
        ("operations", "ingest.sends.ticket.created", "channel", "$ref"),
        "#/components/x",
    ),
}

Report = dict[str, Any]


def run(*command: str, timeout_s: float) -> str:
    done = subprocess.run(
        command, cwd=FOLDER, capture_output=True, text=True, timeout=timeout_s, check=False
    )
    assert done.returncode == 0, f"{command} failed:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def install_parser() -> None:
    """The packages of check.js, as its lock file says."""
    assert shutil.which("npm"), "the AsyncAPI parser needs Node.js 20 or newer with npm"
    lock, installed = FOLDER / "package-lock.json", FOLDER / "node_modules/.package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        run("npm", "ci", timeout_s=INSTALL_TIMEOUT_S)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    """By name, what the parser says of the document (`right`) and of each that is spoilt.

    One process parses them all, as its start takes most of the time.
    """
    install_parser()
    files = {"right": DOCUMENT}
    for name, (path, wrong) in SPOILT.items():
        files[name] = tmp_path_factory.mktemp(name) / "asyncapi.json"
        files[name].write_text(json.dumps(spoilt(path, wrong)))
    said = run("node", "check.js", *map(str, files.values()), timeout_s=PARSE_TIMEOUT_S)
    return dict(zip(files, json.loads(said), strict=True))


def spoilt(path: tuple[str, ...], wrong: str) -> dict[str, Any]:
    """The document with a wrong value at this path."""
    document: dict[str, Any] = json.loads(DOCUMENT.read_text())
    node = document
    for step in path[:-1]:
        node = node[step]
    assert node[path[-1]] != wrong
    node[path[-1]] = wrong
    return document


def complaints(report: Report) -> list[dict[str, Any]]:
    # That a newer version of the specification exists is no complaint about the document.
    return [it for it in report["diagnostics"] if it["code"] != "asyncapi-latest-version"]


def test_the_official_parser_accepts_the_document(reports: dict[str, Report]) -> None:
    report = reports["right"]
    assert complaints(report) == []
    assert sorted(report["channels"]) == sorted(topic.name for topic in TOPICS)
    operations = {f"{topic.owner}.sends.{topic.name}" for topic in TOPICS} | {
        f"{consumer}.receives.{topic.name}" for topic in TOPICS for consumer in topic.consumers
    }
    assert set(report["operations"]) == operations


@pytest.mark.parametrize("name", SPOILT)
def test_the_parser_would_refuse_a_wrong_document(reports: dict[str, Report], name: str) -> None:
    """So that its silence above means something."""
    assert complaints(reports[name]) != []


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
