"""The generated files are committed, so they must be what the contracts say now."""

import json
import shutil
from pathlib import Path

import pytest

from deskstream_contracts.documents.checkout import Checkout, this_checkout
from deskstream_contracts.events.csat import CsatReceived
from deskstream_contracts.generate import main, stale_files
from deskstream_contracts.personal import personal_fields
from deskstream_contracts.registry import BODIES
from deskstream_contracts.topics import TOPICS


@pytest.fixture
def copy(tmp_path: Path) -> Checkout:
    here = this_checkout()
    contracts = tmp_path / "libs" / "contracts"
    for name in ("examples", "schemas"):
        shutil.copytree(here.contracts / name, contracts / name)
    for name in ("asyncapi.json", "pyproject.toml"):
        shutil.copy(here.contracts / name, contracts / name)
    copied = Checkout(contracts)
    shutil.copytree(here.reference, copied.reference)
    return copied


def test_the_committed_files_are_up_to_date() -> None:
    assert stale_files(this_checkout()) == []


def test_a_changed_a_missing_and_an_orphaned_file_are_stale_until_written(
    copy: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = copy.contracts / "asyncapi.json"
    missing = copy.schemas / "escalated" / "v1.json"
    orphan = copy.schemas / "weather.changed" / "v1.json"
    changed.write_text("{}")
    missing.unlink()
    orphan.parent.mkdir()
    orphan.write_text("{}")

    assert main(["--check"], copy) == 1
    output = capsys.readouterr().out
    assert all(f"stale: {path}\n" in output for path in (changed, missing, orphan))
    assert changed.read_text() == "{}"

    assert main([], copy) == 0
    assert not orphan.exists()
    assert main(["--check"], copy) == 0


def test_nothing_is_written_when_nothing_is_stale(
    copy: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([], copy) == 0
    assert capsys.readouterr().out == ""


def test_a_schema_names_its_event_and_marks_personal_fields() -> None:
    path = this_checkout().schemas / "csat.received" / "v1.json"
    schema = json.loads(path.read_text())
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == "urn:deskstream:csat.received:1"
    assert schema["description"] == CsatReceived.__doc__
    personal = [name for name, field in schema["properties"].items() if "x-personal" in field]
    assert tuple(personal) == personal_fields(CsatReceived) == ("comment",)


def test_every_part_of_every_schema_is_described() -> None:
    for body in BODIES:
        path = this_checkout().schemas / body.event_type / "v1.json"
        schema = json.loads(path.read_text())
        parts = [schema, *schema.get("$defs", {}).values()]
        assert all(part["description"] for part in parts), body.event_type


def test_the_reference_names_every_topic() -> None:
    page = (this_checkout().reference / "topics.md").read_text()
    assert all(f"| `{topic.name}` | {topic.owner} |" in page for topic in TOPICS)
